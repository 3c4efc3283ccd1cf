# SPDX-License-Identifier: GPL-2.0
#
# setup: nothing
# excludes: run -- it has no cable or tunnel to change
# load: by itself
# timeout: 90
# plan: 6
# excludes: ipv6-off -- it uses both families
"""Compares the global state of the kernel before the module is loaded and after it was loaded,
used and unloaded. The use is several interfaces with peers, in two namespaces and in the first
one, traffic over both families."""

import subprocess

from points import SLOW, equal, skip, wait_until
from global_state import State, different, named, references, sockets, sysctls

INTERFACES = 3
# The values that differ afterwards, and why.
KEPT = {
    "net/ipv4/conf/all/send_redirects": "off while any interface is up, as in-tree: a packet may leave "
                                        "the way it came, and the earlier value is not recorded",
}


def sh(text):
    return subprocess.run(["bash", "-euc", text], check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


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
            ip netns exec r ping -n -q -c 1 -W {10 * SLOW} 192.168.{number}.2""")
    # One is deleted by itself, one with its namespace, the rest with the module.
    sh("ip -n s link del wg0; ip netns del r; rmmod wireguard; ip netns del s; rm -f $SCRATCH/[rs].*")


def what():
    return {"static keys": state.static_keys(), "sysctls": sysctls(), "references of modules": references(),
            "sockets": sockets()}


state = State()
# The first use loads dependencies, and sets up what the first interface of any kind sets up.
life()
before = what()
life()
# Namespaces end asynchronously.
wait_until(lambda: not different(before["references of modules"], references()), 20)
after = what()
for name, was in before.items():
    if not was:
        skip(f"{name} are as before", "this kernel does not show them")
    else:
        equal(different(was, after[name], KEPT), {}, f"{name} are as before")
equal(named(), [], "no slab cache and no thread is left")
