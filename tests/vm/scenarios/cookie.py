# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# timeout: 150
# plan: 16
# excludes: cpus, preempt, threadirqs, rps, threaded, delay -- it controls which CPU does what and when
# excludes: ipv6-only -- the other side uses IPv4 sockets
"""Tests cookie replies and the rate limit while the device is under load. A handshake message
without a valid mac2 gets a cookie reply. With one it is processed within the rate limit. A wrong
mac1 still gets no answer. The load is one valid initiation, sent over and over: each costs the
kernel its public-key work before it is found to be a replay."""

import atexit
import os
import time

from points import SLOW, equal, point, run_steps, wait_until
from wgpeer import COOKIE, RESPONSE, Peer, new_private
from wire import Wire, until_not_loaded

wire = Wire()
flooder = Peer(new_private(), wire.kernel)
load = flooder.initiation()

# The CPUs of unbound workers, such as those for handshakes.
WORKERS = "/sys/devices/virtual/workqueue/cpumask"
# With this many messages in the queue the device is under load.
QUEUED = 4096 // 8


def send_under_load(messages, noise):
    """Sends [(message, socket)] to a kernel that is under load when it processes them. The
    messages before them and those after them are enough load by themselves. The workers have
    one CPU, which this sender occupies, so that hardly any message is processed before all
    are sent, however slowly this kernel sends and however fast its public-key work is.
    Returns when it began to send them."""
    cpus = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {0})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        for _ in range(QUEUED + 50):
            noise.sendto(load, ("10.0.0.1", 1))
        begin = time.monotonic()
        for message, sock in messages:
            wire.send(message, sock)
        for _ in range(QUEUED):
            noise.sendto(load, ("10.0.0.1", 1))
        return begin
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.sched_setaffinity(0, cpus)


def answer_to(message, sock=None):
    """The cookie reply or response to this message. Late answers to earlier messages are
    skipped."""
    end = time.monotonic() + 3 * SLOW
    while (left := end - time.monotonic()) > 0:
        answer = wire.recv(left, sock)
        where = {COOKIE: 4, RESPONSE: 8}.get(answer[0]) if answer else None
        if where and answer[where:where + 4] == message[4:8]:
            return answer
    return None


def under_load(message, sock=None, tries=8, kinds=(COOKIE, RESPONSE)):
    """The answer to a message while the device is under load."""
    noise = wire.new_socket(5)
    try:
        for _ in range(tries):
            wire.drain(sock)
            send_under_load([(message, sock)], noise)
            answer = answer_to(message, sock)
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
    equal(answer[4:8], message[4:8], "it has our index")
    point(peer.read_cookie(answer), "the cookie opens")
    answer = under_load(peer.initiation())
    point(answer is not None and answer[0] == RESPONSE,
          "an initiation with mac2 is answered by a response", answer and answer[0])
    session = answer and peer.read_response(answer)
    wire.send(session.data())
    point(wire.echo(peer, session, 1), "and its session carries")

    # The cookie is bound to the address and the port that asked for it.
    other = wire.new_socket(6)
    answer = under_load(peer.initiation(), other, kinds=(COOKIE,))
    point(answer is not None and answer[0] == COOKIE,
          "the same cookie from another port gets a new cookie reply", answer and answer[0])
    other.close()
    answer = under_load(peer.initiation(mac2=os.urandom(16)), kinds=(COOKIE,))
    point(answer is not None and answer[0] == COOKIE,
          "a wrong mac2 gets a cookie reply", answer and answer[0])


def wrong_mac1_gets_nothing():
    peer = wire.new_peer()
    answer = under_load(peer.initiation(mac1=os.urandom(16)), tries=2)
    point(answer is None, "a wrong mac1 gets no cookie", answer)
    answer = under_load(peer.initiation(), kinds=(COOKIE,))
    point(answer is not None, "while a right one does")


def rate_limit():
    """One source with valid cookies: 20 messages a second, 5 at once."""
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
        # The bucket of the address is full by then.
        until_not_loaded()
        wire.drain()
        # A cookie reply to this last message shows that the device was under load until then.
        last = stranger.initiation()
        begin = send_under_load([(message, None) for message in messages] + [(last, watch)], noise)
        answer = answer_to(last, watch)
        loaded = answer is not None and answer[0] == COOKIE
        served = []
        while (answer := wire.recv(1.5 * SLOW)) is not None:
            if answer[0] == RESPONSE:
                served.append(wire.when)
        # The first ones may have been processed while the rest was still being sent.
        took = max(served, default=begin) - begin
        if loaded and served:
            break
        messages = [peer.initiation() for peer in peers]
    noise.close()
    watch.close()
    point(loaded and 1 <= len(served) <= 5 + 20 * took + 1,
          "24 at once with mac2: few are served",
          f"{len(served)} served in {took:.3f} s, {'' if loaded else 'not '}under load")


def load_passes():
    peer = wire.new_peer()

    def served():
        until_not_loaded()
        return wire.handshake(peer)

    session = wait_until(served)
    point(session is not None, "after the load an initiation without mac2 is served again")
    point(wire.echo(peer, session, 1), "and its session carries")


with open(WORKERS, encoding="ascii") as file:
    everywhere = file.read()
with open(WORKERS, "w", encoding="ascii") as file:
    file.write("1")


def restore_cpus():
    with open(WORKERS, "w", encoding="ascii") as file:
        file.write(everywhere)


atexit.register(restore_cpus)
run_steps(cookie_and_back, wrong_mac1_gets_nothing, rate_limit, load_passes, before=wire.fresh)
