// SPDX-License-Identifier: GPL-2.0
/*
 * The vendored X25519: the portable implementation, with the field arithmetic of
 * fe25519_u64.h or fe25519_u32.h, and the selection of the implementation in use.
 */
#include "curve25519.h"

#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/string.h>
#ifdef WG_CRYPTO_ADX
#include <asm/cpufeature.h>
#endif

#include "curve25519_base.h"
#include "curve25519_implementation.h"
#include "int128.h"
#include "memneq.h"
#include "wipe.h"
#ifdef WG_INT128
#include "fe25519_u64.h"
#else
#include "fe25519_u32.h"
#endif

/* The argument of wg_wipe_stack() in the exported functions. */
#define WG_X25519_PIECES 2

#define WG_ELEMENT struct wg_fe
#define WG_FE(name) wg_fe_##name
#include "curve25519_group.h"
#undef WG_ELEMENT
#undef WG_FE

static const char *const wg_x25519_names[] = {
	"portable",
#ifdef WG_CRYPTO_ADX
	"adx",
#endif
};

/* The number of the implementation in use. Written at load only. */
static unsigned int wg_x25519_used __ro_after_init;

unsigned int wg_curve25519_implementations(void)
{
#ifdef WG_CRYPTO_ADX
	if (!boot_cpu_has(X86_FEATURE_BMI2) || !boot_cpu_has(X86_FEATURE_ADX))
		return ARRAY_SIZE(wg_x25519_names) - 1;
#endif
	return ARRAY_SIZE(wg_x25519_names);
}

void wg_curve25519_select(unsigned int number)
{
	wg_x25519_used = number;
}

const char *wg_curve25519_name(void)
{
	return wg_x25519_names[wg_x25519_used];
}

void wg_curve25519_clamp(u8 secret[WG_CURVE25519_LEN])
{
	secret[0] &= 248;
	secret[31] &= 127;
	secret[31] |= 64;
}

static noinline int wg_x25519_shared(u8 out[WG_CURVE25519_LEN],
				     const u8 secret[WG_CURVE25519_LEN],
				     const u8 point[WG_CURVE25519_LEN])
{
#ifdef WG_CRYPTO_ADX
	if (wg_x25519_used)
		return wg_adx_shared(out, secret, point);
#endif
	return wg_fe_shared(out, secret, point);
}

static noinline int wg_x25519_public(u8 out[WG_CURVE25519_LEN],
				     const u8 secret[WG_CURVE25519_LEN])
{
	static const u8 unset[WG_CURVE25519_LEN];

	if (!wg_memneq(secret, unset, sizeof(unset)))
		return false;
#ifdef WG_CRYPTO_ADX
	if (wg_x25519_used) {
		wg_adx_base(out, secret);
		return true;
	}
#endif
	wg_fe_base(out, secret);
	return true;
}

bool wg_curve25519(u8 out[WG_CURVE25519_LEN],
		   const u8 secret[WG_CURVE25519_LEN],
		   const u8 point[WG_CURVE25519_LEN])
{
	bool ok = wg_x25519_shared(out, secret, point);

	wg_wipe_stack(WG_X25519_PIECES);
	return ok;
}

bool wg_curve25519_public(u8 out[WG_CURVE25519_LEN],
			  const u8 secret[WG_CURVE25519_LEN])
{
	bool ok = wg_x25519_public(out, secret);

	wg_wipe_stack(WG_X25519_PIECES);
	return ok;
}
