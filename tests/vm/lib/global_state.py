# SPDX-License-Identifier: GPL-2.0
"""Compares the global state of the kernel before and after a use of the module.
As a program: takes a first sample, then reads names of scenarios, one a line. For each name it
takes another sample and prints the differences from the last one, one a line, and an empty line."""

import glob
import os
import re
import subprocess
import sys
import time

import kcore

KEY = r" [bBdD] (\w+(_key|_needed))$"
# Counters, sysctls of an interface, and a sysctl that bonding changes because it loads tls.
VOLATILE = re.compile(r"net/(netfilter/nf_conntrack_count$|ipv4/tcp_available_ulp$|.*/wg\w*/)")


class State:
    """The kernel's static keys. A sample costs some hundred short reads."""

    def __init__(self):
        self.keys = {}
        # Whether variables can be read: some kernels list functions only.
        self.readable = False
        try:
            variable, *freed = kcore.symbols("init_net", "__init_begin", "__init_end")
            kcore.word(variable, "i")
            self.readable = True
            found = self.symbols()
        except kcore.Absent:
            return
        # Not static keys despite their names: secrets, and symbols in freed init memory.
        self.keys = {name: at for name, at in found.items()
                     if "hash" not in name and name != "ptr_key" and not freed[0] <= at < freed[1]}

    @staticmethod
    def symbols():
        """Uses grep, since the file has about 150,000 lines and the machine is emulated."""
        lines = subprocess.run(["grep", "-E", KEY, "/proc/kallsyms"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, check=False).stdout
        found = {words[2]: int(words[0], 16) for words in map(str.split, lines.splitlines())}
        if not any(found.values()):
            raise kcore.Absent("/proc/kallsyms")
        return found

    def static_keys(self):
        """{name: count} of the kernel's static keys; {} if the kernel does not expose them."""
        try:
            return {name: kcore.word(at, "i") for name, at in self.keys.items()}
        except kcore.Absent:
            return {}


def sysctls():
    """{name: value} of net.* in the initial network namespace."""
    found = {}
    for folder, _, names in os.walk("/proc/sys/net"):
        for name in names:
            path = f"{folder}/{name}"
            if VOLATILE.search(path):
                continue
            try:
                # In half of the time of open(), for some thousand files.
                file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                value = os.read(file, 65536)
                found[path[len("/proc/sys/"):]] = value.decode("ascii", "replace").strip()
            except OSError:  # may not be read
                pass
            finally:
                os.close(file)
    return found


# Modules that the driver uses. Scenarios and services use others.
RELATED = re.compile(r"(ip6_)?udp_tunnel|ipv6|(lib)?(curve25519|chacha|poly1305|blake2s)")


def references():
    """{module: references} of the modules that the driver uses, without the references that
    dependent modules hold."""
    found = {}
    with open("/proc/modules", encoding="ascii") as lines:
        for name, _, count, users, *_ in map(str.split, lines):
            if RELATED.match(name):
                found[name] = int(count) - users.count(",")
    return found


def sockets():
    """{table: local addresses} of the initial network namespace."""
    found = {}
    for name in ("udp", "udp6", "raw", "raw6"):
        try:
            with open(f"/proc/net/{name}", encoding="ascii") as lines:
                found[name] = sorted(line.split()[1] for line in list(lines)[1:])
        except FileNotFoundError:  # no IPv6
            pass
    return found


def named():
    """The module's slab caches and threads. Shared kworkers are left out: they keep the name of
    the last workqueue that they served. A cache that is a link is merged with others, on kernels
    before 3.18, which do not know slab_nomerge. They keep the link after the cache is destroyed."""
    threads = []
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(path, encoding="ascii", errors="replace") as comm:
                threads.append(comm.read().strip())
        except OSError:  # it ended
            pass
    return sorted([os.path.basename(path) for path in glob.glob("/sys/kernel/slab/wg_*")
                   if not os.path.islink(path)] +
                  [name for name in threads if re.match(r"wg-|kworker/R-wg-", name)])


def different(before, after, kept=()):
    return {name: (before.get(name), after.get(name)) for name in {**before, **after}
            if before.get(name) != after.get(name) and name not in kept}


# Changes that are no fault. wg_open() clears send_redirects of the namespace permanently, as the
# in-tree module does.
OF_SCENARIOS = {
    "memcg_sockets_enabled_key": "one for each control group of a systemd service",
    "suspend_timing_needed": "not a static key: a variable of timekeeping, set by a suspend",
    "xps_needed": "raised by virtio_net, which scenarios with a network to the host load",
    "filled_random_ptr_key": "set once, when the generator is ready and %p is printed",
    "not_filled_random_ptr_key": "the name of filled_random_ptr_key on older kernels",
    "rps_needed": "raised by each map in rps_cpus, not lowered when the device is deleted",
    "net/ipv4/conf/all/send_redirects": "see the scenario residue",
}
# Kernels before 5.0 enable these for the first tunnel socket, and never disable them. The last one
# is of RHEL 7, which lowers it with the next socket if the socket before was freed in an interrupt.
BEFORE_5_0 = ("udp_encap_needed", "udpv6_encap_needed",
              "udp_encap_needed_key", "udpv6_encap_needed_key", "netstamp_needed")
# Changes of a single scenario that are no fault.
OF_ONE_SCENARIO = {
    "alike": {"memalloc_socks_key": "leaked by the in-tree module: see docs/COMPATIBILITY.md"},
}


class Watch:
    """The samples before and after each scenario."""

    def __init__(self):
        self.state = State()
        self.last = self.look()

    def look(self):
        return {"static keys": self.state.static_keys(), "sysctls": sysctls(),
                "modules": references(), "sockets": sockets(),
                "named": {"caches and threads": named()}}

    def changed(self, kept):
        now = self.look()
        lines = []
        # Without keys, all samples are equal.
        if self.state.readable and not now["static keys"]:
            lines.append("static keys: none found, although /proc/kallsyms and /proc/kcore can be read")
        for what, was in self.last.items():
            for name, (old, new) in different(was, now[what], kept).items():
                # Modules that a scenario loads add sysctls.
                if old is None and what in ("modules", "sysctls"):
                    continue
                lines.append(f"{what}: {name}: {old} before, {new} now")
        return now, lines

    def after(self, scenario, seconds):
        """The differences that remain. The kernel ends namespaces and lowers some static keys
        asynchronously, so this repeats the comparison for up to @seconds."""
        end = time.monotonic() + seconds
        kept = {*OF_SCENARIOS, *OF_ONE_SCENARIO.get(scenario, {})}
        if int(os.uname().release.split(".")[0]) < 5:
            kept.update(BEFORE_5_0)
        while True:
            now, lines = self.changed(kept)
            if not lines or time.monotonic() > end:
                self.last = now
                return lines
            time.sleep(0.2)


def main():
    watch = Watch()
    print(flush=True)
    for scenario in sys.stdin:
        for line in watch.after(scenario.strip(), 10 * int(os.environ.get("SLOW", "1"))):
            print(line)
        print(flush=True)


if __name__ == "__main__":
    main()
