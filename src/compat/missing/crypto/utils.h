/* SPDX-License-Identifier: GPL-2.0 */
/* Found only where the kernel has no <crypto/utils.h> (before 6.5): crypto_memneq(). */
#include <crypto/algapi.h>
