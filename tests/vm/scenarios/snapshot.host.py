# SPDX-License-Identifier: GPL-2.0
#
# setup: host_bench
# boot: host
# machine: amd64 -- its bench gives the VM vmgenid, which other machines lack
# timeout: 600
# plan: 1
"""Restores a VM three times from one snapshot that was taken with a session in use. No instance
may use a key and a nonce that another instance uses.

The first one gets no notice that it is a copy. It goes on under the session's keys with the next
nonce, as any copy would. This shows that the snapshot is complete, and that the session in it
would go on. The other two have a new generation ID, as a hypervisor gives it. Each must send
nothing under the session any more, but accept what the peer sends under it. The answer to that
begins a handshake at once, with an ephemeral key of its own, and traffic goes on."""

import struct
import time
import uuid

from host_peer import SLOW, Scene, ping
from wgpeer import DATA, INITIATION, seconds_of

DRIVER = "ls -d /sys/bus/acpi/drivers/vmgenid/*:* /sys/bus/platform/drivers/vmgenid/*:* 2>/dev/null"
RESEEDED = "dmesg | grep -c 'crng reseeded due to virtual machine fork' || :"
REKEY_TIMEOUT = 5


def counter_of(message):
    return struct.unpack_from("<Q", message, 8)[0]


def counters_of(messages, session):
    """The counters of those messages that are data of this session, in their order."""
    return sorted(counter_of(m) for m in messages if m[0] == DATA and session.decrypt(m))


def first_message(scene, mate, seconds=60):
    """The first message that the module sends when it has a packet to send."""
    end = time.monotonic() + seconds * SLOW
    scene.cable.drain()
    while time.monotonic() < end:
        scene.poke(mate)
        message = scene.cable.recv(1)
        if message:
            return message
    return b"\0"


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds * SLOW
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def answer_to_ping(scene, mate, session, seconds=60):
    """The first message that the module sends after one ping under the session, and the time of
    the VM's own clock before that. Nothing else was sent to it."""
    scene.cable.drain()
    before = float(scene.guest.sh("date +%s.%N"))
    scene.cable.send(session.data(ping(mate.inner, "192.168.241.1", 1)))
    return scene.cable.recv(seconds * SLOW) or b"\0", before


def play(bench):
    scene = Scene(bench)
    if not bench.guest.ask("sh", command=DRIVER)[1]:
        scene.guest.skip("restored from a snapshot", "this kernel has no driver for a VM generation ID")
        return
    scene.interface()
    scene.identity("private")
    mate = scene.meet("A", "192.168.241.2")
    bench.guest.sh("ip link set wg0 up")
    session = scene.session(mate, "1")
    message = first_message(scene, mate)
    bench.guest.point(message[0] == DATA and session.decrypt(message), "a session in use")
    # So that the module has taken part in a handshake within the last seconds.
    session = scene.session(mate, "2")
    first_message(scene, mate)
    bench.snapshot()
    # On a slow machine it has sent more than one.
    scene.cable.drain()
    used = counters_of(scene.cable.heard, session)
    scene.cable.heard.clear()

    bench.restore()
    first_message(scene, mate)
    copied = counters_of(scene.cable.heard, session)
    scene.guest.point(used and copied and copied == list(range(used[-1] + 1, used[-1] + 1 + len(copied))),
                      "a copy without notice goes on under the same key with the next nonce",
                      f"before: {used}; the copy: {copied}; {[m[0] for m in scene.cable.heard]}")

    ephemerals, sent = [], []
    for which in ("first", "second"):
        bench.quit()
        scene.cable.drain()
        scene.cable.heard.clear()
        bench.restore(str(uuid.uuid4()))
        reseeded = wait_until(lambda: bench.guest.sh(RESEEDED).strip() != "0")
        bench.guest.point(reseeded, f"{which} copy: the kernel has noticed it")
        message, before = answer_to_ping(scene, mate, session)
        stamp = message[0] == INITIATION and mate.read_initiation(message)
        if not bench.guest.point(stamp, f"{which} copy: its first message begins a handshake",
                                 f"type {message[0]}, {message[:16].hex()}, the last one was {used[-1:]}"):
            continue
        took = seconds_of(stamp) - before
        bench.guest.point(took < REKEY_TIMEOUT, f"{which} copy: at once, to answer a message under the old session",
                          f"after {took:.2f} s")
        ephemerals.append(message[8:40])
        fresh = scene.answer(mate, which)
        bench.guest.point(fresh, f"{which} copy: traffic under the new session")
        again = first_message(scene, mate)
        bench.guest.point(again[0] == DATA and fresh.decrypt(again), f"{which} copy: and under no other")
        sent += [m for m in scene.cable.heard if m[0] == DATA and session.decrypt(m)]
    bench.guest.point(len(set(ephemerals)) == 2, "the copies' ephemeral keys differ",
                      [key.hex() for key in ephemerals])
    bench.guest.point(not sent, "neither copy has sent anything under the old session", len(sent))
