// SPDX-License-Identifier: GPL-2.0
/*
 * The vendored X25519: the Montgomery ladder of RFC 7748, with the field
 * arithmetic of fe25519_u64.h or fe25519_u32.h. The instructions and the memory
 * accesses are the same for every secret. There is no Edwards form and no
 * table: the base point is treated like any other point.
 */
#include "curve25519.h"

#include <linux/compiler.h>
#include <linux/string.h>

#include "int128.h"
#include "memneq.h"
#include "wipe.h"
#ifdef WG_INT128
#include "fe25519_u64.h"
#else
#include "fe25519_u32.h"
#endif

/* The argument of wg_wipe_stack() in the exported functions. */
#define WG_LADDER_PIECES 2

/* (486662 - 2) / 4, RFC 7748, section 5. */
#define A24 121665

static const u8 wg_curve25519_zero[WG_CURVE25519_LEN];
static const u8 wg_curve25519_base[WG_CURVE25519_LEN] = { 9 };

/* Named as in RFC 7748; in one struct, so that one call wipes all. */
struct wg_ladder {
	struct wg_fe x1, x2, z2, x3, z3;
	struct wg_fe a, aa, b, bb, e, c, d;
	u8 k[WG_CURVE25519_LEN];
};

static __always_inline void wg_fe_cswap(wg_limb swap, struct wg_fe *a,
					struct wg_fe *b)
{
	wg_limb mask = 0 - swap, x;
	int i;

	/* Without this the compiler may see that @swap is one bit, and branch on it. */
	OPTIMIZER_HIDE_VAR(mask);
	for (i = 0; i < WG_FE_LIMBS; i++) {
		x = mask & (a->v[i] ^ b->v[i]);
		a->v[i] ^= x;
		b->v[i] ^= x;
	}
}

/* @out = @a^(2^@n), @n > 0; @out may be @a. */
static void wg_fe_square_times(struct wg_fe *out, const struct wg_fe *a, int n)
{
	wg_fe_square(out, a);
	while (--n)
		wg_fe_square(out, out);
}

/*
 * @out = 1 / @z = z^(p-2), p - 2 = (2^250 - 1) 2^5 + 11; 0 if @z is 0.
 * t_n below is z^(2^n - 1): t_2n = t_n^(2^n) t_n. Not inlined, to keep the stack
 * frames small.
 */
static noinline void wg_fe_invert(struct wg_fe *out, const struct wg_fe *z)
{
	struct {
		struct wg_fe z11, t10, t50, t, u;
	} w;

	wg_fe_square(&w.t, z);				/* 2 */
	wg_fe_square_times(&w.u, &w.t, 2);		/* 8 */
	wg_fe_mul(&w.u, &w.u, z);			/* 9 */
	wg_fe_mul(&w.z11, &w.u, &w.t);			/* 11 */
	wg_fe_square(&w.t, &w.z11);			/* 22 */
	wg_fe_mul(&w.u, &w.t, &w.u);			/* 31: t_5 */
	wg_fe_square_times(&w.t, &w.u, 5);
	wg_fe_mul(&w.t10, &w.t, &w.u);			/* t_10 */
	wg_fe_square_times(&w.t, &w.t10, 10);
	wg_fe_mul(&w.u, &w.t, &w.t10);			/* t_20 */
	wg_fe_square_times(&w.t, &w.u, 20);
	wg_fe_mul(&w.t, &w.t, &w.u);			/* t_40 */
	wg_fe_square_times(&w.t, &w.t, 10);
	wg_fe_mul(&w.t50, &w.t, &w.t10);		/* t_50 */
	wg_fe_square_times(&w.t, &w.t50, 50);
	wg_fe_mul(&w.u, &w.t, &w.t50);			/* t_100 */
	wg_fe_square_times(&w.t, &w.u, 100);
	wg_fe_mul(&w.t, &w.t, &w.u);			/* t_200 */
	wg_fe_square_times(&w.t, &w.t, 50);
	wg_fe_mul(&w.t, &w.t, &w.t50);			/* t_250 */
	wg_fe_square_times(&w.t, &w.t, 5);
	wg_fe_mul(out, &w.t, &w.z11);
	memzero_explicit(&w, sizeof(w));
}

/* One bit: doubles a point into (x2, z2) and adds two points into (x3, z3). */
static noinline void wg_ladder_step(struct wg_ladder *l)
{
	wg_fe_add(&l->a, &l->x2, &l->z2);
	wg_fe_sub(&l->b, &l->x2, &l->z2);
	wg_fe_add(&l->c, &l->x3, &l->z3);
	wg_fe_sub(&l->d, &l->x3, &l->z3);
	wg_fe_mul(&l->d, &l->d, &l->a);
	wg_fe_mul(&l->c, &l->c, &l->b);
	wg_fe_square(&l->aa, &l->a);
	wg_fe_square(&l->bb, &l->b);
	wg_fe_add(&l->x3, &l->d, &l->c);
	wg_fe_square(&l->x3, &l->x3);
	wg_fe_sub(&l->z3, &l->d, &l->c);
	wg_fe_square(&l->z3, &l->z3);
	wg_fe_mul(&l->z3, &l->z3, &l->x1);
	wg_fe_mul(&l->x2, &l->aa, &l->bb);
	wg_fe_sub(&l->e, &l->aa, &l->bb);
	wg_fe_mul_small(&l->a, &l->e, A24);
	wg_fe_add(&l->a, &l->a, &l->aa);
	wg_fe_mul(&l->z2, &l->a, &l->e);
}

void wg_curve25519_clamp(u8 secret[WG_CURVE25519_LEN])
{
	secret[0] &= 248;
	secret[31] &= 127;
	secret[31] |= 64;
}

static noinline int wg_ladder_climb(u8 out[WG_CURVE25519_LEN],
				     const u8 secret[WG_CURVE25519_LEN],
				     const u8 point[WG_CURVE25519_LEN])
{
	struct wg_ladder l = { .x2.v[0] = 1, .z3.v[0] = 1 };
	u8 bit, swap = 0;
	int t;

	memcpy(l.k, secret, sizeof(l.k));
	wg_curve25519_clamp(l.k);
	wg_fe_load(&l.x1, point);
	l.x3 = l.x1;

	for (t = 254; t >= 0; t--) {
		bit = l.k[t / 8] >> (t % 8) & 1;
		swap ^= bit;
		wg_fe_cswap(swap, &l.x2, &l.x3);
		wg_fe_cswap(swap, &l.z2, &l.z3);
		swap = bit;
		wg_ladder_step(&l);
	}
	wg_fe_cswap(swap, &l.x2, &l.x3);
	wg_fe_cswap(swap, &l.z2, &l.z3);

	wg_fe_invert(&l.z2, &l.z2);
	wg_fe_mul(&l.x2, &l.x2, &l.z2);
	wg_fe_store(out, &l.x2);
	memzero_explicit(&l, sizeof(l));
	return wg_memneq(out, wg_curve25519_zero, WG_CURVE25519_LEN);
}

static noinline int wg_ladder_public(u8 out[WG_CURVE25519_LEN],
				      const u8 secret[WG_CURVE25519_LEN])
{
	if (!wg_memneq(secret, wg_curve25519_zero, WG_CURVE25519_LEN))
		return false;
	return wg_ladder_climb(out, secret, wg_curve25519_base);
}

bool wg_curve25519(u8 out[WG_CURVE25519_LEN],
		   const u8 secret[WG_CURVE25519_LEN],
		   const u8 point[WG_CURVE25519_LEN])
{
	bool ok = wg_ladder_climb(out, secret, point);

	wg_wipe_stack(WG_LADDER_PIECES);
	return ok;
}

bool wg_curve25519_public(u8 out[WG_CURVE25519_LEN],
			  const u8 secret[WG_CURVE25519_LEN])
{
	bool ok = wg_ladder_public(out, secret);

	wg_wipe_stack(WG_LADDER_PIECES);
	return ok;
}
