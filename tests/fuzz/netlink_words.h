/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests for fuzz_netlink.c, made from the bytes of an input: either taken as they are, or
 * composed by words of one byte each. A word means another attribute at each nesting level, and
 * some words do damage.
 */
#ifndef WG_FUZZ_NETLINK_WORDS_H
#define WG_FUZZ_NETLINK_WORDS_H

#include <linux/wireguard.h>
#include <net/netlink.h>
#include "fuzz.h"
#include "netlink_model.h"

#define LONGEST 16384

struct draft {
	u8 bytes[LONGEST];
	size_t len;
	/* Where the open nests begin, and where the last attribute begins. */
	size_t open[8], last;
	unsigned int depth;
};

static void put(struct draft *d, u16 type, const void *data, size_t len)
{
	size_t whole = (4 + len + 3) & ~(size_t)3;
	u16 header[2] = { 4 + len, type };

	if (d->len + whole > LONGEST)
		return;
	d->last = d->len;
	memset(d->bytes + d->len, 0, whole);
	memcpy(d->bytes + d->len, header, 4);
	if (len)
		memcpy(d->bytes + d->len + 4, data, len);
	d->len += whole;
}

static void put_number(struct draft *d, u16 type, u32 value, size_t len)
{
	put(d, type, &value, len);
}

static void nest(struct draft *d, u16 type)
{
	if (d->depth == ARRAY_SIZE(d->open) || d->len + 4 > LONGEST)
		return;
	d->open[d->depth++] = d->len;
	put(d, type, NULL, 0);
}

static void close_nest(struct draft *d)
{
	size_t at, len;

	if (!d->depth)
		return;
	at = d->open[--d->depth];
	len = d->len - at;
	d->last = at;
	/* Set the length of the nest, unless it was damaged before. */
	if (d->bytes[at] == 4 && !d->bytes[at + 1]) {
		d->bytes[at] = len;
		d->bytes[at + 1] = len >> 8;
	}
}

/* Similar keys, so that they collide: those of peers, and the device's own. */
static void put_key(struct draft *d, u16 type, u8 which)
{
	u8 key[WG_KEY_LEN];

	memset(key, which & 0x3f, sizeof(key));
	if (which & 0x40) {
		wg_curve25519_clamp(key);
		if (which & 0x80)
			key[31] ^= 0xc0;
	}
	put(d, type, key, sizeof(key));
}

static void put_endpoint(struct draft *d, struct fuzz_input *in)
{
	u8 how = fuzz_u8(in);
	union {
		struct sockaddr_in addr4;
		struct sockaddr_in6 addr6;
		u8 bytes[32];
	} e;

	memset(&e, how & 0x20 ? 0x77 : 0, sizeof(e));
	e.addr4.sin_family = how & 1 ? AF_INET6 : AF_INET;
	e.addr4.sin_port = htons(how);
	if (how & 1)
		e.addr6.sin6_addr.s6_addr[15] = how >> 4;
	else
		e.addr4.sin_addr.s_addr = htonl(how);
	if (how & 0x40)
		e.bytes[how >> 1 & 1] ^= how;
	put(d, WGPEER_A_ENDPOINT, &e, (how & 0x80 ? fuzz_u8(in) % 33 : how & 1 ? 28 : 16));
}

static void put_ip(struct draft *d, struct fuzz_input *in)
{
	u8 how = fuzz_u8(in), addr[16] = { 10 }, family = how & 1 ? AF_INET6 : AF_INET;
	unsigned int bits = how & 1 ? 128 : 32, at = how >> 1 & 15;

	addr[at % (bits / 8)] ^= how & 0xe0;
	nest(d, NLA_F_NESTED);
	put_number(d, WGALLOWEDIP_A_FAMILY, family, 2);
	put(d, WGALLOWEDIP_A_IPADDR, addr, bits / 8);
	put_number(d, WGALLOWEDIP_A_CIDR_MASK, fuzz_u8(in) % (bits + 2), 1);
	if (how >= 0xc0)
		put_number(d, WGALLOWEDIP_A_FLAGS, how & 3, 4);
	close_nest(d);
}

static void put_raw(struct draft *d, struct fuzz_input *in)
{
	u8 type = fuzz_u8(in), bytes[64], len = fuzz_u8(in) % sizeof(bytes);

	fuzz_bytes(in, bytes, len);
	put(d, (type & 0x3f) | (type & 0xc0) << 8, bytes, len);
}

/* Damages the last attribute. */
static void damage(struct draft *d, struct fuzz_input *in)
{
	u8 how = fuzz_u8(in);

	if (d->last + 4 > d->len)
		return;
	if (how & 1)
		d->bytes[d->last + 3] ^= how & 0xc0;
	else
		d->bytes[d->last + (how >> 1 & 3)] += fuzz_u8(in);
	/* The end of the request, without its padding. */
	if (how & 8)
		d->len -= min_t(size_t, how >> 4 & 3, d->len - d->last);
}

static const u32 values[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x7f, 0x8000, 0xffff, 0x80000000, 0xffffffff
};

/* Names with and without the terminating NUL, and longer than permitted. */
static const char names[2][24] = { WORLD_NAME, "lo" };
static const u8 name_lens[] = { 4, 3, 16, 17 };

/* The attributes of a word. Its nesting level decides what it means. */
static void word(struct draft *d, struct fuzz_input *in, u8 op)
{
	unsigned int depth = min(d->depth, 4u);
	u32 value = values[op >> 4];

	switch (op & 15) {
	case 1:
		nest(d, depth == 0 ? NLA_F_NESTED | WGDEVICE_A_PEERS :
			depth == 2 ? NLA_F_NESTED | WGPEER_A_ALLOWEDIPS : NLA_F_NESTED);
		break;
	case 2:
		close_nest(d);
		break;
	case 3:
		/* In a new peer. */
		while (d->depth > 1)
			close_nest(d);
		if (!d->depth)
			nest(d, NLA_F_NESTED | WGDEVICE_A_PEERS);
		nest(d, NLA_F_NESTED);
		put_key(d, WGPEER_A_PUBLIC_KEY, fuzz_u8(in));
		break;
	case 4:
	case 5:
		if (depth == 2)
			nest(d, NLA_F_NESTED | WGPEER_A_ALLOWEDIPS);
		put_ip(d, in);
		break;
	case 6:
		put_key(d, depth ? WGPEER_A_PRESHARED_KEY : WGDEVICE_A_PRIVATE_KEY, fuzz_u8(in));
		break;
	case 7:
		put_number(d, depth == 4 ? WGALLOWEDIP_A_FLAGS :
			   depth ? WGPEER_A_FLAGS : WGDEVICE_A_FLAGS, value, 4);
		break;
	case 8:
		put_endpoint(d, in);
		break;
	case 9:
		put_number(d, depth == 4 ? WGALLOWEDIP_A_FAMILY :
			   depth ? WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL : WGDEVICE_A_LISTEN_PORT,
			   value, 2);
		break;
	case 10:
		put_number(d, depth ? WGPEER_A_PROTOCOL_VERSION : WGDEVICE_A_FWMARK, value, 4);
		break;
	case 11:
		if (op & 0x10)
			put_number(d, WGDEVICE_A_IFINDEX, op >> 5, 4);
		else
			put(d, WGDEVICE_A_IFNAME, names[op >> 5 & 1], name_lens[op >> 6]);
		break;
	case 12:
		put_number(d, depth == 4 ? WGALLOWEDIP_A_CIDR_MASK : WGDEVICE_A_IFNAME, value,
			   depth == 4 ? 1 : 4);
		break;
	case 13:
		put_raw(d, in);
		break;
	case 14:
	case 15:
		damage(d, in);
		break;
	}
}

static struct span compose(struct fuzz_input *in, struct draft *d)
{
	u8 op;

	d->len = d->last = d->depth = 0;
	put(d, WGDEVICE_A_IFNAME, WORLD_NAME, sizeof(WORLD_NAME));
	while (in->left && (op = fuzz_u8(in)) & 15)
		word(d, in, op);
	while (d->depth)
		close_nest(d);
	return (struct span){ d->bytes, d->len };
}

static struct span given(struct fuzz_input *in, struct draft *d)
{
	d->len = fuzz_u16(in);
	d->len = min(d->len, in->left);
	fuzz_bytes(in, d->bytes, d->len);
	return (struct span){ d->bytes, d->len };
}

#endif
