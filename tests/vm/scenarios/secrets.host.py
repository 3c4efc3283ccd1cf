# SPDX-License-Identifier: GPL-2.0
#
# setup: host_bench
# boot: host
# machine: amd64 -- its bench gives the VM devices of a PC, and searches the memory of one
# timeout: 600
# plan: 26
"""Searches all of the VM's memory for keys. No secret remains after its use. The search finds them
while they are in use, which shows that the search works. It finds none after a handshake is
finished, a key is replaced, a peer or an interface is removed, or the module is unloaded.

All secrets are made or computed here, outside of the VM: this program is the peer
too. One netlink message takes them into the VM (see Guest.set). The module is never asked for
its configuration: an answer to `wg show` has the keys in it, and the module cannot wipe the
copies that the kernel and the asking program make of it.

The module's own ephemeral keys are not available here. One that is in use is found by its public
key, which is on the wire, in the memory around the chaining key of the same handshake. An
ephemeral key of a response exists only while the response is made, so the search cannot find it.
"""

import errno
import os
import time

from host_peer import SLOW, Scene
from wgnl import A_FLAGS, A_PEERS, A_PRIVATE_KEY, F_REMOVE, P_PRESHARED_KEY, array, attr, peer, u32
from wgpeer import new_private, public

PIECES = 4      # of eight bytes, in a key
# How many seconds a grace period may take here. The wait ends with the grace period.
GONE_WITHIN = 60 * SLOW


class Secrets:
    """All secrets that were ever in the VM, by name."""

    def __init__(self, bench):
        self.bench, self.known = bench, {}

    def learn(self, **secrets):
        self.known.update(secrets)

    def exchanges(self, *names):
        """The results of the X25519 operations of these handshakes."""
        return [name for name in self.known if name.startswith("exchange ")
                and name.split()[1].split(".")[0] in names]

    def find(self, names):
        return self.bench.memory.find({name: self.known[name] for name in names})

    def alive(self, what, *names, begin=lambda: None, attempts=1):
        """All of them are found complete. Otherwise the search is of no use."""
        for _ in range(attempts):
            begin()
            found = self.find(names)
            missing = [name for name in names if len(found[name]) < PIECES]
            if not missing:
                break
        self.bench.guest.point(not missing, f"{what}: found in memory while in use: {', '.join(names)}",
                               f"not found: {missing}")
        return found

    def gone(self, what, *names):
        """No piece of any of them is left. A grace period may pass until then."""
        end = time.monotonic() + GONE_WITHIN
        while True:
            found = self.find(names)
            left = {name: pieces for name, pieces in found.items() if pieces}
            if not left or time.monotonic() > end:
                break
            time.sleep(0.5)
        self.bench.guest.point(not left, f"{what}: nowhere in memory: {', '.join(names)}",
                               "\n".join(f"{name}: {self.places(pieces)}" for name, pieces in left.items()))

    @staticmethod
    def places(pieces):
        return ", ".join(f"bytes {8 * piece}-{8 * piece + 7} at {', '.join(map(hex, places[:6]))}"
                         for piece, places in sorted(pieces.items()))


def ephemeral_near(bench, places, public_key):
    """The private key of this public key, if it is within a page of these places."""
    for place in places:
        start = max(place - 4096, 0)
        near = bench.memory.read(start, 8192)
        for at in range(0, len(near) - 31, 4):
            key = near[at:at + 32]
            # The form of every X25519 key that was clamped.
            if not key[0] & 7 and key[31] & 0xc0 == 0x40 and public(key) == public_key:
                return key
    return None


def handshake_under_way(scene, secrets, mate, name, *more):
    """The module has begun a handshake that is not yet answered: what it keeps of it is found.
    It begins a new one every five seconds, with other keys, perhaps during the search."""
    chaining, message = f"chaining {name} begun", None

    def begin():
        nonlocal message
        message = scene.initiation_from_module(mate)
        secrets.learn(**{chaining: mate.chain})

    found = secrets.alive("handshake under way", chaining, *more, begin=begin, attempts=5)
    ephemeral = ephemeral_near(scene.bench, found[chaining].get(0, []), message[8:40])
    scene.guest.point(ephemeral, "handshake under way: the module's ephemeral key is near that")
    secrets.learn(**{f"ephemeral {name}": ephemeral or mate.chain})
    return [chaining, f"ephemeral {name}"]


def play(bench):
    secrets, guest = Secrets(bench), bench.guest
    scene = Scene(bench, secrets.learn)
    secrets.learn(decoy=os.urandom(32))
    scene.interface()
    scene.identity("private 1")
    a = scene.meet("A", "192.168.241.2")
    guest.sh("ip link set wg0 up")

    # A handshake that the module begins.
    begun = handshake_under_way(scene, secrets, a, "1", "private 1", "preshared A", "static-static A")
    scene.answer(a, "1")
    secrets.alive("a session", "sending 1", "receiving 1")
    secrets.gone("handshake finished", *begun, "chaining 1", "decoy",
                 *secrets.exchanges("1"))

    # Two handshakes that this side begins: the first session leaves the last slot.
    scene.session(a, "2", confirm=False)
    secrets.alive("a session not yet confirmed", "sending 2", "receiving 2")
    scene.session(a, "3")
    secrets.alive("two handshakes later", "sending 3", "receiving 3")
    scene.session(a, "4")
    secrets.alive("three handshakes later", "sending 4", "receiving 4", "sending 3")
    secrets.gone("three handshakes later", "sending 1", "receiving 1", "sending 2", "receiving 2",
                 "chaining 2", "chaining 3", "chaining 4", *secrets.exchanges("2", "3", "4"))

    # Keys that are replaced.
    old = secrets.known["preshared A"]
    secrets.learn(**{"preshared A, replaced": old})
    scene.set(array(A_PEERS, [peer(a.public, scene.shared(a, "preshared A"))]))
    secrets.alive("preshared key replaced", "preshared A")
    secrets.gone("preshared key replaced", "preshared A, replaced")
    b = scene.meet("B", "192.168.241.3")
    begun = handshake_under_way(scene, secrets, b, "B", "static-static B")
    # First no key at all: with another one the module would begin a new handshake over the old
    # state.
    scene.set(attr(A_PRIVATE_KEY, bytes(32)))
    secrets.gone("private key removed", "private 1", "static-static A", "static-static B", *begun)
    scene.identity("private 2")
    for mate, letter in ((a, "A"), (b, "B")):
        mate.remote = scene.module
        scene.static_secret(mate, f"static-static {letter}")
    secrets.alive("another private key", "private 2", "static-static A", "static-static B")

    # A peer removed.
    scene.session(a, "5")
    scene.set(array(A_PEERS, [peer(a.public, flags=F_REMOVE)]))
    secrets.gone("peer removed", "preshared A", "static-static A", "sending 3", "receiving 3",
                 "sending 4", "receiving 4", "sending 5", "receiving 5", "chaining 5",
                 *secrets.exchanges("5"))
    secrets.alive("another peer removed", "private 2", "preshared B", "static-static B")

    # The interface down.
    scene.session(b, "6")
    secrets.alive("a session", "sending 6", "receiving 6")
    guest.sh("ip link set wg0 down")
    secrets.gone("interface down", "sending 6", "receiving 6", "chaining 6")
    secrets.alive("interface down", "private 2", "preshared B")

    # Requests that are refused, with keys in them.
    secrets.learn(**{"refused private": new_private(), "refused preshared": os.urandom(32)})
    preshared = attr(P_PRESHARED_KEY, secrets.known["refused preshared"])
    refused = [attr(A_PRIVATE_KEY, secrets.known["refused private"]),
               array(A_PEERS, [peer(os.urandom(32), preshared)])]
    scene.set(*refused, u32(A_FLAGS, 1 << 30), want=errno.EOPNOTSUPP)
    scene.set(*refused, name="wg9", want=errno.ENODEV)
    secrets.gone("request refused", "refused private", "refused preshared")

    # The interface is deleted, and the module is unloaded with another one.
    guest.sh("ip link set wg0 up")
    scene.session(b, "7")
    guest.sh("ip link del wg0")
    secrets.gone("interface deleted", "private 2", "preshared B", "static-static B", "sending 7",
                 "receiving 7", "chaining 7")
    scene.interface()
    scene.identity("private 3")
    c = scene.meet("C", "192.168.241.4")
    guest.sh("ip link set wg0 up")
    scene.session(c, "8")
    secrets.alive("before the module is unloaded", "private 3", "preshared C", "static-static C",
                  "sending 8", "receiving 8")
    guest.sh("rmmod wireguard")
    secrets.gone("module unloaded", *secrets.known)
