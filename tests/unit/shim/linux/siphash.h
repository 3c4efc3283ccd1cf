/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: what serves kernels that have no SipHash. */
#include "../../../../src/compat/missing/linux/siphash.h"
