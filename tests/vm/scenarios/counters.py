# SPDX-License-Identifier: GPL-2.0
"""Provokes drops, and checks that each adds to the right counter and field and is logged. ROWS has
a row for each reason: how to provoke it, and its line in the log. ELSEWHERE explains each reason
without a row. The fields of `ip -s link` are the same with the in-tree module, which has no
reasons."""

import contextlib
import os
import re
import socket
import struct

from points import IN_TREE, equal, point, run_steps, skip, wait_until
from reasons import FIELD, NO_LOSS, Reasons
from rtnl import GETLINK, IFLA_IFNAME, IFLA_STATS64, Rtnl, inside, link
from wgnl import attributes, string
from wgpeer import COOKIE, DATA, Peer, between_initiations, ipv4, ipv6, new_private, udp
from wire import INNER_KERNEL, Wire, b64, wg_show

ELSEWHERE = {
    "tx_bad_checksum": "packet sockets refuse an offset outside of the packet",
    "tx_no_memory": "needs a failed allocation: faults",
    "rx_no_memory": "needs a failed allocation: faults",
    "handshake_no_memory": "needs a failed allocation: faults",
    "tx_queue_full": "needs more packets than a CPU encrypts: flood-data",
    "rx_queue_full": "needs more messages than a CPU decrypts: flood-data",
    "handshake_queue_full": "needs more messages than the workers process: flood",
    "handshake_cookie_asked": "needs a load: flood, cookie",
    "handshake_no_random": "needs a generator that is not seeded: seedless",
    "handshake_rate_limited": "needs a load: flood, cookie",
    "tx_routing_loop": "needs a tunnel inside itself: loop",
    "rx_expired_key": "needs a session at its end: limits",
    "rx_interface_down": "needs a message that is decrypted while the interface goes down: soak",
}
# The in-tree module sends such packets.
OURS_ALONE = {"tx_bad_length", "tx_too_long"}
FIELDS = ("rx_packets tx_packets rx_bytes tx_bytes rx_errors tx_errors rx_dropped tx_dropped multicast "
          "collisions rx_length_errors rx_over_errors rx_crc_errors rx_frame_errors").split()
CHECKED = [name for name in FIELDS if name.endswith(("errors", "dropped"))] + ["rx_packets", "rx_bytes"]

wire = Wire()
rtnl = Rtnl("a")
reasons = Reasons("a")
with inside("a"):
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
peer = wire.new_peer(allowed="192.168.241.2/32,fd00:1::2/128")
session = wire.handshake(peer)
LOG = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
LOGS = os.environ.get("LINES_LOGGED") and not IN_TREE


def fields():
    data = rtnl.request(GETLINK, link(string(IFLA_IFNAME, "wg0")))
    values = struct.unpack_from("=14Q", dict(attributes(data[16:]))[IFLA_STATS64])
    return {name: value for name, value in zip(FIELDS, values) if name in CHECKED}


def grown(before, now):
    return {name: value - before.get(name, 0) for name, value in now.items() if value != before.get(name, 0)}


def new_log_lines():
    """Lines of the log since the last call."""
    lines = []
    while True:
        try:
            lines.append(os.read(LOG, 8192).decode(errors="replace"))
        except BlockingIOError:
            return "".join(lines)
        except BrokenPipeError:
            pass


def out(packet, protocol=0x800):
    """Sends a packet through wg0 and ignores errors."""
    with contextlib.suppress(OSError):
        raw.sendto(packet, ("wg0", protocol))


def inner(source=peer.inner, **more):
    return ipv4(source, INNER_KERNEL, udp(9, 9, b"x"), **more)


def too_long():
    rtnl.mtu("wg0", 65535)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 400000)
    out(ipv4(INNER_KERNEL, peer.inner, bytes(65500 - 20)))
    rtnl.mtu("wg0", 1420)


def no_endpoint():
    other = wire.new_peer()
    out(ipv4(INNER_KERNEL, other.inner, udp(9, 9, b"x")))
    wire.forget(other)


def no_way():
    """The initiation has no route. The packet waits, and is dropped with the peer."""
    other = wire.new_peer(endpoint="203.0.113.1:9")
    out(ipv4(INNER_KERNEL, other.inner, udp(9, 9, b"x")))
    wait_until(lambda: IN_TREE or reasons()["tx_socket"], 5)
    wire.forget(other)


def congested():
    wire.sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 3)
    wire.send(session.data(inner()))
    wire.sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0)


def replayed():
    message = session.data()
    wire.send(message)
    wire.send(message)


def damaged():
    message = session.data(inner())
    wire.send(message[:-1] + bytes([message[-1] ^ 1]))


# See staged_drops().
WAITING = {"tx_staged_overflow", "tx_no_handshake"}
KEEPALIVE = {"rx_packets": 1, "rx_bytes": 32}
A_PACKET = {"rx_packets": 1, "rx_bytes": 32 + 32}
# Reason, how to provoke it, its line in the log, what else is counted, by name or field.
ROWS = (
    ("tx_bad_protocol", lambda: out(b"\x15" * 40), "packet refused, it is not IP", {}),
    ("tx_bad_length", lambda: out(ipv4(INNER_KERNEL, peer.inner, b"x", total=99)),
     "packet refused, the length in its IP header is wrong", {}),
    ("tx_no_allowed_ip", lambda: out(ipv4(INNER_KERNEL, "203.0.113.7", b"x")),
     r"no allowed IP of a peer covers 203\.0\.113\.7", {}),
    ("tx_no_allowed_ip", lambda: out(ipv6("fd00:1::1", "fd00:9::7", b"x"), 0x86dd),
     "no allowed IP of a peer covers fd00:9::7", {}),
    ("tx_no_endpoint", no_endpoint, r"peer \d+: packet refused, the peer has no endpoint", {}),
    ("tx_too_long", too_long, None, {}),
    ("tx_socket", no_way, None, {"tx_no_handshake": 1, "tx_dropped": 1}),
    ("rx_malformed", lambda: wire.send(b"\4\0\0\0" + bytes(5)), None, {}),
    ("rx_unknown_receiver",
     lambda: wire.send(struct.pack("<IIQ", DATA, session.remote ^ 0x10101, 0) + bytes(32)), None, {}),
    ("rx_not_authentic", damaged, None, {}),
    ("rx_replayed", replayed, r"peer \d+ \(10\.0\.0\.2:2\): packet dropped, counter \d+ is a replay", KEEPALIVE),
    ("rx_bad_inner_packet", lambda: wire.send(session.data(bytes(32))),
     r"peer \d+ \(10\.0\.0\.2:2\): packet dropped, its contents are not an IP packet", {}),
    ("rx_bad_inner_packet", lambda: wire.send(session.data(b"\x45" + bytes(15))),
     "its contents are not an IP packet", {}),
    ("rx_bad_inner_length", lambda: wire.send(session.data(inner(total=999))),
     r"peer \d+ \(10\.0\.0\.2:2\): packet dropped, the length in its inner IP header is wrong", {}),
    ("rx_bad_inner_length", lambda: wire.send(session.data(inner(total=19))), "the length in its inner IP header is wrong", {}),
    ("rx_source_not_allowed", lambda: wire.send(session.data(inner("172.16.9.9"))),
     r"peer \d+ \(10\.0\.0\.2:2\): packet dropped, its source 172\.16\.9\.9 is not", {}),
    ("rx_source_not_allowed",
     lambda: wire.send(session.data(ipv6("fd00:7::7", "fd00:1::1", udp(9, 9, b"x")))),
     "its source fd00:7::7 is not an allowed IP", {}),
    ("rx_ecn_ce_not_ect", congested, None, A_PACKET),
    ("handshake_wrong_mac", lambda: wire.send(Peer(peer.private, wire.kernel).initiation(mac1=bytes(16))),
     r"message from 10\.0\.0\.2:2 dropped, its mac1 is wrong", {}),
    ("handshake_rejected", lambda: wire.send(Peer(new_private(), wire.kernel).initiation()),
     r"initiation from 10\.0\.0\.2:2 dropped: ", {}),
    ("handshake_bad_cookie", lambda: wire.send(struct.pack("<II", COOKIE, 0) + bytes(56)),
     r"cookie reply from 10\.0\.0\.2:2 dropped, its receiver index is unknown", {}),
    ("handshake_bad_cookie", lambda: wire.send(struct.pack("<II", COOKIE, session.remote) + bytes(56)),
     r"cookie reply from 10\.0\.0\.2:2 dropped, it is not authentic", {}),
)


def wanted(reason, more):
    """The (reasons, fields) that must grow."""
    why = {name: count for name, count in more.items() if name not in FIELDS}
    link_fields = {name: count for name, count in more.items() if name in FIELDS}
    why[reason] = 1
    field = FIELD.get(reason)
    if field:
        link_fields[field] = link_fields.get(field, 0) + 1
    if field in ("rx_frame_errors", "rx_length_errors"):
        link_fields["rx_errors"] = 1
    return why, link_fields


def each_reason():
    done = {}
    for reason, provoke, line, more in ROWS:
        done[reason] = done.get(reason, 0) + 1
        name = f"{reason}, {done[reason]}" if done[reason] > 1 else reason
        if IN_TREE and reason in OURS_ALONE:
            skip(name, "the in-tree module sends such packets")
            continue
        why, link_fields = wanted(reason, more)
        new_log_lines()
        before, fields_before = reasons(), fields()
        provoke()
        wait_until(lambda b=before, w=why: IN_TREE or grown(b, reasons()) == w, 5)
        wait_until(lambda b=fields_before, w=link_fields: grown(b, fields()) == w, 5)
        if not IN_TREE:
            equal(grown(before, reasons()), why, f"{name}: counted under that name only")
        equal(grown(fields_before, fields()), link_fields, f"{name}: what ip -s link shows")
        if line and LOGS:
            logged = [new_log_lines()]
            wait_until(lambda a=logged, p=line: re.search(p, "".join(a)) or a.append(new_log_lines()), 1)
            logged = "".join(logged)
            point(re.search(line, logged), f"{name}: it is logged", f"{line!r} is not in:\n{logged}")
    if not LOGS:
        skip("the log", "no dynamic debug, or the in-tree module with other lines")


def no_reason_is_left_out():
    if IN_TREE:
        skip("each reason is in ROWS or in ELSEWHERE", "the in-tree module has none")
        return
    known = {row[0] for row in ROWS} | WAITING
    equal(set(reasons()), known | set(ELSEWHERE), "each reason is in ROWS or in ELSEWHERE")
    equal(known & set(ELSEWHERE), set(), "and not in both")
    equal((set(FIELD) | NO_LOSS) - set(reasons()), set(), "lib/reasons.py has no others")


def staged_drops():
    """140 packets for a peer that does not answer. Some are dropped for newer ones, and the rest
    is dropped with the peer."""
    other = wire.new_peer(endpoint="10.0.0.2:2")
    before, fields_before = reasons(), fields()
    for _ in range(140):
        out(ipv4(INNER_KERNEL, other.inner, udp(9, 9, b"x")))
    wire.forget(other)
    wait_until(lambda: grown(fields_before, fields()).get("tx_dropped") == 140, 5)
    equal(grown(fields_before, fields()), {"tx_dropped": 140}, "dropped staged packets: what ip -s link shows")
    if not IN_TREE:
        why = grown(before, reasons())
        point(why.get("tx_staged_overflow", 0) >= 10 and sum(why.values()) == 140 and
              set(why) == WAITING,
              "dropped staged packets are counted as overflow or as without a handshake", why)


def received_sizes():
    """Messages count with their size on the wire. Nothing else counts."""
    for name, make, size in (
            ("a keepalive", session.data, 32),
            ("a packet", lambda: session.data(inner()), 32 + 32),
            ("a packet in longer padding", lambda: session.data(inner() + bytes(96)), 32 + 128),
            ("an initiation", Peer(peer.private, wire.kernel).initiation, 148)):
        between_initiations()
        message = make()
        before, transfer = fields(), int(wg_show("transfer")[b64(peer.public)][0])
        wire.send(message)
        want = {"rx_packets": 1, "rx_bytes": size}
        wait_until(lambda b=before, w=want: grown(b, fields()) == w, 5)
        equal(grown(before, fields()), want, f"{name} is received: what ip -s link shows")
        equal(int(wg_show("transfer")[b64(peer.public)][0]) - transfer, size, f"{name} is received: wg show")


point(session is not None and wire.echo(peer, session, 1), "a session to begin with")
run_steps(no_reason_is_left_out, each_reason, staged_drops, received_sizes)
