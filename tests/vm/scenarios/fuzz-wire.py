# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# timeout: 150
# plan: 5
# excludes: ipv6-only -- the other side uses IPv4 sockets
"""Sends valid datagrams of every type with random damage for a while, beside a live session. No
more bytes are answered than were sent, and a message that is not authentic gets no answer. The
seed is printed. FUZZ_SEED= repeats a run, and FUZZ_SECONDS= sets its length."""

import collections
import os
import random
import struct
import time

from points import SLOW, equal, point, run_steps, tap
from wgpeer import COOKIE, RESPONSE, Peer, blake2s, hash_, ipv4, ping
from wire import INNER_KERNEL, Wire

SECONDS = float(os.environ.get("FUZZ_SECONDS", "30"))
SEED = int(os.environ.get("FUZZ_SEED") or int.from_bytes(os.urandom(4), "big"))
BATCH = 40

rng = random.Random(SEED)
wire = Wire()
peer = wire.new_peer()
session = wire.handshake(peer)
MAC1 = hash_(b"mac1----", wire.kernel)


def sound():
    """A message that passes the kernel's first checks."""
    kind = rng.randrange(4)
    if kind == 0:
        return Peer(peer.private, wire.kernel).initiation()
    if kind == 1:
        body = struct.pack("<III", RESPONSE, rng.getrandbits(32), session.local) + rng.randbytes(48)
        return body + blake2s(body, MAC1, 16) + bytes(16)
    if kind == 2:
        return struct.pack("<II", COOKIE, session.remote) + rng.randbytes(56)
    return session.data(ipv4(peer.inner, INNER_KERNEL, ping(7), 1))


def damaged(message):
    """Always another message. Half of the time it has a right mac1, so that more of it is
    checked."""
    data = bytearray(message)
    while bytes(data) == message:
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(len(data)) if data else 0
            kind = rng.randrange(4)
            if kind < 2 and data:
                data[at] ^= 1 << rng.randrange(8)
            elif kind == 2:
                del data[at:at + rng.randrange(1, 20)]
            else:
                data[at:at] = rng.randbytes(rng.randrange(1, 20))
    if rng.random() < .5 and len(data) in (148, 92) and data[:-32] != message[:-32]:
        data[-32:-16] = blake2s(bytes(data[:-32]), MAC1, 16)
    return bytes(data)


def is_good(data, message):
    """Whether an initiation is still authentic. Then only the sender's index differs, which only
    mac1 covers, or mac2, which is checked only under load."""
    return (len(data) == 148 == len(message) and data[:4] == message[:4] and data[8:116] == message[8:116] and
            data[116:132] == blake2s(data[:116], MAC1, 16))


def allowed(message, may_come):
    """Whether this is a response to one of these initiations, which it then uses up."""
    if message[0] != RESPONSE or len(message) != 92 or not may_come[message[8:12]]:
        return False
    may_come[message[8:12]] -= 1
    return True


def fuzz():
    tap(f"# fuzz-wire: seed {SEED}")
    sent = out = back = sequence = authentic = answered = 0
    heard, silent = [], []
    # How many responses may come to the index of each initiation that was still authentic. They
    # may come after the end of its batch.
    may_come = collections.Counter()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        batch, good = [], 0
        for _ in range(BATCH):
            message = sound()
            batch.append(damaged(message))
            if is_good(batch[-1], message):
                good += 1
                may_come[batch[-1][4:8]] += 1
        authentic += good
        sequence += 1
        got, replied = wire.noise(peer, session, batch, sequence, linger=0.1 * SLOW)
        sent += len(batch)
        out += sum(len(message) for message in batch)
        wrong = [message for message in wire.heard if not allowed(message, may_come)]
        answered += len(got) - len(wrong)
        if wrong:
            heard.append((sequence, good, [(message[0], len(message)) for message in wrong]))
        back += sum(size for _, size in got)
        if not replied:
            silent.append(sequence)
            break
    tap(f"# fuzz-wire: {sent} datagrams, {out} bytes")
    point(sent >= 5 * BATCH, "enough was sent")
    tap(f"# fuzz-wire: {authentic} initiations were still authentic, {answered} were answered")
    # A second one within 20 ms gets no answer.
    equal(heard[:3], [], "nothing came back but responses to initiations that were still authentic")
    point(back <= out, "no more bytes came back than were sent", f"{back} > {out}")
    equal(silent, [], "the session went on through all of it")


run_steps(fuzz)
