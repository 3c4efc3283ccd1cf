# SPDX-License-Identifier: GPL-2.0
"""For the scenarios that flood the bench of wire.py: tests/packet's flood, what it
sends, and a range of source addresses that namespace b answers for.

  10.9.0.0/16 is b's, every address of it; a sends there over the veth
  10.8.0.0/16 is nobody's
"""

import os
import struct
import subprocess
import tempfile
import threading
import time

from memory import PUT_BY, shrink
from points import IN_TREE, SLOW, point, skip, wait_until
from wgpeer import INITIATION, RESPONSE, blake2s, hash_
from wire import counters, in_a

FLOOD = os.environ["PACKET"] + "/flood"
OURS, NOBODYS = "10.9.0.1", "10.8.0.1"
DIRECTORY = tempfile.mkdtemp(dir=os.environ["SCRATCH"])
SIZE = {INITIATION: 148, RESPONSE: 92}


def many_sources():
    """To be called once: all that is lost of a flood is to be lost by the module."""
    subprocess.run(["ip", "route", "add", "local", "10.9.0.0/16", "dev", "lo"], check=True)
    in_a("ip", "route", "add", "10.9.0.0/16", "via", "10.0.0.2")
    for interface in ("all", "va"):
        in_a("sysctl", "-qw", f"net.ipv4.conf.{interface}.rp_filter=0")
    # Nor is a neighbour to be forgotten because his answers wait for a processor.
    with open("/sys/class/net/vb/address", encoding="ascii") as file:
        in_a("ip", "neigh", "replace", "10.0.0.2", "lladdr", file.read().strip(), "dev", "va")
    subprocess.run(["ip", "neigh", "replace", "10.0.0.1", "lladdr",
                    in_a("cat", "/sys/class/net/va/address").strip(), "dev", "vb"], check=True)


def with_mac1(kernel, kind=INITIATION, receiver=0):
    """Of random bytes but for the right mac1: the kernel's public-key work is for nothing."""
    body = struct.pack("<I", kind) + os.urandom(4)
    if kind == RESPONSE:
        body += struct.pack("<I", receiver)
    body += os.urandom(SIZE[kind] - 32 - len(body))
    return body + blake2s(body, hash_(b"mac1----", kernel), 16) + bytes(16)


def without_mac1():
    return struct.pack("<I", INITIATION) + os.urandom(144)


def to_file(messages):
    """What a flood sends in turn, all of one size."""
    name = tempfile.mktemp(dir=DIRECTORY)
    with open(name, "wb") as file:
        for message in messages:
            file.write(message)
    return name, len(messages[0])


def come_first():
    """For a flood that leaves the workers no processor."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


class Flood:
    """A flood under way; with no seconds and no count until it is ended. What is to be done
    in its process before it begins is before; a command that it is begun with is by."""

    def __init__(self, messages, source=OURS, to="10.0.0.1", port=1, before=None, by=(), **options):
        words = [word for name, value in options.items()
                 for word in ("--" + name.replace("_", "-"), str(value))]
        name, size = messages
        self.begin = time.monotonic()
        self.process = subprocess.Popen([*by, FLOOD, *words, source, to, str(port), name, str(size)],
                                        stdout=subprocess.PIPE, text=True, preexec_fn=before)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """How many it has sent, and how many seconds that took."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.wait()

    def wait(self):
        if not self.process.stdout.closed:
            words = self.process.communicate(timeout=120)[0].split()
            if self.process.returncode:
                raise RuntimeError(f"flood: exit {self.process.returncode}")
            self.sent, self.took = int(words[1]), float(words[3])
        return self.sent, self.took


# What can become of a handshake message that brings no session about. Ours only.
REASONS = ("handshake_queue_full", "handshake_wrong_mac", "handshake_cookie_asked",
           "handshake_rate_limited", "handshake_rejected")


def counted():
    now = {} if IN_TREE else counters()
    return {name: now.get(name, 0) for name in REASONS}


def since(before):
    return {name: value - before[name] for name, value in counted().items()}


def no_load(loaded, *names):
    """Whether there is nothing to look at, which is then said of each: on kernels for
    debugging sending takes longer than what the module does with a handshake."""
    if loaded or SLOW == 1:
        return False
    for name in names:
        skip(name, "this kernel sends no faster than it answers")
    return True


def all_dealt_with(seconds=60):
    """When nothing of a flood is on its way or queued any longer."""
    def still():
        looks = []
        for _ in range(2):
            looks.append((counted(), in_a("cat", "/sys/class/net/va/statistics/rx_packets")))
            time.sleep(0.3)
        return looks[0] == looks[1]
    return wait_until(still, seconds)


def batches():
    """Messages that wait, or None where this kernel's slabs do not tell."""
    # What was freed and is put by does not wait.
    shrink("wg_batch")
    try:
        with open("/proc/slabinfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("wg_batch "):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


class Watch(threading.Thread):
    """How many messages wait at most meanwhile: no more than there is room for."""
    # Those of the queue, those that the processors are at, and some of data. On slow
    # kernels more are over before they are counted, and KASAN keeps what was freed.
    ROOM = 4096 + 512 * SLOW + PUT_BY

    def __init__(self):
        super().__init__(daemon=True)
        self.most = batches()
        self.ended = threading.Event()
        self.start()

    def run(self):
        while self.most is not None and not self.ended.wait(0.1):
            self.most = max(self.most, batches())

    def verdict(self, name):
        self.ended.set()
        self.join()
        if self.most is None:
            skip(f"{name}: no more messages wait than there is room for",
                 "this kernel's slabs do not tell")
            return
        point(self.most <= self.ROOM, f"{name}: no more messages wait than there is room for",
              self.most)
        point(wait_until(lambda: batches() < 256 + PUT_BY, 30), f"{name}: afterwards none does",
              batches())
