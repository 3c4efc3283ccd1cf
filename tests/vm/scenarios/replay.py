# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# timeout: 120
# plan: 38
# excludes: ipv6-only -- the other side uses IPv4 sockets
"""Tests the replay window at its edges, and counters at their limits, as seen from outside: a ping
under a chosen counter is answered, or is counted as a replay. The unit tests check the exact edge.
These counters are safely inside or safely outside."""

import struct

from points import point, run_steps
from wgpeer import ipv4, ping
from wire import INNER_KERNEL, Wire

# The bitmap without one word, and the counter that was received last.
WINDOW = 8192 - 8 * struct.calcsize("P") + 1

wire = Wire()
peer = None
session = None
seq = 0


def new_session():
    global peer, session, seq
    wire.fresh()
    peer = wire.new_peer()
    session = wire.handshake(peer)
    seq = 0


def taken(counter, name):
    global seq
    seq += 1
    point(wire.echo(peer, session, seq, counter), f"{name}: accepted", counter)


def refused(counter, name, in_tree_todo=None):
    global seq
    seq += 1
    wrong = wire.refused(session.data(ipv4(peer.inner, INNER_KERNEL, ping(seq), 1), counter), "rx_replayed")
    point(not wrong, f"{name}: refused", f"{counter}: {wrong}", in_tree_todo)


def in_order_and_not():
    # Counter 0 was the confirming keepalive.
    refused(0, "counter 0 again")
    taken(1, "counter 1")
    refused(1, "counter 1 again")
    taken(10, "a gap")
    for counter in (5, 9, 2, 8):
        taken(counter, f"late packet {counter}")
    for counter in (5, 9, 2, 8, 10):
        refused(counter, f"late packet {counter} again")
    taken(3, "a hole that is left")


def window_edge():
    taken(20000, "counter 20000")
    taken(20000 - 1, "one below")
    taken(20000 - WINDOW + 1, "window's far end, inside")
    refused(20000 - WINDOW + 1, "window's far end, again")
    refused(20000 - WINDOW, "beyond the window")
    refused(20000 - 8192, "beyond the bitmap")
    refused(1, "long gone")
    taken(20001, "the next counter")
    taken(20001 - 64 * 100, "whole words back")
    refused(20001 - 64 * 100, "whole words back, again")


def jumps():
    taken(2**32 - 1, "up to 2^32 - 1")
    taken(2**32, "over 2^32")
    taken(2**32 - 100, "back under it")
    refused(2**32 - 100, "back under it, again")
    taken(2**60 + 5, "beyond 2^60")
    refused(2**32 + 1, "before that jump")
    taken(2**63 + 7, "beyond 2^63")
    taken(2**64 - 2**13 - 3, "near the end")


def the_end():
    limit = 2**64 - 2**13 - 1
    refused(2**64 - 1, "the largest counter")
    refused(2**64 - 2, "the largest but one")
    taken(1, "an ordinary one after those")
    todo = "its limit lies 64 higher"
    refused(limit + 1, "one more than the limit", todo)
    refused(limit, "Reject-After-Messages", todo)


run_steps(in_order_and_not, window_edge, jumps, the_end, before=new_session)
