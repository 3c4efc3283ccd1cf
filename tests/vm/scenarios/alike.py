# SPDX-License-Identifier: GPL-2.0
"""Collects the facts of two modules, which are loaded one after the other, and compares them.

usage: alike.py IN-TREE-MODULE OUR-MODULE COMPATIBILITY.md

The table "Differences by fact" of that document lists the intended differences: the fact's name
and both values, in each of which * matches anything. A difference must match a row, and each row
for this kernel must match a difference."""

import os
import re
import subprocess
import sys
import time
import traceback

import alike_in
import alike_link
import alike_out
import alike_set
import kcore
from alike_bench import Facts, sh
from points import point, wait_until

HEADING = "## Differences by fact"
COLUMNS = 5
STEPS = (alike_link.family, alike_link.interface, alike_link.link_requests, alike_link.events,
         alike_set.requests, alike_set.sockets, alike_out.senders, alike_out.outside,
         alike_in.arrivals, alike_in.handshakes, alike_in.order, alike_in.forwarding)


# Checksums must be complete on the cable. Each CPU has its own backlog of packets from a veth device,
# in which they can be late, and both the bench and the module's queues change their CPU. With one CPU
# in rps_cpus, all packets of the cable are in the backlog of that one, in the order in which they were
# sent. The same holds for the loopback device, over which the kernel sends ICMP errors. ICMP errors must not be rate limited, and incomplete fragments must not be reported in the
# middle of another step.
BENCH = """source "$VM/lib/scenario.sh"
for n in a b; do ip netns del $n 2>/dev/null || :; done
ns a b
veth_pair a va 10.0.0.1/24 fd00::1/64 b vb 10.0.0.2/24 fd00::2/64
ip netns exec a bash -c "echo 1 | tee /sys/class/net/{va,lo}/queues/rx-0/rps_cpus >/dev/null"
ip netns exec b sh -c "echo 1 >/sys/class/net/vb/queues/rx-0/rps_cpus"
on a ethtool -K va tx off gso off tso off >/dev/null
on a sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 net.ipv4.ipfrag_time=3600 \\
	net.ipv6.ip6frag_time=3600"""


def load(path):
    for name in filter(None, sh("modinfo", "-F", "depends", path).strip().split(",")):
        sh("modprobe", name)
    sh("insmod", path)


def unload():
    """A closed netlink socket or an RCU callback may hold a reference to it for a moment longer."""
    def unloaded():
        return subprocess.run(["rmmod", "wireguard"], check=False, stderr=subprocess.DEVNULL).returncode == 0

    if not wait_until(unloaded, 20):
        raise OSError("the module does not unload")


def memalloc_sockets():
    """The static key of sockets that may use the memory reserves: it counts them."""
    try:
        return kcore.word(kcore.symbols("memalloc_socks_key")[0], "i")
    except kcore.Absent:
        return 0


def collect(path, whose):
    """The facts of all steps that ran to their end. The other steps are failed points."""
    out = {}
    # New namespaces, without what the other module left in its own.
    sh("bash", "-euc", BENCH)
    before = memalloc_sockets()
    load(path)
    for step in STEPS:
        facts = Facts()
        try:
            begun = time.monotonic()
            step(facts)
            print(f"{whose}: {step.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
            out.update(facts.all)
        except Exception:  # pylint: disable=broad-except
            point(False, f"{whose}: {step.__name__} ran to its end", traceback.format_exc(limit=6))
            remove("wg0", "wg1", "m0")
    facts = Facts()
    alike_link.module(facts, path)
    unload()
    facts.note("module/sockets left in memalloc_socks_key", memalloc_sockets() - before)
    out.update(facts.all)
    return out


def remove(*names):
    for netns in ("a", "b"):
        for name in names:
            subprocess.run(["ip", "-n", netns, "link", "del", name], check=False, stderr=subprocess.DEVNULL)


def release_numbers(release):
    return tuple(int(part) for part in release.split(".")[:2])


class Row:
    """An intended difference."""

    def __init__(self, line):
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) != COLUMNS:
            raise ValueError(f"{len(cells)} columns, not {COLUMNS}: {line}")
        self.fact, self.theirs, self.ours = (self.pattern(cell) for cell in cells[:3])
        self.text, self.kernels = ": ".join((cells[0], " / ".join(cells[1:3]))).replace("`", ""), cells[3]
        self.found = []

    @staticmethod
    def pattern(cell):
        return re.compile(".*".join(re.escape(part) for part in cell.strip("`").split("*")), re.DOTALL)

    def here(self):
        """Whether the row is for this kernel: "all", "before 6.13", "from 5.18", "6.3 to 6.12"."""
        if self.kernels == "all":
            return True
        version = r"(\d+\.\d+)"
        found = re.fullmatch(f"before {version}|from {version}|{version} to {version}", self.kernels)
        if not found:
            raise ValueError(f"not all, before, from or to: {self.kernels}")
        running = release_numbers(os.uname().release.split("-")[0])
        before, since, first, last = (release and release_numbers(release) for release in found.groups())
        if before:
            return running < before
        return running >= since if since else first <= running <= last

    def takes(self, name, theirs, ours):
        if self.fact.fullmatch(name) and self.theirs.fullmatch(theirs) and self.ours.fullmatch(ours):
            self.found.append(name)
            return True
        return False


def rows(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split(HEADING + "\n", 1)[1].splitlines()
    table = []
    for line in lines:
        if line.startswith("|"):
            table.append(line)
        elif table:
            break
    return [row for row in map(Row, table[2:]) if row.here()]


def group(name):
    """Facts with the same beginning of their names share one point."""
    return name.split("/", 1)[0]


def compare(theirs, ours, listed):
    wrong, total = {}, {}
    for name in {**theirs, **ours}:
        total[group(name)] = total.get(group(name), 0) + 1
        both = theirs.get(name, "no such fact"), ours.get(name, "no such fact")
        if both[0] != both[1] and not any([row.takes(name, *both) for row in listed]):
            wrong.setdefault(group(name), []).append(f"{name}\n  in-tree: {both[0]}\n  ours:    {both[1]}")
    for name, count in total.items():
        point(name not in wrong, f"{name}: {count} facts alike or listed", "\n".join(wrong.get(name, [])))
    for row in listed:
        point(row.found, f"a fact differs as listed: {row.text}", "no fact differs so; remove the row from the document")
    # Debian's 6.1 has about 1,630; other kernels have fewer sysctls and features.
    least = 1600 if os.uname().release.startswith("6.1.") else 1200
    point(min(len(theirs), len(ours)) >= least, f"each module has {least} facts or more",
          f"in-tree {len(theirs)}, ours {len(ours)}")
    print(f"{len(theirs)} facts, of which {sum(theirs[name] != ours.get(name) for name in theirs)} differ")


def main():
    theirs_path, ours_path, document = sys.argv[1:]
    try:
        listed = rows(document)
        theirs, ours = collect(theirs_path, "in-tree"), collect(ours_path, "ours")
    except Exception:  # pylint: disable=broad-except
        point(False, "facts are collected", traceback.format_exc(limit=6))
        return
    for name, facts in (("in-tree", theirs), ("ours", ours)):
        for key, value in facts.items():
            print(f"{name}\t{key}\t{value}")
    compare(theirs, ours, listed)


if __name__ == "__main__":
    main()
