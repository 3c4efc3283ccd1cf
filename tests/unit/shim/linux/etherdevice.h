/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the numbers of protocols. */
#include <linux/if_ether.h>
