# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# timeout: 180
# plan: 38
# excludes: ipv6-only -- the other side uses IPv4 sockets
"""Sets the wall clock forwards and backwards, by hours and years, during sessions and handshakes.
Sessions and timers are not affected, since they use boot time. The wall clock is only in the
timestamps of initiations, which a peer compares with the last one that it received. All clocks of
this process are monotonic, and the wall clock is restored at the end."""

import atexit
import subprocess
import time

from points import IN_TREE, SLOW, equal, point, run_steps, skip, wait_until
from wgpeer import INITIATION, RESPONSE, Peer, between_initiations, ipv4, ping, seconds_of, tai64n, udp
from wire import (DATA, INNER_KERNEL, PATIENCE, Wire, b64, counters, in_a, kernel_peer,
                  no_kernel_peer, wg_show)

HOUR, YEAR = 3600, 365 * 86400
# How much too early a timer may expire, in seconds: it starts within a tick, at HZ=100 of 10 ms.
TICK = 0.01
wire = Wire()
in_a("iptables", "-A", "INPUT", "-i", "wg0", "-p", "udp", "--dport", "9999", "-j", "DROP")
right = time.time() - time.monotonic()


def wall(offset):
    """Sets the wall clock to this distance from the right time."""
    time.clock_settime(time.CLOCK_REALTIME, right + time.monotonic() + offset)


atexit.register(wall, 0)


def quiet_data(peer, session):
    """Data that the kernel accepts and does not answer."""
    wire.send(session.data(ipv4(peer.inner, INNER_KERNEL, udp(9, 9999, b"quiet"))))


JUMPS = ((2 * HOUR, "2 hours on"), (-5 * HOUR, "5 hours back"), (9 * YEAR, "9 years on"),
         (-20 * YEAR, "20 years back"), (300, "5 minutes on"), (-179, "179 s back"))


def sessions_do_not_notice():
    """Sessions survive jumps of the wall clock. If the timers used the wall clock, each of these
    jumps would let them expire at once or much too late."""
    responder = wire.new_peer()
    initiator = wire.new_peer(endpoint="10.0.0.2:2")
    persistent = wire.new_peer(keepalive=3)
    sessions, kept_from = {responder: wire.handshake(responder)}, time.monotonic()
    # The first keepalive confirms the session.
    sessions[persistent] = wire.begun(wire.handshake(persistent))
    wire.drain()
    wire.poke(initiator.inner)
    sessions[initiator] = wire.begun(wire.answer(initiator))
    point(all(sessions.values()), "three sessions: as initiator, as responder, with keepalives")
    quiet_since = {}
    # The timer of a passive keepalive runs during the jumps.
    passive = wire.new_peer()
    sessions[passive] = wire.handshake(passive)
    wire.drain()
    quiet_since[passive] = time.monotonic()
    quiet_data(passive, sessions[passive])
    # Messages that wait in the socket would seem to arrive now.
    wire.drain()
    begin, seen, keepalives, sequence = time.monotonic(), [], [], 0
    echoes = {peer: [] for peer in (responder, initiator)}
    answered = None
    for jump, name in JUMPS:
        wall(jump)
        for peer in (responder, initiator):
            sequence += 1
            echoes[peer].append(sequence)
            wire.send(sessions[peer].data(ipv4(peer.inner, INNER_KERNEL, ping(sequence), 1)))
        # The windows are long enough for three keepalives.
        now = time.monotonic()
        end, patience, replies = now + 2.5, now + PATIENCE, set()
        while now < end or (len(replies) < len(echoes) and now < patience):
            message = wire.recv(min(0.1, patience - now))
            now = time.monotonic()
            if message is None:
                continue
            if message[0] == INITIATION:
                seen.append((name, round(now - begin, 1)))
                continue
            for peer, session in sessions.items():
                decrypted = message[0] == DATA and session.decrypt(message)
                if not decrypted:
                    continue
                if peer is persistent and not decrypted[1]:
                    keepalives.append(now)
                elif peer is passive and not decrypted[1]:
                    answered = now - quiet_since[peer]
                elif len(decrypted[1]) >= 28 and decrypted[1][20] == 0:
                    replies.add(int.from_bytes(decrypted[1][26:28], "big"))
        equal(sorted(replies), sorted(e[-1] for e in echoes.values()),
              f"{name}: the sessions carry")
    equal(seen, [], "no jump caused a handshake")
    point(answered is not None and 10 - TICK <= answered <= 10 + 2.5 * SLOW,
          "the keepalive that was due after 10 s came after 10 s", answered)
    times = [round(at - kept_from, 2) for at in keepalives]
    point(len(times) >= 4 and times[-1] - times[0] <= (3 + SLOW) * (len(times) - 1),
          "persistent keepalives went on, every 3 s", times)
    # Not by the gaps: the gap after one that is late is shorter.
    point(all(at >= number * (3 - TICK) for number, at in enumerate(times, 1)), "none of them early", times)


def retries_do_not_notice():
    """An unanswered handshake is retried after 5 s, whatever the wall clock shows."""
    peer = wire.new_peer(endpoint="10.0.0.2:2")
    wall(0)
    begin = time.monotonic()
    wire.poke(peer.inner)
    times, stamps, raw = [], [], []
    for jump in (-3 * HOUR, 7 * HOUR, None):
        message = wire.recv(9 * SLOW, kind=INITIATION)
        stamp = message and peer.read_initiation(message)
        point(stamp is not None, f"initiation {len(times) + 1}")
        if stamp is None:
            return
        times.append(wire.when)
        stamps.append(seconds_of(stamp))
        raw.append(stamp)
        if jump is not None:
            wall(jump)
    gaps = [round(b - a, 2) for a, b in zip(times, times[1:])]
    # After one that is late the next gap is shorter, so each has a lower bound from the begin on.
    point(all(gap <= 8 * SLOW for gap in gaps) and
          all(at - begin >= number * (5 - TICK) for number, at in enumerate(times)), "they are 5 s apart", gaps)
    moves = [round((b - a) / HOUR, 2) for a, b in zip(stamps, stamps[1:])]
    equal([round(move) for move in moves], [0, 7],
          "their timestamps are the wall clock's, but never go back", "it goes by the wall clock")
    point(all(b > a for a, b in zip(raw, raw[1:])), "each is later than the one before", raw,
          "it goes by the wall clock")
    wall(0)


def set_back_an_hour():
    """A kernel that has had a handshake with ours accepts another one after our clock has been
    set back, since our timestamps do not go back."""
    wall(0)
    inner = "192.168.241.100"
    kernel_peer(wire.kernel, inner)
    try:
        (known, (allowed,)), = wg_show("allowed-ips").items()
        equal(allowed, inner + "/32", "a peer that is a kernel")
        in_a("wg", "set", "wg0", "peer", known, "endpoint", "10.0.0.2:22")
        point(reaches(inner), "it answers")
        wall(-HOUR)
        # Without sessions this side must begin a handshake.
        in_a("ip", "link", "set", "wg0", "down")
        in_a("ip", "link", "set", "wg0", "up")
        point(reaches(inner), "the clock is set back by an hour: it answers after a new handshake",
              in_tree_todo="it goes by the wall clock")
        shown = int(wg_show("latest-handshakes")[known][0])
        point(abs(shown - time.time()) < 60, "wg shows that handshake at the present time", shown)
    finally:
        no_kernel_peer()
        wall(0)


def reaches(inner):
    return subprocess.run(["ip", "netns", "exec", "a", "ping", "-n", "-q", "-c", "20", "-i", "0.2",
                           "-W", "1", inner], stdout=subprocess.DEVNULL, check=False).returncode == 0


def restarted_peer():
    """A peer that has lost everything but its key. Its clock has jumped."""
    peer = wire.new_peer()
    now = right + time.monotonic()
    wall(0)

    def refusals():
        return 0 if IN_TREE else counters()["handshake_rejected"]

    def begin(stamp):
        """The session that a restarted peer gets by an initiation with this timestamp, or None if
        the kernel rejects it."""
        fresh, refused, answer = Peer(peer.private, wire.kernel), refusals(), None
        between_initiations()
        wire.drain()
        wire.send(fresh.initiation(stamp=tai64n(stamp)))
        end = time.monotonic() + (2 * SLOW if IN_TREE else PATIENCE)
        while not answer and time.monotonic() < end and refusals() == refused:
            answer = wire.recv(0.2, kind=RESPONSE)
        if not answer and not IN_TREE and refusals() == refused:
            raise TimeoutError("an initiation is neither answered nor rejected")
        session = answer and fresh.read_response(answer)
        if session:
            wire.send(session.data())
        return session

    session = begin(now)
    point(session is not None, "its first handshake")
    before = refusals()
    point(begin(now - HOUR) is None, "a timestamp an hour earlier is refused")
    point(begin(now - 0.1) is None, "a tenth of a second earlier, too")
    if IN_TREE:
        skip("both are counted", "the in-tree module has no such counters")
    else:
        equal(refusals() - before, 2, "both are counted")
    point(wire.echo(peer, session, 1), "and the existing session goes on")
    # The local clock does not matter.
    for jump, name in ((-YEAR, "a year back"), (9 * YEAR, "9 years on")):
        wall(jump)
        point(begin(now - HOUR) is None, f"our clock {name}: the earlier timestamp is refused")
        now += 1
        session = begin(now)
        point(session is not None and wire.echo(peer, session, 2),
              f"our clock {name}: a later one is accepted")
    wall(0)
    # Until its clock has caught up, it gets a session only if this side begins.
    late = Peer(peer.private, wire.kernel)
    point(begin(now - HOUR) is None, "it is still refused")
    # Without sessions, but with the peer's last timestamp. No handshake follows the last one
    # within 5 s.
    in_a("ip", "link", "set", "wg0", "down")
    in_a("ip", "link", "set", "wg0", "up")
    point(begin(now - HOUR) is None, "also without sessions")
    wire.poke(peer.inner, count=9)
    session = wire.begun(wire.answer(late, 12 * SLOW))
    point(session is not None and wire.echo(peer, session, 3),
          "a handshake of this side does not depend on its clock")
    session = begin(now + 2)
    point(session is not None and wire.echo(peer, session, 4), "and its later one is accepted")


def latest_handshake_is_wall_time():
    peer = wire.new_peer()
    wall(9 * YEAR)
    session = wire.handshake(peer)
    point(session is not None and wire.echo(peer, session, 1), "a handshake 9 years on")
    shown = wait_until(lambda: int(wg_show("latest-handshakes")[b64(peer.public)][0]))
    point(abs(shown - time.time()) < 30, "wg shows it at that time", shown)
    wall(0)
    point(wire.echo(peer, session, 2), "back at the right time the session goes on")


run_steps(sessions_do_not_notice, retries_do_not_notice, set_back_an_hour, restarted_peer,
          latest_handshake_is_wall_time, before=wire.fresh)
