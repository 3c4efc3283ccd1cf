# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# speed: slow
# timeout: 330
# plan: 11
"""Tests the timers that take minutes, side by side on one device: the end of retries after 90 s of
handshakes, rekeying at 120 s of key age when sending and at 165 s when receiving, and the end of a
session at 180 s."""

import sys
import time

from points import SLOW, point
from wgpeer import INITIATION, ipv4, ping, seconds_of, udp
from wire import INNER_KERNEL, Wire, b64, in_a, wg_show

# The module's clock lags by up to a tick, at HZ=100 of 10 ms.
TICK = 0.01
# The module rounds the timestamps of initiations down to a multiple of that.
STAMP = 0.017

wire = Wire()
in_a("iptables", "-A", "INPUT", "-i", "wg0", "-p", "udp", "--dport", "9999", "-j", "DROP")

begin = time.monotonic()
mute = wire.new_peer(endpoint="10.0.0.2:2")      # never answers
sender = wire.new_peer(endpoint="10.0.0.2:2")    # kernel initiated and sends
listener = wire.new_peer(endpoint="10.0.0.2:2")  # kernel initiated and only receives
responder = wire.new_peer()                      # we initiated
# born: a time before the kernel has made the key, and less than a handshake before that.
sessions, born, starts = {}, {}, {mute: [], sender: [], listener: [], responder: []}
stamps = []
for peer in (sender, listener):
    wire.drain()
    wire.poke(peer.inner)
    sessions[peer] = wire.answer(peer)
    # The arrival of its initiation.
    born[peer] = wire.when
born[responder] = time.monotonic()
sessions[responder] = wire.handshake(responder)
made_at_last = time.monotonic()
if not point(all(sessions.values()), "three sessions to begin with"):
    sys.exit()
# Only now, so that its first initiation is not drained with the rest.
wire.poke(mute.inner)

next_poke = 0
while time.monotonic() - begin < 190:
    now = time.monotonic()
    message = wire.recv(0.5)
    if message and message[0] == INITIATION:
        for peer in (mute, sender, listener, responder):
            stamp = peer.read_initiation(message)
            if stamp:
                starts[peer].append(wire.when)
                if peer is mute:
                    stamps.append(seconds_of(stamp))
                # Answer only the first rekey of the sender.
                if peer is sender and len(starts[peer]) == 1:
                    answer, sessions[peer] = peer.response()
                    wire.send(answer)
    if now >= next_poke:
        next_poke = now + 3
        # The sender gets data as well. Otherwise the kernel's unanswered pings would cause a
        # rekey, and not the age of its key.
        wire.poke(sender.inner)
        for peer in (sender, listener, responder):
            # The kernel sends a keepalive 10 s after data. Sent after 120 s, it would cause a rekey.
            # So the listener receives keepalives only from 90 s on, which are not answered.
            if peer is listener and now - born[peer] > 90:
                wire.send(sessions[peer].data())
            else:
                wire.send(sessions[peer].data(ipv4(peer.inner, INNER_KERNEL, udp(9, 9999, b"q"))))

times = [t - starts[mute][0] for t in starts[mute]]
point(len(times) == 20, "an unanswered handshake is tried for 90 s, 20 times",
      [round(t, 1) for t in times])
point(times and 94 <= times[-1] <= 102 + 8 * SLOW, "and then given up", times[-1:])
# By the timestamps in the initiations: one that is made in time may arrive late.
gaps = [round(b - a, 3) for a, b in zip(stamps, stamps[1:])]
point(gaps and min(gaps) >= 5 - STAMP - TICK, "none of them early", gaps)

ages = [t - born[sender] for t in starts[sender]]
point(ages and 120 - TICK <= ages[0] <= 124 + 5 * SLOW, "an initiator that sends rekeys at 120 s", ages)
ages = [t - born[listener] for t in starts[listener]]
point(ages and 165 - TICK <= ages[0] <= 169 + 5 * SLOW,
      "an initiator that only receives rekeys at 165 s", ages)
ages = [t - born[responder] for t in starts[responder]]
point(not [a for a in ages if a < 175], "a responder does not rekey by itself", ages)

old = sessions[responder]
left = 181 - (time.monotonic() - made_at_last)
if left > 0:
    wire.recv(left, kind=200)
wire.drain()
rx = wg_show("transfer")[b64(responder.public)][0]
why = wire.refused(old.data(ipv4(responder.inner, INNER_KERNEL, ping(77), 1)), "rx_expired_key")
point(not why, "a session of more than 180 s accepts nothing", why)
point(wg_show("transfer")[b64(responder.public)][0] == rx, "not even into the counters")
fresh = wire.handshake(responder)
point(fresh is not None and wire.echo(responder, fresh, 78), "a new handshake works")
