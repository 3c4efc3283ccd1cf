# SPDX-License-Identifier: GPL-2.0
"""For the scenarios that flood the bench of wire.py: runs the program flood of tests/packet,
makes its messages, and gives namespace b a range of source addresses.

  10.9.0.0/16: all addresses are local in b; a routes them over the veth
  10.8.0.0/16: assigned to no device
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
OURS, UNASSIGNED = "10.9.0.1", "10.8.0.1"
DIRECTORY = tempfile.mkdtemp(dir=os.environ["SCRATCH"])
SIZE = {INITIATION: 148, RESPONSE: 92}


def many_sources():
    """Called once: sets up the addresses so that only the module drops packets of a flood."""
    subprocess.run(["ip", "route", "add", "local", "10.9.0.0/16", "dev", "lo"], check=True)
    in_a("ip", "route", "add", "10.9.0.0/16", "via", "10.0.0.2")
    for interface in ("all", "va"):
        in_a("sysctl", "-qw", f"net.ipv4.conf.{interface}.rp_filter=0")
    # Permanent neighbour entries, since answers of a neighbour may wait for a processor.
    with open("/sys/class/net/vb/address", encoding="ascii") as file:
        in_a("ip", "neigh", "replace", "10.0.0.2", "lladdr", file.read().strip(), "dev", "va")
    subprocess.run(["ip", "neigh", "replace", "10.0.0.1", "lladdr",
                    in_a("cat", "/sys/class/net/va/address").strip(), "dev", "vb"], check=True)


def with_mac1(kernel, kind=INITIATION, receiver=0):
    """A message of random bytes with a valid mac1, which costs the kernel a futile DH."""
    body = struct.pack("<I", kind) + os.urandom(4)
    if kind == RESPONSE:
        body += struct.pack("<I", receiver)
    body += os.urandom(SIZE[kind] - 32 - len(body))
    return body + blake2s(body, hash_(b"mac1----", kernel), 16) + bytes(16)


def without_mac1():
    return struct.pack("<I", INITIATION) + os.urandom(144)


def to_file(messages):
    """Writes messages of one size to a file. A flood sends them in turn."""
    name = tempfile.mktemp(dir=DIRECTORY)
    with open(name, "wb") as file:
        for message in messages:
            file.write(message)
    return name, len(messages[0])


def set_realtime():
    """Real-time priority, for a flood that takes the processors from the workers."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


class Flood:
    """A running flood. Without the options seconds and count it runs until end(). before is
    called in its process first; by is a command prefix."""

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
        """Ends the flood. Returns the number of messages sent and the seconds taken."""
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


# Counters of our module for handshake messages that do not result in a session.
REASONS = ("handshake_queue_full", "handshake_wrong_mac", "handshake_cookie_asked",
           "handshake_rate_limited", "handshake_rejected")


def counted():
    now = {} if IN_TREE else counters()
    return {name: now.get(name, 0) for name in REASONS}


def since(before):
    return {name: value - before[name] for name, value in counted().items()}


def no_load(loaded, *names):
    """Whether the flood causes no load, and if so, skips the points @names. On debug kernels
    sending takes longer than the module's work on a handshake."""
    if loaded or SLOW == 1:
        return False
    for name in names:
        skip(name, "this kernel does not send faster than it answers")
    return True


def wait_processed(before=None, sent=0, seconds=60):
    """Waits until no message of a flood is in flight or queued: until @sent messages have been
    counted since @before. If the caller does not know the number, or the module does not count
    them, until two looks see the same."""
    if before is not None and not IN_TREE:
        return wait_until(lambda: sum(since(before).values()) >= sent, seconds)

    def still():
        looks = []
        for _ in range(2):
            looks.append((counted(), in_a("cat", "/sys/class/net/va/statistics/rx_packets")))
            # Only time shows that nothing moves. A worker that is not done processes a message
            # within it, also on a slow kernel.
            time.sleep(0.3 * SLOW)
        return looks[0] == looks[1]
    return wait_until(still, seconds)


def batches():
    """The number of queued messages, or None if this kernel has no slab statistics."""
    # Freed objects that the slab caches keep do not count.
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
    """Samples the number of queued messages and checks the maximum against the limit."""
    # The queue's limit, the messages that the processors handle, and some data messages. On
    # slow kernels more are freed late, and KASAN keeps freed objects.
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
            skip(f"{name}: the queue of messages stays within its limit",
                 "this kernel has no slab statistics")
            return
        point(self.most <= self.ROOM, f"{name}: the queue of messages stays within its limit",
              self.most)
        point(wait_until(lambda: batches() < 256 + PUT_BY, 30), f"{name}: the queue empties",
              batches())
