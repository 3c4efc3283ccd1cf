# SPDX-License-Identifier: GPL-2.0
"""Reaches the limits of messages, indices and peers, in a module that was built with
WG_TEST_LIMITS. src/protocol/wg_limits.h has the numbers."""

import ctypes
import errno
import os
import select
import socket
import subprocess
import time

from points import SLOW, equal, point, run_steps, skip, wait_until
from wgnl import (A_FLAGS, A_IFNAME, A_PEERS, F_REMOVE, F_REPLACE_PEERS, F_UPDATE_ONLY,
                  P_KEEPALIVE, Netlink, array, peer as attributes_of, string, u16, u32)
from wgpeer import DATA, INITIATION, RESPONSE, between_initiations, ipv4, ping
from wire import INNER_KERNEL, LINGER, PATIENCE, Wire, b64, kernel_peer, no_kernel_peer, wg_show

REKEY, REJECT = 200, 400
PINGS = 500
INDICES = 63
PEERS = 40

wire = Wire()


def from_the_kernel(peer, count):
    """The kernel sends this many pings to the peer. None of them is answered."""
    return subprocess.Popen(["ip", "netns", "exec", "a", "ping", "-n", "-q", "-c", str(count),
                             "-i", "0.005", "-W", "1", peer.inner], stdout=subprocess.DEVNULL)


def hear(session, process):
    """([counters of pings], [how many of these came before each initiation]). The counters may be
    out of order: the transmit queue can move to another CPU, where the cable has another backlog."""
    heard, asked, end = [], [], time.monotonic() + 60 * SLOW
    while time.monotonic() < end:
        # Below the 5 s after which the kernel repeats an initiation.
        message = wire.recv(min(1.0 * SLOW, 3.0))
        if message is None:
            if process.poll() is not None:
                break
            continue
        decrypted = message[0] == DATA and session.decrypt(message)
        if decrypted and decrypted[1]:
            heard.append(decrypted[0])
        elif message[0] == INITIATION:
            asked.append(len(heard))
    return heard, asked


def counter_to_send():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    born = time.monotonic()
    wire.drain()
    heard, asked = hear(session, from_the_kernel(peer, REKEY - 10))
    equal((sorted(heard), asked), (list(range(REKEY - 10)), []),
          "before Rekey-After-Messages: no handshake is asked for")
    # A side that has sent a handshake message sends no other for 5 s.
    time.sleep(max(0, born + 5.5 - time.monotonic()))
    # Prevent the handshake that follows 15 s of silence.
    wire.send(session.data())
    heard, early = hear(session, from_the_kernel(peer, 10))
    # One by itself: a worker makes the initiation, and messages that are sent meanwhile may come
    # before it.
    one, asked = hear(session, from_the_kernel(peer, 1))
    more, _ = hear(session, from_the_kernel(peer, 19))
    equal(sorted(heard + one + more), list(range(REKEY - 10, REKEY + 20)), "the old key stays in use")
    point(asked and not early, f"Rekey-After-Messages: an initiation after message {REKEY}",
          f"{len(early)} before, {len(asked)} after it")
    heard, _ = hear(session, from_the_kernel(peer, REJECT - REKEY + 30))
    equal(sorted(heard), list(range(REKEY + 20, REJECT)),
          "Reject-After-Messages: the last counter used is one less")
    fresh = wire.answer(peer, 12 * SLOW)
    point(fresh is not None, "the handshake is tried until it is answered")
    heard, asked = hear(fresh, from_the_kernel(peer, 1))
    equal((sorted(heard), asked), (list(range(51)), []), "staged packets come under the new key")


def counter_to_receive():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    point(wire.echo(peer, session, 1, REJECT - 2), "the last counter but one is accepted")

    def refused(counter, reason):
        return wire.refused(session.data(ipv4(peer.inner, INNER_KERNEL, ping(2), 1), counter), reason)
    why = refused(REJECT, "rx_replayed")
    point(not why, "Reject-After-Messages is refused, and counted as a replay", why)
    point(wire.echo(peer, session, 3, REJECT - 1), "the last counter is accepted")
    why = refused(5, "rx_expired_key")
    point(not why, "after it none is accepted, counted as of an expired key", why)
    fresh = wire.handshake(peer)
    point(fresh is not None and wire.echo(peer, fresh, 5), "a new key works")


def flow_over_the_limit():
    """Two kernels: a flow that needs several keys in turn loses nothing."""
    kernel_peer(wire.kernel, "192.168.241.99")
    back = set()
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
        sock.connect((INNER_KERNEL, 0))

        def hear_replies(seconds):
            end = time.monotonic() + seconds
            while select.select([sock], [], [], max(0, end - time.monotonic()))[0]:
                reply = sock.recv(2048)
                if reply[20] == 0:
                    back.add(int.from_bytes(reply[26:28], "big"))
            return len(back)

        # Both sides count the same messages and may begin a handshake at the same moment. Crossing
        # handshakes both fail, and the next one begins 5 s later, after about 150 packets. The old
        # key is good for 200 more messages by then, and 128 packets can wait for the new one.
        for number in range(PINGS):
            sock.send(ping(number))
            hear_replies(0.033)
        # The last packets may wait that long, too. ping would wait for two round trips only.
        wait_until(lambda: hear_replies(0.1) == PINGS)
    missing = sorted(set(range(PINGS)) - back)
    equal(missing, [], f"{PINGS} packets between two kernels, none is lost")
    no_kernel_peer()


def rejected():
    return wire.reasons()["handshake_rejected"]


def answer_or_refusal(before):
    """The kernel's response, or None once it has rejected more than before."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = wire.recv(0.1, kind=RESPONSE)
        if answer or rejected() != before:
            return answer
    return None


def indices():
    """Begins sessions until no index is left: one for each peer, then two."""
    spare = wire.new_peer(endpoint="10.0.0.2:2")
    others = [wire.new_peer() for _ in range(PEERS - 1)]
    sessions, refused, unused = {peer: [] for peer in others}, [], rejected()
    for _ in range(2):
        for peer in others:
            between_initiations()
            before = rejected()
            wire.send(peer.initiation())
            answer = answer_or_refusal(before)
            session = answer and peer.read_response(answer)
            if session:
                sessions[peer].append(session)
                wire.send(session.data())
            else:
                refused.append(peer)
    used = sorted(session.remote for some in sessions.values() for session in some)
    equal(used, list(range(1, INDICES + 1)), "each index is used once, and 0 is not")
    equal(len(refused), 2 * len(others) - INDICES, "when all are used, no handshake is answered")
    equal(rejected() - unused, len(refused), "each of them is rejected")
    why = wire.refused(refused[0].initiation(), "handshake_rejected")
    point(not why, "it is counted, and gets no answer", why)
    # The kernel's own initiation needs an index, too.
    from_the_kernel(spare, 2).wait()
    point(wire.recv(LINGER, kind=INITIATION) is None, "and no handshake begins")
    sequence = carried = 0
    for some in sessions.values():
        for session in some:
            sequence += 1
            peer = next(peer for peer, theirs in sessions.items() if theirs is some)
            wire.send(session.data(ipv4(peer.inner, INNER_KERNEL, ping(sequence), 1)))
            # The answer comes under the newest session.
            carried += wire.echo_reply(some[-1], sequence)
            # Without an acknowledgement the kernel begins a handshake with this peer 15 s later. On a
            # slow machine it would take the index that becomes free below.
            wire.send(session.data())
    equal(carried, INDICES, "all the sessions carry")
    wire.forget(next(peer for peer in others if peer not in refused))
    wire.drain()
    again = wire.handshake(refused[0])
    point(again is not None and wire.echo(refused[0], again, 99),
          "an index that is free again is used")
    from_the_kernel(spare, 1).wait()
    session = wire.begun(wire.answer(spare))
    point(session is not None and wire.echo(spare, session, 100), "also by the kernel")


def netlink_in_a():
    libc = ctypes.CDLL(None, use_errno=True)
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/a", os.O_RDONLY)
    libc.setns(there, 0)
    netlink = Netlink()
    libc.setns(here, 0)
    os.close(here)
    os.close(there)
    return netlink


def peers():
    name = string(A_IFNAME, "wg0")
    netlink = netlink_in_a()

    def keys(first, count):
        return [bytes([number]) * 31 + b"\x42" for number in range(first, first + count)]

    def set_peers(some, flags=None, device_flags=0, parts=()):
        return netlink.set(name, u32(A_FLAGS, device_flags),
                           array(A_PEERS, [attributes_of(key, *parts, flags=flags) for key in some]))

    def count():
        return len(wg_show("allowed-ips"))

    equal(set_peers(keys(0, PEERS)), 0, "as many peers as there can be")
    equal(count(), PEERS, "all show")
    equal(set_peers(keys(PEERS, 1)), errno.ERANGE, "one more is refused")
    if netlink.has_words:
        equal(netlink.text, f"Peer limit reached ({PEERS})", "the kernel gives a reason")
    else:
        skip("the kernel gives a reason", "this kernel returns errnos without texts")
    equal(set_peers(keys(PEERS, 1), flags=F_UPDATE_ONLY), 0, "an update of an unknown peer is no error")
    equal(set_peers(keys(0, PEERS), parts=(u16(P_KEEPALIVE, 25),)), 0, "existing peers can be changed")
    equal(count(), PEERS, "their number is the same")
    equal(set_peers(keys(0, 1), flags=F_REMOVE), 0, "one is removed")
    equal(set_peers(keys(PEERS, 3)), errno.ERANGE, "three more in one request are too many")
    point(count() == PEERS and b64(keys(PEERS, 1)[0]) in wg_show("allowed-ips"),
          "the one within the limit is there", count())
    equal(set_peers(keys(100, PEERS), device_flags=F_REPLACE_PEERS), 0, "all are replaced in one request")
    equal(count(), PEERS, "by as many others")
    equal(set_peers(keys(150, PEERS + 1), device_flags=F_REPLACE_PEERS), errno.ERANGE,
          "but not by one more")
    equal(count(), PEERS, "and one of them is missing")


run_steps(counter_to_send, counter_to_receive, flow_over_the_limit, indices, peers,
          before=wire.fresh)
