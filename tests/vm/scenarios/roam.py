# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# timeout: 90
# plan: 19
# excludes: ipv6-only -- the other side uses IPv4 sockets
# excludes: ipv6-off -- it roams to IPv6
"""Tests that the endpoint follows authenticated packets only, across ports and families: the
kernel sends to the address from which the last one came."""

import socket

from points import equal, point, run_steps, wait_until
from wgpeer import ipv4, ping
from wire import INNER_KERNEL, KERNEL6, Wire, b64, wg_show

wire = Wire()


def endpoint(peer):
    return wg_show("endpoints")[b64(peer.public)][0]


def ports_and_families():
    peer = wire.new_peer(endpoint="10.0.0.2:99")
    session = wire.handshake(peer)
    equal(endpoint(peer), "10.0.0.2:2", "an initiation moves the endpoint")
    point(wire.echo(peer, session, 1), "ping from the first port")
    second = wire.new_socket(4000)
    point(wire.echo(peer, session, 2, sock=second), "ping from another port is answered there")
    equal(endpoint(peer), "10.0.0.2:4000", "the endpoint has followed")
    sixth = wire.new_socket(4001, socket.AF_INET6)
    point(wire.echo(peer, session, 3, sock=sixth, to=KERNEL6), "ping over IPv6 is answered there")
    equal(endpoint(peer), "[fd00::2]:4001", "the endpoint is an IPv6 one")
    wire.send(session.data(), second)
    back = wait_until(lambda: endpoint(peer) == "10.0.0.2:4000")
    point(back, "a keepalive moves the endpoint too", endpoint(peer))
    point(wire.echo(peer, session, 4), "and back to the first")
    second.close()
    sixth.close()


def not_by_replay():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    point(wire.echo(peer, session, 1), "ping")
    second = wire.new_socket(4000)
    replay = session.data(ipv4(peer.inner, INNER_KERNEL, ping(2), 1))
    wire.send(replay)
    point(wire.echo_reply(session, 2), "ping again")
    for message, reason in ((replay, "rx_replayed"), (replay[:-1] + bytes([replay[-1] ^ 1]), "rx_not_authentic")):
        why = wire.refused(message, reason, second)
        point(not why, f"from elsewhere, {reason}: nothing comes back", why)
    equal(endpoint(peer), "10.0.0.2:2", "and does not move the endpoint")
    point(wire.echo(peer, session, 3), "the right place still gets its answers")
    second.close()


def handshake_from_elsewhere():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    point(wire.echo(peer, session, 1), "ping")
    second = wire.new_socket(4002)
    again = wire.handshake(peer, sock=second)
    point(again is not None, "a handshake from elsewhere is answered there")
    equal(endpoint(peer), "10.0.0.2:4002", "and moves the endpoint")
    point(wire.echo(peer, again, 2, sock=second), "ping there")
    second.close()


run_steps(ports_and_families, not_by_replay, handshake_from_elsewhere, before=wire.fresh)
