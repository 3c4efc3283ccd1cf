/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bytes that the programs of this folder send: bare IP packets with right checksums, and the
 * factor of their time limits. Sockets are not part of this.
 */
#ifndef PACKET_H
#define PACKET_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* How many times slower this kernel is than others: all time limits are multiplied by it. */
static inline long slow_factor(void)
{
	const char *text = getenv("SLOW");
	long factor = text ? strtol(text, NULL, 10) : 1;

	return factor < 1 ? 1 : factor;
}

static inline uint32_t sum_bytes(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len > 1; len -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	if (len)
		sum += p[0] << 8;
	return sum;
}

static inline uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(sum);
}

/* The sum over the pseudo header of IPv4 or IPv6, depending on the size of both addresses. */
static inline uint32_t sum_pseudo(const void *addresses, size_t size, uint8_t proto,
				  uint32_t len)
{
	return sum_bytes(0, addresses, size) + proto + (len >> 16) + (len & 0xffff);
}

/* Writes an IP header for len bytes of payload. Returns its size, or 0 for a bad address. */
static inline size_t put_ip(uint8_t *at, int family, const char *src, const char *dst,
			    uint8_t proto, size_t len)
{
	if (family == AF_INET) {
		struct iphdr ip = {
			.version = 4, .ihl = 5, .tot_len = htons(sizeof(ip) + len),
			.frag_off = htons(IP_DF), .ttl = 64, .protocol = proto,
		};

		if (inet_pton(AF_INET, src, &ip.saddr) != 1 ||
		    inet_pton(AF_INET, dst, &ip.daddr) != 1)
			return 0;
		ip.check = ~sum_fold(sum_bytes(0, &ip, sizeof(ip)));
		memcpy(at, &ip, sizeof(ip));
		return sizeof(ip);
	}

	struct ip6_hdr ip = { .ip6_plen = htons(len), .ip6_nxt = proto, .ip6_hlim = 64 };

	ip.ip6_vfc = 6 << 4;
	if (inet_pton(AF_INET6, src, &ip.ip6_src) != 1 ||
	    inet_pton(AF_INET6, dst, &ip.ip6_dst) != 1)
		return 0;
	memcpy(at, &ip, sizeof(ip));
	return sizeof(ip);
}

static inline uint32_t pseudo_of(const uint8_t *packet, int family, uint8_t proto, size_t len)
{
	return family == AF_INET ? sum_pseudo(packet + 12, 8, proto, len) :
				   sum_pseudo(packet + 8, 32, proto, len);
}

/*
 * A UDP datagram from port 1234 to 1234. The bytes of its payload count upwards from first, and
 * skip one after each 256 bytes. With partial, the device completes the checksum.
 */
static inline size_t put_udp(uint8_t *at, int family, const char *src, const char *dst,
			     uint8_t first, size_t payload, bool partial)
{
	size_t len = sizeof(struct udphdr) + payload;
	size_t head = put_ip(at, family, src, dst, IPPROTO_UDP, len);
	struct udphdr udp = { .source = htons(1234), .dest = htons(1234), .len = htons(len) };
	uint32_t sum;

	if (!head)
		return 0;
	for (size_t i = 0; i < payload; i++)
		at[head + sizeof(udp) + i] = first + i + (i >> 8);
	memcpy(at + head, &udp, sizeof(udp));
	sum = pseudo_of(at, family, IPPROTO_UDP, len);
	udp.check = partial ? sum_fold(sum) : ~sum_fold(sum_bytes(sum, at + head, len));
	if (!udp.check && !partial)
		udp.check = 0xffff;
	memcpy(at + head, &udp, sizeof(udp));
	return head + len;
}

/* A TCP segment of a size. The device completes its checksum. */
static inline size_t put_tcp(uint8_t *at, int family, const char *src, const char *dst,
			     uint32_t seq, size_t payload)
{
	size_t len = sizeof(struct tcphdr) + payload;
	size_t head = put_ip(at, family, src, dst, IPPROTO_TCP, len);
	struct tcphdr tcp = {
		.source = htons(1234), .dest = htons(1234), .seq = htonl(seq), .ack_seq = htonl(1),
		.doff = 5, .ack = 1, .window = htons(65535),
	};

	if (!head)
		return 0;
	for (size_t i = 0; i < payload; i++)
		at[head + sizeof(tcp) + i] = i * 7 + (i >> 8) + seq;
	tcp.check = sum_fold(pseudo_of(at, family, IPPROTO_TCP, len));
	memcpy(at + head, &tcp, sizeof(tcp));
	return head + len;
}

#endif
