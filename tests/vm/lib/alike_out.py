# SPDX-License-Identifier: GPL-2.0
"""Facts of the scenario alike about the transmit path: errors for senders, and outer packets."""

import fcntl
import ipaddress
import select
import socket
import struct

from alike_bench import *  # pylint: disable=wildcard-import,unused-wildcard-import
from points import SLOW, wait_until
from rtnl import inside
from wgnl import A_PRIVATE_KEY, P_ENDPOINT, attr, name_of
from wgpeer import checksum

SIOCOUTQ = 0x5411
IP_OPTIONS, IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, UDP_SEGMENT = 4, 10, 23, 103
# In the subnet of wg0, but not in the allowed IPs of a peer.
ALONE = "192.168.241.250"
ALONE6 = "fd00:1::fa"
# A closed port of the loopback device (1 is the tunnel's). The error for a datagram to it marks the
# end of earlier errors.
END = ("127.0.0.1", 4)


def send_through(sock, packet, protocol=None):
    """Sends these bytes to wg0 through this packet socket and returns the errno."""
    if protocol is None:
        protocol = ETH_P_IPV6 if packet and packet[0] >> 4 == 6 else ETH_P_IP
    try:
        sock.sendto(packet, ("wg0", protocol))
    except OSError as error:
        return error.errno
    return 0


def raw_socket():
    with inside("a"):
        return socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)


def send_raw(bench, packet, protocol=None):
    """Sends these bytes to wg0 through a new packet socket and returns the errno."""
    with raw_socket() as sock:
        return send_through(sock, packet, protocol)


def send_to_end(packet):
    """send_raw(), and waits until the workers have sent or dropped the packet. Both release its
    socket, whose send buffer is charged for it until then."""
    with raw_socket() as sock:
        code = send_through(sock, packet)
        if not wait_until(lambda: fcntl.ioctl(sock, SIOCOUTQ, bytes(4)) == bytes(4), PATIENCE / SLOW, 0.005):
            raise TimeoutError("the packet is neither sent nor dropped")
    return code


# Errors for the sender.
def icmp_sockets():
    with inside("a"):
        return (socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
                socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6))


def steady(packet):
    """The packet without random fields: identifications, a checksum over one, the flow label."""
    if packet[0] >> 4 == 4:
        return packet[:4] + bytes(2) + packet[6:10] + bytes(2) + packet[12:]
    packet = packet[:1] + bytes([packet[1] & 0xf0]) + bytes(2) + packet[4:]
    return packet[:44] + bytes(4) + packet[48:] if packet[6] == 44 else packet


def icmp_words(socks):
    """The ICMP errors received, up to the one that send_end() has caused."""
    out, end = [], ipaddress.ip_address(END[0]).packed
    while True:
        ready = select.select(socks, [], [], PATIENCE)[0]
        if not ready:
            return "; ".join(out + ["no end"])
        # IPv6 first: the end is an IPv4 packet and the last one to arrive.
        data, source = ready[-1].recvfrom(65536)
        if ready[-1] is socks[0]:
            head, (source, to) = data[:20], (socket.inet_ntoa(data[12:16]), socket.inet_ntoa(data[16:20]))
            body = data[(data[0] & 15) * 4:]
            if body[24:28] == end and struct.unpack(">H", body[30:32])[0] == END[1]:
                return "; ".join(out) or "nothing"
            text = f"ICMP {body[0]}/{body[1]} from {source} to {to} tos {head[1]:#x}"
            if body[0] not in (3, 11, 12):
                continue
        else:
            body, text = data, f"ICMPv6 {data[0]}/{data[1]} from {source[0]}"
            if body[0] > 4:
                continue
        rest, quoted = struct.unpack(">I", body[4:8])[0], body[8:]
        out.append(f"{text} rest {rest} quotes {short(steady(quoted))}")


def send_end():
    """Causes an ICMP error that arrives after those of the datagrams before. A softirq sends and
    delivers an error, possibly later than the send() of the datagram returns; errors that one
    processor queues stay in order."""
    with inside("a"):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.sendto(b"", END)
    sock.close()


def note_send(bench, facts, name, source, to, size=100, options=()):
    """Sends datagrams through a UDP socket and notes errno, ICMP errors and counters."""
    socks = icmp_sockets()
    before = bench.stats()
    with inside("a"):
        sock = udp_socket(source, 700)
    for option in options:
        sock.setsockopt(*option)
    sock.connect((to, 9))
    out = []
    for _ in range(2):
        try:
            sock.send(bytes(size))
            out.append("sent")
        except OSError as error:
            out.append(name_of(error.errno))
    send_end()
    errors = icmp_words(socks)
    sock.setblocking(False)
    try:
        sock.recv(10)
    except OSError as error:
        out.append(name_of(error.errno))
    sock.close()
    facts.note(f"send/{name}/sender", ", ".join(out))
    facts.note(f"send/{name}/ICMP", errors)
    after = bench.stats()
    after.subtract(before)
    facts.note(f"send/{name}/counters", stat_words(after))
    for one in socks:
        one.close()


def senders(facts):
    bench = Bench()
    nowhere = bench.peer()
    # The on-link route is enough for ICMPv6 errors to on-link hosts.
    for size in (100, 1300, 1392):
        note_send(bench, facts, f"no allowed IP, {size} bytes", KERNEL, ALONE, size)
        note_send(bench, facts, f"no allowed IP, IPv6, {size - 20} bytes", KERNEL6, ALONE6, size - 20)
    note_send(bench, facts, "no allowed IP, from another address", "10.0.0.1", ALONE)
    note_send(bench, facts, "no allowed IP, IPv6, from another address", "fd00::1", ALONE6)
    note_send(bench, facts, "no allowed IP, options", KERNEL, ALONE, 100,
              [(socket.IPPROTO_IP, IP_OPTIONS, b"\x07\x0b\x04" + bytes(9))])
    note_send(bench, facts, "no allowed IP, TOS", KERNEL, ALONE, 100, [(socket.IPPROTO_IP, socket.IP_TOS, 0xb9)])
    note_send(bench, facts, "no allowed IP, fragments", KERNEL, ALONE, 3000)
    note_send(bench, facts, "no allowed IP, IPv6, fragments", KERNEL6, ALONE6, 3000)
    note_send(bench, facts, "no allowed IP, segments", KERNEL, ALONE, 1200, [(socket.IPPROTO_UDP, UDP_SEGMENT, 500)])
    note_send(bench, facts, "all hosts of the net", KERNEL, "192.168.241.255", 100,
              [(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)])
    note_send(bench, facts, "no endpoint", KERNEL, nowhere.inner)
    note_send(bench, facts, "no endpoint, IPv6", KERNEL6, nowhere.inner6)
    note_send(bench, facts, "no endpoint, segments", KERNEL, nowhere.inner, 1200,
              [(socket.IPPROTO_UDP, UDP_SEGMENT, 500)])
    for option, name in ((2, "DF"), (0, "no DF"), (3, "DF, whatever the MTU")):
        note_send(bench, facts, f"one byte too long, {name}", KERNEL, nowhere.inner, 1393,
                  [(socket.IPPROTO_IP, IP_MTU_DISCOVER, option)])
        note_send(bench, facts, f"one byte too long, IPv6, {name}", KERNEL6, nowhere.inner6, 1373,
                  [(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, option)])
    raw_sends(bench, facts, nowhere)
    bench.configure(attr(A_PRIVATE_KEY, bytes(32)))
    keyless = bench.peer(4)
    note_send(bench, facts, "no private key", KERNEL, keyless.inner)
    facts.note("send/no private key/cable", "silence" if bench.next(2 * LINGER) is None else "a message")
    facts.note("send/no private key/shown", bench.shown(keyless))
    bench.close()


def raw_sends(bench, facts, nowhere):
    """Valid and invalid packets through a packet socket: errno and counters."""
    good = ipv4(KERNEL, nowhere.inner, udp(7, 9, bytes(50)), 17)
    good6 = ipv6(KERNEL6, nowhere.inner6, udp(7, 9, bytes(50)), 17)
    for name, packet, protocol in (
            ("IPv4", good, None), ("IPv6", good6, None),
            ("IPv4 called IPv6", good, ETH_P_IPV6), ("IPv6 called IPv4", good6, ETH_P_IP),
            ("ARP", bytes(28), 0x806), ("MPLS", good, 0x8847),
            ("version 0", b"\x05" + good[1:], ETH_P_IP), ("version 5", b"\x55" + good[1:], ETH_P_IP),
            ("one byte", b"\x45", ETH_P_IP), ("19 bytes", good[:19], ETH_P_IP),
            ("39 bytes of IPv6", good6[:39], ETH_P_IPV6),
            ("header alone", ipv4(KERNEL, nowhere.inner, b"", 17), None),
            ("IHL 4", b"\x44" + good[1:], ETH_P_IP), ("IHL 15, too short", b"\x4f" + good[1:30], ETH_P_IP),
            ("total length 0", good[:2] + b"\0\0" + good[4:], ETH_P_IP),
            ("total length 19", good[:2] + b"\0\x13" + good[4:], ETH_P_IP),
            ("total length beyond the end", good[:2] + b"\1\0" + good[4:], ETH_P_IP),
            ("total length short of the end", good[:2] + b"\0\x20" + good[4:], ETH_P_IP),
            ("IPv6 length beyond the end", good6[:4] + b"\1\0" + good6[6:], ETH_P_IPV6),
            ("IPv6 length 0", good6[:4] + b"\0\0" + good6[6:], ETH_P_IPV6),
            ("TTL 0", good[:8] + b"\0" + good[9:], None),
            ("a wrong header checksum", good[:10] + b"\xff\xff" + good[12:], None),
            ("1421 bytes", ipv4(KERNEL, nowhere.inner, bytes(1401)), None)):
        before = bench.stats()
        code = send_raw(bench, packet, protocol)
        after = bench.stats()
        after.subtract(before)
        facts.note(f"raw send/{name}", f"{name_of(code)}, {stat_words(after)}")


# Packets on the cable.
def outer_words(outer):
    out = [f"tos {outer.tos:#04x} ttl {outer.ttl} from {outer.source}:{outer.port} to {outer.to}:{outer.to_port} "
           f"checksum {outer.checksum} length {len(outer.payload)}"]
    if outer.family == 4:
        out.append(f"DF {outer.df}")
    else:
        out.append("flow label " + ("none" if not outer.label else "set"))
    if any(outer.fragment):
        out.append(f"fragment at {outer.fragment[1]}, more {bool(outer.fragment[0])}")
    return " ".join(out)


def leaves(bench, facts, name, session, packets):
    """Sends inner packets and notes their outer packets. Each must arrive."""
    for packet in packets:
        code = send_raw(bench, packet)
        if code:
            facts.note(f"outer/{name}", name_of(code))
            return
    out = []
    for packet in packets:
        outer, inner = bench.data(session)
        if outer is None:
            out.append("nothing")
            break
        inner = "as sent" if inner[:len(packet)] == packet and not any(inner[len(packet):]) else short(inner)
        out.append(f"{outer_words(outer)} inner {inner}")
    facts.note(f"outer/{name}", "; ".join(out))


def identified(bench, peer, session):
    """Whether outer IPv4 packets have an identification. Looks at four, since one may be 0 by
    chance."""
    seen = set()
    for _ in range(4):
        send_raw(bench, ipv4(KERNEL, peer.inner, udp(7, 9, b"x")))
        outer, _ = bench.data(session)
        seen.add(outer and outer.ident)
    return "none" if seen == {0} else "a number"


def outside(facts):
    bench = Bench()
    for family in (4, 6):
        peer = bench.peer(family)
        session = bench.handshake(peer)
        for tos in (0, 1, 2, 3, 4, 0x1c, 0xb8, 0xb9, 0xba, 0xbb, 0xff):
            leaves(bench, facts, f"over IPv{family}/IPv4 tos {tos:#04x}", session,
                   [ipv4(KERNEL, peer.inner, udp(7, 9, bytes(12)), 17, tos)])
            leaves(bench, facts, f"over IPv{family}/IPv6 tos {tos:#04x}", session,
                   [ipv6(KERNEL6, peer.inner6, udp(7, 9, bytes(12)), 17, tos)])
        for size in (20, 28, 31, 32, 33, 47, 48, 1264, 1279, 1280, 1393, 1407, 1408, 1409, 1419, 1420):
            leaves(bench, facts, f"over IPv{family}/{size} bytes", session,
                   [ipv4(KERNEL, peer.inner, (bytes(range(256)) * 6)[:size - 20])])
        for name, more in (("no DF", {"frag": 0}), ("a fragment", {"frag": 0x2000}),
                           ("a later fragment", {"frag": 0x10}),
                           ("ttl 1", {"ttl": 1}), ("ttl 255", {"ttl": 255}), ("id", {"ident": 99})):
            leaves(bench, facts, f"over IPv{family}/{name}", session,
                   [ipv4(KERNEL, peer.inner, udp(7, 9, bytes(12)), **more)])
        label = ipv6(KERNEL6, peer.inner6, udp(7, 9, bytes(12)))
        leaves(bench, facts, f"over IPv{family}/inner flow label", session, [label[:1] + b"\x05\xaa\xaa" + label[4:]])
        leaves(bench, facts, f"over IPv{family}/not our address inside", session,
               [ipv4("172.16.0.1", peer.inner, udp(7, 9, bytes(12)))])
        if family == 4:
            facts.note("outer/over IPv4/identification", identified(bench, peer, session))
        # Answer the kernel, so that it begins no handshake for lack of an answer.
        bench.fence(peer, session)
        routes(bench, facts, family, peer, session)
    segments(bench, facts)
    bench.close()


def routes(bench, facts, family, peer, session):
    """The same inner packet with other routes to the endpoint."""
    one = ipv4(KERNEL, peer.inner, udp(7, 9, bytes(12)))
    full = ipv4(KERNEL, peer.inner, bytes(1377))
    to, dev = (f"{OUTER_PEER[family]}", "va")
    option = "-6" if family == 6 else "-4"
    bits = "128" if family == 6 else "32"

    def route(*words):
        sh("ip", option, "-n", "a", "route", "replace", f"{to}/{bits}", "dev", dev, *words)

    def unroute():
        sh("ip", option, "-n", "a", "route", "del", f"{to}/{bits}", "dev", dev)

    more = "10.0.0.9" if family == 4 else "fd00::9"
    route("hoplimit", "7")
    leaves(bench, facts, f"over IPv{family}/route with a hop limit", session, [one])
    bench.a.add_address(dev, more, 24 if family == 4 else 64)
    unroute()
    leaves(bench, facts, f"over IPv{family}/another address beside", session, [one])
    # The kernel answers from the address that the peer has sent to.
    bench.socks[family].sendto(session.data(ipv4(peer.inner, KERNEL, ping(1), 1)), (more, 1))
    outer, _ = bench.data(session)
    facts.note(f"outer/over IPv{family}/answer from an address that was written to", outer_words(outer))
    leaves(bench, facts, f"over IPv{family}/and what comes after", session, [one])
    bench.a.delete_address(dev, more, 24 if family == 4 else 64)
    leaves(bench, facts, f"over IPv{family}/that address gone", session, [one])
    bench.drain()
    bench.a.add_address(dev, more, 24 if family == 4 else 64)
    route("src", more)
    bench.configure_peer(peer, attr(P_ENDPOINT, bench.endpoint(family)))
    leaves(bench, facts, f"over IPv{family}/route with a source", session, [one])
    unroute()
    bench.a.delete_address(dev, more, 24 if family == 4 else 64)
    # Without an answer for 15 s the kernel begins a handshake.
    bench.send(session.data(), family)
    route("mtu", "1400")
    leaves(bench, facts, f"over IPv{family}/route of MTU 1400", session, [one])
    send_raw(bench, full)
    facts.note(f"outer/over IPv{family}/route of MTU 1400, full packet",
               "; ".join(outer_words(each) for each in (bench.next(), bench.next(4 * LINGER)) if each))
    unroute()
    bench.drain()
    # An unreachable endpoint.
    sh("ip", option, "-n", "a", "route", "add", "unreachable", f"{to}/{bits}")
    before = bench.counts(peer)
    facts.note(f"outer/over IPv{family}/unreachable: errno", name_of(send_to_end(one)))
    sh("ip", option, "-n", "a", "route", "del", "unreachable", f"{to}/{bits}")
    heard, _, (link, _) = bench.fence(peer, session, before)
    # Without keepalives and initiations, which depend on time.
    heard = [outer for outer in heard if outer.payload[0] == DATA and len(outer.payload) > 32]
    facts.note(f"outer/over IPv{family}/unreachable: cable", bench.words(heard, session))
    facts.note(f"outer/over IPv{family}/unreachable: errors",
               " ".join(f"{key} {link[key]}" for key in
                        ("tx_errors", "tx_dropped", "tx_carrier_errors", "tx_aborted_errors")))
    # The MTU of a route on the tunnel limits the padding.
    sh("ip", "-n", "a", "route", "replace", f"{peer.inner}/32", "dev", "wg0", "mtu", "1350")
    with inside("a"):
        sock = udp_socket(KERNEL, 0)
    for size in (100, 1314, 1317, 1322):
        sock.sendto(bytes(size), (peer.inner, 9))
        outer, _ = bench.data(session)
        facts.note(f"outer/over IPv{family}/tunnel's route of MTU 1350, {size + 28} bytes",
                   outer_words(outer) if outer else "nothing")
    sock.close()
    sh("ip", "-n", "a", "route", "del", f"{peer.inner}/32", "dev", "wg0")
    bench.drain()


def segments(bench, facts):
    """Segments of a UDP_SEGMENT send, and fragments of a datagram."""
    peer = bench.peer(4)
    session = bench.handshake(peer)
    for name, source, to, head in (("IPv4", KERNEL, peer.inner, 20), ("IPv6", KERNEL6, peer.inner6, 40)):
        with inside("a"):
            sock = udp_socket(source, 0)
        sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 500)
        for size in (500, 501, 1499, 1500, 5000):
            sock.sendto(bytes(range(250)) * (size // 250) + bytes(size % 250), (to, 9))
            out, got = [], 0
            while got < size:
                outer, packet = bench.data(session)
                if outer is None:
                    out.append("nothing")
                    break
                total = struct.unpack(">H", packet[2:4])[0] if head == 20 else struct.unpack(">H", packet[4:6])[0] + 40
                pseudo = packet[12:20] + struct.pack(">HH", 17, total - 20) if head == 20 else \
                    packet[8:40] + struct.pack(">II", total - 40, 17)
                right = checksum(pseudo + packet[head:total]) == 0
                out.append(f"{total} in {len(outer.payload)} checksum {'right' if right else 'wrong'}")
                got += total - head - 8
            facts.note(f"segments/{name}, {size} bytes", ", ".join(out))
        sock.close()
        with inside("a"):
            sock = udp_socket(source, 0)
        sock.sendto(bytes(3000), (to, 9))
        out = []
        for _ in range(3):
            outer, packet = bench.data(session)
            out.append(f"{len(outer.payload)}: {len(packet)} tos {outer.tos:#x}" if outer else "nothing")
        facts.note(f"segments/{name}, fragments", ", ".join(out))
        sock.close()


__all__ = ["outer_words", "outside", "send_raw", "senders"]
