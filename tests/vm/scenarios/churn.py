# SPDX-License-Identifier: GPL-2.0
#
# setup: connected_peers
# timeout: 900 + 40 * ROUNDS
# plan: 24
# speed: soak
"""Changes everything that can be changed about a tunnel, again and again: a's device, its peer,
and the outer network, ROUNDS= times in a row for each kind. Traffic runs both ways, and a process
reads the configuration. Every few rounds the traffic has to get through. At the end no kernel
object is left over. b is changed only where it must match a.

The first rounds make everything that is made only once. Then memory is measured without traffic,
and then the rounds that count begin."""

import base64
import errno
import functools
import os
import threading
import time

import memory
from points import equal, point, skip, tap, wait_until
from rtnl import IFLA_CARRIER, IFLA_IFALIAS, IFLA_TXQLEN, Rtnl, inside, quietly
from traffic import Prober, Traffic, decreased, drops
from wgnl import *  # pylint: disable=wildcard-import,unused-wildcard-import
from wgpeer import new_private, public

ROUNDS = int(os.environ.get("ROUNDS", "60"))
WARM_UP = 4
# Wait for the traffic after this many rounds.
EACH = 6
# A handshake message that is lost is sent again after 5 s, and may be lost again. Emulated
# machines are slow.
RECOVERS = 60
# Where the session stays, or a's own next packet begins another, traffic resumes at once.
GOES_ON = 4
# A leak of one object a round reaches this number.
LEAST = ROUNDS - 2

# --- the two sides


def secret(name):
    with open(os.environ["SCRATCH"] + "/" + name, "rb") as file:
        return base64.b64decode(file.read())


a, b = Rtnl("a"), Rtnl("b")
with inside("a"):
    nl_a = Netlink()
with inside("b"):
    nl_b = Netlink()
NAME = string(A_IFNAME, "wg0")
# The present preshared key of both.
current = {"psk": secret("psk")}
A_KEYS = [secret("a.key"), new_private()]
A_PUBLIC = [public(key) for key in A_KEYS]
B_PUBLIC = public(secret("b.key"))
A_IPS = [ip("192.168.241.1", 32), ip("fd00:1::1", 128)]
B_IPS = [ip("192.168.241.2", 32), ip("fd00:1::2", 128)]
STRANGERS = [bytes([i]) * 31 + b"\x42" for i in range(1, 9)]


def good(code):
    if code:
        raise OSError(code, f"netlink: {name_of(code)}")


def peer_b(*parts, flags=None):
    """b, as a has it configured."""
    return peer(B_PUBLIC, attr(P_PRESHARED_KEY, current["psk"]), attr(P_ENDPOINT, endpoint4("10.0.0.2", 2)), *parts,
                flags=flags, ips=B_IPS)


def set_a(*parts):
    good(nl_a.set(NAME, *parts))


def set_b(*parts):
    good(nl_b.set(NAME, *parts))


def restore_inner():
    for address, bits in (("192.168.241.1", 24), ("fd00:1::1", 64)):
        a.add_address("wg0", address, bits)


# --- the changes; each takes the number of the round. A change restores the state at its end, or
# in the next round


def up_and_down(_):
    a.down("wg0")
    restore_inner()
    a.up("wg0")
    # A link that goes down loses its IPv6 addresses.
    restore_inner()


def peer_removed(_):
    set_a(array(A_PEERS, [peer(B_PUBLIC, flags=F_REMOVE)]))
    set_a(array(A_PEERS, [peer_b()]))


def all_peers_replaced(i):
    others = [peer(key, ips=[ip(f"10.9.{n}.0", 24)]) for n, key in enumerate(STRANGERS[:i % 8])]
    set_a(u32(A_FLAGS, F_REPLACE_PEERS), array(A_PEERS, others + [peer_b()]))


def allowed_ips_replaced(i):
    set_a(array(A_PEERS, [peer(B_PUBLIC, flags=F_REPLACE_IPS, ips=[ip(f"10.8.{i % 250}.0", 24)])]))
    set_a(array(A_PEERS, [peer(B_PUBLIC, flags=F_REPLACE_IPS, ips=B_IPS)]))


def allowed_ips_move(_):
    """To another peer and back."""
    set_a(array(A_PEERS, [peer(STRANGERS[0], ips=B_IPS)]))
    set_a(array(A_PEERS, [peer(STRANGERS[0], flags=F_REMOVE), peer(B_PUBLIC, ips=B_IPS)]))


def private_key(i):
    # The last round sets the second key.
    which = (ROUNDS - i) % 2
    set_b(array(A_PEERS, [peer(A_PUBLIC[which], attr(P_PRESHARED_KEY, current["psk"]),
                               attr(P_ENDPOINT, endpoint4("10.0.0.1", 1)), ips=A_IPS)]))
    set_a(attr(A_PRIVATE_KEY, A_KEYS[which]))


def preshared_key(_):
    psk = current["psk"] = os.urandom(32)
    set_a(array(A_PEERS, [peer(B_PUBLIC, attr(P_PRESHARED_KEY, psk))]))
    set_b(array(A_PEERS, [peer(key, attr(P_PRESHARED_KEY, psk), flags=F_UPDATE_ONLY) for key in A_PUBLIC]))


def listen_port(i):
    set_a(u16(A_LISTEN_PORT, (3, 0, 4, 1)[i % 4]))


def fwmark(i):
    set_a(u32(A_FWMARK, i % 3))


def keepalive_interval(i):
    set_a(array(A_PEERS, [peer(B_PUBLIC, u16(P_KEEPALIVE, i % 2))]))


def inner_addresses(_):
    a.delete_address("wg0", "192.168.241.1", 24)
    a.delete_address("wg0", "fd00:1::1", 64)
    a.add_address("wg0", "192.168.241.77", 24)
    a.delete_address("wg0", "192.168.241.77", 24)
    restore_inner()


def inner_mtu(i):
    # Below 1280 a link has no IPv6 and loses its addresses.
    a.mtu("wg0", 576)
    a.mtu("wg0", (1280, 9000, 65535, 1420)[i % 4])
    restore_inner()


def names_and_queues(i):
    # Newer kernels can rename a device that is up.
    if quietly(a.rename, "wg0", "renamed"):
        a.down("wg0")
        a.rename("wg0", "renamed")
    a.change("renamed", string(IFLA_IFALIAS, f"alias {i}"), u32(IFLA_TXQLEN, 500 + i % 7))
    a.rename("renamed", "wg0")
    a.up("wg0")
    restore_inner()
    quietly(a.change, "wg0", attr(IFLA_CARRIER, bytes([i % 2])))


def masters(_):
    """The bridge refuses the device. The VRF, where there is one, accepts it."""
    a.master("wg0")
    refused = quietly(a.master, "wg0", "br0")
    if refused not in (errno.EINVAL, errno.ENODEV):
        raise OSError(refused, "the bridge took a device without link layer")
    if not quietly(a.master, "wg0", "vrf0"):
        a.master("wg0")
    restore_inner()


def other_namespace(_):
    a.move("wg0", "c")
    c.up("wg0")
    c.move("wg0", "a")
    a.up("wg0")
    restore_inner()


def outer_addresses(i):
    address, bits = (("10.0.0.1", 24), ("fd00::1", 64))[i % 2]
    a.add_address("va", "10.0.0.3", 24)
    a.delete_address("va", address, bits)
    a.add_address("va", address, bits)
    # A secondary address of a prefix is deleted with the primary one.
    quietly(a.delete_address, "va", "10.0.0.3", 24)


def outer_routes(i):
    a.route("va", "10.0.0.2", 32, mtu=(1300, 1500)[i % 2])
    a.route("va", "10.0.0.2", 32, gateway="10.0.0.2", mtu=1400)
    a.delete_route("va", "10.0.0.2", 32)
    # By a device that discards all packets, as a wrong default route does.
    a.route("lo", "10.0.0.2", 32)
    a.delete_route("lo", "10.0.0.2", 32)


def outer_mtu(i):
    for side, name in ((a, "va"), (b, "vb")):
        side.mtu(name, (1300, 1500, 9000, 1280)[i % 4])


def outer_link(i):
    side, name = ((a, "va"), (b, "vb"))[i % 2]
    side.down(name)
    side.up(name)
    # A link that goes down loses its IPv6 addresses.
    a.add_address("va", "fd00::1", 64)
    b.add_address("vb", "fd00::2", 64)


def outer_device(_):
    a.delete("va")
    a.add_veth("va", "vb", "b")
    for side, name, number in ((a, "va", 1), (b, "vb", 2)):
        side.up(name)
        side.add_address(name, f"10.0.0.{number}", 24)
        side.add_address(name, f"fd00::{number}", 64)


CHANGES = [up_and_down, peer_removed, all_peers_replaced, allowed_ips_replaced, allowed_ips_move,
           private_key, preshared_key, listen_port, fwmark, keepalive_interval, inner_addresses, inner_mtu,
           names_and_queues, masters, other_namespace, outer_addresses, outer_routes, outer_mtu,
           outer_link, outer_device]

# These end no session and lose no handshake message.
KEEP_SESSION = {allowed_ips_replaced, allowed_ips_move, preshared_key, listen_port, fwmark, keepalive_interval,
                inner_addresses, inner_mtu, masters}

# --- the checks


class Counters:
    """The counters of both devices, which are never deleted here."""

    def __init__(self):
        self.wrong, self.last = [], {}

    def look(self):
        for side in (a, b):
            try:
                now = {f"{side.netns} {name}": value for name, value in side.look("wg0")[1].items()}
            except OSError:
                # The device may have another name, or be in another namespace, at this moment.
                continue
            self.wrong += decreased(self.last, now).items()
            self.last.update(now)

    def look_at_drops(self):
        for netns in "ab":
            now = {f"{netns} {name}": value for name, value in drops(netns).items()}
            self.wrong += decreased(self.last, now).items()
            self.last.update(now)


def reader():
    """Dumps in an endless loop. Errors in the dumps are the kernel's."""
    listener = Netlink()
    while True:
        try:
            merge(listener.dump(NAME))
        except OSError:
            time.sleep(.01)
        time.sleep(.005)


def flows():
    return there.flows() and back.flows()


def state():
    """The state of the tunnel, to explain why nothing gets through."""
    text = f"flows: {there.flows()}, back: {back.flows()}\n"
    for netns in "ab":
        text += f"{netns}: {({name: count for name, count in drops(netns).items() if count})}\n"
        text += os.popen(f"ip -n {netns} -br addr; ip -n {netns} route; ip -n {netns} -6 route; "
                         f"ip netns exec {netns} wg show wg0; ip netns exec {netns} ss -lun").read()
    return text


def churn(change, rounds):
    """(seconds until the traffic flows again, or None; what failed)"""
    done = 0
    try:
        for i in range(rounds):
            change(i)
            done += 1
            counters.look()
            if i % EACH == EACH - 1:
                wait_until(there.flows, 2)
    except OSError as error:
        return None, f"round {done}: {error}"
    counters.look_at_drops()
    since = time.monotonic()
    there.discard()
    back.discard()
    recovers = GOES_ON if change in KEEP_SESSION else RECOVERS
    if not wait_until(flows, recovers):
        return None, f"no traffic for {recovers} s after {done} rounds\n" + state()
    return time.monotonic() - since, ""


def prepare():
    os.system("ip netns add c; ip -n a link add br0 type bridge 2>/dev/null; "
              "ip -n a link add vrf0 type vrf table 100 2>/dev/null; ip -n a link set vrf0 up 2>/dev/null")
    # b accepts a's second key, too.
    set_b(array(A_PEERS, [peer(A_PUBLIC[1], attr(P_PRESHARED_KEY, current["psk"]))]))


def all_changes(rounds):
    result = {}
    for change in CHANGES:
        since = time.monotonic()
        result[change] = churn(change, rounds)
        print(f"{change.__name__}: {rounds} rounds in {time.monotonic() - since:.1f} s, then {result[change]}",
              flush=True)
    return result


def fragments():
    """Packets that wait for their other fragments, for up to a minute."""
    # Kernels before 3.17 have no /proc/thread-self.
    found, here = 0, f"/proc/self/task/{threading.get_native_id()}/net"
    for netns in "ab":
        with inside(netns):
            for name in ("sockstat", "sockstat6"):
                with open(f"{here}/{name}", encoding="ascii") as file:
                    found += sum(int(line.split()[2]) for line in file if line.startswith("FRAG"))
    return found


def quiet():
    """Memory without transient objects: fragments; packets staged for peers without a handshake,
    which wait as long as the interface is up; connections that lost their other end while
    nothing got through, with all that they have received out of order. The number of peers is
    the same each time."""
    traffic.end()
    there.discard()
    back.discard()
    wait_until(lambda: not fragments(), 90)
    all_peers_replaced(0)
    a.down("wg0")
    b.down("wg0")
    try:
        return memory.settled()
    finally:
        a.up("wg0")
        b.up("wg0")
        restore_inner()
        for address, bits in (("192.168.241.2", 24), ("fd00:1::2", 64)):
            b.add_address("wg0", address, bits)


prepare()
c = Rtnl("c")
there, back = Prober("a", "192.168.241.2"), Prober("b", "fd00:1::1")
counters = Counters()


def start():
    result = Traffic()
    result.start()
    result.child("a", reader)
    return result


traffic = start()
# The traffic uses all CPUs, and the changes must not wait for it.
os.nice(-10)
if not point(wait_until(flows, RECOVERS), "traffic to begin with"):
    raise SystemExit
warm = all_changes(WARM_UP)
before, pages_before = quiet()
traffic = start()
wait_until(flows, RECOVERS)
since = time.monotonic()
for change, (seconds, why) in all_changes(ROUNDS).items():
    point(seconds is not None, f"{change.__name__.replace('_', ' ')}: traffic flows again",
          why or str(warm[change]))
took = time.monotonic() - since
moved = {side.netns: side.look("wg0")[1] for side in (a, b)}
after, pages_after = quiet()
equal(counters.wrong[:5], [], "no counter ever ran backwards")
point(all(stats["rx_packets"] > ROUNDS and stats["tx_packets"] > ROUNDS for stats in moved.values()),
      "traffic ran meanwhile", moved)
memory.no_growth(before, after, LEAST, "no slab cache grew by an object a round")
growth = memory.check_page_growth(pages_before, pages_after)
tap(f"# churn: {len(CHANGES)} changes, {ROUNDS} rounds each in {took:.0f} s; "
    f"a received {moved['a']['rx_packets']} packets, sent {moved['a']['tx_packets']}; "
    f"pages (kB): {growth}; caches: {memory.grown(before, after, 4)}")
