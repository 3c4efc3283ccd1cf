// SPDX-License-Identifier: GPL-2.0
/*
 * X25519 with the field arithmetic of fe25519_adx.h. It uses no vector register, so it
 * may run wherever the portable code may.
 */
#include "curve25519_implementation.h"

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "curve25519_base.h"
#include "fe25519_adx.h"
#include "memneq.h"

#define WG_ELEMENT struct wg_adx
#define WG_FE(name) wg_adx_##name
#include "curve25519_group.h"
#undef WG_ELEMENT
#undef WG_FE
