# SPDX-License-Identifier: GPL-2.0
"""Namespaces end in batches of the kernel's, each with an interface. The grace periods under
RTNL are counted, as all the machine's network configuration waits for them: an interface may
cost less than two expedited ones, and no others. How long it takes is told, not judged."""

import os
import re
import subprocess
import sys
import threading
import time

import kcore
from points import point, skip, tap, wait_until
from rtnl import NEWLINK, Route, libc
from wgnl import name_of

NAMESPACES = int(os.environ.get("NAMESPACES", "60"))
CLONE_NEWNET = 0x40000000


def grace_periods():
    """Those that were expedited, as all are under RTNL. The lower two bits are a state."""
    at, = kcore.symbols("rcu_state")
    return kcore.word(at + kcore.offset("rcu_state", "expedited_sequence"), "Q") // 4


TRACING = "/sys/kernel/tracing"


def write(path, text):
    with open(f"{TRACING}/{path}", "w", encoding="ascii") as file:
        file.write(text)


def watch_waits():
    """Has the kernel count who waits for a grace period that is not expedited. Return: whether
    it can."""
    if not os.path.exists(f"{TRACING}/kprobe_events"):
        subprocess.run(["mount", "-t", "tracefs", "nodev", TRACING], check=False,
                       stderr=subprocess.DEVNULL)
    try:
        write("kprobe_events", "p:kprobes/waits synchronize_rcu\n")
        write("events/kprobes/waits/trigger", "hist:keys=stacktrace")
    except OSError:
        return False
    return True


def waits():
    """How often the module had somebody wait with RTNL held, by the stacks; those stacks; how
    many different ones there were in all."""
    with open(f"{TRACING}/events/kprobes/waits/hist", encoding="ascii") as file:
        stacks = re.findall(r"\{ (.*?)\} hitcount: +(\d+)", file.read(), re.S)
    # In netdev_run_todo() interfaces are freed, after RTNL is released.
    held = [(stack, int(count)) for stack, count in stacks
            if "[wireguard]" in stack and "netdev_run_todo" not in stack]
    return sum(count for _, count in held), "\n".join(stack for stack, _ in held), len(stacks)


def end_watch():
    write("events/kprobes/waits/trigger", "!hist:keys=stacktrace")
    write("kprobe_events", "")


def make(count):
    """A process that holds so many namespaces; a pipe to end it by."""
    ready, begin = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        held = []
        for _ in range(count):
            if libc.unshare(CLONE_NEWNET):
                os._exit(1)
            held.append(os.open("/proc/self/ns/net", os.O_RDONLY))
            route = Route()
            said = route.create("wg0") or route.link(NEWLINK, index=route.find("wg0")[0], up=True)
            if said:
                os.write(ready[1], name_of(said).encode())
                os._exit(1)
            route.sock.close()
        os.write(ready[1], b"ready")
        os.read(begin[0], 1)
        os._exit(0)
    os.close(ready[1])
    said = os.read(ready[0], 100)
    return child, begin[1], said


class Busy(threading.Thread):
    """Asks for RTNL again and again; the longest that it waited."""

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


def held():
    """Namespaces that there are, in use or ending. The memory of those that ended last is kept
    until another ends."""
    subprocess.run(["sh", "-ec", "ip netns add last; ip netns del last"], check=True)
    with open("/sys/kernel/slab/net_namespace/shrink", "w", encoding="ascii") as shrink:
        shrink.write("1")
    with open("/proc/slabinfo", encoding="ascii") as info:
        return int(next(line.split()[1] for line in info if line.startswith("net_namespace ")))


if not os.path.exists("/proc/slabinfo"):
    skip("namespaces end, each with an interface", "this kernel does not tell how many there are")
    sys.exit()
at_first = held()
child, end, said = make(NAMESPACES)
if point(said == b"ready", f"{NAMESPACES} namespaces with an interface", said):
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
    gone = wait_until(lambda: held() <= at_first + 1, 60, step=1)
    took = time.monotonic() - since
    busy.over.set()
    busy.join()
    if watched:
        waited, stacks, seen = waits()
        end_watch()
        # Not a point that sees nothing: freeing the interfaces does wait.
        point(seen and not waited, "no ordinary grace period is waited for with RTNL held",
              f"{waited} times, {seen} stacks\n{stacks}", in_tree_todo="for each socket")
    else:
        skip("no ordinary grace period is waited for with RTNL held", "this kernel counts no calls")
    point(gone, "they end", f"{held() - at_first} left after {took:.0f} s")
    if before is None:
        skip("grace periods are counted by batches", "this kernel does not tell of them")
    else:
        passed = grace_periods() - before
        # One to free the interface, without RTNL. The core has some for each batch.
        point(passed < 2 * NAMESPACES, "an interface costs less than two grace periods", passed,
              in_tree_todo="more for each interface")
        tap(f"# namespace-ends: {NAMESPACES} in {took:.1f} s, {passed} expedited grace periods; "
            f"others waited for RTNL {busy.longest * 1000:.0f} ms at most")
