/* SPDX-License-Identifier: GPL-2.0 */
/*
 * X25519 over one representation of the field. Each file of an implementation
 * includes this one after the arithmetic, so that its functions are compiled for
 * that arithmetic. It defines before
 *
 *   WG_ELEMENT	the type of a field element: a struct with the array v
 *   WG_FE(name)	the name of a function or of a struct of the implementation
 *
 * The arithmetic is WG_FE(load), store, add, sub, mul, square and add_small, as
 * fe25519_u64.h has it.
 *
 * A shared secret is computed by the Montgomery ladder of RFC 7748. A public key is a
 * multiple of the base point. It is computed on the twisted Edwards form of the curve
 * with the table of curve25519_base.c, by the formulas of Hisil, Wong, Carter and
 * Dawson, "Twisted Edwards Curves Revisited" (2008), for a = -1. These hold for all
 * points. They need 63 additions of 7 products, where the ladder has 255 steps of 10. A
 * ladder with precomputed points (Oliveira et al., "How to (pre-)compute a ladder", 2017)
 * would need 252 steps of 5 products and a table of the same size.
 *
 * The instructions and the memory accesses are the same for every secret.
 */
#include <linux/bug.h>

/* (486662 - 2) / 4, RFC 7748, section 5. */
#define WG_A24 121665

/* Named as in RFC 7748; in one struct, so that one call wipes all. */
struct WG_FE(ladder) {
	WG_ELEMENT x1, x2, z2, x3, z3;
	WG_ELEMENT a, aa, b, bb, e, c, d;
	u8 k[WG_CURVE25519_LEN];
};

/* The sum so far in extended coordinates, a point of the table, and temporary values. */
struct WG_FE(comb) {
	WG_ELEMENT x, y, z, t;
	WG_ELEMENT sum, diff, dxy;
	WG_ELEMENT e, f, g, h;
	struct wg_comb_entry entry;
	u8 k[WG_CURVE25519_LEN];
};

/* Not inlined where the size of the code matters more than the call. */
static noinline void WG_FE(mul_call)(WG_ELEMENT *out, const WG_ELEMENT *a, const WG_ELEMENT *b)
{
	WG_FE(mul)(out, a, b);
}

/* @out = @a^(2^@n), @n > 0; @out may be @a. */
static noinline void WG_FE(square_times)(WG_ELEMENT *out, const WG_ELEMENT *a, int n)
{
	WG_FE(square)(out, a);
	while (--n)
		WG_FE(square)(out, out);
}

/* @a = @b if @mask is all ones; unchanged if @mask is 0. */
static __always_inline void WG_FE(replace)(WG_ELEMENT *a, const WG_ELEMENT *b,
					   unsigned long mask)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(a->v); i++)
		a->v[i] ^= (a->v[i] ^ b->v[i]) & mask;
}

/* Exchanges @a and @b if @mask is all ones; nothing if @mask is 0. */
static __always_inline void WG_FE(swap)(WG_ELEMENT *a, WG_ELEMENT *b, unsigned long mask)
{
	__typeof__(a->v[0]) x;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(a->v); i++) {
		x = (a->v[i] ^ b->v[i]) & mask;
		a->v[i] ^= x;
		b->v[i] ^= x;
	}
}

/*
 * @out = 1 / @z = z^(p-2), p - 2 = (2^250 - 1) 2^5 + 11; 0 if @z is 0.
 * t_n below is z^(2^n - 1): t_2n = t_n^(2^n) t_n. Not inlined, to keep the stack
 * frames small.
 */
static noinline void WG_FE(invert)(WG_ELEMENT *out, const WG_ELEMENT *z)
{
	struct {
		WG_ELEMENT z11, t10, t50, t, u;
	} w;

	WG_FE(square_times)(&w.t, z, 1);		/* 2 */
	WG_FE(square_times)(&w.u, &w.t, 2);		/* 8 */
	WG_FE(mul_call)(&w.u, &w.u, z);			/* 9 */
	WG_FE(mul_call)(&w.z11, &w.u, &w.t);		/* 11 */
	WG_FE(square_times)(&w.t, &w.z11, 1);		/* 22 */
	WG_FE(mul_call)(&w.u, &w.t, &w.u);		/* 31: t_5 */
	WG_FE(square_times)(&w.t, &w.u, 5);
	WG_FE(mul_call)(&w.t10, &w.t, &w.u);		/* t_10 */
	WG_FE(square_times)(&w.t, &w.t10, 10);
	WG_FE(mul_call)(&w.u, &w.t, &w.t10);		/* t_20 */
	WG_FE(square_times)(&w.t, &w.u, 20);
	WG_FE(mul_call)(&w.t, &w.t, &w.u);		/* t_40 */
	WG_FE(square_times)(&w.t, &w.t, 10);
	WG_FE(mul_call)(&w.t50, &w.t, &w.t10);		/* t_50 */
	WG_FE(square_times)(&w.t, &w.t50, 50);
	WG_FE(mul_call)(&w.u, &w.t, &w.t50);		/* t_100 */
	WG_FE(square_times)(&w.t, &w.u, 100);
	WG_FE(mul_call)(&w.t, &w.t, &w.u);		/* t_200 */
	WG_FE(square_times)(&w.t, &w.t, 50);
	WG_FE(mul_call)(&w.t, &w.t, &w.t50);		/* t_250 */
	WG_FE(square_times)(&w.t, &w.t, 5);
	WG_FE(mul_call)(out, &w.t, &w.z11);
	memzero_explicit(&w, sizeof(w));
}

/*
 * One bit: doubles one of the points (x2, z2) and (x3, z3) into (x2, z2), the second
 * one if @second is all ones, the first one if it is 0. Adds both into (x3, z3). An
 * exchange of the points would exchange a with c and b with d, which changes the sum
 * in the sign of da - cb only, whose square is used. So no exchange is needed.
 */
static noinline void WG_FE(ladder_step)(struct WG_FE(ladder) *l, unsigned long second)
{
	WG_FE(add)(&l->a, &l->x2, &l->z2);
	WG_FE(sub)(&l->d, &l->x3, &l->z3);
	WG_FE(sub)(&l->b, &l->x2, &l->z2);
	WG_FE(add)(&l->c, &l->x3, &l->z3);
	WG_FE(mul)(&l->x2, &l->d, &l->a);
	WG_FE(mul)(&l->z2, &l->c, &l->b);
	WG_FE(replace)(&l->a, &l->c, second);
	WG_FE(replace)(&l->b, &l->d, second);
	WG_FE(square)(&l->aa, &l->a);
	WG_FE(square)(&l->bb, &l->b);
	WG_FE(add)(&l->x3, &l->x2, &l->z2);
	WG_FE(sub)(&l->z3, &l->x2, &l->z2);
	WG_FE(sub)(&l->e, &l->aa, &l->bb);
	WG_FE(square)(&l->z3, &l->z3);
	WG_FE(add_small)(&l->a, &l->aa, &l->e, WG_A24);
	WG_FE(mul)(&l->x2, &l->aa, &l->bb);
	WG_FE(mul)(&l->z2, &l->a, &l->e);
	WG_FE(square)(&l->x3, &l->x3);
	WG_FE(mul)(&l->z3, &l->z3, &l->x1);
}

noinline int WG_FE(shared)(u8 out[WG_CURVE25519_LEN], const u8 secret[WG_CURVE25519_LEN],
			   const u8 point[WG_CURVE25519_LEN])
{
	static const u8 zero[WG_CURVE25519_LEN];
	struct WG_FE(ladder) l = { .x2.v[0] = 1, .z3.v[0] = 1 };
	unsigned long bit, last = 0, second;
	int t;

	memcpy(l.k, secret, sizeof(l.k));
	wg_curve25519_clamp(l.k);
	WG_FE(load)(&l.x1, point);
	l.x3 = l.x1;

	for (t = 254; t >= 0; t--) {
		bit = l.k[t / 8] >> (t % 8) & 1;
		second = 0 - (bit ^ last);
		/* Without this the compiler may branch on the bit. */
		OPTIMIZER_HIDE_VAR(second);
		last = bit;
		WG_FE(ladder_step)(&l, second);
	}
	/* Bit 0 of a clamped secret is 0, so the result is (x2, z2). */
	WG_FE(invert)(&l.z2, &l.z2);
	WG_FE(mul_call)(&l.x2, &l.x2, &l.z2);
	WG_FE(store)(out, &l.x2);
	memzero_explicit(&l, sizeof(l));
	return wg_memneq(out, zero, WG_CURVE25519_LEN);
}

/* (x : y : z : t) of the four factors of an addition or doubling; Hisil et al., 3.1 and 3.3. */
static noinline void WG_FE(comb_finish)(struct WG_FE(comb) *c)
{
	WG_FE(mul_call)(&c->x, &c->e, &c->f);
	WG_FE(mul_call)(&c->y, &c->g, &c->h);
	WG_FE(mul_call)(&c->t, &c->e, &c->h);
	WG_FE(mul_call)(&c->z, &c->f, &c->g);
}

/*
 * Doubles the sum. All factors of the paper but G have their sign changed, G = b - a
 * too, which does not change the products. Each is the sum or difference of products.
 */
static noinline void WG_FE(comb_double)(struct WG_FE(comb) *c)
{
	static const WG_ELEMENT zero;

	WG_FE(sub)(&c->e, &c->x, &c->y);
	WG_FE(add)(&c->f, &c->x, &c->y);
	WG_FE(mul_call)(&c->g, &c->e, &c->f);		/* x^2 - y^2 */
	WG_FE(add)(&c->f, &c->z, &c->z);
	WG_FE(mul_call)(&c->f, &c->f, &c->z);		/* 2 z^2 */
	WG_FE(add)(&c->f, &c->f, &c->g);
	WG_FE(add)(&c->e, &c->x, &c->x);
	WG_FE(sub)(&c->h, &zero, &c->y);
	WG_FE(mul_call)(&c->e, &c->e, &c->h);		/* -2 x y */
	WG_FE(square_times)(&c->x, &c->x, 1);
	WG_FE(square_times)(&c->y, &c->y, 1);
	WG_FE(add)(&c->h, &c->x, &c->y);
	WG_FE(comb_finish)(c);
}

/*
 * Adds the point that the digits of @comb in @step select. If the entry has the negative
 * of that point, the sign is changed by two exchanges: of the first two numbers of the
 * entry, and of f and g, in place of a negated third number. All factors are half of those
 * in the paper, because the numbers of an entry are halved. So no factor is the sum of
 * three products.
 */
static noinline void WG_FE(comb_add)(struct WG_FE(comb) *c, unsigned int comb, unsigned int step)
{
	unsigned long negative = wg_comb_read(&c->entry, c->k, comb, step);

	WG_FE(load)(&c->sum, c->entry.v[0]);
	WG_FE(load)(&c->diff, c->entry.v[1]);
	WG_FE(load)(&c->dxy, c->entry.v[2]);
	WG_FE(swap)(&c->sum, &c->diff, negative);
	WG_FE(sub)(&c->e, &c->y, &c->x);
	WG_FE(mul_call)(&c->diff, &c->e, &c->diff);
	WG_FE(add)(&c->h, &c->y, &c->x);
	WG_FE(mul_call)(&c->sum, &c->h, &c->sum);
	WG_FE(mul_call)(&c->dxy, &c->t, &c->dxy);
	WG_FE(sub)(&c->e, &c->sum, &c->diff);
	WG_FE(sub)(&c->f, &c->z, &c->dxy);
	WG_FE(add)(&c->g, &c->z, &c->dxy);
	WG_FE(add)(&c->h, &c->sum, &c->diff);
	WG_FE(swap)(&c->f, &c->g, negative);
	WG_FE(comb_finish)(c);
}

/*
 * u = (z + y) / (z - y), RFC 7748, section 4.1. The sum is never the neutral element,
 * which has z = y, because b is below the order of the base point.
 */
noinline void WG_FE(base)(u8 out[WG_CURVE25519_LEN], const u8 secret[WG_CURVE25519_LEN])
{
	struct WG_FE(comb) c = { .z.v[0] = 1 };
	unsigned int comb, step;

	memcpy(c.k, secret, sizeof(c.k));
	wg_curve25519_clamp(c.k);
	wg_comb_begin(&c.entry);
	WG_FE(load)(&c.x, c.entry.v[0]);
	WG_FE(load)(&c.y, c.entry.v[1]);
	WG_FE(load)(&c.t, c.entry.v[2]);
	for (step = WG_COMB_STEPS; step--; ) {
		for (comb = 0; comb < WG_COMBS; comb++)
			WG_FE(comb_add)(&c, comb, step);
		if (step)
			WG_FE(comb_double)(&c);
	}
	WG_FE(sub)(&c.e, &c.z, &c.y);
	WG_FE(add)(&c.f, &c.z, &c.y);
	WG_FE(invert)(&c.e, &c.e);
	WG_FE(mul_call)(&c.x, &c.f, &c.e);
	WG_FE(store)(out, &c.x);
	memzero_explicit(&c, sizeof(c));
}
