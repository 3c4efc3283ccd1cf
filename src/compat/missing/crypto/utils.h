/* SPDX-License-Identifier: GPL-2.0 */
/* Only for kernels without <crypto/utils.h> (before 6.5): crypto_memneq(). */
#include <crypto/algapi.h>
