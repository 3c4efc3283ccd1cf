// SPDX-License-Identifier: GPL-2.0
/*
 * A valid IP packet is sent through packet sockets in every form. One test point a
 * form shows what arrives through the tunnel. expected() derives the result of a form
 * from the kernel's contract, not from a run.
 *
 * After each form the program sends a marker, in a form that always works. A peer's
 * packets arrive in the order in which they were sent. So if the marker arrives first,
 * the packet is lost, and the program need not wait for a timeout.
 */
#define _GNU_SOURCE
#include <linux/if_tun.h>

#include "ends.h"
#include "ways.h"

/* The result of sending a form. */
enum outcome { DELIVERED, BY_KERNEL, BY_DRIVER, OUTCOMES };

static const char *const outcome_names[OUTCOMES] = {
	"delivered", "refused by the kernel", "refused by the driver",
};

/* What depends on the kernel, as far as it can be found out without the driver. */
static struct {
	bool bypass;		/* PACKET_QDISC_BYPASS (3.14, not in RHEL 7) */
	bool ring3;		/* a TX_RING may be of TPACKET_V3 (4.11) */
	bool ring_vnet;		/* a TX_RING may have vnet headers (4.6) */
	bool ufo, uso;		/* these types of GSO are known (all but some 4.14; 6.2) */
	bool relabels;		/* a GSO packet's protocol is overwritten (4.19) */
} kernel;

/* A packet, as it is sent and as it must arrive before segmentation. */
struct content {
	int family;
	enum offload offload;
	uint8_t given[PACKET_SIZE];
	uint8_t whole[PACKET_SIZE];
	size_t len;
	size_t head;		/* IP header */
	uint32_t seq;
	struct virtio_net_hdr vnet;
};

static void make_content(struct content *c, int family, enum offload offload, uint8_t number)
{
	const char *const *ends = addresses[family == AF_INET6];
	size_t payload = is_gso(offload) ? GSO_PAYLOAD : 15;

	c->family = family;
	c->offload = offload;
	c->head = family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ip6_hdr);
	c->seq = 1000 + number * 100000u;
	c->vnet = vnet_for(offload, family);
	if (offload == TCP_GSO) {
		c->len = put_tcp(c->given, family, ends[0], ends[1], c->seq, payload);
		memcpy(c->whole, c->given, c->len);
		return;
	}
	c->len = put_udp(c->given, family, ends[0], ends[1], number, payload, offload >= CSUM);
	put_udp(c->whole, family, ends[0], ends[1], number, payload, false);
}

/* ---- what arrives ---- */

/* Pieces of a GSO packet, joined: all bytes after the transport header, or after the IP header. */
struct pieces {
	uint8_t bytes[PACKET_SIZE];
	size_t len;
	unsigned int count;
};

static bool same_ends(const struct content *c, const uint8_t *packet)
{
	size_t at = c->family == AF_INET ? 12 : 8, len = c->family == AF_INET ? 8 : 32;

	return !memcmp(packet + at, c->whole + at, len);
}

/* All pieces of a packet have the same fields, and no other hop has changed them. */
static bool same_kind(const struct content *c, const uint8_t *packet)
{
	/* TOS and TTL; version, traffic class and flow label, hop limit. */
	if (c->family == AF_INET)
		return packet[1] == c->whole[1] && packet[8] == c->whole[8];
	return !memcmp(packet, c->whole, 4) && packet[7] == c->whole[7];
}

/* Whether the fields of the IP header are right. Sets its protocol and where its payload is. */
static bool open_ip(const struct content *c, const uint8_t *packet, size_t len, uint8_t *proto,
		    unsigned int *offset, bool *more, size_t *at)
{
	*at = c->head;
	*offset = 0;
	*more = false;
	if (len < c->head + 8 || packet[0] >> 4 != (c->family == AF_INET ? 4 : 6) ||
	    !same_kind(c, packet))
		return false;
	if (c->family == AF_INET) {
		struct iphdr ip;

		memcpy(&ip, packet, sizeof(ip));
		*proto = ip.protocol;
		*offset = (ntohs(ip.frag_off) & 0x1fff) * 8;
		*more = ntohs(ip.frag_off) & IP_MF;
		return ip.ihl == 5 && ntohs(ip.tot_len) == len && same_ends(c, packet) &&
		       sum_fold(sum_bytes(0, packet, sizeof(ip))) == 0xffff;
	}
	*proto = packet[6];
	if ((packet[4] << 8 | packet[5]) + c->head != len || !same_ends(c, packet))
		return false;
	if (*proto == IPPROTO_FRAGMENT) {
		*proto = packet[c->head];
		*offset = (packet[c->head + 2] << 8 | packet[c->head + 3]) & 0xfff8;
		*more = packet[c->head + 3] & 1;
		*at += 8;
	}
	return true;
}

static bool checksum_right(const struct content *c, const uint8_t *packet, size_t len,
			   uint8_t proto)
{
	size_t payload = len - c->head;

	return sum_fold(sum_bytes(pseudo_of(packet, c->family, proto, payload), packet + c->head,
				  payload)) == 0xffff;
}

/* NULL, or what is wrong with the next piece. */
static const char *take_piece(const struct content *c, struct pieces *pieces,
			      const uint8_t *packet, size_t len)
{
	uint8_t want = c->offload == TCP_GSO ? IPPROTO_TCP : IPPROTO_UDP, proto;
	unsigned int offset;
	size_t at, skip;
	uint32_t seq;
	bool more;

	if (!open_ip(c, packet, len, &proto, &offset, &more, &at) || proto != want)
		return "a foreign or broken packet arrived";
	pieces->count++;
	if (c->offload == UDP_FRAGMENTS) {
		if (offset != pieces->len || more != (offset + len - at < c->len - c->head))
			return "a fragment is missing";
		skip = 0;
	} else {
		skip = c->offload == TCP_GSO ? sizeof(struct tcphdr) : sizeof(struct udphdr);
		if (!checksum_right(c, packet, len, proto))
			return "a segment's checksum is wrong";
		if (memcmp(packet + at, c->whole + c->head, 4))
			return "a segment's ports are wrong";
		memcpy(&seq, packet + at + 4, sizeof(seq));
		if (c->offload == TCP_GSO && ntohl(seq) != c->seq + pieces->len)
			return "a segment is missing";
	}
	if (pieces->len + len - at - skip > c->len)
		return "too much arrived";
	memcpy(pieces->bytes + pieces->len, packet + at + skip, len - at - skip);
	pieces->len += len - at - skip;
	return NULL;
}

static const char *pieces_wrong(const struct content *c, const struct pieces *pieces)
{
	size_t skip = c->offload == TCP_GSO ? sizeof(struct tcphdr) :
		      c->offload == UDP_GSO ? sizeof(struct udphdr) : 0;
	size_t want = c->len - c->head - skip;

	if (pieces->len != want)
		return "a part is missing";
	if (pieces->count < want / GSO_SIZE)
		return "it arrived in one piece";
	if (memcmp(pieces->bytes, c->whole + c->head + skip, want))
		return "the bytes differ";
	return NULL;
}

/*
 * Reads up to the marker. Sets *arrived if anything came. Returns NULL if that was right and
 * complete.
 */
static const char *collect(const struct content *c, uint32_t number, bool *arrived)
{
	static uint8_t buf[PACKET_SIZE];
	static struct pieces pieces;
	const char *wrong = NULL;
	int right = c->family == AF_INET ? ETH_P_IP : ETH_P_IPV6, proto;
	ssize_t len;

	pieces.len = pieces.count = 0;
	*arrived = false;
	while ((len = next_before_marker(buf, number, &proto)) > 0) {
		if (wrong)
			continue;
		if (proto != right)
			wrong = "it arrived with another protocol";
		else if (is_gso(c->offload))
			wrong = take_piece(c, &pieces, buf, len);
		else if ((size_t)len != c->len || memcmp(buf, c->whole, len))
			wrong = "the bytes differ";
		else if (*arrived)
			wrong = "it arrived twice";
		*arrived = true;
	}
	if (len < 0)
		return "the marker after it is lost";
	if (!wrong && *arrived && is_gso(c->offload))
		wrong = pieces_wrong(c, &pieces);
	return wrong;
}

/* ---- what is expected ---- */

static uint16_t right_proto(int family)
{
	return family == AF_INET ? ETH_P_IP : ETH_P_IPV6;
}

static bool unset(uint16_t proto)
{
	return !proto || proto == ETH_P_ALL;
}

static enum outcome expected(const struct way *way, int family)
{
	if (way->bypass && !kernel.bypass)
		return BY_KERNEL;
	/* packet(7): a vnet header is for SOCK_RAW alone. */
	if (way->type == SOCK_DGRAM && way->offload != NO_HEADER)
		return BY_KERNEL;
	if (way->call == RING3 && !kernel.ring3)
		return BY_KERNEL;
	if (is_ring(way->call) && way->offload != NO_HEADER && !kernel.ring_vnet)
		return BY_KERNEL;
	if ((way->offload == UDP_FRAGMENTS && !kernel.ufo) ||
	    (way->offload == UDP_GSO && !kernel.uso))
		return BY_KERNEL;
	/* No protocol, or the right one: an Ethernet device would send the packet. */
	if (unset(way->proto) || way->proto == right_proto(family))
		return DELIVERED;
	/* The wrong protocol does not reach the driver. */
	if (is_gso(way->offload) && kernel.relabels)
		return DELIVERED;
	/* The kernel itself sets this protocol on an IPv6 packet without one. */
	if ((way->offload == UDP_FRAGMENTS || way->offload == UDP_GSO) && way->proto == ETH_P_IP)
		return DELIVERED;
	return BY_DRIVER;
}

/* ---- what the kernel supports ---- */

static bool ring_taken(int version, bool vnet)
{
	struct way way = { .type = SOCK_RAW, .offload = vnet ? NO_OFFLOAD : NO_HEADER };
	int sock = way_open(&way, 0);
	struct ring ring;
	bool taken;

	if (sock < 0)
		fail("packet socket");
	taken = !ring_open(&ring, sock, version);
	if (taken)
		ring_close(&ring);
	close(sock);
	return taken;
}

/* Whether the loopback interface accepts a GSO packet of this type. */
static bool gso_taken(enum offload offload)
{
	struct way way = { .type = SOCK_RAW, .proto = ETH_P_IP, .offload = offload };
	struct virtio_net_hdr vnet = vnet_for(offload, AF_INET);
	uint8_t frame[4096] = { [12] = ETH_P_IP >> 8, [13] = ETH_P_IP & 0xff };
	size_t len = put_udp(frame + ETH_HLEN, AF_INET, "127.0.0.1", "127.0.0.1", 1, 3000, true);

	vnet.csum_start += ETH_HLEN;
	vnet.hdr_len += ETH_HLEN;
	return way_send(&way, if_nametoindex("lo"), &vnet, frame, ETH_HLEN + len) > 0;
}

/* Reads a TUN device until a UDP packet comes. True if a TCP packet came before it, as IPv4. */
static bool tun_shows_tcp_as_ip(int tun)
{
	struct {
		struct tun_pi pi;
		struct virtio_net_hdr vnet;
		uint8_t packet[PACKET_SIZE];
	} __attribute__((packed)) got;
	struct timespec end = in_ms(LOST_MS);
	bool tcp = false;

	for (;;) {
		struct pollfd fd = { .fd = tun, .events = POLLIN };

		if (poll(&fd, 1, left_ms(&end)) <= 0 || read(tun, &got, sizeof(got)) < 0)
			fail("the TUN device shows nothing");
		if (got.packet[0] >> 4 != 4)
			continue;
		if (got.packet[9] == IPPROTO_UDP)
			return tcp;
		if (got.packet[9] == IPPROTO_TCP && got.pi.proto == htons(ETH_P_IP))
			tcp = true;
	}
}

/*
 * A TUN device reports the protocol of each packet to its reader. The sender sets ETH_P_ARP on a
 * GSO packet. The device sees that, or never gets the packet, or the kernel has replaced it by
 * the protocol that the vnet header implies.
 */
static bool gso_relabelled(void)
{
	struct way way = { .type = SOCK_RAW, .proto = ETH_P_ARP, .offload = TCP_GSO };
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_VNET_HDR };
	int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC), index;
	static struct content content;
	bool relabelled;

	if (tun < 0)
		fail("/dev/net/tun");
	if (ioctl(tun, TUNSETIFF, &request) ||
	    ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6))
		fail("TUNSETIFF");
	index = if_nametoindex(request.ifr_name);
	memcpy(&request.ifr_ifru, &(short){ IFF_UP }, sizeof(short));
	if (ioctl(control_socket(), SIOCSIFFLAGS, &request))
		fail("SIOCSIFFLAGS");
	make_content(&content, AF_INET, TCP_GSO, 1);
	/* The result does not matter: the kernel may drop the packet silently. */
	way_send(&way, index, &content.vnet, content.given, content.len);
	way.offload = NO_HEADER;
	way.proto = ETH_P_IP;
	make_content(&content, AF_INET, NO_HEADER, 1);
	if (way_send(&way, index, NULL, content.given, content.len) < 0)
		fail("send to TUN");
	relabelled = tun_shows_tcp_as_ip(tun);
	close(tun);
	return relabelled;
}

static void ask_kernel(void)
{
	kernel.bypass = has_bypass();
	kernel.ring3 = ring_taken(TPACKET_V3, false);
	kernel.ring_vnet = ring_taken(TPACKET_V2, true);
	kernel.ufo = gso_taken(UDP_FRAGMENTS);
	kernel.uso = gso_taken(UDP_GSO);
	kernel.relabels = gso_relabelled();
	tap("# the kernel has: QDISC_BYPASS %s, TX_RING v3 %s, ring with vnet header %s, UFO %s, USO %s; GSO packets %s\n",
	    kernel.bypass ? "yes" : "no", kernel.ring3 ? "yes" : "no",
	    kernel.ring_vnet ? "yes" : "no",
	    kernel.ufo ? "yes" : "no", kernel.uso ? "yes" : "no",
	    kernel.relabels ? "get the protocol of their vnet header" :
			      "keep the sender's protocol");
}

/* ---- the table ---- */

enum claim { CLAIM_NONE, CLAIM_ALL, CLAIM_RIGHT, CLAIM_OTHER, CLAIM_ARP, CLAIMS };

static const char *const claim_names[CLAIMS] = {
	"none", "ETH_P_ALL", "right", "the other", "ETH_P_ARP",
};

/* Counts by type, offload, call or ring, claim and outcome. The last is "other than expected". */
static unsigned int seen[2][OFFLOADS][2][CLAIMS][OUTCOMES + 1];
static unsigned int totals[OUTCOMES + 1];

static uint16_t claimed(enum claim claim, int family)
{
	switch (claim) {
	case CLAIM_NONE: return 0;
	case CLAIM_ALL: return ETH_P_ALL;
	case CLAIM_RIGHT: return right_proto(family);
	case CLAIM_OTHER: return family == AF_INET ? ETH_P_IPV6 : ETH_P_IP;
	default: return ETH_P_ARP;
	}
}

static const char *proto_name(uint16_t proto)
{
	switch (proto) {
	case 0: return "none";
	case ETH_P_ALL: return "ETH_P_ALL";
	case ETH_P_IP: return "ETH_P_IP";
	case ETH_P_IPV6: return "ETH_P_IPV6";
	default: return "ETH_P_ARP";
	}
}

/* What the kernel returns for a form that it does not have. It refuses an unknown option first. */
static int refusal(const struct way *way)
{
	return way->bypass && !kernel.bypass ? ENOPROTOOPT : EINVAL;
}

/* The outcome. Sets *why if something is wrong with it by itself. */
static enum outcome outcome_of(const struct way *way, ssize_t sent, int error, bool arrived,
			       uint64_t refused, const char **why)
{
	if (arrived)
		return DELIVERED;
	/* Counted once. The errno shows only where the kernel returns the driver's error. */
	if (refused || (in_tree && (sent >= 0 || error == EPROTONOSUPPORT))) {
		if (!*why && sent < 0 && error != EPROTONOSUPPORT)
			*why = "the sender gets another error than EPROTONOSUPPORT";
		if (!*why && refused > 1)
			*why = "counted more than once";
		return BY_DRIVER;
	}
	if (!*why && sent >= 0)
		*why = "lost without an error or a count";
	else if (!*why && error != refusal(way))
		*why = "another error than that of a form that the kernel lacks";
	return BY_KERNEL;
}

/* After this many failures the rest is likely to be the same, so do not wait for late packets. */
#define EXPLAINED_IN_FULL 20

/* What is wrong, and what may show the cause. */
static const char *explain(const char *why, enum outcome want, ssize_t sent, int error)
{
	static char text[1000];
	char counted[600];
	unsigned int late;
	int len;

	len = snprintf(text, sizeof(text), "%s; wanted: %s; send returned %zd (%s)", why,
		       outcome_names[want], sent, strerror(error));
	if (points_failed < EXPLAINED_IN_FULL) {
		late = late_packets();
		print_counters(counted, sizeof(counted));
		snprintf(text + len, sizeof(text) - len, "; %u packets after the marker;%s", late,
			 counted);
	}
	return text;
}

static void try_form(const struct way *way, int family, enum claim claim)
{
	static struct content content;
	static uint32_t number;
	enum outcome want = expected(way, family), got;
	const char *why;
	uint64_t refused;
	bool arrived;
	ssize_t sent;
	int error;

	number++;
	make_content(&content, family, way->offload, number);
	refused = counter("tx_bad_protocol");
	errno = 0;
	sent = way_send(way, ifindex, &content.vnet, content.given, content.len);
	error = sent < 0 ? errno : 0;
	refused = counter("tx_bad_protocol") - refused;
	send_marker(number);
	why = collect(&content, number, &arrived);
	got = outcome_of(way, sent, error, arrived, refused, &why);
	if (!why && got != want)
		why = outcome_names[got];
	seen[way->type == SOCK_DGRAM][way->offload][is_ring(way->call)][claim]
	    [why ? OUTCOMES : got]++;
	totals[why ? OUTCOMES : got]++;
	point(!why, why ? explain(why, want, sent, error) : "",
	      "%s IPv%d, %s in %s, %s%s%s: %s", way->type == SOCK_RAW ? "RAW" : "DGRAM",
	      family == AF_INET ? 4 : 6, proto_name(way->proto), where_names[way->where],
	      call_names[way->call], offload_names[way->offload],
	      way->bypass ? ", QDISC_BYPASS" : "", outcome_names[want]);
}

/* With an address in the call it is sendto(), else send(). The other calls can be either. */
static bool is_form(const struct way *way)
{
	if (way->call == SEND || way->call == SENDTO)
		if ((way->call == SENDTO) != (way->where == IN_SENDTO))
			return false;
	/* The kernel refuses these before it checks anything else, so one of a kind is enough. */
	if (way->type == SOCK_DGRAM && way->offload != NO_HEADER)
		return way->where == IN_SENDTO && !way->bypass;
	return true;
}

/*
 * The driver gets the same packet wherever the protocol was set, by whichever call, and from a
 * ring of any version. True for one of the forms that it cannot distinguish.
 */
static bool is_distinct(const struct way *way)
{
	return way->where == IN_SENDTO && (way->call == SENDTO || way->call == RING2);
}

static void all_claims(struct way *way)
{
	for (int family = AF_INET; family <= AF_INET6; family += AF_INET6 - AF_INET) {
		for (enum claim claim = 0; claim < CLAIMS; claim++) {
			way->proto = claimed(claim, family);
			try_form(way, family, claim);
		}
	}
}

static void all_forms(bool distinct_only)
{
	static const int types[] = { SOCK_RAW, SOCK_DGRAM };
	struct way way;

	for (int i = 0; i < 2 * CALLS * OFFLOADS * WHERES * 2; i++) {
		int n = i;

		way.bypass = n % 2, n /= 2;
		way.where = n % WHERES, n /= WHERES;
		way.call = n % CALLS, n /= CALLS;
		way.offload = n % OFFLOADS, n /= OFFLOADS;
		way.type = types[n];
		if (is_form(&way) && (!distinct_only || is_distinct(&way)))
			all_claims(&way);
	}
}

/* A cell of the table: the number of each outcome. */
static void print_cell(const unsigned int *counts)
{
	const char *between = " ";

	for (int i = 0; i <= OUTCOMES; i++) {
		if (!counts[i])
			continue;
		tap("%s%u %s", between, counts[i], i == OUTCOMES ? "FAILED" : outcome_names[i]);
		between = ", ";
	}
	tap(" |");
}

static void print_table(void)
{
	tap("# | socket | by |");
	for (int claim = 0; claim < CLAIMS; claim++)
		tap(" %s |", claim_names[claim]);
	tap("\n# | --- | --- | --- | --- | --- | --- | --- |\n");
	for (int type = 0; type < 2; type++) {
		for (int offload = 0; offload < OFFLOADS; offload++) {
			for (int ring = 0; ring < 2; ring++) {
				tap("# | %s | %s%s |", type ? "DGRAM" : "RAW",
				    ring ? "ring" : "send", offload_names[offload]);
				for (int claim = 0; claim < CLAIMS; claim++)
					print_cell(seen[type][offload][ring][claim]);
				tap("\n");
			}
		}
	}
	tap("# table: %u delivered, %u refused by the kernel, %u refused by the driver, %u other than expected\n",
	    totals[DELIVERED], totals[BY_KERNEL], totals[BY_DRIVER], totals[OUTCOMES]);
}

int main(int argc, char **argv)
{
	bool distinct_only = argc == 5 && !strcmp(argv[4], "distinct");

	if (argc != 4 && !distinct_only) {
		fprintf(stderr,
			"usage: packet-forms INTERFACE SENDER-NAMESPACE RECEIVER-NAMESPACE [distinct]\n"
			"sends a packet through packet sockets in every form, and prints what arrives;\n"
			"distinct: one of several forms that a driver cannot distinguish\n"
			USAGE_ENDS);
		return 2;
	}
	open_ends(argv);
	ask_kernel();
	all_forms(distinct_only);
	print_table();
	return 0;
}
