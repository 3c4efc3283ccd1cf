# SPDX-License-Identifier: GPL-2.0
"""Sends and compares the streams and segments of forward.sh, in the namespace of the sender. The
receiver is in namespace b.
    tcp ADDRESS KB | sctp ADDRESS KB
                                  a stream: its bytes arrive as sent, for SCTP with right checksums
    can-segment                   whether this kernel has UDP_SEGMENT
    segments ADDRESS              datagrams that are one UDP_SEGMENT packet for the stack"""

import os
import socket
import sys
import threading

from rtnl import inside
from traffic import family

IPPROTO_SCTP = 132
ETH_P_ALL = 3
SOL_UDP, UDP_SEGMENT = 17, 103
PORT = 9997
LIMIT = 30 * int(os.environ.get("SLOW", "1"))


def stream(address, size, protocol):
    data, got = os.urandom(int(size) << 10), bytearray()
    with inside("b"):
        server = socket.socket(family(address), socket.SOCK_STREAM, protocol)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, PORT))
    server.listen(1)
    server.settimeout(LIMIT)
    client = socket.socket(family(address), socket.SOCK_STREAM, protocol)
    client.settimeout(LIMIT)

    def receive():
        peer = server.accept()[0]
        peer.settimeout(LIMIT)
        while len(got) < len(data):
            part = peer.recv(1 << 16)
            if not part:
                break
            got.extend(part)

    receiver = threading.Thread(target=receive)
    receiver.start()
    client.connect((address, PORT))
    # A message of SCTP must fit into the sender's buffer.
    for at in range(0, len(data), 1 << 15):
        client.sendall(data[at:at + (1 << 15)])
    receiver.join()
    print(len(got), "bytes of", len(data))
    return bytes(got) == data


def crc32c(data):
    """Castagnoli's CRC, which SCTP uses."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def sctp(address, size):
    """The stack in b does not verify the checksums of packets from the tunnel. So this does."""
    with inside("b"):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        tap.bind(("wg0", ETH_P_ALL))
    tap.setblocking(False)
    same, right, wrong = stream(address, size, IPPROTO_SCTP), 0, 0
    while right + wrong < 20:
        try:
            data, (_, _, direction, _, _) = tap.recvfrom(1 << 16)
        except BlockingIOError:
            break
        begin, protocol = (40, data[6]) if data[0] >> 4 == 6 else (4 * (data[0] & 15), data[9])
        if direction == socket.PACKET_OUTGOING or protocol != IPPROTO_SCTP:
            continue
        data = data[begin:]
        good = int.from_bytes(data[8:12], "little") == crc32c(data[:8] + bytes(4) + data[12:])
        right, wrong = right + good, wrong + (not good)
    print(f"{right} right checksums, {wrong} wrong ones")
    return same and right >= 10 and not wrong


def can_segment():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
            return True
        except OSError:
            return False


def segments(address):
    """As many segments as a packet holds each time, the last one shorter."""
    with inside("b"):
        there = socket.socket(family(address), socket.SOCK_DGRAM)
    there.bind((address, PORT))
    there.settimeout(LIMIT)
    here = socket.socket(family(address), socket.SOCK_DGRAM)
    # The tap sees what the device gets: one packet, if the device makes the segments.
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    tap.bind(("wg0", ETH_P_ALL))
    tap.setblocking(False)
    for size, count in ((1000, 40), (1372, 20), (1, 60), (500, 2)):
        here.setsockopt(SOL_UDP, UDP_SEGMENT, size)
        data = os.urandom(size * count - size // 2)
        here.sendto(data, (address, PORT))
        got = [there.recv(65536) for _ in range(count)]
        want = [data[at:at + size] for at in range(0, len(data), size)]
        print(f"{count} segments of {size} bytes: {[len(part) for part in got][-2:]}")
        if got != want:
            return False
        longest = 0
        while True:
            try:
                longest = max(longest, tap.recv_into(bytearray(64), 64, socket.MSG_TRUNC))
            except BlockingIOError:
                break
        if longest < len(data):
            print("segments were made before the device:", longest)
            return False
    return True


WHAT = {"tcp": lambda *words: stream(*words, socket.IPPROTO_TCP), "sctp": sctp,
        "can-segment": can_segment, "segments": segments}
sys.exit(not WHAT[sys.argv[1]](*sys.argv[2:]))
