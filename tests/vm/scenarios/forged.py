# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# timeout: 150
# plan: 101
# excludes: ipv6-only -- the other side uses IPv4 sockets
"""Sends forged, truncated, oversized and replayed datagrams to the UDP port. They get no answer,
and the session beside them goes on. A ping that must be answered follows each batch, so that a
dead device does not pass."""

import os
import struct
import time

from points import IN_TREE, SLOW, equal, point, run_steps, skip, wait_until
from wgpeer import (COOKIE, DATA, INITIATION, RESPONSE, Peer, between_initiations, blake2s, hash_, ipv4, new_private,
                    ping, tai64n)
from wire import INNER_KERNEL, Wire, b64, counters, in_a, wg_show

wire = Wire()
peer = wire.new_peer()
session, born = wire.handshake(peer), time.monotonic()
sequence = 1000


def silence(name, messages):
    global sequence, session, born
    sequence += 1
    # A slow machine may need more than the 180 s after which a session ends, or the 15 s after
    # which the kernel begins a handshake of its own. A handshake of ours ends that one.
    if INITIATION in wire.drain() or time.monotonic() - born > 90:
        session, born = wire.handshake(peer), time.monotonic()
    heard, replied = wire.noise(peer, session, messages, sequence, dropped=len(messages))
    point(not heard, f"{name}: no answer", f"heard (type, length): {heard}")
    point(replied, f"{name}: the session goes on")


def initiation(**more):
    return Peer(peer.private, wire.kernel).initiation(**more)


def errors():
    return int(in_a("cat", "/sys/class/net/wg0/statistics/rx_errors")) + \
        int(in_a("cat", "/sys/class/net/wg0/statistics/rx_dropped"))


def rubbish():
    silence("random bytes", [os.urandom(n) for n in (1, 3, 4, 5, 16, 31, 32, 64, 92, 148, 1400)])
    silence("empty datagram", [b""])
    silence("unknown types", [struct.pack("<I", kind) + os.urandom(144)
                              for kind in (0, 5, 6, 255, 256, 0x01000000, 0xffffffff)])
    good = initiation()
    silence("reserved bytes not zero", [
        bytes([1, *reserved]) + good[4:] for reserved in ((1, 0, 0), (0, 1, 0), (0, 0, 1))])
    data = session.data(ipv4(peer.inner, INNER_KERNEL, ping(7), 1))
    silence("data with reserved bytes not zero", [b"\4\1\0\0" + data[4:]])


def wrong_lengths():
    good = initiation()
    silence("initiation cut to every length", [good[:n] for n in range(0, 148)])
    silence("initiation too long", [good + bytes(n) for n in (1, 2, 16, 1000)])
    for kind, size in ((RESPONSE, 92), (COOKIE, 64)):
        body = struct.pack("<III", kind, 1, session.remote) + os.urandom(200)
        silence(f"type {kind} of every length",
                [body[:n] for n in range(4, 120)])
    data = session.data(ipv4(peer.inner, INNER_KERNEL, ping(7), 1))
    silence("data cut to every length", [data[:n] for n in range(0, len(data))])
    silence("data too long", [data + bytes(n) for n in (1, 15, 16, 17)])


def wrong_mac1():
    silence("initiation with mac1 of zeros", [initiation(mac1=bytes(16))])
    silence("initiation with random mac1", [initiation(mac1=os.urandom(16)) for _ in range(5)])
    good = initiation()
    silence("initiation with one bit of mac1 flipped",
            [good[:131] + bytes([good[131] ^ 0x80]) + good[132:]])
    body = good[:116]
    other = Peer(peer.private, peer.public)
    silence("initiation with mac1 for another key",
            [body + blake2s(body, hash_(b"mac1----", other.remote), 16) + bytes(16)])


def forged_initiations():
    stranger = Peer(new_private(), wire.kernel)
    silence("initiation of an unknown static key", [stranger.initiation()])
    silence("initiation that claims the peer's key without its secret",
            [stranger.initiation(claimed=peer.public)])
    # The shared secret of such points is all zeros, which is an error.
    p = 2**255 - 19
    silence("low-order ephemeral keys", [
        Peer(peer.private, wire.kernel).initiation(ephemeral=value.to_bytes(32, "little"))
        for value in (0, 1, p - 1, p, p + 1)])
    good = initiation()
    flipped = []
    for at in (4, 8, 39, 40, 87, 88, 115):
        # A right mac1 over damaged contents.
        body = bytearray(good[:116])
        body[at] ^= 1
        if at == 4:
            continue
        flipped.append(bytes(body) + blake2s(bytes(body), hash_(b"mac1----", wire.kernel), 16)
                       + bytes(16))
    silence("damaged initiations with a right mac1", flipped)


def replayed_initiation():
    global session
    between_initiations()
    fresh = Peer(peer.private, wire.kernel)
    stamp = tai64n()
    message = fresh.initiation(stamp=stamp)
    wire.drain()
    wire.send(message)
    answer = wire.recv(kind=RESPONSE)
    point(answer is not None, "a fresh initiation is answered")
    session = fresh.read_response(answer)
    wire.send(session.data())
    between_initiations()
    silence("the same initiation again", [message])
    silence("the same timestamp again", [fresh.initiation(stamp=stamp)])
    silence("an older timestamp", [fresh.initiation(stamp=tai64n(time.time() - 3600))])


def initiation_flood():
    """At most one initiation per peer is accepted in 1/50 s."""
    global session
    between_initiations()
    sender = Peer(peer.private, wire.kernel)
    start = time.time() + 1
    messages = [sender.initiation(stamp=tai64n(start + i), sender=i + 1) for i in range(40)]
    wire.drain()
    begin = last = time.monotonic()
    for message in messages:
        wire.send(message)
    answers = 0
    while wire.recv(1.0 * SLOW, kind=RESPONSE):
        answers, last = answers + 1, wire.when
    point(1 <= answers <= 2 + 50 * (last - begin), "40 initiations at once: at most 50 a second are accepted",
          f"{answers} answers in {last - begin:.3f} s")
    between_initiations()
    late = Peer(peer.private, wire.kernel)
    wire.send(late.initiation(stamp=tai64n(start + 100)))
    answer = wire.recv(kind=RESPONSE)
    session = answer and late.read_response(answer)
    point(session is not None, "a later one is accepted")
    wire.send(session.data())
    # The handshakes of the following steps must be later still.
    peer.initiation_base = start + 101


def each_drop_is_counted():
    """ethtool -S shows the reasons. The in-tree module does not have it."""
    if IN_TREE:
        skip("each drop is counted under its reason", "the in-tree module has no such counters")
        return
    good = session.data(ipv4(peer.inner, INNER_KERNEL, ping(6), 1))
    wire.send(good)
    point(wire.echo_reply(session, 6), "a ping before them is answered")
    # Without this keepalive the kernel would begin a handshake 15 s after its answer.
    wire.send(session.data())
    for name, message in (
            ("rx_malformed", b"\4\0\0\0" + bytes(5)),
            ("rx_unknown_receiver", struct.pack("<IIQ", DATA, session.remote ^ 0x10101, 0) + bytes(32)),
            ("rx_not_authentic", good[:8] + struct.pack("<Q", 777777) + good[16:]),
            ("rx_replayed", good),
            ("rx_bad_inner_packet", session.data(bytes(32))),
            ("rx_bad_inner_length", session.data(ipv4(peer.inner, INNER_KERNEL, ping(6), 1, total=999))),
            ("rx_source_not_allowed",
             session.data(ipv4("172.16.9.9", INNER_KERNEL, ping(6), 1))),
            ("handshake_wrong_mac", initiation(mac1=bytes(16))),
            ("handshake_rejected", Peer(new_private(), wire.kernel).initiation())):
        before = counters()[name]
        wire.send(message)
        grown = wait_until(lambda n=name, b=before: counters()[n] - b, 5)
        equal(grown, 1, f"counted as {name}")


def unasked_messages():
    body = struct.pack("<III", RESPONSE, 77, session.remote) + os.urandom(48)
    silence("unsolicited response", [Peer(peer.private, wire.kernel).finish(body)])
    body = struct.pack("<III", RESPONSE, 77, 0x12345678) + os.urandom(48)
    silence("response to an unknown index", [Peer(peer.private, wire.kernel).finish(body)])
    silence("unsolicited cookie reply",
            [struct.pack("<II", COOKIE, session.remote) + os.urandom(56)])
    silence("data for an unknown index",
            [struct.pack("<IIQ", DATA, i, 0) + os.urandom(64) for i in (0, 1, 0xffffffff)])


def forged_data():
    before = errors()
    good = session.data(ipv4(peer.inner, INNER_KERNEL, ping(7), 1))
    silence("data with a damaged tag", [good[:-1] + bytes([good[-1] ^ 1])])
    silence("data with a damaged body", [good[:20] + bytes([good[20] ^ 1]) + good[21:]])
    silence("data with another counter", [good[:8] + struct.pack("<Q", 99999) + good[16:]])
    silence("data of random bytes", [good[:16] + os.urandom(n) for n in (16, 32, 64, 1000)])
    equal(errors(), before, "they count neither as rx errors nor as drops")
    endpoint = wg_show("endpoints")[b64(peer.public)][0]
    other = wire.new_socket(3)
    why = wire.refused(good[:-1] + bytes([good[-1] ^ 1]), "rx_not_authentic", other)
    point(not why, "data with a damaged tag from another port is counted", why)
    equal(wg_show("endpoints")[b64(peer.public)][0], endpoint, "and do not move the endpoint")
    other.close()


def strange_plaintext():
    """Correctly encrypted by the peer, but not IP packets."""
    before = errors()
    silence("plaintext of zeros", [session.data(bytes(n)) for n in (16, 32, 1024)])
    silence("plaintext of random bytes", [session.data(bytes([x]) + os.urandom(31))
                                          for x in (0x00, 0x15, 0x35, 0x55, 0x75, 0xf5)])
    silence("headers cut short", [session.data(bytes([0x45]) + bytes(n), pad=False)
                                  for n in (0, 1, 10, 18)] +
            [session.data(bytes([0x60]) + bytes(n), pad=False) for n in (0, 1, 20, 38)])
    packet = ipv4(peer.inner, INNER_KERNEL, ping(7), 1)
    silence("total length beyond the packet",
            [session.data(packet[:2] + struct.pack(">H", n) + packet[4:])
             for n in (len(packet) + 100, 0xffff)])
    silence("total length shorter than the header",
            [session.data(packet[:2] + struct.pack(">H", n) + packet[4:]) for n in (0, 1, 19)])
    point(errors() > before, "they are counted as rx errors or drops", (before, errors()))


def replayed_data():
    message = session.data(ipv4(peer.inner, INNER_KERNEL, ping(8), 1))
    wire.send(message)
    point(wire.echo_reply(session, 8), "a ping is answered")
    wire.send(session.data())
    silence("the same data message 20 times more", [message] * 20)


def huge_datagrams():
    global session
    silence("datagrams up to the largest UDP takes",
            [struct.pack("<IIQ", DATA, session.remote, 2**20 + i) + os.urandom(n)
             for i, n in enumerate((1500, 9000, 30000, 65000))])
    # A valid packet may exceed the tunnel's MTU. The ping comes back, in fragments.
    wire.send(session.data(ipv4(peer.inner, INNER_KERNEL, ping(9, bytes(8000)), 1)))
    point(wire.echo_reply(session, 9), "a valid packet of 8000 bytes is accepted")
    # Reading it may have taken so long that the kernel, without an answer, has begun a
    # handshake.
    session = wire.handshake(peer)
    point(session is not None, "a handshake after it")
    silence("afterwards", [])


def only_authenticated_counts():
    rx = int(wg_show("transfer")[b64(peer.public)][0])
    silence("rubbish once more", [os.urandom(500) for _ in range(20)])
    grown = int(wg_show("transfer")[b64(peer.public)][0]) - rx
    point(0 < grown < 1000, "the peer's transfer counts only its own messages", grown)


point(session is not None, "a session to begin with")
run_steps(each_drop_is_counted, rubbish, wrong_lengths, wrong_mac1, unasked_messages, forged_data, strange_plaintext,
          replayed_data, huge_datagrams, only_authenticated_counts, forged_initiations,
          replayed_initiation, initiation_flood)
