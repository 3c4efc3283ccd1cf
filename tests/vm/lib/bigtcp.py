# SPDX-License-Identifier: GPL-2.0
"""Sends over TCP through wg0, compares the received data, and prints the length of the longest
packet that the stack passed to wg0. Runs in the namespace of the sender. The server is in
namespace b.

usage: bigtcp.py ADDRESS"""

import hashlib
import os
import socket
import subprocess
import sys
import time

SLOW = int(os.environ.get("SLOW", "1"))
SO_RCVBUFFORCE = 33
ETH_P_ALL = 3


def serve(address):
    """Prints "listening", then the hash of the received data."""
    with socket.create_server((address, 9998), family=socket.AF_INET6) as server:
        # Set before the window scale is negotiated. TCP sends at most half a window at once.
        server.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        print("listening", flush=True)
        sock, _ = server.accept()
        digest = hashlib.sha256()
        while True:
            data = sock.recv(1 << 20)
            if not data:
                break
            digest.update(data)
        print(digest.hexdigest(), flush=True)


def longest(tap, before):
    """The longest packet in a tap's queue."""
    while True:
        try:
            before = max(before, tap.recv_into(bytearray(64), 64, socket.MSG_TRUNC))
        except BlockingIOError:
            return before


def main():
    if len(sys.argv) > 2:
        serve(sys.argv[1])
        return
    server = subprocess.Popen(["ip", "netns", "exec", "b", sys.executable, sys.argv[0],
                               sys.argv[1], "server"], stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK,
                        socket.htons(ETH_P_ALL))
    tap.bind(("wg0", ETH_P_ALL))
    digest, length, end = hashlib.sha256(), 0, time.monotonic() + 10 * SLOW
    block = os.urandom(1 << 20)
    with socket.create_connection((sys.argv[1], 9998), 60) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
        while length <= 65536 and time.monotonic() < end:
            sock.sendall(block)
            digest.update(block)
            length = longest(tap, length)
        sock.shutdown(socket.SHUT_WR)
        same = server.stdout.readline().strip() == digest.hexdigest()
    length = longest(tap, length)
    server.wait()
    print(f"longest packet {length}, arrived as sent: {same}")
    sys.exit(not (same and length > 65536))


main()
