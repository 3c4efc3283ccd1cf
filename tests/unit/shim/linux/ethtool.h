/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: nothing of it is called. */
