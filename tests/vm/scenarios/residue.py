# SPDX-License-Identifier: GPL-2.0
"""The global state of the kernel before and after a life of the module: several interfaces
with peers, in two namespaces and in the first one, traffic over both families."""

import glob
import os
import re
import subprocess

import kcore
from points import equal, skip, wait_until

INTERFACES = 3
# What stays, and why.
KEPT = {
    "net.ipv4.conf.all.send_redirects": "off while any interface is up, as in-tree: a packet may leave "
                                        "the way it came, and the value of another time is nobody's to know",
}
# Counters, and what other parts of the kernel change by themselves.
VOLATILE = re.compile(r"^net\.(netfilter\.nf_conntrack_count|.*\.wg\w+\.)")
KEY = re.compile(r"^\w+(_key|_needed|_cnt)$")


def sh(text):
    return subprocess.run(["bash", "-euc", text], check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def static_keys():
    """{name: count} of the kernel's own, without what only has the name of one: secrets of
    hashes, and what was freed after boot."""
    names, freed = [], kcore.symbols("__init_begin", "__init_end")
    with open("/proc/kallsyms", encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if len(words) == 3 and words[1] in "bBdD" and KEY.match(words[2]) and \
                    "hash" not in words[2] and not freed[0] <= int(words[0], 16) < freed[1]:
                names.append((words[2], int(words[0], 16)))
    if not names or not names[0][1]:
        raise kcore.Absent("/proc/kallsyms")
    return {name: kcore.word(at, "i") for name, at in names}


def sysctls():
    lines = (line.split(" = ", 1) for line in sh("sysctl -a 2>/dev/null || :").splitlines())
    return {words[0]: words[1] for words in lines
            if len(words) == 2 and words[0].startswith("net.") and not VOLATILE.match(words[0])}


def references():
    """{module: references}"""
    with open("/proc/modules", encoding="ascii") as lines:
        return {line.split()[0]: line.split()[2] for line in lines}


def sockets():
    """The local addresses of UDP sockets."""
    found = []
    for name in ("udp", "udp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as lines:
            found += [line.split()[1] for line in list(lines)[1:]]
    return sorted(found)


def named():
    """Slab caches and threads of the module's; a kworker of all bears its last work's name."""
    threads = []
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(path, encoding="ascii", errors="replace") as comm:
                threads.append(comm.read().strip())
        except OSError:
            pass
    return sorted([os.path.basename(path) for path in glob.glob("/sys/kernel/slab/wg_*")] +
                  [name for name in threads if re.match(r"wg-|kworker/R-wg-", name)])


def life():
    """Loads, uses and unloads the module."""
    sh("modprobe wireguard")
    sh("""cd $SCRATCH; umask 077
        for n in r s; do ip netns add $n; ip -n $n link set lo up; wg genkey >$n.key; wg pubkey <$n.key >$n.pub; done
        ip link add vr netns r type veth peer name vs netns s
        ip -n r addr add 10.0.0.1/24 dev vr; ip -n s addr add 10.0.0.2/24 dev vs
        ip -n r addr add fd00::1/64 dev vr nodad; ip -n s addr add fd00::2/64 dev vs nodad
        ip -n r link set vr up; ip -n s link set vs up""")
    for number in range(INTERFACES):
        far = "10.0.0.2" if number % 2 else "[fd00::2]"
        sh(f"""cd $SCRATCH
            ip link add wgx{number} type wireguard; ip link set wgx{number} up
            for n in r s; do ip -n $n link add wg{number} type wireguard; done
            ip netns exec r wg set wg{number} private-key r.key listen-port {number + 1} \\
                peer $(cat s.pub) allowed-ips 192.168.{number}.2/32 endpoint {far}:{number + 1}
            ip netns exec s wg set wg{number} private-key s.key listen-port {number + 1} \\
                peer $(cat r.pub) allowed-ips 192.168.{number}.1/32
            ip -n r addr add 192.168.{number}.1/24 dev wg{number}
            ip -n s addr add 192.168.{number}.2/24 dev wg{number}
            for n in r s; do ip -n $n link set wg{number} up; done
            ip netns exec r ping -n -q -c 1 -W 10 192.168.{number}.2""")
    # One goes by itself, one with its namespace, the rest with the module.
    sh("ip -n s link del wg0; ip netns del r; rmmod wireguard; ip netns del s; rm -f $SCRATCH/[rs].*")


def different(before, after):
    return {name: (before.get(name), after.get(name)) for name in {**before, **after}
            if before.get(name) != after.get(name) and name not in KEPT}


def what():
    try:
        keys = static_keys()
    except kcore.Absent:
        keys = None
    return {"static keys": keys, "sysctls": sysctls(), "references of modules": references()}, sockets()


# Modules that it pulls in, and what the first interface of any kind sets up.
life()
before, sockets_before = what()
life()
# Namespaces end in their own time.
wait_until(lambda: not different(before["references of modules"], references()), 20)
after, sockets_after = what()
for name, was in before.items():
    if was is None:
        skip(f"{name} are as before", "this kernel does not tell of them")
    else:
        equal(different(was, after[name]), {}, f"{name} are as before")
equal(sockets_after, sockets_before, "UDP sockets are as before")
equal(named(), [], "no slab cache and no thread is left")
