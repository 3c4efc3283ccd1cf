# SPDX-License-Identifier: GPL-2.0
"""Facts of the scenario alike about the receive path: packets delivered, counters, answers, and
the order of the kernel's messages."""

import socket
import struct

from alike_bench import *  # pylint: disable=wildcard-import,unused-wildcard-import
from alike_out import ALONE, ALONE6, outer_words, send_raw
from points import SLOW, wait_until
from rtnl import inside
from wgnl import (A_FLAGS, A_FWMARK, A_LISTEN_PORT, A_PEERS, A_PRIVATE_KEY, F_REPLACE_PEERS, P_ENDPOINT,
                  P_KEEPALIVE, P_PRESHARED_KEY, P_RX, P_TX, array, attr, ip, name_of, peer as peer_attributes, u16,
                  u32)
from wgpeer import between_initiations, checksum, new_private

SO_NO_CHECK, UDP_NO_CHECK6_TX = 11, 101


# Received messages.
def arrived(bench, facts, name, peer, session, messages, family=4, tos=0):
    """Sends messages and notes packets delivered, answers and counters."""
    bench.drain()
    # Send the fence over the same family. It updates the endpoint, to which answers are sent.
    peer.family = family
    before = bench.counts(peer)
    for message in messages:
        bench.send(message, family, tos)
    heard, delivered, (link, (rx, tx)) = bench.fence(peer, session, before)
    facts.note(f"arrival/{name}/delivered", ", ".join(
        f"{protocol:04x} tos {packet[1]:#04x} {short(packet)}" if protocol == ETH_P_IP else
        f"{protocol:04x} tos {int.from_bytes(packet[:2], 'big') >> 4 & 0xff:#04x} {short(packet)}"
        for protocol, packet in delivered) or "nothing")
    facts.note(f"arrival/{name}/answer", bench.words(heard, session))
    facts.note(f"arrival/{name}/counters", f"{stat_words(link)}; rx {rx} tx {tx}")


def inner_table(peer, other):
    """(name, plaintext) of inner packets, valid and invalid."""
    def four(*words, **more):
        return ipv4(peer.inner, KERNEL, *words, **more)

    def six(*words, **more):
        return ipv6(peer.inner6, KERNEL6, *words, **more)

    good, good6 = four(udp(7, 9, bytes(30))), six(b"\0\7\0\x09\0\x26\x12\x34" + bytes(30))
    yield "an empty message", b""
    yield "IPv4", good
    yield "IPv6", good6
    yield "echo request", four(ping(7000), 1)
    for trailing in (1, 15, 16, 300):
        yield f"IPv4 and {trailing} zeros", good + bytes(trailing)
        yield f"IPv6 and {trailing} zeros", good6 + bytes(trailing)
    yield "IPv4 and other bytes", good + b"\xff" * 20
    for length in (1, 2, 19):
        yield f"{length} bytes of IPv4", good[:length]
    for length in (1, 20, 39):
        yield f"{length} bytes of IPv6", good6[:length]
    yield "IPv4, cut short by one", good[:-1]
    yield "IPv6, cut short by one", good6[:-1]
    yield "header of IPv4 alone", four(b"")
    yield "header of IPv6 alone", six(b"")
    for version in (0, 1, 5, 7, 15):
        yield f"version {version}", bytes([version << 4 | 5]) + good[1:]
    yield "zeros", bytes(32)
    yield "IPv4, IHL 0", b"\x40" + good[1:]
    yield "IPv4, IHL 4", b"\x44" + good[1:]
    yield "IPv4, IHL 15", b"\x4f" + good[1:]
    for total in (0, 1, 19, 20, 21):
        yield f"IPv4, total length {total}", good[:2] + struct.pack(">H", total) + good[4:]
    yield "IPv4, total length beyond", good[:2] + b"\xff\xff" + good[4:]
    yield "IPv6, length 0", good6[:4] + b"\0\0" + good6[6:]
    yield "IPv6, length beyond", good6[:4] + b"\xff\xff" + good6[6:]
    yield "IPv4, wrong checksum", good[:10] + b"\xff\xff" + good[12:]
    yield "IPv4, TTL 0", four(udp(7, 9, b"x"), ttl=0)
    yield "IPv4, TTL 1", four(udp(7, 9, b"x"), ttl=1)
    for frag, name in ((0x2000, "first fragment"), (0x2001, "middle fragment"), (0x0001, "last fragment"),
                       (0x8000, "reserved flag"), (0x6000, "fragment with DF")):
        yield f"IPv4, {name}", four(udp(7, 9, bytes(24)), frag=frag)
    yield "IPv4 with options", b"\x46" + good[1:20] + b"\x94\4\0\0" + good[20:-4]
    yield "IPv4 with a source route", b"\x47" + good[1:20] + b"\x83\7\4\x0a\0\0\2\0" + good[20:-8]
    yield "IPv6 hop-by-hop", six(b"\x11\0\1\4\0\0\0\0" + udp(7, 9, b"x"), 0)
    yield "IPv6 fragment", six(b"\x11\0\0\1\0\0\0\7" + udp(7, 9, b"x"), 44)
    yield "IPv6, next header none", six(b"", 59)
    yield "IPv4, protocol 255", four(b"abcd", 255)
    yield "IPv4, TCP to a closed port", four(struct.pack(">HHIIBBHHH", 7, 9, 1, 0, 0x50, 2, 99, 0, 0), 6)
    yield "IPv4, from another peer's address", ipv4(other.inner, KERNEL, udp(7, 9, b"x"))
    yield "IPv6, from another peer's address", ipv6(other.inner6, KERNEL6, udp(7, 9, b"x"))
    yield "IPv4, from an address of no peer", ipv4("172.16.0.1", KERNEL, udp(7, 9, b"x"))
    yield "IPv4, from our own address", ipv4(KERNEL, KERNEL, udp(7, 9, b"x"))
    yield "IPv6, from our own address", ipv6(KERNEL6, KERNEL6, udp(7, 9, b"x"))
    yield "IPv4, from 0.0.0.0", ipv4("0.0.0.0", KERNEL, udp(7, 9, b"x"))
    yield "IPv4, from 127.0.0.1", ipv4("127.0.0.1", KERNEL, udp(7, 9, b"x"))
    yield "IPv4, from a group", ipv4("224.0.0.1", KERNEL, udp(7, 9, b"x"))
    yield "IPv6, from ::", ipv6("::", KERNEL6, udp(7, 9, b"x"))
    yield "IPv4, mapped in IPv6", ipv6("::ffff:" + peer.inner, KERNEL6, udp(7, 9, b"x"))
    yield "IPv4, to an address that is not local", ipv4(peer.inner, "172.16.0.9", udp(7, 9, b"x"))
    yield "IPv4, to all", ipv4(peer.inner, "255.255.255.255", udp(7, 9, b"x"))
    yield "IPv4, to a group", ipv4(peer.inner, "224.0.0.1", udp(7, 9, b"x"))
    yield "IPv6, to a group", ipv6(peer.inner6, "ff02::1", udp(7, 9, b"x"))
    yield "ARP", struct.pack(">HHBBH", 1, 0x800, 6, 4, 1) + bytes(20)


def arrivals(facts):
    bench = Bench()
    peer, other = bench.peer(), bench.peer()
    session = bench.handshake(peer)
    for name, plain in inner_table(peer, other):
        arrived(bench, facts, f"inner/{name}", peer, session, [session.data(plain, pad=False)])
    outer_arrivals(bench, facts, peer, session)
    # Last: while it uses other peers, the kernel may begin a handshake with this one.
    ecn(bench, facts)
    bench.close()


def ecn(bench, facts):
    """Each pair of ECN fields, in each pair of families."""
    for family in (4, 6):
        one = bench.peer(family)
        session = bench.handshake(one)
        for version in (4, 6):
            for outer in range(4):
                bench.drain()
                before = bench.counts(one)
                for inner in range(4):
                    packet = ipv4(one.inner, KERNEL, udp(7, 9, b"x"), 17, inner | 0xb8) if version == 4 else \
                        ipv6(one.inner6, KERNEL6, b"\0\7\0\x09\0\x09\x12\x34x", 17, inner | 0xb8)
                    bench.send(session.data(packet), family, outer | 0x48)
                _, delivered, (link, _) = bench.fence(one, session, before)
                fields = [packet[1] if version == 4 else int.from_bytes(packet[:2], "big") >> 4 & 0xff
                          for _, packet in delivered]
                good = all(checksum(packet[:20]) == 0 for _, packet in delivered) if version == 4 else True
                facts.note(f"ecn/outer IPv{family} {outer}, inner IPv{version}",
                           " ".join(f"{field:#04x}" for field in fields) + ("" if good else ", wrong checksum") +
                           f", errors {link['rx_errors']}, dropped {link['rx_dropped']}")
        # Otherwise the kernel begins a handshake 15 s after its last answer, and its initiation is
        # noted with whatever is tested then.
        bench.remove_peer(one)


def outer_arrivals(bench, facts, peer, session):
    """Data messages with a faulty or unusual outer part."""
    plain = ipv4(peer.inner, KERNEL, udp(7, 9, bytes(30)))
    good = session.data(plain)
    arrived(bench, facts, "outer/good", peer, session, [good])
    arrived(bench, facts, "outer/the same again", peer, session, [good])
    arrived(bench, facts, "outer/twice", peer, session, [session.data(plain)] * 2)
    for length in (0, 1, 3, 4, 15, 16, 31):
        arrived(bench, facts, f"outer/{length} bytes of it", peer, session, [session.data(plain)[:length]])
    for kind in (0, 5, 6, 255):
        arrived(bench, facts, f"outer/type {kind}", peer, session, [bytes([kind]) + session.data(plain)[1:]])
    for place in (1, 2, 3):
        bad = bytearray(session.data(plain))
        bad[place] = 1
        arrived(bench, facts, f"outer/reserved byte {place}", peer, session, [bytes(bad)])
    for kind in (1, 2, 3):
        arrived(bench, facts, f"outer/type {kind} of a wrong length", peer, session,
                [bytes([kind]) + session.data(plain)[1:]])
    bad = bytearray(session.data(plain))
    bad[-1] ^= 1
    arrived(bench, facts, "outer/wrong tag", peer, session, [bytes(bad)])
    bad = bytearray(session.data(plain))
    bad[4] ^= 1
    arrived(bench, facts, "outer/wrong index", peer, session, [bytes(bad)])
    arrived(bench, facts, "outer/one byte more", peer, session, [session.data(plain) + b"\0"])
    arrived(bench, facts, "outer/over IPv6", peer, session, [session.data(plain)], 6)
    facts.note("arrival/outer/over IPv6/endpoint", bench.shown(peer).split(",")[0])
    arrived(bench, facts, "outer/back over IPv4", peer, session, [session.data(plain)], 4)
    facts.note("arrival/outer/back over IPv4/endpoint", bench.shown(peer).split(",")[0])
    with inside("b"):
        sock = udp_socket(OUTER_PEER[4], 3)
    for name, message in (("wrong tag", bytes(bad)), ("replay", good)):
        sock.sendto(message, OUTER_KERNEL[4])
        # A message that moved the endpoint would be answered there before the fence, which
        # sets the endpoint back. Look at the answers first.
        answers, _, _ = bench.fence(peer, session)
        facts.note(f"arrival/outer/elsewhere, {name}", bench.words(answers))
    sock.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    sock.sendto(session.data(plain), OUTER_KERNEL[4])
    _, delivered, _ = bench.fence(peer, session)
    facts.note("arrival/outer/no checksum", f"{len(delivered)} delivered")
    sock.close()
    with inside("b"):
        sock = udp_socket(OUTER_PEER[6], 3)
    sock.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    sock.setsockopt(socket.IPPROTO_UDP, UDP_NO_CHECK6_TX, 1)
    sock.sendto(session.data(plain), OUTER_KERNEL[6])
    _, delivered, _ = bench.fence(peer, session)
    facts.note("arrival/outer/no checksum, IPv6", f"{len(delivered)} delivered")
    sock.close()
    # Nonce counters in and outside of the replay window.
    session.counter = 20000
    arrived(bench, facts, "outer/a far counter", peer, session, [session.data(plain)])
    top = session.counter
    for behind in (1, 63, 64, 1000, 2000, 2048, 4096, 7000, 8000, 8100, 8200, 9000, 19000):
        arrived(bench, facts, f"outer/{behind} behind", peer, session, [session.data(plain, top - behind)])
    # Beyond Reject-After-Messages. If one were accepted, the session would end.
    arrived(bench, facts, "outer/the last counters", peer, session, [session.data(plain, 2 ** 64 - 8000),
                                                                      session.data(plain, 2 ** 64 - 1)])


def handshakes(facts):
    """Answers to valid and invalid handshake messages."""
    bench = Bench()
    peer = bench.peer()
    control = bench.peer()

    def answers(name, *messages, sessions=()):
        bench.drain()
        for message in messages:
            bench.send(message)
        # The fence is two handshakes of another peer. Another CPU may process one of them
        # while these messages are still in process, but not both.
        heard = []
        for _ in range(2):
            between_initiations()
            bench.send(control.initiation())
            while True:
                outer = bench.next()
                if outer is None:
                    raise TimeoutError(name)
                if outer.payload[0] == RESPONSE and control.read_response(outer.payload):
                    break
                heard.append(outer)
        while True:
            outer = bench.next(LINGER)
            if outer is None:
                break
            heard.append(outer)
        facts.note(f"handshake/{name}", f"{bench.words(heard, *sessions)}; {bench.shown(peer)}")

    good = peer.initiation()
    answers("initiation", good)
    answers("the same again", good)
    answers("an older one", peer.initiation(stamp=bytes(12)))
    answers("the greatest timestamp", peer.initiation(stamp=b"\x7f" + b"\xff" * 11))
    answers("after the greatest", peer.initiation())
    peer = bench.peer()
    answers("wrong mac1", peer.initiation(mac1=bytes(16)))
    answers("a mac2 without a cookie", peer.initiation(mac2=b"\1" * 16))
    for length in (1, 147):
        answers(f"initiation of {length} bytes", peer.initiation()[:length])
    answers("initiation of 149 bytes", peer.initiation() + b"\0")
    answers("initiation with a reserved byte", bytes([1, 1, 0, 0]) + peer.initiation()[4:])
    answers("an ephemeral key of zeros", peer.initiation(ephemeral=bytes(32)))
    answers("of an unknown peer", bench.peer(configured=False).initiation())
    answers("of the device itself", peer.initiation(claimed=bench.public))
    answers("sender index 0", peer.initiation(sender=0))
    answers("a response to nothing", peer.finish(struct.pack("<III", 2, 1, 2) + bytes(48)))
    answers("a cookie for nothing", struct.pack("<II", 3, 5) + bytes(56))
    # The kernel cannot send with an unconfirmed session, and begins no handshake of its own.
    peer = bench.peer()
    bench.drain()
    session = bench.handshake(peer, confirm=False)
    # The message is counted after it has been sent.
    wait_until(lambda: bench.counts(peer)[1] == (148, 92), PATIENCE / SLOW)
    facts.note("handshake/unconfirmed, shown", bench.shown(peer))
    facts.note("handshake/unconfirmed: errno of a packet",
               name_of(send_raw(bench, ipv4(KERNEL, peer.inner, udp(7, 9, b"x")))))
    outer = bench.next(LINGER)
    facts.note("handshake/unconfirmed: a packet", bench.word(outer, [session]) if outer else "nothing")
    bench.send(session.data())
    facts.note("handshake/confirmed then", bench.word(bench.next(), [session]))
    bench.close()


# The order of messages.
class Story:
    """Steps with one peer. After each step the messages on the cable are noted."""

    def __init__(self, bench, facts, name, peer):
        self.bench, self.facts, self.name, self.peer = bench, facts, name, peer
        self.sessions = []
        self.sent = self.received = 0
        self.before = bench.stats()
        self.patience = 5

    def counted(self):
        about, now = self.bench.about(self.peer), self.bench.stats()
        now.subtract(self.before)
        return not about or (min(self.bench.number(about[P_TX]), now["tx_bytes"]) >= self.sent and
                             min(self.bench.number(about[P_RX]), now["rx_bytes"]) >= self.received)

    def note_step(self, step, outers):
        """Notes the messages, and the fields of `wg show` and `ip -s link`. Waits for the counters,
        which are updated after the messages are sent and received."""
        self.sent += sum(len(outer.payload) for outer in outers)
        if not wait_until(self.counted, self.patience, 0.005):
            self.patience = 0
        now = self.bench.stats()
        now.subtract(self.before)
        self.facts.note(f"order/{self.name}/{step}", self.bench.words(outers, *self.sessions))
        self.facts.note(f"order/{self.name}/{step}, shown", self.bench.shown(self.peer))
        self.facts.note(f"order/{self.name}/{step}, counters",
                        stat_words(now))

    def heard(self, step, count):
        """Notes @count messages, and any message within LINGER after them."""
        outers = []
        while len(outers) <= count:
            outer = self.bench.next(PATIENCE if len(outers) < count else LINGER)
            if outer is None:
                break
            outers.append(outer)
        self.note_step(step, outers)
        return outers

    def respond(self, step, outers, count):
        """Responds to the last initiation in @outers and notes @count messages."""
        begin = [outer for outer in outers if outer.payload[0] == INITIATION][-1]
        if not self.peer.read_initiation(begin.payload):
            raise ValueError("an initiation that does not open")
        response, session = self.peer.response()
        self.sessions.append(session)
        self.bench.send(response, self.peer.family)
        self.received += len(response)
        return self.heard(step, count)

    def ping(self, number=1):
        send_raw(self.bench, ipv4(KERNEL, self.peer.inner, udp(7, 9, bytes([number]) * 16)))


def order(facts):
    """Each story is short, since the kernel begins a handshake after 15 s without an answer."""
    bench = Bench()
    for story in (first_packets, settings, places, down_and_up, module_initiates, made_with_keepalive,
                  over_ipv6):
        # Remove the peers of the story before, whose initiations would be sent again here.
        bench.configure(u32(A_FLAGS, F_REPLACE_PEERS))
        bench.drain()
        story(bench, facts)
    bench.close()


def under_way(bench, facts, name):
    """A story in which the kernel has begun a session because of a packet."""
    peer = bench.peer(4)
    story = Story(bench, facts, name, peer)
    story.ping()
    story.respond("begins", story.heard("packet", 1), 1)
    return peer, story


def first_packets(bench, facts):
    peer = bench.peer(4)
    story = Story(bench, facts, "first packets", peer)
    story.heard("endpoint is set", 0)
    for number in range(3):
        story.ping(number)
    begin = story.heard("three packets", 1)
    facts.note("order/first packets/initiation outside", outer_words(begin[0]))
    got = story.respond("response", begin, 3)
    facts.note("order/first packets/order", [story.sessions[0].decrypt(one.payload)[1][28] for one in got])


def settings(bench, facts):
    peer, story = under_way(bench, facts, "settings")
    bench.configure_peer(peer, u16(P_KEEPALIVE, 25))
    facts.note("order/settings/keepalive outside", outer_words(story.heard("keepalive is switched on", 1)[0]))
    bench.configure_peer(peer, u16(P_KEEPALIVE, 25))
    story.heard("and once more", 0)
    bench.configure_peer(peer, u16(P_KEEPALIVE, 26))
    story.heard("another interval", 0)
    bench.configure_peer(peer, attr(P_PRESHARED_KEY, b"\7" * 32))
    story.heard("preshared key is set", 0)
    story.ping()
    story.heard("packet after that", 1)


def places(bench, facts):
    peer, story = under_way(bench, facts, "places")
    bench.configure_peer(peer, attr(P_ENDPOINT, bench.endpoint(4, 5)))
    story.heard("another endpoint", 0)
    story.ping()
    story.heard("packet there", 1)
    bench.configure(u16(A_LISTEN_PORT, 11))
    story.heard("another port", 0)
    story.ping()
    facts.note("order/places/from another port", outer_words(story.heard("packet from another port", 1)[0]))
    bench.configure(u16(A_LISTEN_PORT, 1))
    bench.configure(u32(A_FWMARK, 9))
    story.heard("a mark", 0)
    bench.configure(u32(A_FWMARK, 0))


def down_and_up(bench, facts):
    peer, story = under_way(bench, facts, "down and up")
    bench.a.down("wg0")
    story.heard("down", 0)
    bench.a.up("wg0")
    story.heard("up", 0)
    story.ping()
    story.respond("begins again", story.heard("packet when up", 1), 1)
    bench.a.down("wg0")
    bench.configure_peer(peer, u16(P_KEEPALIVE, 25))
    bench.a.up("wg0")
    story.heard("up with keepalive", 1)
    bench.remove_peer(peer)
    story.heard("removed", 0)


def module_initiates(bench, facts):
    peer = bench.peer(4)
    story = Story(bench, facts, "we begin", peer)
    session = bench.handshake(peer, confirm=False)
    story.sessions.append(session)
    story.sent, story.received = 92, 148 + 32
    bench.send(session.data())
    story.heard("confirmed", 0)
    story.ping()
    story.heard("packet", 1)
    bench.configure(attr(A_PRIVATE_KEY, bench.private))
    story.heard("the same private key", 0)
    story.ping()
    story.heard("packet after that", 1)
    other = bench.peer(4, port=6)
    bench.configure_peer(other, ips=[ip(peer.inner, 32)])
    story.heard("allowed IP given to another", 0)
    story.ping()
    facts.note("order/we begin/packet to another", bench.words([bench.next()]))
    bench.renew_peer(peer, attr(P_ENDPOINT, bench.endpoint(4)))
    story.sent = story.received = 0
    story.heard("configured afresh, as before", 0)
    story.ping()
    story.heard("packet afterwards", 1)


def made_with_keepalive(bench, facts):
    peer = bench.peer(configured=False)
    story = Story(bench, facts, "made with a keepalive", peer)
    bench.configure_peer(peer, attr(P_ENDPOINT, bench.endpoint(4)), u16(P_KEEPALIVE, 25))
    story.respond("response", story.heard("made", 1), 1)
    story.heard("then", 0)
    bench.configure(attr(A_PRIVATE_KEY, new_private()))
    story.heard("another private key", 0)
    bench.configure(attr(A_PRIVATE_KEY, bench.private))


def over_ipv6(bench, facts):
    story = Story(bench, facts, "over IPv6", bench.peer(6))
    story.ping()
    begin = story.heard("packet", 1)
    facts.note("order/over IPv6/initiation outside", outer_words(begin[0]))
    story.respond("response", begin, 1)


def forwarding(facts):
    """Packets from a peer to another through wg0. The kernel is a router and sends ICMP errors."""
    bench = Bench()
    for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        sysctl(name, "1")
    one, two, nowhere = bench.peer(4), bench.peer(4, port=6), bench.peer()
    session = bench.handshake(one)
    sh("ip", "-n", "a", "route", "replace", f"{two.inner}/32", "dev", "wg0", "mtu", "1300")
    sh("ip", "-n", "a", "-6", "route", "replace", f"{two.inner6}/128", "dev", "wg0", "mtu", "1300")

    def note_errors(name, packet):
        bench.drain()
        bench.send(session.data(packet))
        heard, _, _ = bench.fence(one, session)
        facts.note(f"forwarded/{name}", bench.words(heard, session))
        for outer in heard:
            decrypted = session.decrypt(outer.payload) if outer.payload[0] == DATA else None
            if decrypted and decrypted[1]:
                facts.note(f"forwarded/{name}, quoted", f"{len(decrypted[1])} in {outer_words(outer)}")

    note_errors("too long, DF", ipv4(one.inner, two.inner, bytes(1330)))
    note_errors("too long, IPv6", ipv6(one.inner6, two.inner6, bytes(1330)))
    note_errors("no allowed IP", ipv4(one.inner, ALONE, udp(7, 9, bytes(30))))
    note_errors("no allowed IP, IPv6", ipv6(one.inner6, ALONE6, b"\0\7\0\x09\0\x26\x12\x34" + bytes(30)))
    note_errors("no endpoint", ipv4(one.inner, nowhere.inner, udp(7, 9, bytes(30))))
    note_errors("no endpoint, IPv6", ipv6(one.inner6, nowhere.inner6, b"\0\7\0\x09\0\x26\x12\x34" + bytes(30)))
    note_errors("TTL 1", ipv4(one.inner, two.inner, udp(7, 9, bytes(30)), ttl=1))
    note_errors("to itself", ipv4(one.inner, one.inner, udp(7, 9, bytes(30))))
    # To a peer without a session: the kernel sends an initiation, then the packet.
    bench.drain()
    bench.send(session.data(ipv4(one.inner, two.inner, udp(7, 9, bytes(30)))))
    there, before, first = bench.answer(two)
    facts.note("forwarded/to another peer", bench.words([*before, first], there))
    for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        sysctl(name, "0")
    bench.close()


def sysctl(name, value):
    with inside("a"):
        with open(f"/proc/sys/net/{name}", "w", encoding="ascii") as file:
            file.write(value)


__all__ = ["arrivals", "forwarding", "handshakes", "order"]
