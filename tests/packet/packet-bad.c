// SPDX-License-Identifier: GPL-2.0
/*
 * Invalid packets and barely valid ones: too short, too long, with wrong lengths in
 * their headers, without a peer. Each has an expected result: it arrives, or the kernel
 * refuses it, or the driver drops it and counts the reason. No packet may get lost
 * without an error or a count, or stay charged to its socket afterwards.
 *
 * All of them that are long enough contain the text IN CLEAR, so that a capture of the
 * cable can be searched for it.
 */
#define _GNU_SOURCE
#include <stddef.h>

#include "ends.h"
#include "ways.h"

#define MTU 1420
/* The longest packet whose message fits the 16 bits of an outer IPv4 header's length. */
#define LONGEST 65472

enum fate {
	ARRIVES,	/* unchanged, or cut to the length in its header */
	IN_PIECES,	/* something arrives */
	COUNTED,	/* by the driver; some kernels return its error */
	REFUSED,	/* by the kernel, with a certain error */
	EITHER,		/* counted by the driver, or refused by the kernel */
	ACCOUNTED,	/* it arrives, or is counted, or refused */
	SPOILT,		/* a checksum overwrites its bytes: the receiver may drop it */
};

struct packet {
	int family;
	bool named;		/* the socket has the right protocol */
	uint8_t bytes[PACKET_SIZE];
	size_t len;
	struct virtio_net_hdr vnet;
	enum fate fate;
	size_t arrives;		/* that many bytes of it */
	const char *counter;
	int error;		/* the driver's if it counts, else the kernel's */
};

/* Fills in a text that contains "IN CLEAR". */
static void mark(uint8_t *at, size_t len)
{
	static const char text[] = "NEVER IN CLEAR. ";

	for (size_t i = 0; i < len; i++)
		at[i] = text[i % (sizeof(text) - 1)];
}

static size_t ip_head(int family)
{
	return family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ip6_hdr);
}

/* A valid UDP packet to an address, len bytes in all. The functions below alter it. */
static void put_good(struct packet *p, size_t len, const char *to)
{
	size_t head = ip_head(p->family) + sizeof(struct udphdr);
	const char *from = addresses[p->family == AF_INET6][0];

	p->len = put_udp(p->bytes, p->family, from, to, 0, len - head, false);
	mark(p->bytes + head, len - head);
	p->fate = ARRIVES;
	p->arrives = p->len;
}

static void put_plain(struct packet *p, size_t len)
{
	put_good(p, len, addresses[p->family == AF_INET6][1]);
}

static void want(struct packet *p, enum fate fate, const char *counter, int error)
{
	p->fate = fate;
	p->counter = counter;
	p->error = error;
}

/* Updates the checksum of the IPv4 header after a change. */
static void checksum_ip(struct packet *p)
{
	struct iphdr ip;

	memcpy(&ip, p->bytes, sizeof(ip));
	ip.check = 0;
	ip.check = ~sum_fold(sum_bytes(0, &ip, sizeof(ip)));
	memcpy(p->bytes, &ip, sizeof(ip));
}

static void say_length(struct packet *p, size_t len)
{
	size_t at = p->family == AF_INET ? 2 : 4;

	p->bytes[at] = len >> 8;
	p->bytes[at + 1] = len & 0xff;
	if (p->family == AF_INET)
		checksum_ip(p);
}

/* ---- one packet by one way ---- */

static bool ring_vnet, bypass;
static unsigned int number;
/* The interface is down, so that no marker gets through. */
static bool down;

/* Returns by how much all counters have grown. Sets *which to one that has. */
static uint64_t grown(const struct counters *before, const struct counters *now, const char **which)
{
	uint64_t sum = 0;

	*which = NULL;
	for (unsigned int i = 0; i < now->count; i++) {
		/* Only counters of the sending of data. */
		if (strncmp(now->names[i], "tx_", 3))
			continue;
		if (now->values[i] != before->values[i])
			*which = now->names[i];
		sum += now->values[i] - before->values[i];
	}
	return sum;
}

struct result {
	ssize_t ret;
	int error;
	unsigned int arrived;
	bool differs;		/* what arrived differs from what should */
	bool lost_marker;
	uint64_t counted;
	const char *counter;
	bool held;
};

static void collect(const struct packet *p, struct result *r)
{
	static uint8_t buf[PACKET_SIZE];
	ssize_t len;
	int proto;

	while ((len = next_before_marker(buf, number, &proto)) > 0) {
		r->arrived++;
		r->differs |= (size_t)len != p->arrives || memcmp(buf, p->bytes, p->arrives) ||
			      proto != (p->family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	}
	r->lost_marker = len < 0;
}

static void send_it(const struct way *way, struct packet *p, struct result *r)
{
	static struct counters before, now;
	struct handed_in in;

	memset(r, 0, sizeof(*r));
	read_counters(&before);
	hand_in(way, ifindex, &p->vnet, p->bytes, p->len, &in);
	r->ret = in.ret;
	r->error = in.error;
	if (!down) {
		send_marker(++number);
		collect(p, r);
	}
	read_counters(&now);
	r->counted = grown(&before, &now, &r->counter);
	r->held = still_held(&in);
	let_go(&in);
}

static bool counted_right(const struct packet *p, const struct result *r)
{
	return r->counted == 1 && !strcmp(r->counter, p->counter) &&
	       (r->ret >= 0 || r->error == p->error);
}

static const char *wrong_with(const struct packet *p, const struct result *r)
{
	if (r->lost_marker)
		return "the marker after it is lost";
	if (r->held)
		return "its sender's memory is still held";
	switch (p->fate) {
	case ARRIVES:
		return r->arrived != 1 ? "it does not arrive" :
		       r->differs ? "what arrives differs" :
		       r->ret < 0 || r->counted ? "it arrives, but there is an error" : NULL;
	case IN_PIECES:
		return !r->arrived ? "nothing arrives" : NULL;
	case ACCOUNTED:
		/* The in-tree driver has no counters by reason. */
		return in_tree || r->arrived || r->counted || r->ret < 0 ? NULL :
		       "it is lost without an error or a count";
	case SPOILT:
		return NULL;
	default:
		break;
	}
	if (r->arrived)
		return "it arrives";
	/* The in-tree driver has no counters by reason. */
	if (in_tree && p->fate != REFUSED)
		return NULL;
	if (p->fate != REFUSED && counted_right(p, r))
		return NULL;
	if (p->fate == COUNTED)
		return r->counted ? "counted under another reason, or with another error" :
				    "not counted";
	if (r->counted)
		return "it reached the driver";
	if (r->ret >= 0)
		return "no error is returned";
	return p->fate == REFUSED && r->error != p->error ? "another error is returned" : NULL;
}

/* ---- ways ---- */

enum ways { PLAIN = 1, VNET_SEND = 2, VNET_RING = 4, VNET = VNET_SEND | VNET_RING };

/* Stands for the right protocol of the packet. */
#define RIGHT 1

static const struct {
	enum ways kind;
	struct way way;
} all_ways[] = {
	{ PLAIN, { SOCK_RAW, 0, IN_SENDTO, SENDTO, NO_HEADER, false } },
	{ PLAIN, { SOCK_RAW, RIGHT, IN_BIND, SEND, NO_HEADER, false } },
	{ PLAIN, { SOCK_RAW, RIGHT, IN_SENDTO, RING1, NO_HEADER, false } },
	{ PLAIN, { SOCK_RAW, 0, IN_BIND, RING2, NO_HEADER, false } },
	{ PLAIN, { SOCK_DGRAM, 0, IN_SENDTO, SENDTO, NO_HEADER, false } },
	{ PLAIN, { SOCK_DGRAM, RIGHT, IN_BIND, RING2, NO_HEADER, false } },
	{ VNET_SEND, { SOCK_RAW, 0, IN_SENDTO, SENDMSG, NO_OFFLOAD, false } },
	{ VNET_SEND, { SOCK_RAW, RIGHT, IN_BIND, SENDMSG, NO_OFFLOAD, false } },
	{ VNET_RING, { SOCK_RAW, 0, IN_SENDTO, RING2, NO_OFFLOAD, false } },
	{ VNET_RING, { SOCK_RAW, RIGHT, IN_BIND, RING1, NO_OFFLOAD, false } },
};

static void name_way(char *name, size_t size, const struct way *way, int family)
{
	snprintf(name, size, "IPv%d, %s, %sprotocol, %s%s%s", family == AF_INET ? 4 : 6,
		 way->type == SOCK_RAW ? "RAW" : "DGRAM", way->proto ? "right " : "no ",
		 call_names[way->call], offload_names[way->offload],
		 way->bypass ? ", QDISC_BYPASS" : "");
}

/* Makes the i-th packet of its kind. Returns false when there are no more. */
typedef bool maker(struct packet *p, unsigned int i);

static void try_way(const char *what, maker *make, const struct way *by, int family)
{
	static struct packet packet;
	struct way way = *by;
	const char *wrong = NULL;
	char name[100], why[300] = "";
	struct result r;

	name_way(name, sizeof(name), &way, family);
	if (way.proto)
		way.proto = family == AF_INET ? ETH_P_IP : ETH_P_IPV6;
	for (unsigned int i = 0; !wrong; i++) {
		memset(&packet, 0, offsetof(struct packet, bytes));
		memset(&packet.vnet, 0, sizeof(packet.vnet));
		packet.family = family;
		packet.named = way.proto;
		packet.arrives = 0;
		if (!make(&packet, i))
			break;
		send_it(&way, &packet, &r);
		wrong = wrong_with(&packet, &r);
		snprintf(why, sizeof(why),
			 "number %u, %zu bytes: %s; send returned %zd (%s), %u arrived, %llu counted (%s)",
			 i, packet.len, wrong ?: "", r.ret, strerror(r.error), r.arrived,
			 (unsigned long long)r.counted, r.counter ?: "none");
	}
	point(!wrong, why, "%s; %s", what, name);
}

static void try_family(const char *what, maker *make, enum ways kinds, int family)
{
	struct way way;

	for (size_t i = 0; i < sizeof(all_ways) / sizeof(all_ways[0]); i++) {
		if (!(all_ways[i].kind & kinds) || (all_ways[i].kind == VNET_RING && !ring_vnet))
			continue;
		way = all_ways[i].way;
		try_way(what, make, &way, family);
		way.bypass = true;
		if (bypass)
			try_way(what, make, &way, family);
	}
}

static void try_both(const char *what, maker *make, enum ways kinds)
{
	try_family(what, make, kinds, AF_INET);
	try_family(what, make, kinds, AF_INET6);
}

/* ---- short packets ---- */

/* Newer kernels refuse an empty packet themselves. */
static bool empty(struct packet *p, unsigned int i)
{
	want(p, EITHER, "tx_bad_protocol", EPROTONOSUPPORT);
	return !i;
}

static bool too_short(struct packet *p, unsigned int i)
{
	p->len = i + 1;
	mark(p->bytes, p->len);
	p->bytes[0] = p->family == AF_INET ? 0x45 : 0x60;
	want(p, COUNTED, "tx_bad_protocol", EPROTONOSUPPORT);
	return p->len < ip_head(p->family);
}

/* A header and less than 20 bytes after it: valid if the header has the right length. */
static bool short_but_good(struct packet *p, unsigned int i)
{
	p->len = sizeof(struct iphdr) + i;
	put_ip(p->bytes, AF_INET, addresses[0][0], addresses[0][1], 253, i);
	mark(p->bytes + sizeof(struct iphdr), i);
	p->fate = ARRIVES;
	p->arrives = p->len;
	return i < 20;
}

static bool foreign_version(struct packet *p, unsigned int i)
{
	static const uint8_t versions[] = { 0, 1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

	if (i >= sizeof(versions))
		return false;
	put_plain(p, 100);
	p->bytes[0] = versions[i] << 4 | (p->bytes[0] & 15);
	want(p, COUNTED, "tx_bad_protocol", EPROTONOSUPPORT);
	return true;
}

/* ---- wrong lengths ---- */

static bool ihl_too_small(struct packet *p, unsigned int i)
{
	put_plain(p, 63);
	p->bytes[0] = 0x40 | i;
	checksum_ip(p);
	want(p, COUNTED, "tx_bad_length", EINVAL);
	return i < 5;
}

static bool ihl_beyond_end(struct packet *p, unsigned int i)
{
	put_plain(p, 43);
	p->bytes[0] = 0x40 | (11 + i);
	checksum_ip(p);
	want(p, COUNTED, "tx_bad_length", EINVAL);
	return i < 5;
}

/* Options up to the very end of the packet: eight words, 32 bytes. */
static bool ip_options(struct packet *p, unsigned int i)
{
	static const uint8_t nop = 1;

	put_plain(p, 32);
	p->bytes[0] = 0x40 | (6 + i);
	memset(p->bytes + sizeof(struct iphdr), nop, 4 * (1 + i));
	return i < 3;
}

static bool length_beyond_end(struct packet *p, unsigned int i)
{
	/* Within the padding of the message, at its end, and far away. */
	static const uint16_t more[] = { 1, 2, 4, 5, 16, 1000 };
	size_t len = p->family == AF_INET ? 43 : 63, true_length = p->family == AF_INET ? 43 : 23;

	put_plain(p, len);
	say_length(p, i < 6 ? true_length + more[i] : 0xffff);
	want(p, COUNTED, "tx_bad_length", EINVAL);
	return i < 7;
}

static bool length_less_than_header(struct packet *p, unsigned int i)
{
	put_plain(p, 100);
	say_length(p, i);
	want(p, COUNTED, "tx_bad_length", EINVAL);
	return i < sizeof(struct iphdr);
}

/* As in short Ethernet frames with padding: the receiver cuts the rest off. */
static bool length_short_of_end(struct packet *p, unsigned int i)
{
	static const size_t less[] = { 1, 3, 30, 72 };
	size_t head = ip_head(p->family);

	if (i > 4)
		return false;
	put_plain(p, 100 + head - 20);
	p->arrives = i < 4 ? p->len - less[i] : head;
	say_length(p, p->family == AF_INET ? p->arrives : p->arrives - head);
	return true;
}

/* ---- without a destination ---- */

static bool no_allowed_ip(struct packet *p, unsigned int i)
{
	put_good(p, 100, p->family == AF_INET ? "192.168.243.9" : "fd00:3::9");
	want(p, COUNTED, "tx_no_allowed_ip", ENOKEY);
	return !i;
}

static bool no_endpoint(struct packet *p, unsigned int i)
{
	put_good(p, 100, p->family == AF_INET ? "192.168.244.9" : "fd00:4::9");
	want(p, COUNTED, "tx_no_endpoint", EDESTADDRREQ);
	return !i;
}

static bool interface_down(struct packet *p, unsigned int i)
{
	put_plain(p, 100);
	want(p, REFUSED, NULL, ENETDOWN);
	return !i;
}

/* The number of ICMP errors about unreachable hosts on lo since the last call. */
static unsigned int icmp_errors(int lo)
{
	uint8_t buf[2048];
	unsigned int count = 0;
	ssize_t len;

	while ((len = recv(lo, buf, sizeof(buf), MSG_DONTWAIT)) >= 0) {
		if (len > 48 && buf[0] >> 4 == 4 && buf[9] == IPPROTO_ICMP && buf[20] == 3)
			count++;
		if (len > 48 && buf[0] >> 4 == 6 && buf[6] == IPPROTO_ICMPV6 && buf[40] == 1)
			count++;
	}
	return count;
}

/*
 * The stack sends an ICMP error about an IPv4 packet by the route of that packet. A packet from
 * a packet socket has no route. For IPv6 the stack looks up a route itself.
 */
static void try_icmp(int family, unsigned int wanted)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct way way = { .type = SOCK_DGRAM, .call = SENDTO };
	int lo = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	static struct packet packet;
	unsigned int got;
	char why[100];

	/* The socket sees a packet on lo when it is sent, and again when it is received. */
	at.sll_ifindex = if_nametoindex("lo");
	if (lo < 0 || bind(lo, (struct sockaddr *)&at, sizeof(at)))
		fail("lo");
	packet.family = family;
	no_allowed_ip(&packet, 0);
	way_send(&way, ifindex, NULL, packet.bytes, packet.len);
	got = icmp_errors(lo);
	close(lo);
	snprintf(why, sizeof(why), "%u ICMP errors seen", got);
	point(!got == !wanted, why, "no allowed IP, IPv%d: %s ICMP error to the sender",
	      family == AF_INET ? 4 : 6, wanted ? "an" : "no");
}

/* ---- long packets ---- */

static void dont_fragment(struct packet *p, bool yes)
{
	if (p->family != AF_INET)
		return;
	p->bytes[6] = yes ? IP_DF >> 8 : 0;
	checksum_ip(p);
}

static bool mtu(struct packet *p, unsigned int i)
{
	put_plain(p, MTU);
	dont_fragment(p, i);
	return i < 2;
}

static bool beyond_mtu_refused(struct packet *p, unsigned int i)
{
	put_plain(p, i < 2 ? MTU + 1 : 60000);
	dont_fragment(p, i % 2);
	want(p, REFUSED, NULL, EMSGSIZE);
	return i < 4;
}

/* A ring with a vnet header may hold a GSO packet, so the kernel does not check its length. */
static bool beyond_mtu_sent(struct packet *p, unsigned int i)
{
	static const size_t sizes[] = { MTU + 1, 1500, 9000, LONGEST };

	if (i >= 8)
		return false;
	put_plain(p, sizes[i / 2]);
	dont_fragment(p, i % 2);
	return true;
}

static bool beyond_messages(struct packet *p, unsigned int i)
{
	put_plain(p, i == 0 ? LONGEST + 1 : i == 1 ? 65500 : 65535);
	want(p, COUNTED, "tx_too_long", EMSGSIZE);
	return i < 3;
}

static bool longest(struct packet *p, unsigned int i)
{
	put_plain(p, LONGEST);
	return !i;
}

/* The first fragment, one in the middle and the last. None overlaps another. */
static bool fragment(struct packet *p, unsigned int i)
{
	const uint16_t offset = i * 160, more = i < 2;
	size_t head = ip_head(p->family);

	put_plain(p, head + 160 + (p->family == AF_INET ? 0 : 8));
	if (p->family == AF_INET) {
		p->bytes[4] = 0x12;
		p->bytes[6] = (offset / 8) >> 8 | (more ? IP_MF >> 8 : 0);
		p->bytes[7] = (offset / 8) & 0xff;
		checksum_ip(p);
	} else {
		memset(p->bytes + head, 0, 8);
		p->bytes[6] = IPPROTO_FRAGMENT;
		p->bytes[head] = IPPROTO_UDP;
		p->bytes[head + 2] = offset >> 8;
		p->bytes[head + 3] = (offset & 0xff) | more;
		p->bytes[head + 7] = 0x12;
	}
	return i < 3;
}

/* ---- wrong vnet headers ---- */

static void put_gso(struct packet *p, enum offload offload)
{
	const char *const *ends = addresses[p->family == AF_INET6];
	const size_t payload = 3000, head = ip_head(p->family);

	if (offload == TCP_GSO)
		p->len = put_tcp(p->bytes, p->family, ends[0], ends[1], 1, payload);
	else
		p->len = put_udp(p->bytes, p->family, ends[0], ends[1], 1, payload, true);
	mark(p->bytes + head + (offload == TCP_GSO ? 20 : 8), payload);
	p->vnet = vnet_for(offload, p->family);
	p->fate = ACCOUNTED;
}

static void put_csum(struct packet *p)
{
	put_plain(p, 200);
	p->vnet = vnet_for(CSUM, p->family);
	p->fate = ACCOUNTED;
}

/*
 * A valid form that need not be accepted: the kernel finds the transport header itself, and
 * segments the packet before the driver. Before 4.19 it does not without a protocol.
 */
static bool gso_without_checksum(struct packet *p, unsigned int i)
{
	put_gso(p, TCP_GSO);
	p->vnet.flags = p->vnet.csum_start = p->vnet.csum_offset = 0;
	if (p->named)
		p->fate = IN_PIECES;
	return !i;
}

static bool gso_of_another_type(struct packet *p, unsigned int i)
{
	put_gso(p, i == 1 ? UDP_FRAGMENTS : TCP_GSO);
	if (i == 0)
		p->vnet.gso_type = p->family == AF_INET ? VIRTIO_NET_HDR_GSO_TCPV6 :
							  VIRTIO_NET_HDR_GSO_TCPV4;
	else if (i == 1)
		p->vnet.gso_type = vnet_for(TCP_GSO, p->family).gso_type;
	else
		p->vnet.gso_type = i == 2 ? VIRTIO_NET_HDR_GSO_UDP :
				   i == 3 ? VIRTIO_NET_HDR_GSO_UDP_L4 : 0x42;
	return i < 5;
}

static bool gso_of_odd_size(struct packet *p, unsigned int i)
{
	static const uint16_t sizes[] = { 1, 7, 9, 2999, 3000, 3001, 65534, 65535 };

	if (i >= 16)
		return false;
	put_gso(p, i < 8 ? TCP_GSO : UDP_FRAGMENTS);
	p->vnet.gso_size = sizes[i % 8];
	return true;
}

static bool gso_of_bad_headers(struct packet *p, unsigned int i)
{
	const size_t head = ip_head(p->family);

	put_gso(p, i < 8 ? TCP_GSO : UDP_FRAGMENTS);
	switch (i % 8) {
	case 0:
		say_length(p, 0);
		break;
	case 1:
		say_length(p, 0xffff);
		break;
	case 2:
		p->bytes[0] |= 15;
		break;
	case 3:
		p->bytes[0] &= 0xf0;
		break;
	case 4:
		p->bytes[0] = 0x55;
		break;
	case 5:
		p->bytes[head + 12] = 0;
		break;
	case 6:
		p->bytes[head + 12] = 0xf0;
		break;
	case 7:
		p->bytes[p->family == AF_INET ? 9 : 6] = IPPROTO_ESP;
		break;
	}
	return i < 16;
}

static bool gso_of_nothing(struct packet *p, unsigned int i)
{
	const size_t head = ip_head(p->family);

	put_gso(p, TCP_GSO);
	p->len = head + 20 + i;
	say_length(p, p->family == AF_INET ? p->len : 20 + i);
	p->vnet.gso_size = 1;
	return i < 3;
}

static bool checksum_elsewhere(struct packet *p, unsigned int i)
{
	static const uint16_t starts[] = { 0, 1, 19, 199, 200, 0xffff };
	static const uint16_t offsets[] = { 0, 6, 179, 180, 0xfffe };

	put_csum(p);
	p->vnet.csum_start = starts[i % 6];
	p->vnet.csum_offset = offsets[i / 6 % 5];
	p->fate = SPOILT;
	return i < 30;
}

/* All of it in the linear part, even from a ring, so that the driver may encrypt it in place. */
static bool all_in_head(struct packet *p, unsigned int i)
{
	put_plain(p, 200);
	p->vnet.hdr_len = p->len;
	return !i;
}

static bool head_beyond_end(struct packet *p, unsigned int i)
{
	put_plain(p, 200);
	p->vnet.hdr_len = i ? 0xffff : p->len + 1;
	want(p, REFUSED, NULL, EINVAL);
	return i < 2;
}

/* ---- */

static bool ring_takes_vnet(void)
{
	struct way way = { .type = SOCK_RAW, .offload = NO_OFFLOAD };
	int sock = way_open(&way, 0);
	struct ring ring;
	bool taken;

	if (sock < 0)
		fail("packet socket");
	taken = !ring_open(&ring, sock, TPACKET_V2);
	if (taken)
		ring_close(&ring);
	close(sock);
	if (!taken)
		point(true, "", "rings with vnet headers # SKIP the kernel has none");
	return taken;
}

static uint64_t dropped_inside(void)
{
	uint64_t dropped;

	enter(receiver_ns);
	dropped = counter("rx_bad_inner_packet") + counter("rx_bad_inner_length");
	enter(sender_ns);
	return dropped;
}

static void by_length(void)
{
	try_both("empty", empty, PLAIN | VNET);
	try_both("shorter than its header", too_short, PLAIN | VNET);
	try_family("20 to 39 bytes of IPv4", short_but_good, PLAIN | VNET, AF_INET);
	try_both("version neither 4 nor 6", foreign_version, PLAIN | VNET);
	try_family("IHL below 5", ihl_too_small, PLAIN | VNET, AF_INET);
	try_family("IHL beyond the end", ihl_beyond_end, PLAIN | VNET, AF_INET);
	try_family("IHL above 5", ip_options, PLAIN | VNET, AF_INET);
	try_both("total length beyond the end", length_beyond_end, PLAIN | VNET);
	try_family("total length below 20", length_less_than_header, PLAIN | VNET, AF_INET);
	try_both("total length short of the end: cut off there", length_short_of_end, PLAIN | VNET);
	point(!dropped_inside(), "some did",
	      "no packet went through the tunnel to be dropped there");
}

static void by_destination(void)
{
	try_both("no allowed IP", no_allowed_ip, PLAIN | VNET);
	try_icmp(AF_INET, 0);
	try_icmp(AF_INET6, 1);
	try_both("no endpoint", no_endpoint, PLAIN | VNET);
}

static void by_size(void)
{
	set_mtu(MTU);
	try_both("as long as the MTU", mtu, PLAIN | VNET);
	try_both("longer than the MTU", beyond_mtu_refused, PLAIN | VNET_SEND);
	try_both("longer than the MTU", beyond_mtu_sent, VNET_RING);
	try_both("longer than any message", beyond_messages, VNET_RING);
	try_both("fragments", fragment, PLAIN | VNET);
	set_mtu(65535);
	try_both("MTU 65535: as long as a message can be", longest, PLAIN | VNET);
	try_both("MTU 65535: longer than any message", beyond_messages, PLAIN | VNET);
	set_mtu(MTU);
}

static void by_vnet_header(void)
{
	try_both("all of it in the linear part", all_in_head, VNET);
	try_both("header length beyond the end", head_beyond_end, VNET);
	if (release_at_least(4, 11))
		try_both("GSO without a checksum to fill in", gso_without_checksum, VNET);
	else
		point(true, "",
		      "GSO without a checksum to fill in # SKIP a warning in this kernel's log");
	try_both("GSO of another type", gso_of_another_type, VNET);
	try_both("GSO of odd sizes", gso_of_odd_size, VNET);
	try_both("GSO of bad headers", gso_of_bad_headers, VNET);
	try_both("GSO of hardly any payload", gso_of_nothing, VNET);
	try_both("checksum at other offsets", checksum_elsewhere, VNET);
}

static void by_state(void)
{
	set_up(false);
	down = true;
	try_both("interface down", interface_down, PLAIN | VNET);
	set_up(true);
	down = false;
	try_both("interface up again", mtu, PLAIN | VNET);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr,
			"usage: packet-bad INTERFACE SENDER-NAMESPACE RECEIVER-NAMESPACE\n"
			"sends bad packets through packet sockets, and prints the result of each\n"
			USAGE_ENDS
			"192.168.244.0/24 and fd00:4::/64 are allowed IPs of a peer without an endpoint.\n"
			"192.168.243.0/24 and fd00:3::/64 are allowed IPs of no peer.\n");
		return 2;
	}
	open_ends(argv);
	ring_vnet = ring_takes_vnet();
	bypass = has_bypass();
	if (!bypass)
		point(true, "", "PACKET_QDISC_BYPASS # SKIP this kernel does not have it");
	by_length();
	by_destination();
	by_size();
	by_vnet_header();
	by_state();
	return 0;
}
