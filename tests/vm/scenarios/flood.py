# SPDX-License-Identifier: GPL-2.0
#
# setup: flood_bench
# timeout: 300
# plan: 25
# excludes: any -- it measures the cost of floods and counts each packet
"""Floods the device with handshakes with a right mac1, from one address and from thousands
(cookie.py tests single messages). Initiations without a cookie cost no public-key work, a sender
with a cookie gets its share, memory is bounded, and everything is normal again soon after.

The public key is enough to make a right mac1, so these initiations are random
bytes otherwise. The kernel needs one Diffie-Hellman operation to find them invalid, and
counts them as rejected.  The counter shows how much of that work it did."""

import os
import subprocess
import time

from flooding import (OURS, REASONS, UNASSIGNED, Flood, Watch, counted, many_sources,
                      no_load, set_realtime, since, to_file, wait_processed, with_mac1)
from points import IN_TREE, SLOW, equal, point, run_steps, skip, tap, wait_until
from wgpeer import COOKIE, RESPONSE, between_initiations, blake2s, tai64n
from wire import Wire, kernel_peer, no_kernel_peer, until_not_loaded

SECONDS = float(os.environ.get("FLOOD_SECONDS", "3"))
RATE, BURST = 20, 5
REKEY_TIMEOUT = 5

wire = Wire()
many_sources()
load = to_file([with_mac1(wire.kernel) for _ in range(500)])


def queue_and_work(name, source, senders=1, **options):
    before, watch = counted(), Watch()
    floods = [Flood(load, source, **options) for _ in range(senders)]
    sent, took = map(sum, zip(*(flood.wait() for flood in floods)))
    wait_processed(before, sent)
    did = since(before)
    tap(f"# flood: {name}: {sent} in {took / senders:.1f} s: {did}; at most {watch.most} waited")
    watch.verdict(name)
    if IN_TREE:
        skip(f"{name}: little work is done", "the in-tree module has no such counters")
        return None
    equal(sum(did.values()), sent, f"{name}: each of the messages is accounted for")
    cookies = f"{name}: cookies were asked for"
    work = f"{name}: public-key work is done for few of them"
    if not no_load(did["handshake_cookie_asked"], cookies, work):
        point(did["handshake_cookie_asked"] > 0, cookies, did)
        # Work is done for messages that arrive before the queue is an eighth full (512), and for as
        # many again if the load ended once. In a measured flood it was 1.4 % of the messages.
        point(did["handshake_rejected"] < max(1100 * SLOW, sent / 25), work, did)
    return did


def one_address():
    queue_and_work("one address", OURS, seconds=SECONDS)


def many_addresses():
    queue_and_work("20,000 addresses", "10.9.0.1", sources=20000, seconds=SECONDS)


def full_queue():
    """Senders that leave the workers no CPU, so that the queue gets as long as possible."""
    name = "a full queue"
    # The first sender runs alone until all have started.
    did = queue_and_work(name, UNASSIGNED, os.cpu_count(), sources=60000,
                         count=20000 // min(SLOW, 3), before=set_realtime)
    if did:
        point(did["handshake_queue_full"] > 0, f"{name}: messages without space are dropped", did)


def session_of(peer, sock):
    """Does what any peer does under load: sends an initiation, receives a cookie, and sends an
    initiation with that cookie. If a response comes before a cookie, the load had a gap, and the
    peer begins again. With a full queue an answer takes seconds, and only the answer to the last
    message is of use."""
    for _ in range(12):
        wire.send(peer.initiation(), sock)
        end = time.monotonic() + REKEY_TIMEOUT * SLOW
        while time.monotonic() < end:
            answer = wire.recv(end - time.monotonic(), sock) or b" "
            if answer[0] == COOKIE and peer.read_cookie(answer):
                break
            session = answer[0] == RESPONSE and peer.read_response(answer)
            if session and peer.cookie:
                return session
            if session:
                break
        between_initiations()
    return None


def cookie_under_load():
    """Meanwhile one peer gets a session, and one address gets no more than its share."""
    peers = [wire.new_peer() for _ in range(20)]
    # Made in advance without mac2, since it takes long. Newer than the peer's first messages.
    later = time.time() + 1000
    messages = [other.initiation(stamp=tai64n(later + step))[:-16]
                for step in range(7) for other in peers]
    asked = counted()
    with Flood(load, OURS, sources=1) as flood:
        # Until the flood has filled the queue. On a kernel that does not send faster than it
        # answers it never does, and the in-tree module does not count.
        wait_until(lambda: since(asked)["handshake_cookie_asked"], 1)
        peer = peers[0]
        began = time.monotonic()
        session = session_of(peer, wire.sock)
        tap(f"# flood: a peer got in after {time.monotonic() - began:.1f} s")
        if no_load(peer.cookie, "a peer gets in by a cookie",
                   "one address gets 20 a second and 5 at once"):
            return
        point(session is not None, "a peer gets in by a cookie")
        point(session is not None and any(wire.echo(peer, session, n) for n in range(1, 6)),
              "and its session carries")
        if session is None:
            return
        messages = [message + blake2s(message, peer.cookie, 16) for message in messages]
        # Wait until the bucket is full.
        time.sleep(BURST / RATE + 0.1)
        wire.drain()
        before, begin = counted(), time.monotonic()
        sent, responses = 0, 0
        while time.monotonic() - begin < SECONDS and sent < len(messages):
            wire.send(messages[sent])
            sent += 1
            # Four times as often as the limit.
            time.sleep(max(0, begin + sent / (4 * RATE) - time.monotonic()))
        took = time.monotonic() - begin
        while wire.recv((2.0 if responses else 10.0) * SLOW, kind=RESPONSE):
            responses, took = responses + 1, max(took, wire.when - begin)
        did = since(before)
        number, lasted = flood.end()
    wait_processed()
    # The limit does not apply between two loads. These gaps took as long as the initiations of
    # the flood that were rejected took to arrive. Allow twice that.
    between = 2 * did["handshake_rejected"] * lasted / number
    tap(f"# flood: {sent} with a cookie in {took:.1f} s: {responses} answered, "
        f"{did['handshake_rate_limited']} limited, {between * 1e3:.0f} ms between loads")
    point(responses <= BURST + RATE * (took + 4 * between) + 1,
          "one address gets 20 a second and 5 at once",
          f"{responses} of {sent} in {took:.2f} s, {did}")
    point(responses >= 3, "and it gets some", f"{responses} of {sent}")
    if not IN_TREE:
        point(did["handshake_rate_limited"] > 0, "messages above the limit are counted", did)


def a_kernels_peer():
    """A peer with its own timers gets a session within its Rekey-Attempt-Time of 90 s."""
    with Flood(load, OURS, sources=20000):
        kernel_peer(wire.kernel, "192.168.241.99")
        begin = time.monotonic()
        through = wait_until(lambda: subprocess.run(
            ["ping", "-n", "-q", "-c", "1", "-W", "1", "192.168.241.1"], check=False,
            stdout=subprocess.DEVNULL).returncode == 0, 60)
        tap(f"# flood: a kernel's peer got in after {time.monotonic() - begin:.1f} s")
    no_kernel_peer()
    point(through, "a kernel's peer gets in")


def afterwards():
    wait_processed()
    until_not_loaded()
    peer, before = wire.new_peer(), counted()
    begin = time.monotonic()
    session = wire.handshake(peer)
    tap(f"# flood: afterwards a handshake took {(time.monotonic() - begin) * 1e3:.0f} ms")
    point(session is not None and wire.echo(peer, session, 1),
          "afterwards a peer needs no cookie")
    equal(since(before), dict.fromkeys(REASONS, 0), "and nothing is dropped")


run_steps(one_address, many_addresses, full_queue, cookie_under_load, a_kernels_peer,
          afterwards, before=wire.fresh)
