# SPDX-License-Identifier: GPL-2.0
#
# setup: connected_peers
# timeout: 200
# plan: 27
# excludes: run, ipv6-off -- it compares the packets on the cable and in the tunnel with the expected ones
"""Large sends of sockets: the module segments them itself, and sends messages of equal length as
one packet of UDP GSO. Each segment that arrives inside has right lengths, checksums, numbers and
flags. Outside, the packets are large if the cable takes them, and otherwise those that single
messages would be."""

import contextlib
import hashlib
import json
import socket
import struct
import subprocess
import threading

from points import IN_TREE, SLOW, equal, point, run_steps, skip, wait_until
from rtnl import inside
from wgpeer import checksum

SOL_UDP, UDP_SEGMENT, SO_RCVBUFFORCE, ETH_P_ALL = 17, 103, 33, 3
FIN, SYN, PSH, CWR = 1, 2, 8, 0x80
A, B = {4: "192.168.241.1", 6: "fd00:1::1"}, {4: "192.168.241.2", 6: "fd00:1::2"}
OUTSIDE = {4: "10.0.0.2", 6: "fd00::2"}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
DATA = b"".join(hashlib.sha256(struct.pack(">I", n)).digest() for n in range(8000))
MTU, MESSAGE = 1420, 1420 + 32


def run(*command):
    subprocess.run(command, check=True)


def in_a(*command):
    run("ip", "netns", "exec", "a", *command)


def in_b(*command):
    run("ip", "netns", "exec", "b", *command)


class Packet:
    """An IP packet with TCP or UDP, as a packet socket got it."""

    def __init__(self, data):
        self.all = data
        self.version = data[0] >> 4
        if self.version == 4:
            self.head = (data[0] & 15) * 4
            self.length, self.id, self.fragment = struct.unpack_from(">HHH", data, 2)
            self.protocol, addresses = data[9], data[12:20]
        else:
            self.head, self.id, self.fragment = 40, None, 0
            self.length = struct.unpack_from(">H", data, 4)[0] + 40
            self.protocol, addresses = data[6], data[8:40]
        self.rest = data[self.head:]
        self.pseudo = addresses + struct.pack(">HH", self.protocol, len(self.rest))
        if self.protocol == socket.IPPROTO_TCP:
            self.seq = struct.unpack_from(">I", self.rest, 4)[0]
            self.flags = self.rest[13]
            self.payload = self.rest[(self.rest[12] >> 4) * 4:]

    def fault(self):
        """What is wrong with lengths and checksums, or None."""
        if self.length != len(self.all):
            return f"length {self.length} in the header of {len(self.all)} bytes"
        if self.version == 4 and checksum(self.all[:self.head]):
            return "the IPv4 checksum is wrong"
        if self.protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP) and \
                checksum(self.pseudo + self.rest):
            return "the checksum of the transport header is wrong"
        return None


@contextlib.contextmanager
def captured(netns, device, wanted):
    """The packets of a kind that arrive at a device while the context runs."""
    with inside(netns):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        sock.bind((device, ETH_P_ALL))
    packets = []
    with sock:
        yield packets
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                data, source = sock.recvfrom(70000)
                if source[2] != socket.PACKET_OUTGOING and wanted(data):
                    packets.append(Packet(data))


def is_to(port, protocol):
    """Whether a packet is of that protocol, and to that port."""
    def wanted(data):
        head = (data[0] & 15) * 4 if data[0] >> 4 == 4 else 40
        kind = data[9] if data[0] >> 4 == 4 else data[6]
        return kind == protocol and struct.unpack_from(">H", data, head + 2)[0] == port
    return wanted


def is_message(data):
    """Whether a packet is to b's tunnel, or is a fragment."""
    if data[0] >> 4 == 4:
        return data[9] == 17 and (struct.unpack_from(">H", data, 6)[0] & 0x3fff != 0 or
                                  struct.unpack_from(">H", data, 22)[0] == 2)
    return data[6] == 44 or (data[6] == 17 and struct.unpack_from(">H", data, 42)[0] == 2)


def stream(version, port):
    """Sends DATA from a to b over TCP, and returns what arrived."""
    got = bytearray()
    with inside("b"):
        server = socket.create_server((B[version], port), family=FAMILY[version])
    with inside("a"):
        client = socket.socket(FAMILY[version], socket.SOCK_STREAM)

    def read():
        peer = server.accept()[0]
        with peer:
            while chunk := peer.recv(1 << 20):
                got.extend(chunk)
    thread = threading.Thread(target=read)
    with server, client:
        client.settimeout(60 * SLOW)
        server.settimeout(60 * SLOW)
        thread.start()
        client.connect((B[version], port))
        client.sendall(DATA)
        client.shutdown(socket.SHUT_WR)
        thread.join()
        client.recv(1)
    return bytes(got)


def segments_of(packets):
    """The packets of a stream that have payload, with their positions in it."""
    start = next(packet.seq for packet in packets if packet.flags & SYN) + 1
    for packet in packets:
        packet.at = (packet.seq - start) % 2**32
    return [packet for packet in packets if packet.payload]


def faults(packets):
    return [fault for fault in map(Packet.fault, packets) if fault]


def tcp_inside(version):
    """The segments of a stream, as they arrive in the tunnel."""
    port = 700 + version
    messages, packets = link_stat("a", "tx_packets"), packets_outside()
    with captured("b", "wg0", is_to(port, socket.IPPROTO_TCP)) as inner:
        arrived = stream(version, port)
    messages, packets = link_stat("a", "tx_packets") - messages, packets_outside() - packets
    point(arrived == DATA, f"IPv{version}: TCP carries all bytes", f"{len(arrived)} of {len(DATA)}")
    data = segments_of(inner)
    equal(faults(inner), [], f"IPv{version}: each TCP segment has right lengths and checksums")
    wrong = [packet.at for packet in data if packet.payload !=
             DATA[packet.at:packet.at + len(packet.payload)]]
    equal(wrong, [], f"IPv{version}: each sequence number is that of the bytes behind it")
    # A retransmission, or a segment after one, may have another identification.
    steps = [(after.id - before.id) % 65536 for before, after in zip(data, data[1:])
             if version == 4 and after.at == before.at + len(before.payload)]
    if version == 4:
        point(steps.count(1) > .75 * len(steps), "IPv4: a segment has the next identification", steps)
    point(not any(packet.flags & FIN for packet in data
                  if packet.at + len(packet.payload) != len(DATA)) and
          sum(bool(packet.flags & PSH) for packet in data) <= len(data) / 3,
          f"IPv{version}: FIN and PSH are in last segments only",
          " ".join(f"{packet.flags:x}" for packet in data))
    name = f"IPv{version}: messages share packets outside"
    if not has_udp_gso():
        skip(name, "this kernel has no UDP GSO")
    elif turned_off():
        # The two counters are not read at the same moment.
        point(packets > messages * .9, f"IPv{version}: no messages share a packet outside",
              f"{messages} messages in {packets} packets")
    else:
        point(packets < messages * .75, name, f"{messages} messages in {packets} packets")


def packets_outside():
    """The number of packets to b's tunnel that netfilter has seen in a."""
    text = subprocess.run(["ip", "netns", "exec", "a", "nft", "-j", "list", "chain", "ip", "count",
                           "out"], check=True, capture_output=True, text=True).stdout
    rule = next(entry["rule"] for entry in json.loads(text)["nftables"] if "rule" in entry)
    return next(part["counter"]["packets"] for part in rule["expr"] if "counter" in part)


def turned_off():
    """Whether the module makes no aggregates; the in-tree module makes none."""
    if IN_TREE:
        return True
    with open("/sys/module/wireguard/parameters/gso", encoding="ascii") as file:
        return file.read().strip() == "N"


def has_udp_gso():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.setsockopt(SOL_UDP, UDP_SEGMENT, 100)
        except OSError:
            return False
    return True


def udp(version, size, length):
    """Sends @length bytes as datagrams of @size bytes in one call. Returns what arrives, and what
    should."""
    with inside("b"):
        there = socket.socket(FAMILY[version], socket.SOCK_DGRAM)
    with inside("a"):
        here = socket.socket(FAMILY[version], socket.SOCK_DGRAM)
    with here, there:
        there.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        there.bind((B[version], 800))
        there.settimeout(10 * SLOW)
        here.setsockopt(SOL_UDP, UDP_SEGMENT, size)
        here.sendto(DATA[:length], (B[version], 800))
        want = [DATA[at:min(at + size, length)] for at in range(0, length, size)]
        got = []
        with contextlib.suppress(TimeoutError):
            while len(got) < len(want):
                got.append(there.recv(65536))
    return got, want


def link_stat(netns, name):
    return int(subprocess.run(["ip", "netns", "exec", netns, "cat",
                               f"/sys/class/net/wg0/statistics/{name}"],
                              check=True, capture_output=True, text=True).stdout)


def udp_inside(version):
    name = f"IPv{version}: datagrams of a socket with UDP_SEGMENT"
    if not has_udp_gso():
        skip(name, "this kernel has no UDP GSO")
        return
    most = MTU - 28 if version == 4 else MTU - 48
    sent, received = link_stat("a", "tx_packets"), link_stat("b", "rx_packets")
    wrong = []
    with captured("b", "wg0", is_to(800, socket.IPPROTO_UDP)) as inner:
        for size, length in ((1, 64), (100, 150), (100, 101), (555, 5 * 555), (555, 30001),
                             (most, 45 * most), (most, 2 * most + 7), (1000, 64 * 1000)):
            got, want = udp(version, size, length)
            if got != want:
                wrong.append(f"{length} bytes by {size}: {len(got)} of {len(want)}")
    equal(wrong, [], f"{name} arrive as they were sent")
    equal(faults(inner), [], f"{name} have right lengths and checksums")
    moved = wait_until(lambda: link_stat("a", "tx_packets") - sent >= len(inner) and
                       link_stat("b", "rx_packets") - received)
    equal(link_stat("a", "tx_packets") - sent, moved,
          f"{name}: the device counts each message as a packet")


def without_offloads():
    """A cable without UDP GSO, scatter and gather, and checksums."""
    in_a("ethtool", "-K", "va", "gso", "off", "sg", "off", "tx", "off",
         "tx-udp-segmentation", "off")
    try:
        with captured("b", "vb", is_message) as outer:
            arrived = stream(4, 710)
        point(arrived == DATA, "without offloads: TCP carries all bytes")
        equal(max(len(packet.all) for packet in outer), MESSAGE + 28,
              "without offloads: each packet outside has one message")
        equal(faults(outer), [], "without offloads: and right lengths and checksums")
        ids = [packet.id for packet in outer]
        equal(len(set(ids)), len(ids), "without offloads: and an identification of its own")
    finally:
        in_a("ethtool", "-K", "va", "gso", "on", "sg", "on", "tx", "on",
             "tx-udp-segmentation", "on")


def small_mtu(version):
    """A route to the peer whose MTU is smaller than a message: each one becomes fragments."""
    key = subprocess.run(["ip", "netns", "exec", "a", "wg", "show", "wg0", "peers"], check=True,
                         capture_output=True, text=True).stdout.strip()
    at = f"[{OUTSIDE[6]}]" if version == 6 else OUTSIDE[4]
    in_a("wg", "set", "wg0", "peer", key, "endpoint", f"{at}:2")
    in_a("ip", f"-{version}", "route", "add", OUTSIDE[version], "dev", "va", "mtu", "1300")
    try:
        with captured("b", "vb", is_message) as outer:
            arrived = stream(4, 720 + version)
        point(arrived == DATA, f"outer IPv{version}, small MTU: TCP carries all bytes",
              f"{len(arrived)} of {len(DATA)}")
        point(max(len(packet.all) for packet in outer) <= 1300 and
              len(outer) > 2 * len(DATA) // MTU,
              f"outer IPv{version}, small MTU: each message becomes fragments",
              sorted({len(packet.all) for packet in outer})[-5:])
    finally:
        in_a("ip", f"-{version}", "route", "del", OUTSIDE[version], "dev", "va", "mtu", "1300")


def congestion():
    """CWR, by which TCP confirms a mark, is in the first segment of a packet only."""
    for netns in "a", "b":
        run("ip", "netns", "exec", netns, "sysctl", "-qw", "net.ipv4.tcp_ecn=1")
    in_b("nft", "add table ip t; add chain ip t in "
         "{ type filter hook prerouting priority -300; }; "
         'add rule ip t in iifname "wg0" tcp dport 730 tcp flags & syn == 0 '
         "numgen inc mod 60 == 9 ip ecn set ce")
    try:
        with captured("b", "wg0", is_to(730, socket.IPPROTO_TCP)) as inner:
            arrived = stream(4, 730)
    finally:
        in_b("nft", "delete table ip t")
    point(arrived == DATA, "with ECN: TCP carries all bytes")
    data = segments_of(inner)
    marked = [number for number, packet in enumerate(data) if packet.flags & CWR]
    point(marked and not any(after == before + 1 for before, after in zip(marked, marked[1:])),
          "with ECN: CWR is in first segments only", marked)


def main():
    in_b("ethtool", "-K", "wg0", "gro", "off")
    # The first sends are large, and nothing is sent again because this machine is slow.
    in_a("nft", "add table ip count; add chain ip count out "
         "{ type filter hook postrouting priority 0; }; "
         "add rule ip count out udp dport 2 counter")
    for version in 4, 6:
        in_a("ip", f"-{version}", "route", "add", B[version], "dev", "wg0", "initcwnd", "200",
             "rto_min", "20s")
        in_b("ip", f"-{version}", "route", "add", A[version], "dev", "wg0", "initrwnd", "200")
    run_steps(lambda: tcp_inside(4), lambda: tcp_inside(6), lambda: udp_inside(4),
              lambda: udp_inside(6), without_offloads, lambda: small_mtu(4),
              lambda: small_mtu(6), congestion)


main()
