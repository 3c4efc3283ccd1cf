# SPDX-License-Identifier: GPL-2.0
#
# setup: nothing
# timeout: 120
# plan: 5
# excludes: run -- it has no cable or tunnel to change
"""Ends many namespaces at once, each with an interface that is up, while other processes take RTNL
all the time. NAMESPACES= sets their number. Counts the grace periods under RTNL, since all changes
of the machine's network configuration wait for them. An interface may cost less than two expedited
ones, and no others. The duration is printed, not judged."""

import atexit
import os
import re
import subprocess
import sys
import threading
import time

import kcore
from points import SLOW, point, skip, tap, wait_until
from rtnl import NEWLINK, Route, libc
from wgnl import name_of

NAMESPACES = int(os.environ.get("NAMESPACES", "60"))
CLONE_NEWNET = 0x40000000


def grace_periods():
    """The number of expedited grace periods: synchronize_net() expedites under RTNL. The lower two
    bits of the word are a state."""
    at, = kcore.symbols("rcu_state")
    return kcore.word(at + kcore.offset("rcu_state", "expedited_sequence"), kcore.LONG) // 4


TRACING = "/sys/kernel/tracing"


def write(path, text):
    with open(f"{TRACING}/{path}", "w", encoding="ascii") as file:
        file.write(text)


def watch_waits():
    """Makes the kernel count the waits for a grace period that is not expedited. Return: whether
    it can."""
    if not os.path.exists(f"{TRACING}/kprobe_events"):
        subprocess.run(["mount", "-t", "tracefs", "nodev", TRACING], check=False,
                       stderr=subprocess.DEVNULL)
    try:
        write("kprobe_events", "p:kprobes/waits synchronize_rcu\n")
        atexit.register(end_watch)
        write("events/kprobes/waits/trigger", "hist:keys=stacktrace")
    except OSError:
        return False
    return True


def waits():
    """The number of waits in the module with RTNL held; their stacks; the number of different
    stacks of all waits."""
    with open(f"{TRACING}/events/kprobes/waits/hist", encoding="ascii") as file:
        stacks = re.findall(r"\{ (.*?)\} hitcount: +(\d+)", file.read(), re.S)
    # netdev_run_todo() frees interfaces after it has released RTNL.
    held = [(stack, int(count)) for stack, count in stacks
            if "[wireguard]" in stack and "netdev_run_todo" not in stack]
    return sum(count for _, count in held), "\n".join(stack for stack, _ in held), len(stacks)


def end_watch():
    atexit.unregister(end_watch)
    write("events/kprobes/waits/trigger", "!hist:keys=stacktrace")
    write("kprobe_events", "")


def make(count):
    """A process that holds this many namespaces, and a pipe that ends it."""
    ready, begin = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        held = []
        for _ in range(count):
            if libc.unshare(CLONE_NEWNET):
                os._exit(1)
            held.append(os.open("/proc/self/ns/net", os.O_RDONLY))
            route = Route()
            answer = route.create("wg0") or route.link(NEWLINK, index=route.find("wg0")[0], up=True)
            if answer:
                os.write(ready[1], name_of(answer).encode())
                os._exit(1)
            route.sock.close()
        os.write(ready[1], b"ready")
        os.read(begin[0], 1)
        os._exit(0)
    os.close(ready[1])
    answer = os.read(ready[0], 100)
    return child, begin[1], answer


class Busy(threading.Thread):
    """Takes RTNL again and again. longest is its longest wait."""

    def __init__(self):
        super().__init__(daemon=True)
        self.over, self.longest, self.route = threading.Event(), 0, Route()

    def run(self):
        lo = self.route.find("lo")[0]
        while not self.over.is_set():
            since = time.monotonic()
            self.route.link(NEWLINK, index=lo, up=True)
            self.longest = max(self.longest, time.monotonic() - since)
            time.sleep(0.005)


def end_another():
    subprocess.run(["sh", "-ec", "ip netns add last; ip netns del last"], check=True)


def in_memory():
    """The number of namespaces whose memory is not free."""
    with open("/sys/kernel/slab/net_namespace/shrink", "w", encoding="ascii") as shrink:
        shrink.write("1")
    with open("/proc/slabinfo", encoding="ascii") as info:
        return int(next(line.split()[1] for line in info if line.startswith("net_namespace ")))


def held():
    """The number of namespaces, in use or ending. The kernel keeps the memory of the one that ended
    last until another ends. So this ends two, and waits until the number has not changed for half a
    second: one of the two is left."""
    end_another()
    end_another()
    seen = []

    def settled():
        seen.append(in_memory())
        return len(seen) > 5 and len(set(seen[-6:])) == 1

    wait_until(settled, step=0.1)
    return seen[-1]


def at_rest(counted, end):
    """Waits until no namespace has ended, and no grace period if they are counted, for a second times
    SLOW, but not longer than until @end. Return: since when."""
    last, since = None, time.monotonic()
    while time.monotonic() < min(since + SLOW, end):
        now = in_memory(), grace_periods() if counted else 0
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.1)
    return since


if not os.path.exists("/proc/slabinfo"):
    skip("namespaces end, each with an interface", "this kernel does not show their number")
    sys.exit()
# The count falls while namespaces of earlier scenarios end.
at_first = held()
while (now := held()) < at_first:
    at_first = now
child, end, answer = make(NAMESPACES)
if point(answer == b"ready", f"{NAMESPACES} namespaces with an interface", answer):
    try:
        before = grace_periods()
    except kcore.Absent:
        before = None
    watched = watch_waits()
    busy = Busy()
    busy.start()
    since = time.monotonic()
    os.write(end, b".")
    os.waitpid(child, 0)
    # Without held(): the namespaces that it ends cost grace periods, too. So the count is read when
    # nothing has ended for a while, and is right if all have ended by then.
    passed, end_by = None, time.monotonic() + 60 * SLOW
    while True:
        took = at_rest(before is not None, end_by) - since
        if before is not None:
            passed = grace_periods() - before
        gone = held() <= at_first
        if gone or time.monotonic() > end_by:
            break
    busy.over.set()
    busy.join()
    if watched:
        waited, stacks, seen = waits()
        end_watch()
        # The probe must see something: freeing the interfaces does wait.
        point(seen and not waited, "no ordinary grace period is waited for with RTNL held",
              f"{waited} times, {seen} stacks\n{stacks}", in_tree_todo="for each socket")
    else:
        skip("no ordinary grace period is waited for with RTNL held", "it cannot count calls")
    point(gone, "they end", f"{held() - at_first} left after {took:.0f} s")
    if passed is None:
        skip("grace periods are counted by batches", "this kernel does not show them")
    else:
        # One frees the interface, without RTNL. The core needs some for each batch.
        point(passed < 2 * NAMESPACES, "an interface costs less than two grace periods", passed,
              in_tree_todo="more for each interface")
        tap(f"# namespace-ends: {NAMESPACES} in {took:.1f} s, {passed} expedited grace periods; "
            f"others waited for RTNL {busy.longest * 1000:.0f} ms at most")
