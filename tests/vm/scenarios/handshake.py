# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# timeout: 90
# plan: 54
# excludes: ipv6-only -- the other side uses IPv4 sockets
"""Tests handshakes against an independent peer, wgpeer.py, each side as initiator, message by
message: sizes, fields, keys, and which side may send when."""

import os
import struct
import time

from points import equal, point, run_steps, wait_until
from wgpeer import Peer, between_initiations, ipv4, new_private, ping, udp
from wire import (DATA, INITIATION, INNER_KERNEL, LINGER, PATIENCE, RESPONSE, Wire, b64, in_a,
                  wg_set, wg_show)

wire = Wire()


def as_responder():
    peer = wire.new_peer()
    wire.send(peer.initiation())
    message = wire.recv()
    point(message is not None and len(message) == 92, "an initiation is answered by 92 bytes",
          message and len(message))
    equal(message[:4], b"\2\0\0\0", "response: type 2, reserved bytes zero")
    equal(struct.unpack_from("<I", message, 8)[0], peer.index, "response: our index as receiver")
    point(peer.mac1_is_right(message), "response: mac1 is right")
    equal(message[-16:], bytes(16), "response: mac2 is zero without a cookie")
    session = peer.read_response(message)
    point(session is not None, "response: both sides agree on the keys")

    child = wire.poke(peer.inner)
    child.wait()
    early = wire.recv(LINGER, kind=DATA)
    point(early is None, "responder sends no data before the initiator has", early)
    wire.send(session.data())
    ok = wait_until(lambda: wg_show("latest-handshakes")[b64(peer.public)][0] != "0")
    point(ok, "a keepalive confirms the session")
    # Packets that were staged while unconfirmed are sent now, or a new one is.
    wire.poke(peer.inner)
    message = wire.recv(kind=DATA)
    decrypted = message and session.decrypt(message)
    point(decrypted is not None, "then the responder sends data")
    point(wire.echo(peer, session, 1), "ping over IPv4 inside is answered")
    equal(wg_show("endpoints")[b64(peer.public)][0], "10.0.0.2:2", "endpoint is learned")


def as_initiator():
    peer = wire.new_peer(endpoint="10.0.0.2:2")
    before = time.time()
    child = wire.poke(peer.inner)
    # Data for the previous peer may still be in flight.
    message = wire.recv(kind=INITIATION)
    point(message is not None and len(message) == 148, "the kernel's initiation has 148 bytes",
          message and len(message))
    equal(message[:4], b"\1\0\0\0", "initiation: type 1, reserved bytes zero")
    point(peer.mac1_is_right(message), "initiation: mac1 is right")
    equal(message[-16:], bytes(16), "initiation: mac2 is zero without a cookie")
    stamp = peer.read_initiation(message)
    point(stamp is not None, "initiation: static key and timestamp open")
    seconds, nanoseconds = struct.unpack(">QI", stamp)
    seconds -= (1 << 62) + 10
    point(before - 2 <= seconds <= time.time() + 1, "initiation: the timestamp is the time",
          (seconds, before))
    equal(nanoseconds % (1 << 24), 0, "initiation: the timestamp is coarse")
    point(nanoseconds < 10**9, "initiation: nanoseconds below a second", nanoseconds)
    response, session = peer.response()
    wire.send(response)
    message = wire.recv(kind=DATA)
    decrypted = message and session.decrypt(message)
    point(decrypted is not None, "the staged packet comes under the new keys")
    equal(decrypted[0], 0, "its counter is 0")
    equal(len(decrypted[1]) % 16, 0, "its plaintext is padded to 16")
    equal(decrypted[1][20:21], b"\x08", "it is the ping that asked for the handshake")
    child.wait()
    point(wire.echo(peer, session, 2), "ping the other way is answered")


def empty_staging_is_confirmed_by_keepalive():
    # With persistent keepalive and nothing to send, the initiator's first
    # message under the new keys is a keepalive of 32 bytes.
    peer = wire.new_peer(endpoint="10.0.0.2:2", keepalive=60)
    session = wire.answer(peer)
    message = wire.recv(kind=DATA)
    point(session is not None and message is not None and session.decrypt(message) == (0, b""),
          "the initiator confirms with a keepalive", message)
    equal(len(message), 32, "a keepalive has 32 bytes")


def timestamps_grow():
    peer = wire.new_peer(endpoint="10.0.0.2:2")
    child = wire.poke(peer.inner)
    first = peer.read_initiation(wire.recv(kind=INITIATION))
    second = peer.read_initiation(wire.recv(2 * PATIENCE, kind=INITIATION))
    point(first is not None and second is not None and second > first,
          "timestamps of two initiations grow", (first, second))
    child.wait()


def preshared_key():
    psk = os.urandom(32)
    peer = wire.new_peer(psk=psk)
    session = wire.handshake(peer)
    point(session is not None and wire.echo(peer, session, 3), "preshared key: ping is answered")
    peer.psk = os.urandom(32)
    between_initiations()
    wire.send(peer.initiation())
    message = wire.recv(kind=RESPONSE)
    point(message is not None and peer.read_response(message) is None,
          "wrong preshared key: the response does not open")

    peer = wire.new_peer(psk=psk, endpoint="10.0.0.2:2")
    child = wire.poke(peer.inner)
    point(peer.read_initiation(wire.recv(kind=INITIATION)) is not None,
          "preshared key: the kernel's initiation opens")
    wrong, _ = peer.response(psk=bytes(32))
    # 5 s after its initiation the kernel sends another one, which replaces the first. A larger factor
    # for a slow machine would make the silence so long that each response is too late. On a slow
    # machine that happens all the same, and the newer initiation gets both responses.
    quiet = min(LINGER, 1)
    why = wire.refused(wrong, "handshake_rejected", linger=quiet)
    while not why and wire.initiations and peer.read_initiation(wire.initiations[-1]):
        wrong, _ = peer.response(psk=bytes(32))
        why = wire.refused(wrong, "handshake_rejected", linger=quiet)
    point(not why, "a response under a wrong preshared key is not accepted", why)
    # Another initiation may come first: see above. Then the response to that one is the right one.
    for _ in range(4):
        right, session = peer.response()
        wire.send(right)
        message = wire.recv()
        if not message or message[0] != INITIATION or not peer.read_initiation(message):
            break
    point(message and message[0] == DATA and session.decrypt(message) is not None,
          "the right response after the wrong one is accepted")
    child.wait()


def change_of_keys():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    point(wire.echo(peer, session, 4), "before the change of keys: ping is answered")
    old = wire.kernel
    fresh = Wire.__new__(Wire)
    fresh.__dict__.update(wire.__dict__)
    fresh.kernel_private = new_private()
    wg_set("private-key", "/dev/stdin", secret=b64(fresh.kernel_private))
    # Data under the old keys is still accepted. Nothing is sent under them.
    wire.drain()
    wire.send(session.data(ipv4(peer.inner, INNER_KERNEL, ping(5), 1)))
    message = wire.recv()
    point(message and message[0] == INITIATION, "after a new private key a reply waits for a new session",
          message and (message[0], len(message)))
    point(not wire.echo_reply(session, 5, seconds=LINGER), "and is not sent under the old one")
    between_initiations()
    why = wire.refused(peer.initiation(), "handshake_wrong_mac")
    point(not why, "a handshake to the old public key gets no answer", why)
    wg_set("private-key", "/dev/stdin", secret=b64(wire.kernel_private))
    session = wire.handshake(peer)
    point(session is not None and wire.echo(peer, session, 6),
          "with the old private key back a new handshake works")
    assert old == wire.kernel


def new_session_replaces():
    peer = wire.new_peer()
    first = wire.handshake(peer)
    point(wire.echo(peer, first, 7), "first session carries")
    second = wire.handshake(peer)
    point(second is not None and wire.echo(peer, second, 8), "second session carries")
    # The previous session still receives. Replies use the new one.
    wire.send(first.data(ipv4(peer.inner, INNER_KERNEL, ping(9), 1)))
    point(wire.echo_reply(second, 9), "data under the old keys is accepted, answered under new")
    third = wire.handshake(peer)
    point(third is not None and wire.echo(peer, third, 10), "third session carries")
    why = wire.refused(first.data(ipv4(peer.inner, INNER_KERNEL, ping(11), 1)), "rx_unknown_receiver")
    point(not why, "keys before the previous are gone", why)


def many_sizes():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    mtu = int(in_a("cat", "/sys/class/net/wg0/mtu"))
    lost = []
    # A ping has 28 bytes of headers. The last fills the MTU, beyond which nothing is padded.
    for seq, size in enumerate(list(range(0, 33)) + [63, 64, 65, 1000, mtu - 29, mtu - 28], 100):
        packet = ipv4(peer.inner, INNER_KERNEL, ping(seq, bytes(size)), 1)
        wire.send(session.data(packet))
        message = wire.recv(kind=DATA)
        decrypted = message and session.decrypt(message)
        if not decrypted or decrypted[1][:len(packet)][20:21] != b"\0" or \
                len(decrypted[1]) != min((len(packet) + 15) // 16 * 16, mtu):
            lost.append((size, decrypted and len(decrypted[1])))
    point(not lost, "pings of every size come back whole and padded", lost)
    wire.drain()
    # Plaintext without padding is valid, too.
    wire.send(session.data(ipv4(peer.inner, INNER_KERNEL, ping(200), 1), pad=False))
    point(wire.echo_reply(session, 200), "an unpadded packet is accepted")
    # Bytes beyond the inner length are cut off.
    wire.send(session.data(ipv4(peer.inner, INNER_KERNEL, ping(201), 1) + bytes(400)))
    point(wire.echo_reply(session, 201), "padding of any length is cut off")


def two_peers_one_device():
    one, two = wire.new_peer(), wire.new_peer()
    s1, s2 = wire.handshake(one), wire.handshake(two)
    point(wire.echo(one, s1, 1) and wire.echo(two, s2, 2), "two peers at once")
    errors = int(in_a("cat", "/sys/class/net/wg0/statistics/rx_errors"))
    # A packet with the inner source of the other peer must be dropped.
    for source, whose in ((two.inner, "another peer"), ("172.16.0.1", "no peer")):
        why = wire.refused(s1.data(ipv4(source, INNER_KERNEL, ping(3), 1)), "rx_source_not_allowed")
        point(not why, f"an inner source of {whose} is dropped", why)
    point(wire.echo(one, s1, 5), "and the peer goes on")
    equal(int(in_a("cat", "/sys/class/net/wg0/statistics/rx_errors")) - errors, 2,
          "both are counted as rx errors")


def own_key_is_no_peer():
    wg_set("peer", b64(wire.kernel), "allowed-ips", "192.168.241.200/32")
    point(b64(wire.kernel) not in wg_show("allowed-ips"),
          "a peer with the device's own key is not kept")
    other = new_private()
    peer = Peer(other, wire.kernel)
    wg_set("peer", b64(peer.public), "allowed-ips", "192.168.241.201/32")
    point(b64(peer.public) in wg_show("allowed-ips"), "an ordinary peer is")
    wg_set("private-key", "/dev/stdin", secret=b64(other))
    point(b64(peer.public) not in wg_show("allowed-ips"),
          "setting the private key drops the peer of the same public key")
    wg_set("private-key", "/dev/stdin", secret=b64(wire.kernel_private))


def low_order_peer_keys():
    p = 2**255 - 19
    for name, value in (("0", 0), ("1", 1), ("p", p), ("p-1", p - 1), ("p+1", p + 1)):
        key = value.to_bytes(32, "little")
        wg_set("peer", b64(key), "endpoint", "10.0.0.2:2", "allowed-ips", "192.168.241.210/32")
        wire.drain()
        wire.poke("192.168.241.210")
        # A ping to another peer. Its initiation shows that there was time for an initiation.
        good = wire.new_peer(endpoint="10.0.0.2:2")
        wire.poke(good.inner)
        seen = [wire.recv(kind=INITIATION)]
        # The other ping may come later.
        wire.settle()
        end = time.monotonic() + LINGER
        while (message := wire.recv(end - time.monotonic())):
            seen.append(message)
        # A slow machine may see a second initiation, 5 s after the first.
        point(all(message and len(message) == 148 and good.read_initiation(message) for message in seen),
              f"a peer with the low-order point {name} as its key gets nothing", seen)
        wire.forget(good)
        wg_set("peer", b64(key), "remove")
    peer = wire.new_peer()
    session = wire.handshake(peer)
    point(session is not None and wire.echo(peer, session, 1), "the device goes on")


def udp_zero_checksum_inside():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    wire.send(session.data(ipv4(peer.inner, INNER_KERNEL, udp(7, 9, b"x" * 11), 17)))
    # A closed port answers with an ICMP error through the tunnel.
    message = wire.recv(kind=DATA)
    decrypted = message and session.decrypt(message)
    point(decrypted is not None and decrypted[1][20:22] == b"\3\3", "inner UDP reaches the stack", decrypted)


run_steps(as_responder, as_initiator, empty_staging_is_confirmed_by_keepalive, timestamps_grow,
          preshared_key, change_of_keys, new_session_replaces, many_sizes, two_peers_one_device,
          own_key_is_no_peer, low_order_peer_keys, udp_zero_checksum_inside, before=wire.fresh)
