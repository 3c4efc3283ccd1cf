# SPDX-License-Identifier: GPL-2.0
#
# setup: host_bench
# boot: host
# machine: amd64 -- its bench gives the VM devices of a PC: a swap disk by PCI, and vmgenid
# timeout: 300
# plan: 6
"""Tests that no key is used twice with the same nonce by a VM that hibernates with a session in
use: once while it writes the memory image, and once after it was resumed from the image.

This process is the peer and never stops: it begins a handshake whenever it has no session, and
pings the VM under each session that it has had. The VM's kernel answers pings without any
process, also after processes were frozen. So a session that is in the image answers with the same
nonces before the end of the VM and after it was resumed, and the answers differ."""

import struct
import threading
import time

from host_peer import Scene, ping
from wgpeer import DATA, INITIATION, RESPONSE

# Seconds between two pings, and between two handshakes of ours. About a second passes between the
# notice of a hibernation and the image. A module without wg_sessions_block() would accept handshakes
# in that time.
PING, SHAKE = 0.05, 0.1


class Restless(threading.Thread):
    """The peer. seen has the messages that it received: {(index, counter): message}."""

    def __init__(self, scene, mate):
        super().__init__(daemon=True)
        self.scene, self.mate, self.over = scene, mate, threading.Event()
        # (session, number of the VM's life in which it began)
        self.sessions, self.life = [], 1
        self.seen, self.twice, self.answers = {}, [], []
        self.shook = self.pinged = 0

    def begun(self, session):
        if session:
            self.sessions.append((session, self.life))
            self.send(session.data())

    def send(self, message):
        try:
            self.scene.cable.send(message)
        except OSError:
            # There is no VM for now.
            pass

    def take(self, message):
        if message[0] == INITIATION and self.mate.read_initiation(message) is not None:
            response, session = self.mate.response()
            self.send(response)
            self.begun(session)
        elif message[0] == RESPONSE:
            self.begun(self.mate.read_response(message))
        elif message[0] == DATA:
            pair = struct.unpack_from("<IQ", message, 4)
            if pair in self.seen:
                self.twice.append((pair, self.seen[pair] == message))
            self.seen[pair] = message
            for session, life in self.sessions:
                if session.local == pair[0] and session.decrypt(message):
                    # The life in which the session began, and that in which it is used.
                    self.answers.append((life, self.life))

    def lately(self):
        """The last answer: the life in which its session began, and the life in which it came."""
        return self.answers[-1] if self.answers else None

    def run(self):
        number = 0
        while not self.over.is_set():
            message = self.scene.cable.recv(PING)
            if message:
                self.take(message)
            now = time.monotonic()
            if now - self.pinged > PING:
                self.pinged = now
                for session, _ in self.sessions[-4:]:
                    number += 1
                    self.send(session.data(ping(self.mate.inner, "192.168.241.1", number)))
            if now - self.shook > SHAKE and not self.answered(2 * SHAKE):
                self.shook = now
                self.send(self.mate.initiation())

    def answered(self, seconds):
        """Whether there was an answer within this time."""
        count = len(self.answers)
        if count != getattr(self, "count", 0):
            self.count, self.when = count, time.monotonic()
        return count and time.monotonic() - self.when < seconds


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def play(bench):
    guest = bench.guest
    if "disk" not in guest.sh("cat /sys/power/state").split():
        guest.skip("resumed from an image", "this kernel does not hibernate")
        return
    scene = Scene(bench)
    scene.interface()
    scene.identity("private")
    mate = scene.meet("A", "192.168.241.2")
    guest.sh("ip link set wg0 up")
    peer = Restless(scene, mate)
    peer.start()
    guest.point(wait_until(lambda: len(peer.answers) > 5), "a session in use")

    def off():
        peer.life = 2

    code, output = bench.hibernate(off)
    if peer.life == 1:
        bench.guest.point(False, "the machine hibernates", f"exit {code}: {output}")
        return
    bench.guest.point(code == 0, "the machine hibernates and comes back", output)
    bench.guest.point(wait_until(lambda: peer.lately() == (2, 2)), "a session that began after resuming is in use",
                      peer.answers[-5:])
    peer.over.set()
    peer.join()
    old = peer.answers.count((1, 2))
    bench.guest.point(not old, "nothing was sent after resuming under an earlier session", f"{old} messages")
    bench.guest.point(not peer.twice, "no pair of index and counter was on the wire twice",
                      f"{len(peer.twice)} pairs; (index, counter), same content: {peer.twice[:5]}")
