// SPDX-License-Identifier: GPL-2.0
/*
 * Raw packets: any bytes, spread over a linear part and fragments in any way, with any protocol
 * set. A second implementation of the rule works on the plain bytes. The sanitizer detects reads
 * beyond a part.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include "fuzz.h"
#include "link_header.h"
#include "packet.h"

#define LONGEST 512

static u8 packet[LONGEST];

static u16 protocol_of(size_t len)
{
	if (len >= 20 && packet[0] >> 4 == 4)
		return ETH_P_IP;
	if (len >= 40 && packet[0] >> 4 == 6)
		return ETH_P_IPV6;
	return 0;
}

static bool whole(size_t len, u16 protocol)
{
	size_t total = packet[2] << 8 | packet[3], head = 4 * (packet[0] & 15);

	if (protocol == ETH_P_IPV6)
		return (size_t)(packet[4] << 8 | packet[5]) + 40 <= len;
	return head >= 20 && head <= total && total <= len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u16 claims[] = { 0, ETH_P_ALL, ETH_P_IP, ETH_P_IPV6, ETH_P_ARP };
	struct fuzz_input in = { data, size };
	size_t headroom, linear, frag, len;
	u16 preset, real = 0;
	bool udp_segments, good;
	u8 now[LONGEST];
	struct sk_buff skb;

	fuzz_reset_random();
	/* The parser relies on an aligned IP header where that matters, as all of the stack
	 * does. */
	headroom = fuzz_u8(&in) & ~3;
	linear = fuzz_u16(&in) % (LONGEST + 1);
	frag = 1 + fuzz_u8(&in);
	preset = claims[fuzz_u8(&in) % ARRAY_SIZE(claims)];
	udp_segments = fuzz_u8(&in) & 1;
	len = min_t(size_t, in.left, LONGEST);
	fuzz_bytes(&in, packet, LONGEST);
	real = protocol_of(len);

	packet_make(&skb, packet, len, headroom, linear, frag);
	claim(ntohs(wg_parse_protocol(&skb)) == real);
	if (udp_segments) {
		skb.gso_size = 100;
		skb.gso_type = SKB_GSO_UDP_L4;
	}
	skb.protocol = htons(preset);
	good = real && (!preset || preset == ETH_P_ALL || preset == real ||
			(preset == ETH_P_IP && udp_segments));
	claim(wg_check_protocol(&skb) == good);
	claim(skb.len == len && !skb_copy_bits(&skb, 0, now, len) && !memcmp(now, packet, len));
	if (good) {
		claim(ntohs(skb.protocol) == real);
		claim(skb.network_header == skb.data - skb.head);
		claim(wg_check_length(&skb) == whole(len, real));
	}
	packet_free(&skb);
	claim(!shim_allocations_live);
	return 0;
}
