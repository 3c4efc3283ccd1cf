// SPDX-License-Identifier: GPL-2.0
/*
 * A user of PACKET_TX_RING as packet(7) describes it: a ring of many slots. It fills each slot
 * again after the kernel has returned it, makes one call for several slots, and uses poll() if
 * none is free. The payload of the IPv4 packets has their number.
 */
#include <linux/if_ether.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "ways.h"

#define SLOT 2048
#define SLOTS 64
/* The number of slots that are filled before a call. */
#define TOLD_AT_ONCE 16
#define PAYLOAD 1000

static const char *from = "192.168.1.1", *to = "192.168.1.2";

static int fail(const char *what)
{
	fprintf(stderr, "ring-send: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Waits until the slot is free, and fills it. Returns 0, or -1 and errno. */
static int fill(const struct way *way, int sock, int ifindex, struct ring *ring, uint32_t number)
{
	uint8_t *slot = ring->memory + number % SLOTS * SLOT;
	uint8_t *at = slot + ring_data_offset(ring->version);
	uint32_t status;
	size_t len;

	while ((status = slot_status(ring->version, slot)) != TP_STATUS_AVAILABLE) {
		struct pollfd fd = { .fd = sock, .events = POLLOUT };

		if (status == TP_STATUS_WRONG_FORMAT) {
			errno = EPROTO;
			return -1;
		}
		/* Without a call the kernel would never take the slots that are filled. */
		if (way_call(way, sock, ifindex, MSG_DONTWAIT, NULL, NULL, 0) < 0 &&
		    errno != EAGAIN && errno != ENOBUFS)
			return -1;
		switch (poll(&fd, 1, 5000 * slow_factor())) {
		case 0:
			errno = ETIMEDOUT;
			return -1;
		case -1:
			return -1;
		}
	}
	len = put_udp(at, AF_INET, from, to, 0, PAYLOAD, false);
	if (!len) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	memcpy(at + len - PAYLOAD, &number, sizeof(number));
	/* The number has changed the payload, so send no UDP checksum. */
	memset(at + sizeof(struct iphdr) + 6, 0, 2);
	slot_request(ring->version, slot, len);
	return 0;
}

int main(int argc, char **argv)
{
	struct way way = { .type = SOCK_RAW, .where = IN_BIND };
	unsigned long count;
	struct ring ring;
	int version, ifindex, sock;

	if (argc != 4 && argc != 6) {
		fprintf(stderr, "usage: ring-send INTERFACE VERSION COUNT [SOURCE DESTINATION]\n"
				"sends IPv4 packets by PACKET_TX_RING of TPACKET_V1, 2 or 3\n");
		return 2;
	}
	version = atoi(argv[2]);
	count = strtoul(argv[3], NULL, 10);
	if (argc == 6) {
		from = argv[4];
		to = argv[5];
	}
	way.call = version == 1 ? RING1 : version == 2 ? RING2 : RING3;
	ifindex = if_nametoindex(argv[1]);
	if (!ifindex)
		return fail(argv[1]);
	sock = way_open(&way, ifindex);
	if (sock < 0)
		return fail("packet socket (needs CAP_NET_RAW)");
	if (ring_open_slots(&ring, sock, ring_version(way.call), SLOT, SLOTS))
		return fail("PACKET_TX_RING");
	for (unsigned long i = 0; i < count; i++) {
		if (fill(&way, sock, ifindex, &ring, i))
			return fail("slot");
		if (i % TOLD_AT_ONCE == TOLD_AT_ONCE - 1 &&
		    way_call(&way, sock, ifindex, MSG_DONTWAIT, NULL, NULL, 0) < 0 &&
		    errno != EAGAIN && errno != ENOBUFS)
			return fail("send");
	}
	/* Send the rest, and wait until the last one is sent. */
	if (way_call(&way, sock, ifindex, 0, NULL, NULL, 0) < 0)
		return fail("send");
	printf("sent %lu packets on %s\n", count, argv[1]);
	ring_close(&ring);
	close(sock);
	return 0;
}
