# SPDX-License-Identifier: GPL-2.0
"""dhcpd.py INTERFACE ADDRESS CLIENT: offers DHCP clients one lease, through a packet
socket that sends with protocol 0. For tests of clients without an address. Runs until
it is killed."""

import socket
import struct
import sys

from wgpeer import ipv4

MAGIC = bytes.fromhex("63825363")
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5


def options(data):
    found, at = {}, 0
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        found[data[at]] = data[at + 2:at + 2 + data[at + 1]]
        at += 2 + data[at + 1]
    return found


def answer(request, server, client):
    """The reply's UDP header and payload, or None if the datagram is no DHCP request."""
    kind = options(request[240:]).get(53, b"\0")[0]
    if request[0] != 1 or request[236:240] != MAGIC or kind not in (DISCOVER, REQUEST):
        return None
    reply = struct.pack(">4B4sHH4s4s4s4s", 2, request[1], request[2], 0, request[4:8], 0, 0x8000,
                        bytes(4), client, server, bytes(4))
    reply += request[28:44] + bytes(192) + MAGIC
    reply += bytes([53, 1, OFFER if kind == DISCOVER else ACK, 54, 4]) + server
    reply += bytes([51, 4]) + struct.pack(">I", 3600) + bytes([1, 4, 255, 255, 255, 0, 255])
    return struct.pack(">HHHH", 67, 68, 8 + len(reply), 0) + reply


def main():
    interface, server, client = sys.argv[1], sys.argv[2], socket.inet_aton(sys.argv[3])
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    sock.bind((interface, 0x800))
    print("ready", flush=True)
    while True:
        data, (_, _, kind, *_) = sock.recvfrom(2048)
        if kind == socket.PACKET_OUTGOING or data[9] != socket.IPPROTO_UDP:
            continue
        udp = data[(data[0] & 15) * 4:]
        if udp[2:4] != b"\0\x43":
            continue
        reply = answer(udp[8:], socket.inet_aton(server), client)
        if reply:
            sock.sendto(ipv4(server, "255.255.255.255", reply), (interface, 0))


main()
