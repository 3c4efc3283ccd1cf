# SPDX-License-Identifier: GPL-2.0
"""Sends GSO packets of SEGMENTS TCP segments through packet sockets, as fast as one process for
each CPU can. Prints how many each has sent.

usage: burst.py DEVICE SOURCE DESTINATION SEGMENTS SECONDS"""

import errno
import os
import socket
import struct
import sys
import time

SOL_PACKET, PACKET_VNET_HDR = 263, 15
MSS = 40


def vnet_order():
    """The byte order in which this kernel takes the numbers of a vnet header. RHEL 7.9 takes them as
    big-endian. It refuses this header, since the checksum would be beyond the end."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        try:
            sock.sendto(struct.pack("=BBHHHH", 1, 0, 0, 0, 34, 0) + bytes(64), ("lo", 0))
        except OSError as error:
            if error.errno == errno.EINVAL:
                return ">"
            raise
    return "="


def packet(source, destination, segments):
    payload = bytes(MSS * segments)
    tcp = struct.pack(">HHIIBBHHH", 9999, 9999, 1, 0, 5 << 4, 0x10, 1024, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, 0,
                     socket.inet_aton(source), socket.inet_aton(destination))
    # NEEDS_CSUM, TCPV4, header length, segment size, checksum start and offset.
    virtio = struct.pack(vnet_order() + "BBHHHH", 1, 1, 40, MSS, 20, 16)
    return virtio + ip + tcp + payload


def send(cpu, device, data, seconds):
    os.sched_setaffinity(0, {cpu})
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    end, sent = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        try:
            sock.sendto(data, (device, 0x0800))
            sent += 1
        except BlockingIOError:
            pass
    return sent


def main():
    device, source, destination, segments, seconds = sys.argv[1:]
    data = packet(source, destination, int(segments))
    children = []
    for cpu in sorted(os.sched_getaffinity(0)):
        child = os.fork()
        if not child:
            print(f"cpu {cpu}: {send(cpu, device, data, float(seconds))} sent", flush=True)
            os._exit(0)
        children.append(child)
    failed = [child for child in children if os.waitpid(child, 0)[1]]
    sys.exit(bool(failed))


main()
