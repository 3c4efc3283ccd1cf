// SPDX-License-Identifier: GPL-2.0
/*
 * The first reproduction: a packet socket without a protocol sends one bare IPv4 packet, UDP
 * with 15 bytes of payload, on an interface. --ethernet adds an Ethernet header, as the control
 * for other interfaces. --protocol sets the protocol of the packet.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "packet.h"

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = 6 };
	bool ethernet = argc > 1 && !strcmp(argv[1], "--ethernet");
	bool protocol = argc > 1 && !strcmp(argv[1], "--protocol");
	size_t len, head = 0;
	uint8_t frame[128];
	ssize_t sent;
	int sock;

	argc -= ethernet || protocol;
	argv += ethernet || protocol;
	if (protocol)
		to.sll_protocol = htons(ETH_P_IP);
	if (argc != 2 && argc != 4) {
		fprintf(stderr,
			"usage: raw-send [--ethernet | --protocol] INTERFACE [SOURCE DESTINATION]\n"
			"sends one IPv4 packet by socket(AF_PACKET, SOCK_RAW, 0)\n");
		return 2;
	}
	to.sll_ifindex = if_nametoindex(argv[1]);
	if (!to.sll_ifindex) {
		fprintf(stderr, "raw-send: no interface %s\n", argv[1]);
		return 1;
	}
	if (ethernet) {
		struct ethhdr eth = { .h_proto = htons(ETH_P_IP) };

		memset(eth.h_dest, 0xff, sizeof(eth.h_dest));
		memcpy(frame, &eth, sizeof(eth));
		head = sizeof(eth);
	}
	len = put_udp(frame + head, AF_INET, argc == 4 ? argv[2] : "192.168.1.1",
		      argc == 4 ? argv[3] : "192.168.1.2", 1, 15, false);
	if (!len) {
		fprintf(stderr, "raw-send: not an IPv4 address: %s or %s\n", argv[2], argv[3]);
		return 1;
	}
	sock = socket(AF_PACKET, SOCK_RAW, 0);
	if (sock < 0) {
		perror("raw-send: socket (needs CAP_NET_RAW)");
		return 1;
	}
	sent = sendto(sock, frame, head + len, 0, (struct sockaddr *)&to, sizeof(to));
	if (sent < 0) {
		perror("raw-send: sendto");
		return 1;
	}
	printf("sent %zd bytes on %s\n", sent, argv[1]);
	close(sock);
	return (size_t)sent != head + len;
}
