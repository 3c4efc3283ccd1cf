# SPDX-License-Identifier: GPL-2.0
#
# setup: one_device
# timeout: 120
# plan: 249
# excludes: run -- it has no cable or tunnel to change
# excludes: ipv6-off -- it uses both families
"""Sends netlink messages with each attribute of the configuration interface: well-formed, with a
wrong length, with a wrong type, missing, unknown; with each flag; and with random damage. Checks
errnos, extack texts and flags. A refused message changes nothing."""

import errno
import os
import random
import socket
import struct
import subprocess

from points import IN_TREE, equal, point, run_steps, skip
from wgnl import *  # pylint: disable=wildcard-import,unused-wildcard-import

nl = Netlink()
NAME = string(A_IFNAME, "wg0")
KEY = [bytes([i]) * 31 + b"\x42" for i in range(1, 20)]
POLICY = (errno.EINVAL, errno.ERANGE)


def fresh():
    nl.set(NAME, u32(A_FLAGS, F_REPLACE_PEERS), u32(A_FWMARK, 0), u16(A_LISTEN_PORT, 0))


def device():
    return merge(nl.dump(NAME))


def peers():
    return device()[1]


def expect(name, want, *parts, todo=None):
    """SET with these attributes must end with one of the wanted errnos. A refusal by our module
    must give a reason."""
    want = want if isinstance(want, tuple) else (want,)
    got = nl.set(*parts)
    point(got in want, name, f"got {name_of(got)} {nl.text!r}, "
          f"want {' or '.join(map(name_of, want))}", todo)
    if got and not IN_TREE and not nl.has_words:
        skip(f"{name}: the kernel gives a reason", "this kernel returns errnos without texts")
    elif got and not IN_TREE:
        point(bool(nl.text), f"{name}: the kernel gives a reason", f"{name_of(got)} without a text")


def choosing_the_device():
    index = socket.if_nametoindex("wg0")
    expect("neither name nor index", errno.EBADR, u32(A_FWMARK, 1))
    expect("both name and index", errno.EBADR, NAME, u32(A_IFINDEX, index))
    expect("no such name", errno.ENODEV, string(A_IFNAME, "nosuch"))
    expect("no such index", errno.ENODEV, u32(A_IFINDEX, 99999))
    expect("not a wireguard device", errno.EOPNOTSUPP, string(A_IFNAME, "lo"))
    expect("by name", 0, NAME)
    expect("by index", 0, u32(A_IFINDEX, index))
    expect("empty name", POLICY + (errno.ENODEV, ), string(A_IFNAME, ""))
    expect("name of 16 bytes", POLICY, string(A_IFNAME, "x" * 16))
    expect("name without an end", POLICY + (errno.ENODEV, 0), attr(A_IFNAME, b"wg0"))
    for payload, want, name in ((b"", errno.EBADR, "nothing"),
                                (string(A_IFNAME, "lo"), errno.EOPNOTSUPP, "lo"),
                                (string(A_IFNAME, "nosuch"), errno.ENODEV, "nosuch"),
                                (NAME + u32(A_IFINDEX, index), errno.EBADR, "both"),
                                (NAME, 0, "its name"), (u32(A_IFINDEX, index), 0, "its index")):
        got = nl.dump_errno(payload)
        point(got == want, f"dump by {name}: {name_of(want)}", name_of(got))
    for kind, name in ((A_PRIVATE_KEY, "a key"), (A_PUBLIC_KEY, "a public key"), (A_FLAGS, "flags"),
                       (A_LISTEN_PORT, "a port"), (A_FWMARK, "a mark"), (A_PEERS, "peers")):
        value = {A_PRIVATE_KEY: bytes(32), A_PUBLIC_KEY: bytes(32), A_LISTEN_PORT: bytes(2),
                 A_PEERS: b""}.get(kind, bytes(4))
        got = nl.dump_errno(NAME + attr(kind | (NESTED if kind == A_PEERS else 0), value))
        point(got == errno.EINVAL, f"dump by its name and {name}: EINVAL", name_of(got),
              "older kernels accept it")
    equal(nl.request(GET, NAME), errno.EOPNOTSUPP, "GET without dump is not supported")
    equal(nl.request(2, NAME), errno.EOPNOTSUPP, "there is no third command")


def device_attributes():
    expect("fwmark", 0, NAME, u32(A_FWMARK, 0x12345678))
    equal(device()[0][A_FWMARK], struct.pack("=I", 0x12345678), "fwmark reads back")
    expect("private key", 0, NAME, attr(A_PRIVATE_KEY, b"\x55" * 32))
    equal(device()[0][A_PRIVATE_KEY], b"\x50" + b"\x55" * 31, "private key reads back clamped")
    equal(len(device()[0][A_PUBLIC_KEY]), 32, "with its public key")
    expect("private key of zeros", 0, NAME, attr(A_PRIVATE_KEY, bytes(32)))
    point(A_PRIVATE_KEY not in device()[0] or not any(device()[0][A_PRIVATE_KEY]),
          "removes the key")
    sizes = {"private key": (A_PRIVATE_KEY, 32), "public key": (A_PUBLIC_KEY, 32),
             "flags": (A_FLAGS, 4), "listen port": (A_LISTEN_PORT, 2), "fwmark": (A_FWMARK, 4),
             "ifindex": (A_IFINDEX, 4)}
    for name, (kind, size) in sizes.items():
        first = b"" if kind == A_IFINDEX else NAME
        bad = []
        for wrong in list(range(0, size)) + [size + 1, size + 2, size * 2, 200]:
            got = nl.set(first, attr(kind, bytes(wrong)))
            if got not in POLICY:
                bad.append((wrong, name_of(got)))
        point(not bad, f"{name} of a wrong length is refused", bad)
    expect("unknown device flag", errno.EOPNOTSUPP, NAME, u32(A_FLAGS, 2))
    expect("all device flags", errno.EOPNOTSUPP, NAME, u32(A_FLAGS, 0xffffffff))
    expect("unknown attribute", errno.EINVAL, NAME, u32(9, 1))
    expect("attribute 200", errno.EINVAL, NAME, u32(200, 1))
    expect("peers not marked as a nest", errno.EINVAL, NAME,
           attr(A_PEERS, nest(0, peer(KEY[0]))))
    expect("peers with junk", POLICY + (0,), NAME, attr(A_PEERS | NESTED, b"\xff" * 7))
    point(not peers(), "none of that has made a peer", len(peers()))


def peer_attributes():
    expect("peer without a key", errno.EINVAL, NAME, array(A_PEERS, [u16(P_KEEPALIVE, 1)]))
    expect("peer", 0, NAME, array(A_PEERS, [peer(KEY[0])]))
    equal(list(peers()), [KEY[0]], "it is there")
    sizes = {"public key": (P_PUBLIC_KEY, 32), "preshared key": (P_PRESHARED_KEY, 32),
             "flags": (P_FLAGS, 4), "keepalive": (P_KEEPALIVE, 2), "version": (P_VERSION, 4)}
    for name, (kind, size) in sizes.items():
        bad = []
        first = b"" if kind == P_PUBLIC_KEY else attr(P_PUBLIC_KEY, KEY[1])
        for wrong in list(range(0, size)) + [size + 1, size + 2, size * 2, 200]:
            got = nl.set(NAME, array(A_PEERS, [first + attr(kind, bytes(wrong))]))
            if got not in POLICY:
                bad.append((wrong, name_of(got)))
        point(not bad, f"peer's {name} of a wrong length is refused", bad)
    for flags in (8, 0x80000000, 0xffffffff):
        expect(f"unknown peer flag {flags:#x}", errno.EOPNOTSUPP, NAME,
               array(A_PEERS, [peer(KEY[1], flags=flags)]))
    expect("unknown peer attribute", errno.EINVAL, NAME,
           array(A_PEERS, [peer(KEY[1], u32(11, 1))]))
    got = nl.set(NAME, array(A_PEERS, [peer(KEY[1], u32(P_VERSION, 2))]))
    point(got != 0, "protocol version 2 is refused", name_of(got))
    expect("protocol version 1", 0, NAME, array(A_PEERS, [peer(KEY[0], u32(P_VERSION, 1))]))
    equal(list(peers()), [KEY[0]], "refused requests have made no peer")


def endpoints():
    def try_one(name, data, want, todo=None):
        expect(f"endpoint: {name}", want, NAME,
               array(A_PEERS, [peer(KEY[0], attr(P_ENDPOINT, data))]), todo=todo)

    try_one("IPv4", endpoint4("192.0.2.1", 99), 0)
    equal(peers()[KEY[0]][P_ENDPOINT][:8], endpoint4("192.0.2.1", 99)[:8], "IPv4 reads back")
    try_one("IPv6", endpoint6("2001:db8::1", 99, 1), 0)
    equal(peers()[KEY[0]][P_ENDPOINT], endpoint6("2001:db8::1", 99, 1), "IPv6 reads back")
    for size in (0, 1, 2, 8, 15):
        try_one(f"{size} bytes", endpoint4("192.0.2.1", 99)[:size], POLICY)
    # An endpoint that does not fit its family is ignored.
    try_one("IPv4 of 28 bytes", endpoint4("192.0.2.1", 99) + bytes(12), 0)
    try_one("IPv6 of 16 bytes", endpoint6("2001:db8::1", 99)[:16], 0)
    try_one("IPv4 of 17 bytes", endpoint4("192.0.2.1", 99) + bytes(1), 0)
    try_one("an unknown family", struct.pack("=H", 77) + bytes(14), 0)
    equal(peers()[KEY[0]][P_ENDPOINT], endpoint6("2001:db8::1", 99, 1), "it is unchanged")


def allowed_ips():
    def try_one(name, entry, want, todo=None):
        expect(f"allowed IP: {name}", want, NAME, array(A_PEERS, [peer(KEY[0], ips=[entry])]),
               todo=todo)

    def now():
        return sorted(peers()[KEY[0]][P_ALLOWEDIPS])

    try_one("IPv4", ip("10.0.0.0", 8), 0)
    try_one("IPv6", ip("fd00::", 16), 0)
    try_one("host bits are cut off", ip("172.16.5.7", 16), 0)
    equal(now(), [("10.0.0.0", 8), ("172.16.0.0", 16), ("fd00::", 16)], "they read back")
    try_one("IPv4 mask 33", ip("10.0.0.0", 33), errno.EINVAL)
    try_one("IPv6 mask 129", ip("fd00::", 129), errno.EINVAL)
    try_one("IPv4 mask 255", ip("10.0.0.0", 255), errno.EINVAL)
    v4, v6 = socket.inet_aton("10.9.9.9"), socket.inet_pton(socket.AF_INET6, "fd09::")
    whole = [u16(I_FAMILY, 2), attr(I_ADDR, v4), u8(I_MASK, 32)]
    for missing, name in enumerate(("family", "address", "mask")):
        try_one(f"{name} is missing",
                b"".join(part for i, part in enumerate(whole) if i != missing), errno.EINVAL)
    try_one("family IPv4, address of IPv6", whole[0] + attr(I_ADDR, v6) + whole[2], errno.EINVAL)
    try_one("family IPv6, address of IPv4", u16(I_FAMILY, 10) + whole[1] + whole[2], errno.EINVAL)
    for family in (0, 1, 3, 0xffff):
        try_one(f"family {family}", u16(I_FAMILY, family) + whole[1] + whole[2], errno.EINVAL)
    for size in (0, 3, 5, 15, 17, 64):
        try_one(f"address of {size} bytes", whole[0] + attr(I_ADDR, bytes(size)) + whole[2],
                POLICY)
    for size in (0, 1, 3, 4):
        try_one(f"family of {size} bytes", attr(I_FAMILY, bytes(size)) + whole[1] + whole[2],
                POLICY)
    for size in (0, 2, 4):
        try_one(f"mask of {size} bytes", whole[0] + whole[1] + attr(I_MASK, bytes(size)), POLICY)
    try_one("unknown attribute", b"".join(whole) + u32(9, 0), errno.EINVAL)
    equal(now(), [("10.0.0.0", 8), ("172.16.0.0", 16), ("fd00::", 16)], "none of it had an effect")

    todo = "the flag is newer than 6.1"
    try_one("REMOVE_ME", ip("10.0.0.0", 8, 1), 0, todo)
    equal(now(), [("172.16.0.0", 16), ("fd00::", 16)], "REMOVE_ME removed it", todo)
    try_one("REMOVE_ME of what is not there", ip("10.0.0.0", 8, 1), 0, todo)
    try_one("REMOVE_ME with another mask", ip("172.16.0.0", 17, 1), 0, todo)
    nl.set(NAME, array(A_PEERS, [peer(KEY[1], ips=[ip("10.50.0.0", 16)])]))
    try_one("REMOVE_ME of another peer's", ip("10.50.0.0", 16, 1), 0, todo)
    equal(peers()[KEY[1]][P_ALLOWEDIPS], [("10.50.0.0", 16)], "which keeps it")
    equal(now(), [("172.16.0.0", 16), ("fd00::", 16)], "only the named one is removed", todo)
    try_one("unknown flag", ip("10.0.0.0", 8, 2), errno.EOPNOTSUPP, todo)
    try_one("flags of no flag", ip("10.60.0.0", 16, 0), 0, todo)


def flags():
    nl.set(NAME, array(A_PEERS, [peer(KEY[i], ips=[ip(f"10.{i}.0.0", 16)]) for i in range(3)]))
    equal(len(peers()), 3, "three peers to begin with")
    expect("UPDATE_ONLY of an unknown peer", 0, NAME,
           array(A_PEERS, [peer(KEY[9], u16(P_KEEPALIVE, 5), flags=F_UPDATE_ONLY,
                                ips=[ip("10.1.0.0", 16)])]))
    point(KEY[9] not in peers(), "makes no peer")
    equal(peers()[KEY[1]][P_ALLOWEDIPS], [("10.1.0.0", 16)], "and moves no allowed IPs")
    expect("UPDATE_ONLY of a known peer", 0, NAME,
           array(A_PEERS, [peer(KEY[1], u16(P_KEEPALIVE, 5), flags=F_UPDATE_ONLY)]))
    equal(peers()[KEY[1]][P_KEEPALIVE], struct.pack("=H", 5), "changes it")
    expect("REMOVE_ME of an unknown peer", 0, NAME, array(A_PEERS, [peer(KEY[9], flags=F_REMOVE)]))
    equal(len(peers()), 3, "changes nothing")
    expect("REMOVE_ME", 0, NAME, array(A_PEERS, [peer(KEY[0], flags=F_REMOVE)]))
    equal(sorted(peers()), sorted(KEY[1:3]), "removes the peer")
    expect("peer adds allowed IPs", 0, NAME, array(A_PEERS, [peer(KEY[1], ips=[ip("10.7.0.0", 16)])]))
    equal(sorted(peers()[KEY[1]][P_ALLOWEDIPS]), [("10.1.0.0", 16), ("10.7.0.0", 16)],
          "without REPLACE they are added")
    expect("REPLACE_ALLOWEDIPS", 0, NAME,
           array(A_PEERS, [peer(KEY[1], flags=F_REPLACE_IPS, ips=[ip("10.8.0.0", 16)])]))
    equal(peers()[KEY[1]][P_ALLOWEDIPS], [("10.8.0.0", 16)], "replaces them")
    expect("REPLACE_ALLOWEDIPS with none", 0, NAME,
           array(A_PEERS, [peer(KEY[1], flags=F_REPLACE_IPS)]))
    equal(peers()[KEY[1]][P_ALLOWEDIPS], [], "removes all")
    expect("two flags at once", 0, NAME,
           array(A_PEERS, [peer(KEY[2], flags=F_REPLACE_IPS | F_UPDATE_ONLY,
                                ips=[ip("10.9.0.0", 16)])]))
    equal(peers()[KEY[2]][P_ALLOWEDIPS], [("10.9.0.0", 16)], "both have an effect")
    expect("REPLACE_PEERS", 0, NAME, u32(A_FLAGS, F_REPLACE_PEERS), array(A_PEERS, [peer(KEY[5])]))
    equal(list(peers()), [KEY[5]], "leaves only those of the message")
    expect("REPLACE_PEERS without peers", 0, NAME, u32(A_FLAGS, F_REPLACE_PEERS))
    equal(peers(), {}, "leaves none")


def refused_changes_nothing():
    nl.set(NAME, u32(A_FWMARK, 7), array(A_PEERS, [peer(KEY[0], ips=[ip("10.0.0.0", 8)])]))
    before = device()
    todo = "it finds damage inside a peer while it applies the request"
    for name, parts in (
            ("an attribute cut short",
             [u32(A_FWMARK, 9), array(A_PEERS, [peer(KEY[1]) + attr(P_KEEPALIVE, b"\1")])]),
            ("an unknown attribute inside",
             [u32(A_FWMARK, 9), u32(A_FLAGS, 1), array(A_PEERS, [peer(KEY[1], u32(30, 0))])]),
            ("a mask of two bytes",
             [u32(A_FWMARK, 9), array(A_PEERS, [
                 peer(KEY[1]), peer(KEY[2], ips=[u16(I_FAMILY, 2) + attr(I_ADDR, bytes(4)) +
                                                 attr(I_MASK, b"\1\2")])])])):
        point(nl.set(NAME, *parts) in POLICY, f"{name}: refused")
        equal(device(), before, f"{name}: nothing has changed", todo)
        nl.set(NAME, u32(A_FWMARK, 7), u32(A_FLAGS, 1),
               array(A_PEERS, [peer(KEY[0], ips=[ip("10.0.0.0", 8)])]))


def wrong_late():
    """Well-formed requests with an error in the last peer. Nothing before it is done either."""
    fresh()
    nl.set(NAME, u32(A_FWMARK, 7), array(A_PEERS, [peer(KEY[0], ips=[ip("10.0.0.0", 8)])]))
    before = device()
    todo = "it validates peers one by one while it applies them"
    first = peer(KEY[1], ips=[ip("10.1.0.0", 16)])
    for name, last in (
            ("an unknown flag", peer(KEY[2], flags=8)),
            ("another protocol version", peer(KEY[2], u32(P_VERSION, 2))),
            ("a peer without a key", u32(P_FLAGS, 0)),
            ("an allowed IP of no family", peer(KEY[2], ips=[
                u16(I_FAMILY, 9) + attr(I_ADDR, bytes(4)) + u8(I_MASK, 8)])),
            ("a mask beyond the address", peer(KEY[2], ips=[ip("10.2.0.0", 33)])),
            ("an unknown flag of an allowed IP", peer(KEY[2], ips=[ip("10.2.0.0", 16, 4)]))):
        code = nl.set(NAME, u32(A_FWMARK, 9), u32(A_FLAGS, F_REPLACE_PEERS), u16(A_LISTEN_PORT, 51830),
                      array(A_PEERS, [first, last]))
        point(code != 0, f"{name} in the last peer: refused")
        equal(device(), before, f"{name} in the last peer: nothing has changed", todo)
        fresh()
        nl.set(NAME, u32(A_FWMARK, 7), array(A_PEERS, [peer(KEY[0], ips=[ip("10.0.0.0", 8)])]))
    equal(nl.set(NAME, array(A_PEERS, [peer(KEY[0], attr(P_ENDPOINT, bytes(16)), flags=F_REMOVE)])), 0,
          "the other attributes of a peer being removed are not validated")
    equal(peers(), {}, "and it is removed")


def special_peers():
    nl.set(NAME, attr(A_PRIVATE_KEY, b"\x60" * 32))
    own = device()[0][A_PUBLIC_KEY]
    expect("a peer with the device's own key", 0, NAME, array(A_PEERS, [peer(own)]))
    point(own not in peers(), "is not kept")
    expect("a peer of zeros", 0, NAME, array(A_PEERS, [peer(bytes(32), ips=[ip("10.3.0.0", 16)])]))
    expect("the same peer twice in one message", 0, NAME,
           array(A_PEERS, [peer(KEY[3], ips=[ip("10.4.0.0", 16)]),
                           peer(KEY[3], ips=[ip("10.5.0.0", 16)])]))
    equal(sorted(peers()[KEY[3]][P_ALLOWEDIPS]), [("10.4.0.0", 16), ("10.5.0.0", 16)],
          "counts as one")
    expect("removed and made again in one message", 0, NAME,
           array(A_PEERS, [peer(KEY[3], flags=F_REMOVE), peer(KEY[3], ips=[ip("10.6.0.0", 16)])]))
    equal(peers()[KEY[3]][P_ALLOWEDIPS], [("10.6.0.0", 16)], "is new")


def as_today():
    """Malformed requests end alike on all kernels, whether the core parses them, as from 5.2 on,
    or the module does."""
    def try_one(name, want, *parts):
        # The in-tree module's policies do not cover these levels.
        expect(name, (want, 0) + POLICY if IN_TREE else want, NAME, *parts)

    unpadded = attr(P_PUBLIC_KEY, KEY[5]) + struct.pack("=HHH", 6, P_KEEPALIVE, 25)
    try_one("a number of another length", errno.EINVAL, attr(A_FWMARK, bytes(3)))
    try_one("a key of another length", errno.ERANGE, attr(A_PRIVATE_KEY, bytes(31)))
    try_one("a number marked as nested", errno.EINVAL, u32(A_FWMARK | NESTED, 1))
    try_one("a key marked as nested", errno.EINVAL,
            array(A_PEERS, [attr(P_PUBLIC_KEY | NESTED, KEY[5])]))
    try_one("a name with bytes after its end", errno.ERANGE, attr(A_IFNAME, b"wg0" + bytes(14)))
    try_one("peers of two bytes", errno.ERANGE, nest(A_PEERS, bytes(2)))
    try_one("a peer of two bytes", errno.ERANGE, array(A_PEERS, [bytes(2)]))
    try_one("a last attribute without padding", 0, array(A_PEERS, [unpadded]))
    try_one("the attributes of a peer being removed are only parsed", 0, array(A_PEERS, [
        peer(KEY[5], nest(P_ALLOWEDIPS, attr(0, ip("10.7.0.0", 16))), flags=F_REMOVE)]))
    point(KEY[5] not in peers(), "and it is removed")


def words_and_offsets():
    """The module's own text about a refused request, and the attribute at which it points."""
    if IN_TREE or not nl.has_words:
        skip("texts and offsets", "the in-tree module has other texts, or the kernel returns none")
        return
    v4, other = attr(I_ADDR, socket.inet_aton("10.9.9.9")), attr(I_ADDR, bytes(range(16)))
    four, mask = u16(I_FAMILY, 2), u8(I_MASK, 33)
    no_mask, no_key = four + v4, u16(P_KEEPALIVE, 0x7177)
    taken = [socket.socket(family, socket.SOCK_DGRAM) for family in (socket.AF_INET, socket.AF_INET6)]
    for sock, address in zip(taken, ("0.0.0.0", "::")):
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, 51833))
    subprocess.run(["ip", "link", "set", "wg0", "up"], check=True)

    def of_ip(*parts):
        return array(A_PEERS, [peer(KEY[0], ips=[b"".join(parts)])])

    flag, version, family, port = u32(0, 0x4000)[4:], u32(P_VERSION, 2), u16(I_FAMILY, 9), u16(A_LISTEN_PORT, 51833)
    # The text, the attribute, the request.
    for text, about, *parts in (
            ("Exactly one of interface index and name is needed", None),
            ("No such interface", None, string(A_IFNAME, "nosuch")),
            ("Not a WireGuard interface", None, string(A_IFNAME, "lo")),
            ("Unknown flag", attr(A_FLAGS, flag), NAME, attr(A_FLAGS, flag)),
            ("Unknown flag", attr(P_FLAGS, flag), NAME, array(A_PEERS, [peer(KEY[0], flags=0x4000)])),
            ("Unknown flag", attr(I_FLAGS, flag), NAME, of_ip(ip("10.0.0.0", 8, 0x4000))),
            ("A peer needs a public key", nest(0, no_key), NAME, array(A_PEERS, [peer(KEY[0]), no_key])),
            ("Protocol version is not 1", version, NAME, array(A_PEERS, [peer(KEY[0], version)])),
            ("An allowed IP needs a family, an address and a mask", nest(0, no_mask), NAME, of_ip(no_mask)),
            ("An allowed IP is neither IPv4 nor IPv6", family, NAME, of_ip(family, v4, mask)),
            ("Address length does not match the family", other, NAME, of_ip(four, other, mask)),
            ("Mask is longer than the address", mask, NAME, of_ip(four, v4, mask)),
            ("Cannot listen on this port", port, NAME, port)):
        nl.set(*parts)
        want = None if about is None else b"".join(parts).index(about)
        equal((nl.text, nl.offset), (text, want), f"text and offset: {text}")
    subprocess.run(["ip", "link", "set", "wg0", "down"], check=True)
    for sock in taken:
        sock.close()


def needs_privilege():
    def unprivileged(code):
        return subprocess.run(
            ["setpriv", "--reuid", "65534", "--clear-groups", "--bounding-set=-all",
             "--inh-caps=-all", "python3", "-c",
             "import sys; sys.path.insert(0, '/mnt/in/vm/lib')\n"
             "from wgnl import *\nnl = Netlink()\nsys.exit(" + code + ")"],
            check=False, stderr=subprocess.DEVNULL).returncode
    equal(unprivileged("nl.set(string(A_IFNAME, 'wg0'))"), errno.EPERM, "SET needs CAP_NET_ADMIN")
    equal(unprivileged("nl.dump_errno(string(A_IFNAME, 'wg0'))"), errno.EPERM,
          "GET needs CAP_NET_ADMIN")


def random_damage():
    """Well-formed messages with a few bytes changed, thousands of them."""
    rng = random.Random(7)
    body = NAME + u32(A_FLAGS, 0) + u16(A_LISTEN_PORT, 0) + u32(A_FWMARK, 3) + array(A_PEERS, [
        peer(KEY[i], attr(P_PRESHARED_KEY, bytes(32)), attr(P_ENDPOINT, endpoint4("192.0.2.1", 9)),
             u16(P_KEEPALIVE, 0), flags=F_REPLACE_IPS, ips=[ip("10.0.0.0", 8), ip("fd00::", 9)])
        for i in range(3)])
    results = {}
    for _ in range(3000):
        message = bytearray(body)
        for _ in range(rng.choice((1, 1, 2, 4, 16))):
            message[rng.randrange(len(NAME), len(message))] = rng.randrange(256)
        if rng.random() < 0.2:
            message = message[:rng.randrange(len(NAME), len(message))]
        code = nl.set(bytes(message))
        results[name_of(code)] = results.get(name_of(code), 0) + 1
    print(results)
    point(results.get("success", 0) > 0 and len(results) > 2,
          "3000 damaged messages: some are refused", results)
    fresh()
    expect("the device still accepts a valid one", 0, NAME, array(A_PEERS, [peer(KEY[0])]))
    equal(list(peers()), [KEY[0]], "and shows it")
    for size in range(0, 24):
        try:
            nl.sock.send(os.urandom(size))
        except OSError as error:
            print(size, error)
    expect("and after netlink rubbish", 0, NAME, u32(A_FWMARK, 1))


run_steps(choosing_the_device, device_attributes, peer_attributes, endpoints, allowed_ips, flags,
          refused_changes_nothing, wrong_late, special_peers, as_today, words_and_offsets, needs_privilege,
          random_damage, before=fresh)
