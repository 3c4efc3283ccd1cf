// SPDX-License-Identifier: GPL-2.0
/*
 * The second reproduction: the packet of raw-send.c through libpcap, opened
 * live with a snap length of 2048, not promiscuous, one packet injected.
 */
#include <pcap/pcap.h>
#include <stdio.h>

#include "packet.h"

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	uint8_t packet[128];
	pcap_t *pcap;
	size_t len;
	int sent;

	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: pcap-send INTERFACE [SOURCE DESTINATION]\n"
				"sends one IPv4 packet by pcap_inject()\n");
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
	sent = pcap_inject(pcap, packet, len);
	if (sent < 0) {
		fprintf(stderr, "pcap-send: %s\n", pcap_geterr(pcap));
		return 1;
	}
	printf("sent %d bytes on %s\n", sent, argv[1]);
	pcap_close(pcap);
	return (size_t)sent != len;
}
