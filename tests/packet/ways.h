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
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
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
/* A slot takes the longest packet and the headers before it. */
#define RING_SLOT (1 << 17)

struct way {
	int type;		/* SOCK_RAW or SOCK_DGRAM */
	uint16_t proto;		/* host order */
	enum where where;	/* the protocol is given */
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

/* A ring of one slot or more: where its bytes go, and who owns them. */
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

/* The kernel writes the status, so that it is read anew each time. */
static inline uint32_t ring_status(const struct ring *ring)
{
	const void *slot = ring->memory;

	__sync_synchronize();
	return ring->version == TPACKET_V1 ?
		*(volatile unsigned long *)&((struct tpacket_hdr *)slot)->tp_status :
	       ring->version == TPACKET_V2 ?
		*(volatile uint32_t *)&((struct tpacket2_hdr *)slot)->tp_status :
		*(volatile uint32_t *)&((struct tpacket3_hdr *)slot)->tp_status;
}

/* Has the first slot's bytes sent at the next call. */
static inline void ring_request(struct ring *ring, size_t len)
{
	if (ring->version == TPACKET_V1) {
		struct tpacket_hdr *h = (void *)ring->memory;

		h->tp_len = len;
		h->tp_status = TP_STATUS_SEND_REQUEST;
	} else if (ring->version == TPACKET_V2) {
		struct tpacket2_hdr *h = (void *)ring->memory;

		h->tp_len = len;
		h->tp_status = TP_STATUS_SEND_REQUEST;
	} else {
		struct tpacket3_hdr *h = (void *)ring->memory;

		h->tp_len = len;
		h->tp_next_offset = 0;
		h->tp_status = TP_STATUS_SEND_REQUEST;
	}
	__sync_synchronize();
}

/* 0, or -1 and errno. */
static inline int ring_open(struct ring *ring, int sock, int version)
{
	struct tpacket_req3 req = {
		.tp_block_size = RING_SLOT, .tp_block_nr = 1,
		.tp_frame_size = RING_SLOT, .tp_frame_nr = 1,
	};
	size_t req_size = version == TPACKET_V3 ? sizeof(req) : sizeof(struct tpacket_req);

	ring->version = version;
	ring->size = RING_SLOT;
	if (setsockopt(sock, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(sock, SOL_PACKET, PACKET_TX_RING, &req, req_size))
		return -1;
	ring->memory = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED, sock, 0);
	return ring->memory == MAP_FAILED ? -1 : 0;
}

static inline void ring_close(struct ring *ring)
{
	munmap(ring->memory, ring->size);
}

static inline int ring_version(enum call call)
{
	return call == RING1 ? TPACKET_V1 : call == RING2 ? TPACKET_V2 : TPACKET_V3;
}

/* The vnet header that goes with what put_for() makes. */
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
 * The socket of a way, bound where the protocol is not given in sendto(). -1 and
 * errno where the kernel refuses one of its options.
 */
static inline int way_open(const struct way *way, int ifindex)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = ifindex };
	const uint16_t proto = htons(way->proto);
	int one = 1, sock, saved;

	sock = socket(AF_PACKET, way->type | SOCK_CLOEXEC, way->where == IN_SOCKET ? proto : 0);
	if (sock < 0)
		return -1;
	if (way->where == IN_BIND)
		at.sll_protocol = proto;
	if ((way->where == IN_SENDTO || !bind(sock, (struct sockaddr *)&at, sizeof(at))) &&
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

/* Sends by sendto() or sendmsg(); with a ring the bytes must be in it already. */
static inline ssize_t way_call(const struct way *way, int sock, int ifindex, int flags,
			       struct virtio_net_hdr *vnet, const void *bytes, size_t len)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = ifindex, .sll_halen = 6,
		.sll_protocol = htons(way->proto),
	};
	/* In two parts, where the call can take parts. */
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

static inline ssize_t way_send_ring(const struct way *way, int sock, int ifindex,
				    const struct virtio_net_hdr *vnet, const void *bytes, size_t len)
{
	struct ring ring;
	uint8_t *at;
	ssize_t ret;
	int saved;

	if (ring_open(&ring, sock, ring_version(way->call)))
		return -1;
	at = ring.memory + ring_data_offset(ring.version);
	if (way->offload != NO_HEADER) {
		memcpy(at, vnet, sizeof(*vnet));
		at += sizeof(*vnet);
	}
	memcpy(at, bytes, len);
	ring_request(&ring, at + len - ring.memory - ring_data_offset(ring.version));
	ret = way_call(way, sock, ifindex, 0, NULL, NULL, 0);
	saved = errno;
	ring_close(&ring);
	errno = saved;
	return ret;
}

/* way_send - one packet; what the last system call said, or -1 and errno */
static inline ssize_t way_send(const struct way *way, int ifindex, struct virtio_net_hdr *vnet,
			       const void *bytes, size_t len)
{
	int sock = way_open(way, ifindex), saved;
	ssize_t ret;

	if (sock < 0)
		return -1;
	if (is_ring(way->call))
		ret = way_send_ring(way, sock, ifindex, vnet, bytes, len);
	else
		ret = way_call(way, sock, ifindex, 0, vnet, bytes, len);
	saved = errno;
	close(sock);
	errno = saved;
	return ret;
}

#endif
