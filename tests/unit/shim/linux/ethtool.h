/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: no function of it is called. */
