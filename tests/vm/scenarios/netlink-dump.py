# SPDX-License-Identifier: GPL-2.0
#
# setup: one_device
# timeout: 150
# plan: 92
# excludes: run -- it has no cable or tunnel to change
"""Tests dumps of thousands of peers and allowed IPs over many messages: a dump has exactly what
was set, and a flag where a change of the configuration interrupted it."""

import os
import struct
import subprocess

from points import IN_TREE, SLOW, equal, point, run_steps
from wgnl import *  # pylint: disable=wildcard-import,unused-wildcard-import

nl = Netlink(8192)
NAME = string(A_IFNAME, "wg0")


def fresh():
    nl.set(NAME, u32(A_FLAGS, F_REPLACE_PEERS))


def fill(count, ips_each):
    """count peers with ips_each allowed IPs: {key: sorted allowed IPs}."""
    want, batch, n = {}, [], 0
    for i in range(count):
        key = struct.pack("<I", i) + os.urandom(27) + b"\1"
        entries = []
        for _ in range(ips_each):
            entries.append((f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", 32))
            n += 1
        want[key] = sorted(entries)
        batch.append(peer(key, ips=[ip(*entry) for entry in entries]))
        if len(batch) * (60 + 36 * ips_each) > 30000 or i == count - 1:
            if nl.set(NAME, array(A_PEERS, batch)):
                raise OSError(nl.text)
            batch = []
    return want


def allowed_ips(messages):
    return {key: sorted(value[P_ALLOWEDIPS]) for key, value in merge(messages)[1].items()}


def length(messages):
    return sum(1 for _, attrs in messages if attrs is not None)


def interrupted(messages):
    return any(flags & NLM_F_DUMP_INTR for flags, _ in messages)


def thousands_of_peers():
    want = fill(3000, 3)
    for size in (65536, 8192):
        messages = Netlink(size).dump(NAME)
        point(length(messages) > 10, f"reading by {size}: many messages", length(messages))
        point(allowed_ips(messages) == want, f"reading by {size}: all peers and allowed IPs, none twice",
              f"{len(allowed_ips(messages))} peers")
        point(not interrupted(messages), f"reading by {size}: it is not marked as interrupted")
    order = merge(messages)[2]
    equal(order, list(want), "in the order in which they were made")


def one_large_peer():
    key = b"\7" * 32
    entries = [(f"10.{i >> 8}.{i & 255}.0", 24) for i in range(5000)]
    for i in range(0, 5000, 500):
        nl.set(NAME, array(A_PEERS, [peer(key, u16(P_KEEPALIVE, 9),
                                          ips=[ip(*e) for e in entries[i:i + 500]])]))
    small = fill(5, 1)
    small.pop(min(small))
    messages = nl.dump(NAME)
    got = merge(messages)
    equal(len(got[1]), 6, "six peers")
    ips = got[1][key][P_ALLOWEDIPS]
    equal(len(ips), len(set(ips)), "none of 5000 allowed IPs twice")
    # fill() used 10.0.0.0/32 and so on. These are other prefixes, so nothing moved.
    equal(sorted(ips), sorted(entries), "all 5000 allowed IPs of one peer over many messages")
    first = [dict(attributes(one)) for _, attrs in messages if attrs
             for kind, value in attrs if kind == A_PEERS for _, one in attributes(value)
             if dict(attributes(one))[P_PUBLIC_KEY] == key]
    point(len(first) > 5, "the peer goes on in each message", len(first))
    point(P_KEEPALIVE in first[0], "its first part has everything")
    point(all(P_KEEPALIVE not in more for more in first[1:]), "the others only key and allowed IPs")


def device_attributes_once():
    fill(500, 2)
    messages = nl.dump(NAME)
    with_name = [i for i, (_, attrs) in enumerate(messages)
                 if attrs and any(kind == A_IFNAME for kind, _ in attrs)]
    equal(with_name[:1], [0], "the first message has the device's attributes")
    device = merge(messages)[0]
    equal(device[A_IFNAME], b"wg0\0", "its name")
    equal(len(device[A_IFINDEX]), 4, "its index")
    equal(len(device[A_LISTEN_PORT]), 2, "its port")
    equal(len(device[A_FWMARK]), 4, "its fwmark")


# A peer without allowed IPs. Its removal does not change the trie of allowed IPs, whose changes
# are counted, too.
BARE = b"\x0a" * 32


def change_meanwhile():
    other = Netlink(8192)
    changes = {
        "a peer is added": lambda want: other.set(NAME, array(A_PEERS, [peer(b"\x09" * 32)])),
        "a peer is removed": lambda want: other.set(
            NAME, array(A_PEERS, [peer(BARE, flags=F_REMOVE)])),
        "the peer in the middle of the dump is removed": lambda want: [other.set(
            NAME, array(A_PEERS, [peer(key, flags=F_REMOVE)])) for key in list(want)[:400]],
        "all peers are removed": lambda want: other.set(NAME, u32(A_FLAGS, F_REPLACE_PEERS)),
        "an allowed IP is added": lambda want: other.set(
            NAME, array(A_PEERS, [peer(list(want)[-1], ips=[ip("192.0.2.0", 24)])])),
        "an allowed IP moves": lambda want: other.set(
            NAME, array(A_PEERS, [peer(list(want)[-1], ips=[ip("10.0.0.0", 32)])])),
        "allowed IPs are replaced by fewer": lambda want: other.set(NAME, array(A_PEERS, [
            peer(list(want)[-1], flags=F_REPLACE_IPS, ips=[ip(*want[list(want)[-1]][0])])])),
    }
    for name, part in (("a preshared key", attr(P_PRESHARED_KEY, b"\5" * 32)),
                       ("an endpoint", attr(P_ENDPOINT, endpoint4("192.0.2.1", 9))),
                       ("a keepalive", u16(P_KEEPALIVE, 17))):
        changes[name + " changes"] = lambda want, part=part: other.set(
            NAME, array(A_PEERS, [peer(list(want)[-1], part)]))
    for name, part in (("fwmark", u32(A_FWMARK, 77)), ("port", u16(A_LISTEN_PORT, 7777)),
                       ("private key", attr(A_PRIVATE_KEY, b"\x51" * 32))):
        changes[f"the {name} changes"] = lambda want, part=part: other.set(NAME, part)
    for name, change in changes.items():
        fresh()
        want = fill(1500, 3)
        nl.set(NAME, array(A_PEERS, [peer(BARE)]))
        nl.dump_start(NAME)
        messages, done = nl.dump_read()
        point(not done, f"{name}: the dump has not ended yet")
        change(want)
        while not done:
            more, done = nl.dump_read()
            messages += more
        point(interrupted(messages), f"{name} meanwhile: the dump is marked as interrupted")
        after = nl.dump(NAME)
        point(not interrupted(after), f"{name}: the next dump is not")


def change_within_a_peer():
    """When a peer's allowed IPs change, the dump omits the rest of them, since its position
    among them is lost."""
    other = Netlink(8192)
    for name, followed in (("others follow", 5), ("it is the last", 0)):
        fresh()
        key = b"\7" * 32
        nl.set(NAME, array(A_PEERS, [peer(key, ips=[ip(f"11.{i >> 8}.{i & 255}.0", 24) for i in range(1500)])]))
        rest = fill(followed, 1)
        nl.dump_start(NAME)
        messages, done = nl.dump_read()
        point(not done, f"{name}: the dump is within the peer")
        begun = len(allowed_ips(messages)[key])
        other.set(NAME, array(A_PEERS, [peer(key, ips=[ip("192.0.2.0", 24)])]))
        while not done:
            more, done = nl.dump_read()
            messages += more
        point(interrupted(messages), f"{name}: the dump is marked as interrupted")
        got = allowed_ips(messages)
        point(begun and len(got[key]) == len(set(got[key])) < 1500,
              f"{name}: a part of its allowed IPs is dumped, none twice", f"{begun} at first, {len(got[key])} in all")
        equal({other_key: got.get(other_key) for other_key in rest}, rest, f"{name}: and all of the other peers")
        equal(len(allowed_ips(nl.dump(NAME))[key]), 1501, f"{name}: the next dump has all of them")


def repeated_meanwhile():
    """An agent applies the present configuration again in each pause of a dump."""
    other = Netlink(8192)
    device = [u16(A_LISTEN_PORT, 7), u32(A_FWMARK, 8), attr(A_PRIVATE_KEY, b"\x55" * 32)]
    nl.set(NAME, *device)
    want = fill(250, 3)

    def entry(key, flags=None):
        return peer(key, attr(P_PRESHARED_KEY, key), attr(P_ENDPOINT, endpoint4("192.0.2.1", 9)),
                    u16(P_KEEPALIVE, 0), flags=flags, ips=[ip(*one) for one in want[key]])

    nl.set(NAME, array(A_PEERS, [entry(key) for key in want]))
    before = merge(nl.dump(NAME))
    first = list(want)[0]
    todo = "each request counts as a change"
    for name, parts in (
            ("port, fwmark and private key", device),
            ("a private key that is not clamped", [attr(A_PRIVATE_KEY, b"\x57" + b"\x55" * 30 + b"\xd5")]),
            ("every peer with all it has", [array(A_PEERS, [entry(key) for key in want])]),
            ("and its allowed IPs replaced by the same",
             [array(A_PEERS, [entry(key, F_REPLACE_IPS) for key in want])]),
            ("all of it, and all peers replaced by the same",
             device + [u32(A_FLAGS, F_REPLACE_PEERS), array(A_PEERS, [entry(key) for key in want])]),
            ("what has been removed",
             [array(A_PEERS, [peer(b"\1" * 32, flags=F_REMOVE),
                              peer(b"\1" * 32, u16(P_KEEPALIVE, 9), flags=F_UPDATE_ONLY)])])):
        nl.dump_start(NAME)
        messages, done, failed, times = [], False, 0, 0
        while not done:
            more, done = nl.dump_read()
            messages += more
            # With new peers each time the dump would not end.
            if times < 20:
                failed |= other.set(NAME, *parts)
                times += 1
        point(times > 2 and not failed, f"again {name}, {times} times during a dump")
        point(not interrupted(messages), f"again {name}: the dump is not marked as interrupted", in_tree_todo=todo)
        point(merge(messages) == before, f"again {name}: the dump is complete",
              f"{len(merge(messages)[1])} peers, want {len(before[1])}", todo)
    if not IN_TREE:
        nl.dump_start(NAME)
        messages, done = nl.dump_read()
        other.set(NAME, array(A_PEERS, [peer(first, ips=[ip("10.255.255.255", 32, 1)])]))
        while not done:
            more, done = nl.dump_read()
            messages += more
        point(not interrupted(messages), "an allowed IP that is not there is removed: not marked either")


def two_dumps_at_once():
    want = fill(1500, 2)
    other = Netlink(8192)
    nl.dump_start(NAME)
    other.dump_start(NAME)
    mine, theirs, done, ended = [], [], False, False
    while not (done and ended):
        if not done:
            more, done = nl.dump_read()
            mine += more
        if not ended:
            more, ended = other.dump_read()
            theirs += more
    point(allowed_ips(mine) == want and allowed_ips(theirs) == want, "two dumps side by side are the same")


def abandoned():
    fill(1500, 2)
    for _ in range(20):
        other = Netlink(8192)
        other.dump_start(NAME)
        other.dump_read()
        other.sock.close()
    equal(len(allowed_ips(nl.dump(NAME))), 1500, "abandoned dumps do no harm")
    other = Netlink(8192)
    other.dump_start(NAME)
    other.dump_read()
    deleted = subprocess.run(["timeout", str(20 * SLOW), "ip", "link", "del", "wg0"], check=False).returncode
    point(deleted == 0 and not os.path.exists("/sys/class/net/wg0"), "the device can be deleted while a dump is open", deleted)
    try:
        done = False
        while not done:
            _, done = other.dump_read()
        result = "the end"
    except OSError as error:
        result = name_of(error.errno)
    equal(result, "ENODEV", "after the device has gone, the dump ends with an error")
    subprocess.run(["ip", "link", "add", "wg0", "type", "wireguard"], check=True)
    equal(allowed_ips(nl.dump(NAME)), {}, "a new device of its name is empty")


run_steps(thousands_of_peers, one_large_peer, device_attributes_once, change_meanwhile,
          change_within_a_peer, repeated_meanwhile, two_dumps_at_once, abandoned, before=fresh)
