# SPDX-License-Identifier: GPL-2.0
"""For forward.sh, in the namespace of the sender; who receives is in namespace b.
    tcp ADDRESS KB | sctp ADDRESS KB
                                  a stream, whose bytes arrive as they left
    can-segment                   whether this kernel knows UDP_SEGMENT
    segments ADDRESS              datagrams that are one packet of UDP_SEGMENT's for the stack"""

import os
import socket
import sys
import threading

from rtnl import inside
from traffic import family

IPPROTO_SCTP = 132
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
    # A message of SCTP's is no longer than the sender's buffer.
    for at in range(0, len(data), 1 << 15):
        client.sendall(data[at:at + (1 << 15)])
    receiver.join()
    print(len(got), "bytes of", len(data))
    return bytes(got) == data


def can_segment():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
            return True
        except OSError:
            return False


def segments(address):
    """Each time as many as a packet has room for, the last one shorter."""
    with inside("b"):
        there = socket.socket(family(address), socket.SOCK_DGRAM)
    there.bind((address, PORT))
    there.settimeout(LIMIT)
    here = socket.socket(family(address), socket.SOCK_DGRAM)
    # Where the device gets it: one packet, if it is the device that makes many of it.
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    tap.bind(("wg0", 3))
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
            print("segments were made before the device got it:", longest)
            return False
    return True


WHAT = {"tcp": lambda *words: stream(*words, socket.IPPROTO_TCP), "sctp": lambda *words: stream(*words, IPPROTO_SCTP),
        "can-segment": can_segment, "segments": segments}
sys.exit(not WHAT[sys.argv[1]](*sys.argv[2:]))
