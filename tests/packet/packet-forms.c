// SPDX-License-Identifier: GPL-2.0
/*
 * Sends a valid IP packet through packet sockets in each of many forms and
 * watches a packet socket at the tunnel's other end, in another network
 * namespace, for it: one TAP line a form, "ok" if the packet came out
 * bit-identical, or, for a protocol that contradicts the bytes, if nothing
 * did. Packets that no tunnel may carry follow: none may come out.
 *
 * Where a form is known to be lost by the in-tree module the line says TODO if
 * MODULE_KIND=in-tree is in the environment.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"

enum path { SENDTO, BYPASS, RING1, RING2, RING3, VNET, VNET_CSUM, VNET_GSO, PATHS };

static const char *const path_names[PATHS] = {
	"sendto", "sendto, QDISC_BYPASS", "TX_RING v1", "TX_RING v2", "TX_RING v3",
	"vnet header", "vnet header, partial checksum", "vnet header, TCP GSO",
};

static const char *const where_names[] = { "sendto()", "socket()", "bind()" };

enum where { IN_SENDTO, IN_SOCKET, IN_BIND, WHERES };

struct form {
	int type;		/* SOCK_RAW or SOCK_DGRAM */
	int proto;		/* host order; see the loop in main() */
	int family;
	enum path path;
	enum where where;
};

static const char *const ends[2][2] = {
	{ "192.168.241.1", "192.168.241.2" }, { "fd00:1::1", "fd00:1::2" },
};
static int receiver, tap_fd = 1, ifindex;
static bool in_tree;
static char dev[IFNAMSIZ];
static uint8_t sent_bytes[70000];
static uint8_t packet[70000];
static uint32_t gso_seq;

static void fail(const char *what)
{
	fprintf(stderr, "packet-forms: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void __attribute__((format(printf, 1, 2))) tap(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vdprintf(tap_fd, format, args);
	va_end(args);
}

static void enter(const char *ns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail(path);
	close(fd);
}

/* ---- sending ---- */

static ssize_t send_ring(int sock, const struct form *form, const struct sockaddr_ll *to,
			 size_t len)
{
	int version = form->path - RING1;
	struct tpacket_req3 req = {
		.tp_block_size = 1 << 16, .tp_block_nr = 1,
		.tp_frame_size = 1 << 16, .tp_frame_nr = 1,
	};
	size_t req_size = version == TPACKET_V3 ? sizeof(req) : sizeof(struct tpacket_req);
	uint8_t *ring;
	ssize_t ret;

	if (setsockopt(sock, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(sock, SOL_PACKET, PACKET_TX_RING, &req, req_size))
		return -1;
	ring = mmap(NULL, req.tp_block_size, PROT_READ | PROT_WRITE, MAP_SHARED, sock, 0);
	if (ring == MAP_FAILED)
		return -1;
	if (version == TPACKET_V1) {
		struct tpacket_hdr *h = (void *)ring;

		memcpy(ring + TPACKET_HDRLEN - sizeof(struct sockaddr_ll), packet, len);
		h->tp_len = len;
		h->tp_status = TP_STATUS_SEND_REQUEST;
	} else if (version == TPACKET_V2) {
		struct tpacket2_hdr *h = (void *)ring;

		memcpy(ring + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll), packet, len);
		h->tp_len = len;
		h->tp_status = TP_STATUS_SEND_REQUEST;
	} else {
		struct tpacket3_hdr *h = (void *)ring;

		memcpy(ring + TPACKET3_HDRLEN - sizeof(struct sockaddr_ll), packet, len);
		h->tp_len = len;
		h->tp_status = TP_STATUS_SEND_REQUEST;
	}
	__sync_synchronize();
	ret = sendto(sock, NULL, 0, 0, (const struct sockaddr *)to, to ? sizeof(*to) : 0);
	munmap(ring, req.tp_block_size);
	return ret;
}

static ssize_t send_vnet(int sock, const struct form *form, const struct sockaddr_ll *to,
			 size_t len)
{
	struct virtio_net_hdr vnet = { 0 };
	size_t ip = form->family == AF_INET ? 20 : 40;
	struct iovec iov[2] = { { &vnet, sizeof(vnet) }, { packet, len } };
	struct msghdr msg = {
		.msg_name = (void *)to, .msg_namelen = to ? sizeof(*to) : 0,
		.msg_iov = iov, .msg_iovlen = 2,
	};
	int one = 1;

	if (form->path != VNET) {
		vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		vnet.csum_start = ip;
		vnet.csum_offset = form->path == VNET_GSO ? 16 : 6;
	}
	if (form->path == VNET_GSO) {
		vnet.gso_type = form->family == AF_INET ? VIRTIO_NET_HDR_GSO_TCPV4 :
							  VIRTIO_NET_HDR_GSO_TCPV6;
		vnet.gso_size = 1300;
		vnet.hdr_len = ip + 20;
	}
	if (setsockopt(sock, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)))
		return -1;
	return sendmsg(sock, &msg, 0);
}

static ssize_t send_form(const struct form *form, size_t len)
{
	uint16_t proto = htons(form->proto);
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = ifindex, .sll_halen = 6,
		.sll_protocol = proto,
	}, *name = &to;
	int sock = socket(AF_PACKET, form->type, form->where == IN_SOCKET ? proto : 0);
	int one = 1, saved;
	ssize_t ret;

	if (sock < 0)
		fail("socket");
	if (form->where != IN_SENDTO) {
		/* Without an address the interface is the one bound to. */
		if (form->where == IN_SOCKET)
			to.sll_protocol = 0;
		if (bind(sock, (struct sockaddr *)&to, sizeof(to)))
			fail("bind");
		name = NULL;
	}
	switch (form->path) {
	case BYPASS:
		if (setsockopt(sock, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))
			fail("PACKET_QDISC_BYPASS");
		/* fall through */
	case SENDTO:
		ret = sendto(sock, packet, len, 0, (struct sockaddr *)name,
			     name ? sizeof(*name) : 0);
		break;
	case RING1:
	case RING2:
	case RING3:
		ret = send_ring(sock, form, name, len);
		break;
	default:
		ret = send_vnet(sock, form, name, len);
	}
	saved = errno;
	close(sock);
	errno = saved;
	return ret;
}

/* ---- receiving ---- */

static int left_ms(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	long ms = (end->tv_sec - now.tv_sec) * 1000 + (end->tv_nsec - now.tv_nsec) / 1000000;

	return ms < 0 ? 0 : ms;
}

static struct timespec in_ms(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* The next packet that came in at the other end and is ours by its ports. */
static ssize_t next_packet(uint8_t *buf, size_t size, const struct timespec *end, int *proto)
{
	for (;;) {
		struct pollfd fd = { .fd = receiver, .events = POLLIN };
		struct sockaddr_ll from;
		socklen_t from_len = sizeof(from);
		ssize_t len;
		size_t ip;

		if (poll(&fd, 1, left_ms(end)) <= 0)
			return -1;
		len = recvfrom(receiver, buf, size, 0, (struct sockaddr *)&from, &from_len);
		if (len < 20 || from.sll_pkttype == PACKET_OUTGOING)
			continue;
		ip = buf[0] >> 4 == 4 ? 20 : 40;
		if ((size_t)len < ip + 4 || memcmp(buf + ip, "\x04\xd2\x04\xd2", 4))
			continue;
		*proto = ntohs(from.sll_protocol);
		return len;
	}
}

/* A GSO packet comes out in segments, perhaps merged again: count its bytes. */
static bool gso_arrives(const struct form *form, size_t payload, const char **why)
{
	static uint8_t buf[70000], got[70000];
	struct timespec end = in_ms(3000);
	size_t ip = form->family == AF_INET ? 20 : 40, have = 0;
	int proto;
	ssize_t len;

	memset(got, 0, sizeof(got));
	while (have < payload) {
		len = next_packet(buf, sizeof(buf), &end, &proto);
		if (len < 0) {
			*why = have ? "a part is missing" : "nothing arrived";
			return false;
		}
		uint32_t at = ntohl(*(uint32_t *)(buf + ip + 4)) - gso_seq;
		size_t n = len - ip - 20;

		if (at + n > payload || buf[ip - (ip == 20 ? 11 : 34)] != IPPROTO_TCP) {
			*why = "foreign bytes";
			return false;
		}
		memcpy(got + at, buf + ip + 20, n);
		have += n;
	}
	*why = "the bytes differ";
	return !memcmp(got, sent_bytes + ip + 20, payload);
}

static bool arrives(const struct form *form, size_t len, const char **why)
{
	static uint8_t buf[70000];
	struct timespec end = in_ms(3000);
	int proto;
	ssize_t got = next_packet(buf, sizeof(buf), &end, &proto);

	*why = "nothing arrived";
	if (got < 0)
		return false;
	*why = "the bytes differ";
	if ((size_t)got != len || memcmp(buf, sent_bytes, len))
		return false;
	*why = "it arrived with another protocol";
	return proto == (form->family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
}

static void drain(int ms)
{
	static uint8_t buf[70000];
	struct timespec end = in_ms(ms);
	int proto;

	while (next_packet(buf, sizeof(buf), &end, &proto) >= 0)
		;
}

/* ---- the table ---- */

static const char *proto_name(int proto)
{
	switch (proto) {
	case 0: return "none";
	case ETH_P_ALL: return "ETH_P_ALL";
	case ETH_P_IP: return "ETH_P_IP";
	case ETH_P_IPV6: return "ETH_P_IPV6";
	default: return "ETH_P_ARP";
	}
}

static int right_proto(int family)
{
	return family == AF_INET ? ETH_P_IP : ETH_P_IPV6;
}

/* What is measured of the in-tree module: rings lose all, DGRAM needs a protocol. */
static const char *in_tree_loses(const struct form *form)
{
	if (!in_tree)
		return NULL;
	if (form->path >= RING1 && form->path <= RING3)
		return "it reads the linear part only";
	if (form->type == SOCK_DGRAM && form->proto != right_proto(form->family))
		return "it does not infer the protocol of SOCK_DGRAM";
	return NULL;
}

static void try_form(const struct form *form)
{
	static uint8_t number;
	const char *const *end = ends[form->family == AF_INET6];
	bool unset = form->proto == 0 || form->proto == ETH_P_ALL;
	bool good = unset || form->proto == right_proto(form->family);
	const char *todo = good ? in_tree_loses(form) : NULL, *why = "";
	size_t len, payload = form->path == VNET_GSO ? 60000 : 15;
	ssize_t ret;
	bool ok;

	number++;
	if (form->path == VNET_GSO) {
		gso_seq = 1000 + number * 100000u;
		len = put_tcp(packet, form->family, end[0], end[1], gso_seq, payload);
		memcpy(sent_bytes, packet, len);
	} else {
		len = put_udp(sent_bytes, form->family, end[0], end[1], number, payload, false);
		put_udp(packet, form->family, end[0], end[1], number, payload,
			form->path == VNET_CSUM);
	}
	errno = 0;
	ret = send_form(form, len);
	if (good) {
		if (ret < 0) {
			why = strerror(errno);
			ok = false;
		} else if (form->path == VNET_GSO) {
			ok = gso_arrives(form, payload, &why);
		} else {
			ok = arrives(form, len, &why);
		}
	} else {
		struct timespec wait = in_ms(250);
		int proto;

		/* Refused or dropped, but never carried under a false name. */
		ok = next_packet(packet, sizeof(packet), &wait, &proto) < 0;
		why = "it arrived";
	}
	tap("%sok - %s: %s v%d, protocol %s in %s, %s%s%s%s\n", ok ? "" : "not ",
	    getenv("SCENARIO") ?: "packet-forms", form->type == SOCK_RAW ? "RAW" : "DGRAM",
	    form->family == AF_INET ? 4 : 6, proto_name(form->proto), where_names[form->where],
	    path_names[form->path], good ? "" : ": not carried",
	    todo ? " # TODO in-tree: " : "", todo ?: "");
	if (!ok) {
		tap("#   %s (send returned %zd)\n", why, ret);
		drain(20);
	}
}

static void bad_packets(void)
{
	struct form form = { SOCK_RAW, 0, AF_INET, SENDTO, IN_SENDTO };
	struct timespec wait;
	int proto, count = 0;
	size_t len;
	ssize_t got;

	for (int family = 0; family < 2; family++) {
		form.family = family ? AF_INET6 : AF_INET;
		for (form.path = SENDTO; form.path <= VNET; form.path++) {
			/* Every length short of a header. */
			for (len = 0; len < (family ? 40 : 20); len++, count++) {
				put_udp(packet, form.family, ends[family][0], ends[family][1], 1,
					15, false);
				send_form(&form, len);
			}
			/* Every version but the right one. */
			for (int nibble = 0; nibble < 16; nibble++, count++) {
				len = put_udp(packet, form.family, ends[family][0],
					      ends[family][1], 1, 15, false);
				packet[0] = nibble << 4 | (packet[0] & 0xf);
				if (nibble == (family ? 6 : 4))
					continue;
				send_form(&form, len);
			}
		}
	}
	wait = in_ms(1000);
	got = next_packet(packet, sizeof(packet), &wait, &proto);
	tap("%sok - %s: %d malformed packets, none arrives\n", got < 0 ? "" : "not ",
	    getenv("SCENARIO") ?: "packet-forms", count);
}

int main(int argc, char **argv)
{
	int buffer = 8 << 20;

	if (argc != 4) {
		fprintf(stderr,
			"usage: packet-forms INTERFACE SENDER-NAMESPACE RECEIVER-NAMESPACE\n"
			"The interface has that name in both; inside are 192.168.241.1, fd00:1::1\n"
			"at the sender and 192.168.241.2, fd00:1::2 at the receiver.\n");
		return 2;
	}
	if (fcntl(3, F_GETFD) >= 0)
		tap_fd = 3;
	in_tree = !strcmp(getenv("MODULE_KIND") ?: "", "in-tree");
	snprintf(dev, sizeof(dev), "%s", argv[1]);

	enter(argv[3]);
	receiver = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	if (receiver < 0)
		fail("socket (needs CAP_NET_RAW)");
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(dev),
	};
	if (!at.sll_ifindex || bind(receiver, (struct sockaddr *)&at, sizeof(at)))
		fail(dev);
	setsockopt(receiver, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	enter(argv[2]);
	ifindex = if_nametoindex(dev);
	if (!ifindex)
		fail(dev);

	static const int types[] = { SOCK_RAW, SOCK_DGRAM };
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t t = 0; t < 2; t++) {
		for (size_t f = 0; f < 2; f++) {
			int right = right_proto(families[f]);
			const int protos[] = { 0, ETH_P_ALL, right,
					       right == ETH_P_IP ? ETH_P_IPV6 : ETH_P_IP,
					       ETH_P_ARP };

			for (size_t p = 0; p < 5; p++) {
				for (int path = 0; path < PATHS; path++) {
					struct form form = { types[t], protos[p], families[f],
							     path, IN_SENDTO };

					/* Not offered: setsockopt() refuses it. */
					if (form.type == SOCK_DGRAM && path >= VNET)
						continue;
					try_form(&form);
					/* Elsewhere given, the plain paths show the same. */
					if (path != SENDTO && path != RING2)
						continue;
					form.where = IN_BIND;
					try_form(&form);
					form.where = IN_SOCKET;
					try_form(&form);
				}
			}
		}
	}
	bad_packets();

	struct form last = { SOCK_RAW, 0, AF_INET, SENDTO, IN_SENDTO };

	try_form(&last);
	return 0;
}
