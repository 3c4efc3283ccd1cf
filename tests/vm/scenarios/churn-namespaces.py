# SPDX-License-Identifier: GPL-2.0
#
# setup: nothing
# timeout: 600 + 60 * ROUNDS
# plan: 9
# speed: soak
"""Ends namespaces and the module under traffic, again and again. The device has its sockets in one
namespace and its packets in another. Both end in either order, or the module is unloaded with
both. ROUNDS= sets the repetitions.

  in: wg0 192.168.241.1                          b: wg0 192.168.241.2
   ..... sockets in out                               |
  out: va 10.0.0.1 ------------------------------- vb 10.0.0.2
  aside: wg9, created in out, with an endpoint that does not answer

in and b send traffic when out or in ends, or when the module is unloaded. wg9 is in the middle of a
handshake then, with staged packets. b stays, except when the module is unloaded."""

import contextlib
import os
import subprocess
import tempfile
import time

import memory
from points import point, tap, wait_until
from traffic import Prober, Traffic, raw
from wgnl import Netlink, string, A_IFNAME

ROUNDS = int(os.environ.get("ROUNDS", "4"))
WARM_UP = 1
RECOVERS = 60
GONE = 60
INNER = {"in": ("192.168.241.1", "fd00:1::1"), "b": ("192.168.241.2", "fd00:1::2")}
# A leak of one object in each round of one of the orders reaches this number.
LEAST = ROUNDS


def sh(text):
    done = subprocess.run(["sh", "-euc", text], check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise OSError(done.returncode, f"{text.split(';')[0].strip()}...\n{done.stdout}")
    return done.stdout.strip()


scratch = tempfile.mkdtemp()
for name in "ab":
    sh(f"cd {scratch}; umask 077; wg genkey >{name}.key; wg pubkey <{name}.key >{name}.pub")
sh(f"umask 077; wg genkey >{scratch}/9.key")
QUIET = "sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0"


def make_b():
    sh(f"""ip netns add b; ip -n b link set lo up; ip netns exec b {QUIET}
        ip -n b link add wg0 type wireguard
        ip netns exec b wg set wg0 private-key {scratch}/b.key listen-port 2 \\
            peer $(cat {scratch}/a.pub) allowed-ips 192.168.241.1/32,fd00:1::1/128 endpoint 10.0.0.1:1
        ip -n b link set wg0 up
        ip -n b addr add 192.168.241.2/24 dev wg0; ip -n b addr add fd00:1::2/64 dev wg0""")


def make():
    sh(f"""for n in out in aside; do ip netns add $n; ip -n $n link set lo up; ip netns exec $n {QUIET}; done
        ip link add va netns out type veth peer name vb netns b
        ip -n out addr add 10.0.0.1/24 dev va; ip -n b addr add 10.0.0.2/24 dev vb
        ip -n out link set va up; ip -n b link set vb up
        ip -n out link add wg0 type wireguard; ip -n out link add wg9 type wireguard
        ip netns exec out wg set wg0 private-key {scratch}/a.key listen-port 1 \\
            peer $(cat {scratch}/b.pub) allowed-ips 192.168.241.2/32,fd00:1::2/128 endpoint 10.0.0.2:2
        ip netns exec out wg set wg9 private-key {scratch}/9.key \\
            peer $(cat {scratch}/b.pub) allowed-ips 192.168.9.0/24 endpoint 10.0.0.99:9
        ip -n out link set wg0 netns in; ip -n out link set wg9 netns aside
        ip -n in link set wg0 up; ip -n aside link set wg9 up
        ip -n in addr add 192.168.241.1/24 dev wg0; ip -n in addr add fd00:1::1/64 dev wg0
        ip -n aside addr add 192.168.9.1/24 dev wg9""")


def half_reader():
    """A dump that is never read to its end. It holds a reference to the module, as any dump
    does."""
    half = Netlink()
    half.dump_start(string(A_IFNAME, "wg9"))
    while True:
        time.sleep(60)


def reader():
    whole = Netlink()
    while True:
        with contextlib.suppress(OSError):
            whole.dump(string(A_IFNAME, "wg9"))
        time.sleep(.02)


def begin(traffic, end):
    """Starts the traffic and waits until it flows both ways."""
    traffic.start()
    traffic.child("aside", raw, "192.168.9.1", "192.168.9.2", "wg9")
    traffic.child("aside", reader)
    if end is not module:
        traffic.child("aside", half_reader)
    if not wait_until(Prober("in", INNER["b"][0]).flows, RECOVERS):
        raise OSError(0, "no traffic: " + sh("ip netns exec in wg; ip -n in -s link show wg0; ip -n out addr"))


def cable_is_gone():
    return "vb" not in sh("ip -n b -o link")


def sockets_first(traffic):
    sh("ip netns del out")
    # The cable ends with the namespace. Meanwhile in's traffic continues and must be refused.
    if not wait_until(cable_is_gone, GONE):
        raise OSError(0, "the namespace of the sockets does not end")
    if Prober("in", INNER["b"][0]).flows():
        raise OSError(0, "there is traffic without sockets")
    sh("ip netns exec in wg show wg0 >/dev/null; ip netns exec in ip link set wg0 down")
    traffic.leave("in", "aside")
    sh("ip netns del in; ip netns del aside")


def packets_first(traffic):
    traffic.leave("in", "aside")
    sh("ip netns del in; ip netns del aside")
    port_is_free = "! ip netns exec out ss -lun | grep -q ':1 '"
    if not wait_until(lambda: subprocess.run(["sh", "-c", port_is_free], check=False).returncode == 0, GONE):
        raise OSError(0, "the namespace of the packets does not end")
    sh("ip netns del out")
    if not wait_until(cable_is_gone, GONE):
        raise OSError(0, "the namespace of the sockets does not end")


def both_at_once(traffic):
    traffic.leave("in", "aside")
    sh("ip netns del out & ip netns del in & ip netns del aside & wait")
    if not wait_until(cable_is_gone, GONE):
        raise OSError(0, "the namespaces do not end")


def module(traffic):
    """Everything is in place. Processes that hold no reference to the module still send."""

    def unloaded():
        sh("timeout 60 rmmod wireguard || :")
        return not os.path.exists("/sys/module/wireguard")

    # A dump in progress holds a reference to the module.
    if not wait_until(unloaded, GONE):
        raise OSError(0, "the module is still there")
    traffic.leave("in", "aside", "b")
    sh("""ip netns del out; ip netns del in; ip netns del aside; ip netns del b
        modprobe wireguard""")
    make_b()


def rounds(end, count):
    """Runs the rounds. Returns what went wrong."""
    for number in range(count):
        make()
        traffic = Traffic(INNER)
        try:
            begin(traffic, end)
            end(traffic)
        except OSError as error:
            return f"round {number}: {error}"
        finally:
            traffic.end()
    return ""


def ended():
    """Whether no namespace is left but b and the last one that ended. The kernel keeps that one,
    and all that ended in one batch with it, until another ends (net_complete_free())."""
    sh("ip netns add last; ip netns del last")
    return memory.objects().get("net_namespace", 0) <= 2


def at_rest():
    """What memory holds after the kernel has ended the namespaces, which takes a while.
    Namespaces that it does not end show in the result."""
    wait_until(ended, GONE, step=5)
    return memory.settled()


ENDS = [sockets_first, packets_first, both_at_once, module]
os.nice(-10)
make_b()
good = True
for end in ENDS:
    # After a failure the leftovers would disturb the next order.
    if good:
        problem = rounds(end, WARM_UP)
        good = point(not problem, f"{end.__name__.replace('_', ' ')}, once", problem)
if good:
    before, pages_before = at_rest()
    since = time.monotonic()
    for end in ENDS:
        if good:
            problem = rounds(end, ROUNDS)
            good = point(not problem, f"{end.__name__.replace('_', ' ')}, {ROUNDS} times more", problem)
    took = time.monotonic() - since
    after, pages_after = at_rest()
    memory.no_growth({k: v for k, v in before.items() if k in after}, after, LEAST,
                     "no slab cache grew by an object a round")
    growth = memory.check_page_growth(pages_before, pages_after)
    tap(f"# churn-namespaces: {len(ENDS)} ends, {ROUNDS} rounds each in {took:.0f} s; pages (kB): {growth}; "
        f"caches: {memory.grown(before, after, 4)}")
