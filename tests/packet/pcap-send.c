// SPDX-License-Identifier: GPL-2.0
/*
 * The second reproduction: the packet of raw-send.c through libpcap, opened live with a snap
 * length of 2048, not promiscuous, one packet injected. With --sendpacket it uses
 * pcap_sendpacket() instead of pcap_inject().
 */
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>

#include "packet.h"

/* The number of bytes sent, or -1. */
static int send_by(pcap_t *pcap, bool sendpacket, const uint8_t *packet, int len)
{
	if (!sendpacket)
		return pcap_inject(pcap, packet, len);
	return pcap_sendpacket(pcap, packet, len) ? -1 : len;
}

int main(int argc, char **argv)
{
	bool sendpacket = argc > 1 && !strcmp(argv[1], "--sendpacket");
	char error[PCAP_ERRBUF_SIZE] = "";
	uint8_t packet[128];
	pcap_t *pcap;
	size_t len;
	int sent;

	argc -= sendpacket;
	argv += sendpacket;
	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: pcap-send [--sendpacket] INTERFACE [SOURCE DESTINATION]\n"
				"sends one IPv4 packet by pcap_inject() or pcap_sendpacket()\n");
		return 2;
	}
	len = put_udp(packet, AF_INET, argc == 4 ? argv[2] : "192.168.1.1",
		      argc == 4 ? argv[3] : "192.168.1.2", 1, 15, false);
	if (!len) {
		fprintf(stderr, "pcap-send: not an IPv4 address: %s or %s\n", argv[2], argv[3]);
		return 1;
	}
	pcap = pcap_open_live(argv[1], 2048, 0, 0, error);
	if (!pcap) {
		fprintf(stderr, "pcap-send: %s\n", error);
		return 1;
	}
	printf("link type %s\n", pcap_datalink_val_to_name(pcap_datalink(pcap)));
	sent = send_by(pcap, sendpacket, packet, len);
	if (sent < 0) {
		fprintf(stderr, "pcap-send: %s\n", pcap_geterr(pcap));
		return 1;
	}
	printf("sent %d bytes on %s\n", sent, argv[1]);
	pcap_close(pcap);
	return (size_t)sent != len;
}
