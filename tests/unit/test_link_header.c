// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol parser: every length from nothing to 64 bytes, every first byte's upper half,
 * every way to spread the bytes over a linear part and fragments, and every protocol of the
 * packet. A second implementation of the rule works on the plain bytes.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <cmocka.h>

#include "link_header.h"
#include "packet.h"

#define LONGEST 64

static u8 packet[LONGEST];

static int setup(void **state)
{
	(void)state;
	shim_allocations_left = -1;
	get_random_bytes(packet, sizeof(packet));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return shim_allocations_live ? -1 : 0;
}

/* The protocol of the packet, by the first bytes of IPv4 and IPv6 alone. */
static u16 rule(size_t len)
{
	if (len >= 20 && packet[0] >= 0x40 && packet[0] <= 0x4f)
		return 0x0800;
	if (len >= 40 && packet[0] >= 0x60 && packet[0] <= 0x6f)
		return 0x86dd;
	return 0;
}

static void assert_bytes_unchanged(const struct sk_buff *skb, size_t len)
{
	u8 now[LONGEST];

	assert_int_equal(skb->len, len);
	assert_int_equal(skb_copy_bits(skb, 0, now, len), 0);
	assert_memory_equal(now, packet, len);
}

static void try_parse(size_t len, size_t linear, size_t frag)
{
	struct sk_buff skb, before;

	packet_make(&skb, packet, len, 16, linear, frag);
	before = skb;
	assert_int_equal(ntohs(wg_parse_protocol(&skb)), rule(len));
	/* The packet may be shared, so it must not change. */
	assert_memory_equal(&skb, &before, sizeof(skb));
	assert_bytes_unchanged(&skb, len);
	packet_free(&skb);
}

static void try_check(size_t len, size_t linear, size_t frag, u16 claim)
{
	const u16 real = rule(len);
	const size_t header = real == 0x0800 ? 20 : 40;
	const bool good = real && (!claim || claim == 0x0003 || claim == real);
	struct sk_buff skb;

	packet_make(&skb, packet, len, 16, linear, frag);
	skb.protocol = htons(claim);
	assert_int_equal(wg_check_protocol(&skb), good);
	assert_bytes_unchanged(&skb, len);
	if (good) {
		assert_int_equal(ntohs(skb.protocol), real);
		assert_int_equal(skb.network_header, 16);
		assert_true(skb_headlen(&skb) >= header);
		assert_memory_equal(skb.head + skb.network_header, packet, header);
	} else {
		assert_int_equal(ntohs(skb.protocol), claim);
		assert_int_equal(skb.network_header, 0xffff);
	}
	packet_free(&skb);
}

static void every_length_and_nibble(void **state)
{
	static const size_t linears[] = { 0, 1, 2, 19, 20, 21, 39, 40, 41, LONGEST };
	static const size_t frags[] = { 1, 2, 19, 20, 39, 40, LONGEST };
	size_t len, i, j;
	unsigned int nibble;

	(void)state;
	for (len = 0; len <= LONGEST; len++) {
		for (nibble = 0; nibble < 16; nibble++) {
			packet[0] = nibble << 4 | (len + nibble) % 16;
			for (i = 0; i < ARRAY_SIZE(linears); i++)
				for (j = 0; j < ARRAY_SIZE(frags); j++)
					try_parse(len, linears[i], frags[j]);
		}
	}
}

static void every_first_byte(void **state)
{
	unsigned int byte;

	(void)state;
	for (byte = 0; byte < 256; byte++) {
		packet[0] = byte;
		try_parse(LONGEST, LONGEST, 1);
		try_parse(LONGEST, 0, 1);
		try_parse(20, 20, 1);
		try_parse(40, 1, 7);
	}
}

static void every_claim(void **state)
{
	static const u16 claims[] = {
		0x0000, 0x0003 /* ETH_P_ALL */, 0x0800, 0x86dd, 0x0806, 0x0001, 0x0004, 0x8100,
		0x8847, 0xffff, 0x0008, 0xdd86, 0x0300,
	};
	static const size_t linears[] = { 0, 1, 19, 20, 39, 40, LONGEST };
	static const size_t frags[] = { 1, 20, LONGEST };
	size_t len, i, j, k;
	unsigned int nibble;

	(void)state;
	for (len = 0; len <= LONGEST; len++) {
		for (nibble = 0; nibble < 16; nibble++) {
			packet[0] = nibble << 4 | 5;
			for (i = 0; i < ARRAY_SIZE(linears); i++)
				for (j = 0; j < ARRAY_SIZE(frags); j++)
					for (k = 0; k < ARRAY_SIZE(claims); k++)
						try_check(len, linears[i], frags[j], claims[k]);
		}
	}
}

/*
 * Both versions of the protocol as IPv4, for UDP that is to be segmented in either way:
 * af_packet labels them so. No other protocol, and none for TCP.
 */
static void udp_to_be_cut_up(void **state)
{
	static const u8 first[] = { 0x45, 0x60 };
	static const u16 claims[] = { 0x0800, 0x86dd, 0x0806 };
	static const unsigned int types[] = {
		SKB_GSO_UDP, SKB_GSO_UDP_L4, SKB_GSO_TCPV4, SKB_GSO_TCPV6,
	};
	struct sk_buff skb;
	size_t i, j, k;
	u16 real;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(first); i++) {
		for (j = 0; j < ARRAY_SIZE(claims); j++) {
			for (k = 0; k < ARRAY_SIZE(types); k++) {
				packet[0] = first[i];
				real = i ? 0x86dd : 0x0800;
				packet_make(&skb, packet, LONGEST, 16, 0, 8);
				skb.protocol = htons(claims[j]);
				skb.gso_size = 8;
				skb.gso_type = types[k];
				assert_int_equal(wg_check_protocol(&skb),
						 claims[j] == real ||
						 (k < 2 && claims[j] == 0x0800));
				packet_free(&skb);
			}
		}
	}
}

static void try_length(size_t len, u8 first, u16 length, bool good)
{
	struct sk_buff skb;

	packet[0] = first;
	packet[first >> 4 == 4 ? 2 : 4] = length >> 8;
	packet[first >> 4 == 4 ? 3 : 5] = length & 0xff;
	packet_make(&skb, packet, len, 16, 7, 9);
	assert_true(wg_check_protocol(&skb));
	assert_int_equal(wg_check_length(&skb), good);
	assert_bytes_unchanged(&skb, len);
	packet_free(&skb);
}

/* Every header length, and every length in the header close to the real one. */
static void lengths(void **state)
{
	size_t len;
	unsigned int length, ihl;

	(void)state;
	for (len = 20; len <= LONGEST; len++) {
		for (length = 0; length < 70; length++) {
			for (ihl = 0; ihl < 16; ihl++)
				try_length(len, 0x40 | ihl, length,
					   ihl >= 5 && ihl * 4 <= length && length <= len);
			if (len >= 40)
				try_length(len, 0x60, length, 40 + length <= len);
		}
		try_length(len, 0x45, 0xffff, false);
		if (len >= 40)
			try_length(len, 0x60, 0xffff, false);
	}
}

static void no_memory_to_pull(void **state)
{
	static const u8 first[] = { 0x45, 0x60 };
	struct sk_buff skb;
	size_t i, linear, header;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(first); i++) {
		packet[0] = first[i];
		header = i ? 40 : 20;
		for (linear = 0; linear <= header; linear++) {
			packet_make(&skb, packet, LONGEST, 16, linear, 8);
			shim_allocations_left = 0;
			assert_int_equal(wg_check_protocol(&skb), linear == header);
			shim_allocations_left = -1;
			if (linear < header)
				assert_int_equal(skb.protocol, 0);
			assert_bytes_unchanged(&skb, LONGEST);
			packet_free(&skb);
		}
	}
}

/* A linear packet is not moved: no cost on the ordinary path. */
static void linear_packets_stay_where_they_are(void **state)
{
	struct sk_buff skb;
	u8 *data;

	(void)state;
	packet[0] = 0x45;
	packet_make(&skb, packet, LONGEST, 16, 20, LONGEST);
	skb.protocol = htons(ETH_P_IP);
	data = skb.data;
	shim_allocations_left = 0;
	assert_true(wg_check_protocol(&skb));
	assert_ptr_equal(skb.data, data);
	shim_allocations_left = -1;
	packet_free(&skb);
}

static void hook_is_there(void **state)
{
	(void)state;
	assert_ptr_equal(wg_header_ops.parse_protocol, wg_parse_protocol);
}

#define parser_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		parser_test(every_length_and_nibble),
		parser_test(every_first_byte),
		parser_test(every_claim),
		parser_test(udp_to_be_cut_up),
		parser_test(lengths),
		parser_test(no_memory_to_pull),
		parser_test(linear_packets_stay_where_they_are),
		parser_test(hook_is_there),
	};

	return cmocka_run_group_tests_name("link_header", tests, NULL, NULL);
}
