# SPDX-License-Identifier: GPL-2.0
#
# setup: flood_bench
# timeout: 240
# plan: 20
# excludes: any -- it measures the cost of floods and counts each packet
"""Tests that the device never sends more bytes to an address than came from it: for every message
type and size, idle and under load, from thousands of addresses.

Counts bytes out and bytes in, as whole IP packets, for each address. Each kind of message comes
from its own addresses. All of them are b's, so that answers arrive and a packet socket counts
them, ICMP included."""

import os
import select
import socket
import struct
import subprocess
import threading
import time
from collections import Counter

from flooding import UNASSIGNED, Flood, many_sources, no_load, to_file, wait_processed, with_mac1
from points import SLOW, equal, point, run_steps, tap
from wgpeer import COOKIE, DATA, INITIATION, RESPONSE, Peer, between_initiations, ipv4, new_private, ping
from wire import INNER_KERNEL, KERNEL, KERNEL6, Wire, until_not_loaded

SO_RCVBUFFORCE, SOL_PACKET, PACKET_STATISTICS = 33, 263, 6

# Without a key nothing is sent from this address. A keepalive of the session may arrive there.
PEER = socket.inet_aton("10.0.0.2")

wire = Wire()
many_sources()
peer = wire.new_peer()
session = wire.handshake(peer)


class Accounts(threading.Thread):
    """Counts what enters and leaves b's end of the cable, by b's address."""

    def __init__(self):
        super().__init__(daemon=True)
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.sock.bind(("vb", 3))
        self.sent, self.back, self.kinds = Counter(), Counter(), Counter()
        self.ended = threading.Event()
        self.start()

    def run(self):
        while select.select([self.sock], [], [], 1.0)[0] or not self.ended.is_set():
            try:
                self.read(*self.sock.recvfrom(65536, socket.MSG_DONTWAIT))
            except BlockingIOError:
                pass

    def read(self, data, where):
        protocol, direction = where[1:3]
        if protocol == 0x800:
            source, to = data[12:16], data[16:20]
            udp = data[20:] if data[9] == socket.IPPROTO_UDP else None
        elif protocol == 0x86dd and data[6] == socket.IPPROTO_UDP:
            source, to, udp = data[8:24], data[24:40], data[40:]
        else:
            return
        # Do not count b's own ICMP errors about packets that no socket wanted.
        if direction == socket.PACKET_OUTGOING and udp:
            self.sent[source] += len(data)
        elif direction != socket.PACKET_OUTGOING and not (to == PEER and udp and udp[8] == DATA):
            self.back[to] += len(data)
            self.kinds[udp[8] if udp else "not UDP"] += 1

    def close(self):
        """Waits until nothing more arrives. Returns how many packets the socket had no space
        for."""
        self.ended.set()
        self.join()
        with self.sock:
            return struct.unpack("II", self.sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]


def address(number):
    return socket.inet_ntoa(struct.pack(">I", number))


class Source:
    """A socket on the next one of b's addresses."""
    number = 256

    def __init__(self, port=2):
        Source.number += 1
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((address(0x0a090000 + self.number), port))

    def send(self, *messages):
        for message in messages:
            self.sock.sendto(message, KERNEL)
        self.sock.close()


def everything(sizes=(*range(0, 37), *range(60, 69), *range(88, 96), *range(144, 153), 512, 1472)):
    """Sends each type in each size close to those of valid messages, each from its own address."""
    for kind in (0, 1, 2, 3, 4, 5, 0x101, 0xffffffff):
        for size in sizes:
            body = (struct.pack("<II", kind, session.remote) + os.urandom(size))[:size]
            Source().send(body, body)


def unauthenticated():
    """Messages that get as far as possible without a secret, each kind from one address."""
    fresh = Peer(peer.private, wire.kernel)
    stranger = Peer(new_private(), wire.kernel)
    Source().send(*(with_mac1(wire.kernel) for _ in range(20)))
    Source().send(*(with_mac1(wire.kernel, RESPONSE, session.remote) for _ in range(20)))
    Source().send(*(with_mac1(wire.kernel, RESPONSE, index) for index in range(20)))
    Source().send(*(stranger.initiation() for _ in range(5)))
    Source().send(*(stranger.initiation(claimed=peer.public) for _ in range(5)))
    Source().send(*(fresh.initiation(mac2=os.urandom(16), stamp=bytes(12)) for _ in range(5)))
    # Captured messages, sent again from another address.
    Source().send(*[used[0]] * 20)
    Source().send(*[used[1]] * 20)
    Source().send(*(struct.pack("<IIQ", 4, session.remote, n) + bytes(1200) for n in range(20)))
    Source().send(*(struct.pack("<II", COOKIE, session.remote) + os.urandom(56)
                    for _ in range(20)))


def account(name, accounts, answered):
    """The points of an account. answered: whether there must be answers, or must be none."""
    wait_processed()
    missed = accounts.close()
    sent, back = sum(accounts.sent.values()), sum(accounts.back.values())
    tap(f"# amplify: {name}: {len(accounts.sent)} addresses, {sent} bytes in, {back} out, "
        f"{dict(accounts.kinds)}")
    equal(missed, 0, f"{name}: no packet was missed")
    more = {socket.inet_ntop(socket.AF_INET if len(to) == 4 else socket.AF_INET6, to):
            (accounts.sent[to], size)
            for to, size in accounts.back.items() if size > accounts.sent[to]}
    point(not more, f"{name}: no address got more than came from it",
          f"{len(more)} got more, of them {dict(list(more.items())[:5])}")
    cookies = f"{name}: cookies were sent"
    if answered and not no_load(accounts.kinds[COOKIE], cookies):
        point(accounts.kinds[COOKIE] > 0, cookies, accounts.kinds)
        equal(set(accounts.kinds), {COOKIE}, f"{name}: and nothing else")
    elif not answered:
        equal(back, 0, f"{name}: no address got an answer")


def idle():
    accounts = Accounts()
    everything()
    account("idle, every type and size", accounts, False)
    accounts = Accounts()
    unauthenticated()
    account("idle, without a secret", accounts, False)


def loaded(**more):
    """A load from addresses that no host has, so that no answer arrives here."""
    return Flood(to_file([with_mac1(wire.kernel) for _ in range(500)]), UNASSIGNED, sources=60000,
                 **more)


def under_load():
    some = {kind: to_file([with_mac1(wire.kernel, kind, session.remote) for _ in range(500)])
            for kind in (INITIATION, RESPONSE)}
    first = {INITIATION: 0x0a098000, RESPONSE: 0x0a09c000}
    sent, accounts = {}, Accounts()
    with loaded() as load:
        everything((0, 16, 32, 64, 91, 92, 93, 147, 148, 149, 1472))
        unauthenticated()
        for kind, messages in some.items():
            sent[kind] = Flood(messages, address(first[kind]), sources=5000, count=5000,
                               rate=5000).wait()[0]
        number, took = load.end()
    tap(f"# amplify: load of {number} initiations in {took:.1f} s")
    account("under load", accounts, True)
    for kind, name in ((INITIATION, "an initiation"), (RESPONSE, "a response")):
        answers = sum(to >= socket.inet_aton(address(first[kind]))
                      and to < socket.inet_aton(address(first[kind] + sent[kind]))
                      for to in accounts.back)
        # The smallest message that is answered is a response: 64 bytes for 92.
        cookie = f"under load: {name} is answered by a cookie"
        if not no_load(accounts.kinds[COOKIE], cookie):
            point(answers > 0, cookie, accounts.kinds)
        tap(f"# amplify: to {name}: {answers} of {sent[kind]} addresses got an answer")


def over_ipv6():
    """Messages that get an answer come from one address, and messages that get none from
    another."""
    subprocess.run(["ip", "addr", "add", "fd00::9/64", "dev", "vb"], check=True)
    junk = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    junk.bind(("fd00::9", 4002))
    sixth = wire.new_socket(4001, socket.AF_INET6)
    accounts = Accounts()
    with loaded(), junk, sixth:
        # For 3 s from the first answer on: the load begins late on a slow machine.
        end, loads = time.monotonic() + 10 * SLOW, False
        while time.monotonic() < end:
            if not loads and accounts.kinds[COOKIE]:
                end, loads = time.monotonic() + 3, True
            for kind in (INITIATION, RESPONSE):
                wire.send(with_mac1(wire.kernel, kind), sixth, KERNEL6)
            for size in (1, 32, 64, 148, 1400):
                wire.send((struct.pack("<I", size % 5) + os.urandom(size))[:size], junk, KERNEL6)
            time.sleep(0.005)
    account("over IPv6", accounts, True)
    answered, ignored = (accounts.back[socket.inet_pton(socket.AF_INET6, address6)]
                         for address6 in ("fd00::2", "fd00::9"))
    deserved = "over IPv6: messages with a right mac1 are answered, others are not"
    if ignored or not no_load(accounts.kinds[COOKIE], deserved):
        point(answered > 0 and not ignored, deserved, (answered, ignored))


def still_there():
    wait_processed()
    until_not_loaded()
    again = wire.handshake(peer)
    point(again is not None and wire.echo(peer, again, 9), "the peer gets a session afterwards")


# One initiation and one data message that were valid once, to be replayed.
between_initiations()
used = [peer.initiation()]
wire.send(used[0])
session = peer.read_response(wire.recv(kind=RESPONSE))
used.append(session.data(ipv4(peer.inner, INNER_KERNEL, ping(1), 1)))
wire.send(used[1])
point(wire.echo_reply(session, 1), "a session to begin with")
# Without this message the kernel begins a handshake after 15 s of silence.
wire.send(session.data())
run_steps(idle, under_load, over_ipv6, still_there, before=wire.drain)
