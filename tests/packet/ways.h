/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways in which a packet socket sends: system calls and rings, with a vnet
 * header or without one.
 */
#ifndef WAYS_H
#define WAYS_H

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "packet.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum call { SEND, SENDTO, SENDMSG, RING1, RING2, RING3, CALLS };
enum offload { NO_HEADER, NO_OFFLOAD, CSUM, TCP_GSO, UDP_FRAGMENTS, UDP_GSO, OFFLOADS };
enum where { IN_SENDTO, IN_SOCKET, IN_BIND, WHERES };

#define GSO_PAYLOAD 60000
/* Fragments begin at multiples of eight. */
#define GSO_SIZE 1304
/* A slot holds the longest packet and the headers before it. */
#define RING_SLOT (1 << 17)

struct way {
	int type;		/* SOCK_RAW or SOCK_DGRAM */
	uint16_t proto;		/* host order */
	enum where where;	/* where the protocol is set */
	enum call call;
	enum offload offload;
	bool bypass;		/* PACKET_QDISC_BYPASS */
};

static const char *const call_names[CALLS] = {
	"send", "sendto", "sendmsg", "TX_RING v1", "TX_RING v2", "TX_RING v3",
};

static const char *const offload_names[OFFLOADS] = {
	"", ", vnet header", ", vnet checksum", ", vnet TCP GSO", ", vnet UFO", ", vnet USO",
};

static const char *const where_names[WHERES] = { "sendto()", "socket()", "bind()" };

static inline bool is_gso(enum offload offload)
{
	return offload >= TCP_GSO;
}

static inline bool is_ring(enum call call)
{
	return call >= RING1;
}

/* A ring of one slot or more. */
struct ring {
	uint8_t *memory;
	size_t size;
	int version;
};

static inline size_t ring_data_offset(int version)
{
	return (version == TPACKET_V1 ? TPACKET_HDRLEN :
		version == TPACKET_V2 ? TPACKET2_HDRLEN : TPACKET3_HDRLEN) -
	       sizeof(struct sockaddr_ll);
}

/* The kernel writes the status, so read it from memory each time. */
static inline uint32_t slot_status(int version, const void *slot)
{
	__sync_synchronize();
	return version == TPACKET_V1 ?
		*(volatile unsigned long *)&((struct tpacket_hdr *)slot)->tp_status :
	       version == TPACKET_V2 ?
		*(volatile uint32_t *)&((struct tpacket2_hdr *)slot)->tp_status :
		*(volatile uint32_t *)&((struct tpacket3_hdr *)slot)->tp_status;
}

/* Requests that the next call sends the slot's bytes. */
static inline void slot_request(int version, void *slot, size_t len)
{
	/* The bytes must be visible before the status. */
	__sync_synchronize();
	if (version == TPACKET_V1) {
		struct tpacket_hdr *h = slot;

		h->tp_len = len;
		h->tp_status = TP_STATUS_SEND_REQUEST;
	} else if (version == TPACKET_V2) {
		struct tpacket2_hdr *h = slot;

		h->tp_len = len;
		h->tp_status = TP_STATUS_SEND_REQUEST;
	} else {
		struct tpacket3_hdr *h = slot;

		h->tp_len = len;
		h->tp_next_offset = 0;
		h->tp_status = TP_STATUS_SEND_REQUEST;
	}
	__sync_synchronize();
}

static inline uint32_t ring_status(const struct ring *ring)
{
	return slot_status(ring->version, ring->memory);
}

static inline void ring_request(struct ring *ring, size_t len)
{
	slot_request(ring->version, ring->memory, len);
}

/* Whether the kernel has PACKET_QDISC_BYPASS. Others refuse the option with ENOPROTOOPT. */
static inline bool has_bypass(void)
{
	int one = 1, sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	bool has = !setsockopt(sock, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));

	close(sock);
	return has;
}

static inline bool release_at_least(unsigned int major, unsigned int minor)
{
	unsigned int a = 0, b = 0;
	struct utsname name;

	return !uname(&name) && sscanf(name.release, "%u.%u", &a, &b) == 2 &&
	       (a > major || (a == major && b >= minor));
}

/*
 * Returns 0, or -1 and errno. Kernels before 4.11 have no TX rings of version 3. They are not
 * asked for one, since they would refuse it with a warning in the log.
 */
static inline int ring_open_slots(struct ring *ring, int sock, int version, unsigned int slot_size,
				  unsigned int slots)
{
	struct tpacket_req3 req = {
		.tp_block_size = slot_size * slots, .tp_block_nr = 1,
		.tp_frame_size = slot_size, .tp_frame_nr = slots,
	};
	size_t req_size = version == TPACKET_V3 ? sizeof(req) : sizeof(struct tpacket_req);

	if (version == TPACKET_V3 && !release_at_least(4, 11)) {
		errno = EINVAL;
		return -1;
	}
	ring->version = version;
	ring->size = req.tp_block_size;
	if (setsockopt(sock, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(sock, SOL_PACKET, PACKET_TX_RING, &req, req_size))
		return -1;
	ring->memory = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED, sock, 0);
	return ring->memory == MAP_FAILED ? -1 : 0;
}

/* One slot, for the longest packet. */
static inline int ring_open(struct ring *ring, int sock, int version)
{
	return ring_open_slots(ring, sock, version, RING_SLOT, 1);
}

static inline void ring_close(struct ring *ring)
{
	munmap(ring->memory, ring->size);
}

static inline int ring_version(enum call call)
{
	return call == RING1 ? TPACKET_V1 : call == RING2 ? TPACKET_V2 : TPACKET_V3;
}

/* The vnet header for a packet of put_udp() or put_tcp(). */
static inline struct virtio_net_hdr vnet_for(enum offload offload, int family)
{
	size_t ip = family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ip6_hdr);
	struct virtio_net_hdr vnet = { 0 };

	if (offload < CSUM)
		return vnet;
	vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	vnet.csum_start = ip;
	vnet.csum_offset = offload == TCP_GSO ? 16 : 6;
	if (!is_gso(offload))
		return vnet;
	vnet.gso_size = GSO_SIZE;
	vnet.hdr_len = ip + (offload == TCP_GSO ? 20 : 8);
	vnet.gso_type = offload == UDP_FRAGMENTS ? VIRTIO_NET_HDR_GSO_UDP :
			offload == UDP_GSO ? VIRTIO_NET_HDR_GSO_UDP_L4 :
			family == AF_INET ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
	return vnet;
}

/*
 * The vnet header as this kernel reads it. RHEL 7.9 takes its numbers as big-endian, on all
 * interfaces. It refuses a header for the loopback interface whose numbers are not, because the
 * checksum would be beyond the end.
 */
static inline struct virtio_net_hdr vnet_for_kernel(const struct virtio_net_hdr *vnet)
{
	static enum { UNKNOWN, NATIVE, BIG_ENDIAN_ONLY } order;
	struct virtio_net_hdr as_read = *vnet;

	if (order == UNKNOWN) {
		struct {
			struct virtio_net_hdr vnet;
			uint8_t frame[64];
		} __attribute__((packed)) sent = {
			.vnet = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34 },
		};
		struct sockaddr_ll to = {
			.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex("lo"),
			.sll_halen = 6,
		};
		int one = 1, sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

		setsockopt(sock, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one));
		order = sendto(sock, &sent, sizeof(sent), 0, (struct sockaddr *)&to,
			       sizeof(to)) < 0 && errno == EINVAL ? BIG_ENDIAN_ONLY : NATIVE;
		close(sock);
	}
	if (order == BIG_ENDIAN_ONLY) {
		as_read.hdr_len = htons(vnet->hdr_len);
		as_read.gso_size = htons(vnet->gso_size);
		as_read.csum_start = htons(vnet->csum_start);
		as_read.csum_offset = htons(vnet->csum_offset);
	}
	return as_read;
}

/*
 * Opens the socket of a way, and binds it unless sendto() sets the protocol. Returns -1 and
 * errno if the kernel refuses one of its options.
 */
static inline int way_open(const struct way *way, int ifindex)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = ifindex };
	const uint16_t proto = htons(way->proto);
	/* A call on a ring waits for all slots. The timeout detects one that is lost. */
	const struct timeval lost = { .tv_sec = 5 * slow_factor() };
	int one = 1, sock, saved;

	sock = socket(AF_PACKET, way->type | SOCK_CLOEXEC, way->where == IN_SOCKET ? proto : 0);
	if (sock < 0)
		return -1;
	if (way->where == IN_BIND)
		at.sll_protocol = proto;
	if (!setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &lost, sizeof(lost)) &&
	    (way->where == IN_SENDTO || !bind(sock, (struct sockaddr *)&at, sizeof(at))) &&
	    (!way->bypass ||
	     !setsockopt(sock, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one))) &&
	    (way->offload == NO_HEADER ||
	     !setsockopt(sock, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one))))
		return sock;
	saved = errno;
	close(sock);
	errno = saved;
	return -1;
}

/* Sends by sendto() or sendmsg(). With a ring the bytes must be in it already. */
static inline ssize_t way_call(const struct way *way, int sock, int ifindex, int flags,
			       struct virtio_net_hdr *vnet, const void *bytes, size_t len)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = ifindex, .sll_halen = 6,
		.sll_protocol = htons(way->proto),
	};
	/* In two parts, if the call takes an iovec. */
	size_t first = way->call == SENDMSG && len > 11 ? 11 : len;
	struct iovec parts[3] = {
		{ vnet, sizeof(*vnet) }, { (void *)bytes, first },
		{ (uint8_t *)bytes + first, len - first },
	};
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 3 };

	if (way->where == IN_SENDTO) {
		msg.msg_name = &to;
		msg.msg_namelen = sizeof(to);
	}
	if (is_ring(way->call) || (way->call != SENDMSG && way->offload == NO_HEADER))
		return sendto(sock, is_ring(way->call) ? NULL : bytes,
			      is_ring(way->call) ? 0 : len, flags, msg.msg_name, msg.msg_namelen);
	if (way->offload == NO_HEADER) {
		msg.msg_iov++;
		msg.msg_iovlen--;
	}
	return sendmsg(sock, &msg, flags);
}

/* A packet that was sent, and what is held for it: its socket, and perhaps a ring. */
struct handed_in {
	int sock;		/* -1: it could not be opened */
	struct ring ring;	/* memory is NULL without one */
	ssize_t ret;		/* of the last system call */
	int error;		/* errno of that, or 0 */
};

static inline ssize_t put_in_ring(const struct way *way, struct handed_in *in, int ifindex,
				  const struct virtio_net_hdr *vnet, const void *bytes, size_t len)
{
	uint8_t *at;

	if (ring_open(&in->ring, in->sock, ring_version(way->call))) {
		in->ring.memory = NULL;
		return -1;
	}
	at = in->ring.memory + ring_data_offset(in->ring.version);
	if (way->offload != NO_HEADER) {
		memcpy(at, vnet, sizeof(*vnet));
		at += sizeof(*vnet);
	}
	memcpy(at, bytes, len);
	ring_request(&in->ring,
		     at + len - in->ring.memory - ring_data_offset(in->ring.version));
	return way_call(way, in->sock, ifindex, 0, NULL, NULL, 0);
}

/* hand_in - send one packet; it may still be in flight on return */
static inline void hand_in(const struct way *way, int ifindex, struct virtio_net_hdr *vnet,
			   const void *bytes, size_t len, struct handed_in *in)
{
	struct virtio_net_hdr as_read;

	if (way->offload != NO_HEADER) {
		as_read = vnet_for_kernel(vnet);
		vnet = &as_read;
	}
	errno = 0;
	in->ring.memory = NULL;
	in->sock = way_open(way, ifindex);
	if (in->sock < 0)
		in->ret = -1;
	else if (is_ring(way->call))
		in->ret = put_in_ring(way, in, ifindex, vnet, bytes, len);
	else
		in->ret = way_call(way, in->sock, ifindex, 0, vnet, bytes, len);
	in->error = in->ret < 0 ? errno : 0;
}

static inline void let_go(struct handed_in *in)
{
	if (in->ring.memory)
		ring_close(&in->ring);
	if (in->sock >= 0)
		close(in->sock);
}

/* Whether the packet is still charged to its socket, or holds the ring's slot. */
static inline bool still_held(const struct handed_in *in)
{
	int queued = 0;

	if (in->sock < 0)
		return false;
	return ioctl(in->sock, SIOCOUTQ, &queued) || queued ||
	       (in->ring.memory && ring_status(&in->ring) == TP_STATUS_SENDING);
}

/* way_send - send one packet; returns what the last system call returned, or -1 and errno */
static inline ssize_t way_send(const struct way *way, int ifindex, struct virtio_net_hdr *vnet,
			       const void *bytes, size_t len)
{
	struct handed_in in;

	hand_in(way, ifindex, vnet, bytes, len, &in);
	let_go(&in);
	errno = in.error;
	return in.ret;
}

#endif
