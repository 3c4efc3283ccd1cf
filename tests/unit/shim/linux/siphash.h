/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the implementation for kernels without SipHash. */
#include "../../../../src/compat/missing/linux/siphash.h"
