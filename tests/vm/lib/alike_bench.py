# SPDX-License-Identifier: GPL-2.0
"""The bench of the scenario alike: wg0 of the loaded module in namespace a, and a Python peer
(wgpeer.py) in namespace b. This process has the sockets of both namespaces.

  namespace a: wg0 192.168.241.1, fd00:1::1, port 1      namespace b: this process
  va 10.0.0.1, fd00::1 ------------------------------ vb 10.0.0.2, fd00::2, port 2

A fact is a text with a name, and must not depend on time. The effect of a message is therefore
read after a fence: a ping through the same session, longer than all messages before it. The cable
keeps the order of messages, and both modules deliver the messages of a peer in order, so the answer
to the fence means that the messages before it are processed. A module counts a message after it has
delivered or sent it, so fence() also waits until the counters include the bytes of the fence."""

import binascii
import collections
import errno
import os
import select
import socket
import struct
import subprocess
import sys
import time

from points import SLOW
from rtnl import IFLA_STATS64, GETLINK, IFLA_IFNAME, Rtnl, inside, link
from wgnl import (A_FLAGS, A_IFNAME, A_LISTEN_PORT, A_PEERS, A_PRIVATE_KEY, F_REMOVE, F_REPLACE_PEERS, P_ENDPOINT,
                  P_KEEPALIVE, P_LAST_HANDSHAKE, P_PRESHARED_KEY, P_RX, P_TX, Netlink, array, attr,
                  attributes, endpoint4, endpoint6, ip, merge, name_of, peer as peer_attributes, string, u16, u32)
from wgpeer import (DATA, INITIATION, RESPONSE, Peer, checksum, encrypt, ipv4, ipv6, new_private, ping, public,
                    udp)

# Timeout for messages that must arrive. A passing test does not wait that long.
PATIENCE = 10 * SLOW
# How long to listen after the fences of a handshake message, which may still be in process on
# another CPU.
LINGER = 0.1 * SLOW

NAME = string(A_IFNAME, "wg0")
KERNEL, KERNEL6 = "192.168.241.1", "fd00:1::1"
OUTER_KERNEL = {4: ("10.0.0.1", 1), 6: ("fd00::1", 1)}
OUTER_PEER = {4: "10.0.0.2", 6: "fd00::2"}
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 0x0003, 0x0800, 0x86dd
PACKET_HOST, PACKET_OUTGOING = 0, 4
STATS = ("rx_packets tx_packets rx_bytes tx_bytes rx_errors tx_errors rx_dropped tx_dropped multicast "
         "collisions rx_length_errors rx_over_errors rx_crc_errors rx_frame_errors rx_fifo_errors "
         "rx_missed_errors tx_aborted_errors tx_carrier_errors tx_fifo_errors").split()
# Longer than each message of a table, so that counters reach its length only with it.
FENCE = bytes(1364)

Outer = collections.namedtuple("Outer", "family tos ttl df ident label source port to to_port checksum "
                                        "fragment payload")


class Facts:
    """{name: text}, with each name noted once."""

    def __init__(self):
        self.all = {}

    def note(self, name, value):
        if name in self.all:
            raise ValueError(f"two facts {name}")
        self.all[name] = str(value)


def packet_socket(device):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
    sock.bind((device, ETH_P_ALL))
    return sock


def udp_socket(address, port, **options):
    """options: names in the socket module, as LEVEL__OPTION=VALUE."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    for name, value in options.items():
        level, option = name.split("__")
        sock.setsockopt(getattr(socket, level), getattr(socket, option), value)
    sock.bind((address, port))
    return sock


def parse_outer(frame):
    """The UDP datagram, or fragment of one, in an Ethernet frame; None for other frames."""
    kind, = struct.unpack_from(">H", frame, 12)
    data = frame[14:]
    if kind == ETH_P_IP:
        (first, tos, total, ident, frag, ttl, proto, _, source, to) = struct.unpack_from(">BBHHHBBH4s4s", data)
        label, family = None, socket.AF_INET
        body, pseudo = data[(first & 15) * 4:total], source + to + struct.pack(">BBH", 0, 17, total - 20)
        fragment = (frag & 0x2000, (frag & 0x1fff) * 8)
    elif kind == ETH_P_IPV6:
        word, length, proto, ttl, source, to = struct.unpack_from(">IHBB16s16s", data)
        tos, label, family = word >> 20 & 0xff, word & 0xfffff, socket.AF_INET6
        body, pseudo = data[40:40 + length], source + to + struct.pack(">II", length, 17)
        frag = ident = None
        fragment = (0, 0)
        if proto == 44:
            proto, _, where = struct.unpack_from(">BBH", body)
            body, fragment = body[8:], (where & 1, where & 0xfff8)
    else:
        return None
    if proto != 17:
        return None
    if fragment == (0, 0):
        there, = struct.unpack_from(">H", body, 6)
        sums = "none" if not there else "right" if checksum(pseudo + body) == 0 else "wrong"
    else:
        sums = "in fragments"
    port, to_port = struct.unpack_from(">HH", body) if not fragment[1] else (0, 0)
    return Outer(4 if family == socket.AF_INET else 6, tos, ttl, frag and bool(frag & 0x4000), ident, label,
                 socket.inet_ntop(family, source), port, socket.inet_ntop(family, to), to_port, sums,
                 fragment, body[8:] if not fragment[1] else body)


def short(packet):
    """An inner packet as length and checksum: equal texts mean equal bytes."""
    return f"{len(packet)} bytes {binascii.crc32(packet):08x}"


def stat_words(counts):
    """The interface counters that are not 0."""
    return " ".join(f"{name} {counts[name]}" for name in STATS if counts[name]) or "nothing"


def sh(*words):
    return subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout


def read(path):
    """The content of a file of sysfs or procfs, or the errno of reading it."""
    try:
        with open(path, encoding="utf-8", errors="backslashreplace") as file:
            return " ".join(file.read().split())
    except OSError as error:
        return name_of(error.errno)


KINDS = {INITIATION: "initiation", RESPONSE: "response", 3: "cookie", DATA: "data"}


class Bench:
    """A new wg0, and this process as its peers."""

    def __init__(self, mtu=None):
        self.a = Rtnl("a")
        self.private = new_private()
        self.public = public(self.private)
        self.a.add("wg0", "wireguard")
        if mtu:
            self.a.mtu("wg0", mtu)
        with inside("a"):
            self.nl = Netlink()
        with inside("b"):
            self.socks = {family: udp_socket(OUTER_PEER[family], 2) for family in (4, 6)}
            self.cable = packet_socket("vb")
        self.a.add_address("wg0", KERNEL, 24)
        self.a.add_address("wg0", KERNEL6, 64)
        self.configure(u16(A_LISTEN_PORT, 1), attr(A_PRIVATE_KEY, self.private))
        self.a.up("wg0")
        with inside("a"):
            self.tap = packet_socket("wg0")
        self.peers = 0
        self.pings = 0
        # Reduced after the first missing message, which the facts record. Otherwise a module
        # with many faults takes very long.
        self.patience = PATIENCE

    def close(self):
        self.a.delete("wg0")
        for sock in (self.a.sock, self.nl.sock, self.tap, self.cable, *self.socks.values()):
            sock.close()

    def configure(self, *parts):
        code = self.nl.set(NAME, *parts)
        if code:
            raise OSError(code, f"SET: {os.strerror(code)} {self.nl.text}")

    def peer(self, family=None, port=2, configured=True):
        """Adds a peer, with an endpoint of @family unless that is None."""
        self.peers += 1
        one = Peer(new_private(), self.public)
        one.inner, one.inner6 = f"192.168.241.{self.peers + 1}", f"fd00:1::{self.peers + 1:x}"
        one.family = family or 4
        one.ips = [(one.inner, 32), (one.inner6, 128)]
        if configured:
            self.configure_peer(one, *([attr(P_ENDPOINT, self.endpoint(family, port))] if family else []))
        return one

    @staticmethod
    def endpoint(family, port=2):
        return endpoint4(OUTER_PEER[4], port) if family == 4 else endpoint6(OUTER_PEER[6], port)

    def configure_peer(self, one, *parts, **more):
        more.setdefault("ips", [ip(*each) for each in one.ips])
        self.configure(array(A_PEERS, [peer_attributes(one.public, *parts, **more)]))

    def remove_peer(self, one):
        self.configure(array(A_PEERS, [peer_attributes(one.public, flags=F_REMOVE)]))

    def renew_peer(self, one, *parts):
        """Replaces all peers by this one, as `wg setconf` does."""
        self.configure(u32(A_FLAGS, F_REPLACE_PEERS), array(A_PEERS, [peer_attributes(
            one.public, *parts, ips=[ip(*each) for each in one.ips])]))

    def about(self, one):
        """{attribute: bytes} of a peer, or None if it does not exist."""
        return merge(self.nl.dump(NAME))[1].get(one.public)

    def shown(self, one):
        """The peer's fields of `wg show all dump` that do not depend on time."""
        about = self.about(one)
        if about is None:
            return "no peer"
        where = about.get(P_ENDPOINT, b"")
        if len(where) == 16:
            where = f"{socket.inet_ntoa(where[4:8])}:{struct.unpack('>H', where[2:4])[0]}"
        elif len(where) == 28:
            where = f"[{socket.inet_ntop(socket.AF_INET6, where[8:24])}]:{struct.unpack('>H', where[2:4])[0]}"
        ips = " ".join(f"{address}/{bits}" for address, bits in about[9])
        return (f"endpoint {where or 'none'}, handshake {'yes' if any(about[P_LAST_HANDSHAKE]) else 'no'}, "
                f"rx {self.number(about[P_RX])}, tx {self.number(about[P_TX])}, psk "
                f"{'yes' if any(about[P_PRESHARED_KEY]) else 'no'}, keepalive "
                f"{int.from_bytes(about[P_KEEPALIVE], sys.byteorder)}, allowed {ips}")

    @staticmethod
    def number(value):
        return int.from_bytes(value, sys.byteorder)

    def stats(self, name="wg0"):
        data = self.a.request(GETLINK, link(string(IFLA_IFNAME, name)))
        values = dict(attributes(data[16:]))[IFLA_STATS64]
        return collections.Counter(dict(zip(STATS, struct.unpack_from(f"={len(STATS)}Q", values))))

    # The cable.
    def send(self, message, family=4, tos=0, sock=None):
        sock = sock or self.socks[family]
        level, name = (socket.IPPROTO_IP, socket.IP_TOS) if family == 4 else \
            (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)
        sock.setsockopt(level, name, tos)
        sock.sendto(message, OUTER_KERNEL[family])

    def next(self, seconds=PATIENCE):
        """The next datagram that the kernel sends, or None."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.cable], [], [], left)[0]:
                return None
            frame, (_, _, kind, _, _) = self.cable.recvfrom(65536)
            outer = parse_outer(frame) if kind == PACKET_HOST else None
            if outer:
                return outer

    def wait(self, kind):
        """Waits for a message of this type: (the message, [messages before it])."""
        before = []
        while True:
            outer = self.next()
            if outer is None:
                raise TimeoutError(f"no {KINDS[kind]}, only {[len(one.payload) for one in before]}")
            if outer.payload[0] == kind:
                return outer, before
            before.append(outer)

    def data(self, session):
        """(the next message with a packet under this session, the packet), or (None, None). Other
        messages are ignored: without traffic from us the kernel begins a handshake in between."""
        while True:
            outer = self.next(self.patience)
            if outer is None:
                self.patience = min(self.patience, SLOW)
                return None, None
            decrypted = session.decrypt(outer.payload) if outer.payload[0] == DATA else None
            if decrypted and decrypted[1]:
                return outer, decrypted[1]

    def drain(self):
        while self.next(0):
            pass
        self.delivered()

    def delivered(self):
        """[(protocol, bytes)] of the packets that wg0 received since the last call."""
        out = []
        while select.select([self.tap], [], [], 0)[0]:
            try:
                packet, (_, protocol, kind, _, _) = self.tap.recvfrom(65536)
            except OSError as error:
                # Reported once after the interface goes down.
                if error.errno != errno.ENETDOWN:
                    raise
                continue
            if kind != PACKET_OUTGOING:
                out.append((protocol, packet))
        return out

    def handshake(self, peer, confirm=True):
        """The Python peer initiates a handshake. Returns the session."""
        self.send(peer.initiation(), peer.family)
        session = peer.read_response(self.wait(RESPONSE)[0].payload)
        if not session:
            raise ValueError("a response that does not open")
        if confirm:
            self.send(session.data(), peer.family)
            self.fence(peer, session)
            self.drain()
        return session

    def answer(self, peer, confirm=True):
        """Responds to the kernel's initiation: (session, [messages before the data], data). With
        confirm it waits for the first data message: data sent earlier may overtake the response."""
        initiation, before = self.wait(INITIATION)
        if not peer.read_initiation(initiation.payload):
            raise ValueError("an initiation that does not open")
        response, session = peer.response()
        self.send(response, initiation.family)
        if confirm:
            before.append(initiation)
            first, _ = self.wait(DATA)
            return session, before, first
        return session, before, None

    # Effects of a message.
    def fence(self, peer, session, before=None):
        """Sends a fence. Return: ([messages sent before its answer], [packets delivered before it],
        what the counters have counted since @before, without the fence). @before is of counts(), and
        by default of the moment of the call. The counters are (of the interface, of the peer)."""
        link_before, (rx, tx) = before or self.counts(peer)
        self.pings += 1
        seq = self.pings
        self.send(session.data(ipv4(peer.inner, KERNEL, ping(seq, FENCE), 1)), peer.family)
        heard = []
        while True:
            outer = self.next()
            if outer is None:
                raise TimeoutError(f"no answer to the fence, only {[len(one.payload) for one in heard]}")
            decrypted = outer.payload[0] == DATA and session.decrypt(outer.payload)
            if decrypted and decrypted[1][9:10] == b"\1" and decrypted[1][20:21] == b"\0" and \
                    decrypted[1][26:28] == struct.pack(">H", seq):
                break
            heard.append(outer)
        delivered = [one for one in self.delivered() if FENCE not in one[1]]
        size = 32 + 28 + len(FENCE)
        end = time.monotonic() + self.patience
        while True:
            now, (now_rx, now_tx) = self.counts(peer)
            if min(now["rx_bytes"] - link_before["rx_bytes"], now["tx_bytes"] - link_before["tx_bytes"],
                   now_rx - rx, now_tx - tx) >= size:
                break
            if time.monotonic() >= end:
                self.patience = min(self.patience, LINGER)
                break
            time.sleep(0.005)
        now.subtract(link_before)
        now.subtract({"rx_packets": 1, "tx_packets": 1, "rx_bytes": size, "tx_bytes": size})
        return heard, delivered, (now, (now_rx - rx - size, now_tx - tx - size))

    def counts(self, peer):
        """(of the interface, of the peer)"""
        about = self.about(peer)
        return self.stats(), (self.number(about[P_RX]), self.number(about[P_TX]))

    def words(self, outers, *sessions):
        """A summary of messages from the kernel."""
        return ", ".join(self.word(outer, sessions) for outer in outers) or "nothing"

    @staticmethod
    def word(outer, sessions=()):
        kind = KINDS.get(outer.payload[0], "unknown")
        text = f"{kind} {len(outer.payload)} to {outer.to}:{outer.to_port}"
        for number, session in enumerate(sessions):
            decrypted = session.decrypt(outer.payload) if kind == "data" else None
            if decrypted:
                text += f" under {number}: {inner_word(decrypted[1])}"
        return text


def inner_word(packet):
    """A summary of an inner packet, without its content."""
    if not packet:
        return "keepalive"
    if packet[0] >> 4 == 4:
        head = (packet[0] & 15) * 4
        text = f"IPv4 {socket.inet_ntoa(packet[12:16])} > {socket.inet_ntoa(packet[16:20])} proto {packet[9]}"
        if packet[9] == 1:
            text += f" type {packet[head]} code {packet[head + 1]}"
        return text
    text = (f"IPv6 {socket.inet_ntop(socket.AF_INET6, packet[8:24])} > "
            f"{socket.inet_ntop(socket.AF_INET6, packet[24:40])} proto {packet[6]}")
    if packet[6] == 58:
        text += f" type {packet[40]} code {packet[41]}"
    return text


__all__ = ["Bench", "Facts", "DATA", "ETH_P_IP", "ETH_P_IPV6", "FENCE", "INITIATION", "KERNEL", "KERNEL6",
           "LINGER", "NAME", "OUTER_KERNEL", "OUTER_PEER", "PATIENCE", "RESPONSE", "STATS", "inner_word", "read", "sh",
           "encrypt", "ipv4", "ipv6", "packet_socket", "ping", "short", "stat_words", "udp", "udp_socket"]
