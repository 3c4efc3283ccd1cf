# SPDX-License-Identifier: GPL-2.0
#
# setup: one_device
# timeout: 150
# plan: 8
# excludes: run -- it has no cable or tunnel to change
"""Sends valid configuration messages with random damage for a while. A refused message changes
nothing, an accepted one can be read back, and the kernel stays intact. The seed is printed.
FUZZ_SEED= repeats a run, and FUZZ_SECONDS= sets its length."""

import errno
import os
import random
import struct
import subprocess
import time

from points import IN_TREE, equal, point, run_steps, tap
from wgnl import *  # pylint: disable=wildcard-import,unused-wildcard-import

SECONDS = float(os.environ.get("FUZZ_SECONDS", "30"))
SEED = int(os.environ.get("FUZZ_SEED") or int.from_bytes(os.urandom(4), "big"))
# The errnos that damage may cause. Any other one is a bug.
REFUSALS = {getattr(errno, name) for name in (
    "EINVAL ERANGE EOPNOTSUPP ENODEV EMSGSIZE E2BIG EAFNOSUPPORT EADDRINUSE ENAMETOOLONG "
    "EPROTONOSUPPORT EPFNOSUPPORT EADDRNOTAVAIL ENODATA EBADR").split()}

nl = Netlink()
rng = random.Random(SEED)
NAME = string(A_IFNAME, "wg0")
KEYS = [bytes([i]) * 31 + b"\x42" for i in range(1, 9)]
ADDRESSES = ["10.0.0.0", "10.0.0.1", "10.128.0.0", "192.168.0.0", "fd00::", "fd00::1", "2001:db8::"]


def some_ip():
    address = rng.choice(ADDRESSES)
    return ip(address, rng.choice((0, 1, 8, 24, 31, 32) + ((64, 127, 128) if ":" in address else ())),
              rng.choice((None, None, 0)))


def some_peer():
    parts = []
    if rng.random() < .3:
        parts.append(attr(P_PRESHARED_KEY, rng.randbytes(32)))
    if rng.random() < .3:
        parts.append(attr(P_ENDPOINT, rng.choice((endpoint4("192.0.2.1", 1), endpoint6("fd00::9", 2)))))
    if rng.random() < .3:
        parts.append(u16(P_KEEPALIVE, rng.choice((0, 1, 65535))))
    if rng.random() < .2:
        parts.append(u32(P_VERSION, 1))
    ips = [some_ip() for _ in range(rng.randrange(4))] if rng.random() < .7 else None
    return peer(rng.choice(KEYS), *parts, flags=rng.choice((None, 0, 1, 2, 3, 4, 6)), ips=ips)


def some_message():
    parts = [NAME]
    if rng.random() < .2:
        parts.append(u32(A_FLAGS, rng.choice((0, 1))))
    if rng.random() < .2:
        parts.append(attr(A_PRIVATE_KEY, rng.choice((bytes(32), rng.randbytes(32)))))
    if rng.random() < .2:
        parts.append(u16(A_LISTEN_PORT, rng.choice((0, 51820, 51821))))
    if rng.random() < .2:
        parts.append(u32(A_FWMARK, rng.choice((0, 1, 0xffffffff))))
    if rng.random() < .9:
        parts.append(array(A_PEERS, [some_peer() for _ in range(rng.randrange(4))]))
    return b"".join(parts)


def damaged(message):
    data = bytearray(message)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
        at = rng.randrange(len(data)) if data else 0
        kind = rng.randrange(6)
        if kind == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and data:
            data[at] = rng.choice((0, 1, 4, 0x7f, 0x80, 0xff))
        elif kind == 2 and len(data) > 4:
            # Most likely a length or a type, since attributes are aligned.
            at &= ~3
            data[at:at + 2] = struct.pack("=H", rng.choice((0, 3, 4, 5, 8, 12, len(data), 0xffff)))
        elif kind == 3:
            del data[at:at + rng.randrange(1, 40)]
        elif kind == 4:
            data[at:at] = rng.randbytes(rng.randrange(1, 12))
        else:
            # A copy of a piece, somewhere else.
            piece = data[at:at + rng.randrange(4, 60)]
            to = rng.randrange(len(data) + 1) & ~3
            data[to:to] = piece
    return bytes(data[:60000])


def state():
    return [(flags, attrs) for flags, attrs in nl.dump(NAME) if attrs is not None]


def fuzz():
    tap(f"# fuzz-netlink: seed {SEED}")
    sent = accepted = 0
    before, end = state(), time.monotonic() + SECONDS
    odd, changed, unread = [], [], []
    while time.monotonic() < end:
        message = damaged(some_message())
        # With the header that libraries send, and with other versions and flags.
        code = nl.request(SET, message, version=rng.choice((1, 1, 1, 0, 2, 255)),
                          flags=NLM_F_REQUEST | NLM_F_ACK | rng.choice((0, 0, 0, 0x100, 0x400)))
        sent += 1
        try:
            after = state()
            merge([(flags, attrs) for flags, attrs in after])
        except (ValueError, OSError, struct.error) as error:
            unread.append((error, message.hex()))
            break
        if code == 0:
            accepted += 1
        else:
            if code not in REFUSALS:
                odd.append((errno.errorcode.get(code, code), message.hex()))
            if after != before:
                changed.append((errno.errorcode.get(code, code), nl.text, message.hex()))
        before = after
    tap(f"# fuzz-netlink: {sent} messages, {accepted} accepted")
    point(sent > 100 and 0 < accepted < sent, "messages of both kinds were sent")
    equal(odd[:3], [], "each refusal has an errno of the interface")
    equal(changed[:3], [], "refused messages have changed nothing", "it validates peers one by one while it applies them")
    equal(unread, [], "accepted messages can be read back")


def still_works():
    equal(nl.set(NAME, u32(A_FLAGS, F_REPLACE_PEERS), array(A_PEERS, [peer(KEYS[0], ips=[ip("10.0.0.0", 8)])])),
          0, "a valid message is still accepted")
    equal(list(merge(nl.dump(NAME))[1]), [KEYS[0]], "and sets exactly its peer")


def can_be_deleted():
    equal(subprocess.run(["ip", "link", "del", "wg0"], check=False).returncode, 0, "the device can be deleted")


run_steps(fuzz, still_works, can_be_deleted)
