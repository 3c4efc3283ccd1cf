/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: cache line alignment does not matter to a test. */
#define ____cacheline_aligned_in_smp
#define ____cacheline_aligned
