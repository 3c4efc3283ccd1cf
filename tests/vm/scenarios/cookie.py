# SPDX-License-Identifier: GPL-2.0
"""Under load: handshake messages without a valid mac2 get a cookie reply, with
one they are served within the rate limit, and a wrong mac1 still gets nothing.
The load is made of one valid initiation sent over and over: each costs the
kernel its public-key work before it is known to be a replay."""

import os
import time

from points import equal, point, run_steps
from wgpeer import COOKIE, RESPONSE, Peer, new_private
from wire import Wire

wire = Wire()
flooder = Peer(new_private(), wire.kernel)
load = flooder.initiation()
SOURCE = None


def flood(count, sock):
    for _ in range(count):
        sock.sendto(load, ("10.0.0.1", 1))


def under_load(message, sock=None, tries=8, kinds=(COOKIE, RESPONSE), index=None):
    """The answer to a message while the device is under load."""
    noise = wire.new_socket(5)
    try:
        for _ in range(tries):
            flood(900, noise)
            wire.drain(sock)
            wire.send(message, sock)
            answer = wire.recv(3, sock)
            if answer is not None and answer[0] in kinds:
                return answer
        return None
    finally:
        noise.close()


def cookie_and_back():
    peer = wire.new_peer()
    message = peer.initiation()
    answer = under_load(message, kinds=(COOKIE,))
    point(answer is not None, "under load an initiation gets a cookie reply")
    equal(len(answer), 64, "a cookie reply has 64 bytes")
    equal(answer[:4], b"\3\0\0\0", "type 3, reserved bytes zero")
    equal(answer[4:8], message[4:8], "it bears our index")
    point(peer.read_cookie(answer), "the cookie opens")
    answer = under_load(peer.initiation())
    point(answer is not None and answer[0] == RESPONSE,
          "an initiation with mac2 is answered by a response", answer and answer[0])
    session = answer and peer.read_response(answer)
    wire.send(session.data())
    point(wire.echo(peer, session, 1), "and its session carries")

    # The cookie is bound to the address and the port it was given to.
    other = wire.new_socket(6)
    answer = under_load(peer.initiation(), other, kinds=(COOKIE,))
    point(answer is not None and answer[0] == COOKIE,
          "the same cookie from another port earns a new cookie reply", answer and answer[0])
    other.close()
    answer = under_load(peer.initiation(mac2=os.urandom(16)), kinds=(COOKIE,))
    point(answer is not None and answer[0] == COOKIE,
          "a wrong mac2 earns a cookie reply", answer and answer[0])


def wrong_mac1_gets_nothing():
    peer = wire.new_peer()
    answer = under_load(peer.initiation(mac1=os.urandom(16)), tries=2)
    point(answer is None, "a wrong mac1 gets no cookie", answer)
    answer = under_load(peer.initiation(), kinds=(COOKIE,))
    point(answer is not None, "while a right one does")


def rate_limit():
    """One source with valid cookies: 20 a second, 5 at once."""
    peers = [wire.new_peer() for _ in range(24)]
    first = peers[0]
    answer = under_load(first.initiation(), kinds=(COOKIE,))
    point(answer is not None and first.read_cookie(answer), "a cookie for all of them")
    messages = []
    for peer in peers:
        peer.cookie = first.cookie
        messages.append(peer.initiation())
    noise = wire.new_socket(5)
    watch = wire.new_socket(6)
    stranger = wire.new_peer()
    for _ in range(8):
        # A full bucket first.
        time.sleep(1.1)
        flood(1500, noise)
        wire.drain()
        begin = time.monotonic()
        for message in messages:
            wire.send(message)
        # Asked for a cookie after all of them: it was under load until then.
        wire.send(stranger.initiation(), watch)
        taken = time.monotonic() - begin
        answer = wire.recv(3, watch)
        loaded = answer is not None and answer[0] == COOKIE
        served = 0
        while True:
            answer = wire.recv(1.5)
            if answer is None:
                break
            served += answer[0] == RESPONSE
        if loaded and served:
            break
        messages = [peer.initiation() for peer in peers]
    noise.close()
    watch.close()
    point(loaded and 1 <= served <= 5 + 20 * (taken + 0.1) + 1,
          "24 at once with mac2: few are served",
          f"{served} served, sent in {taken:.3f} s, {'' if loaded else 'not '}under load")


def load_passes():
    peer = wire.new_peer()
    deadline = time.monotonic() + 10
    session = None
    while session is None and time.monotonic() < deadline:
        time.sleep(1.2)
        session = wire.handshake(peer)
    point(session is not None, "after the load an initiation without mac2 is served again")
    point(wire.echo(peer, session, 1), "and its session carries")


run_steps(cookie_and_back, wrong_mac1_gets_nothing, rate_limit, load_passes, before=wire.fresh)
