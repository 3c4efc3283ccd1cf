# SPDX-License-Identifier: GPL-2.0
"""Facts of the scenario alike about the configuration: requests that are refused, changes by
requests, the content of a dump, and UDP sockets."""

import json
import os
import socket
import struct

from alike_bench import NAME, Bench, read, udp_socket
from alike_link import carrier
from rtnl import NEWLINK, inside
from wgnl import *  # pylint: disable=wildcard-import,unused-wildcard-import

KEY = [bytes([i]) * 31 + b"\x42" for i in range(1, 20)]


# Requests of the module's own family.
def request_table(index):
    v4, v6 = socket.inet_aton("10.9.9.9"), socket.inet_pton(socket.AF_INET6, "fd09::")
    whole = [u16(I_FAMILY, 2), attr(I_ADDR, v4), u8(I_MASK, 32)]

    def one(*parts, **more):
        return [NAME, array(A_PEERS, [peer(KEY[1], *parts, **more)])]

    def allowed(*parts):
        return one(ips=[b"".join(parts)])

    yield "nothing", []
    yield "a mark for no device", [u32(A_FWMARK, 1)]
    yield "both name and index", [NAME, u32(A_IFINDEX, index)]
    yield "by index", [u32(A_IFINDEX, index)]
    yield "index 0", [u32(A_IFINDEX, 0)]
    yield "index 99999", [u32(A_IFINDEX, 99999)]
    yield "no such name", [string(A_IFNAME, "nosuch")]
    yield "empty name", [string(A_IFNAME, "")]
    yield "name of 16 bytes", [string(A_IFNAME, "x" * 16)]
    yield "name without an end", [attr(A_IFNAME, b"wg0")]
    yield "lo", [string(A_IFNAME, "lo")]
    yield "a veth", [string(A_IFNAME, "va")]
    for kind, size, name in ((A_PRIVATE_KEY, 32, "private key"), (A_PUBLIC_KEY, 32, "public key"),
                             (A_FLAGS, 4, "flags"), (A_LISTEN_PORT, 2, "port"), (A_FWMARK, 4, "mark"),
                             (A_IFINDEX, 4, "index")):
        for wrong in sorted({0, 1, size - 1, size + 1, size * 2}):
            yield f"{name} of {wrong} bytes", [b"" if kind == A_IFINDEX else NAME, attr(kind, bytes(wrong))]
    for value in (2, 3, 0x80000000, 0xffffffff):
        yield f"device flags {value:#x}", [NAME, u32(A_FLAGS, value)]
    yield "a public key for the device", [NAME, attr(A_PUBLIC_KEY, b"\x11" * 32)]
    for number in (0, 9, 200):
        yield f"device attribute {number}", [NAME, u32(number, 1)]
    yield "the mark twice", [NAME, u32(A_FWMARK, 1), u32(A_FWMARK, 2)]
    yield "peers twice", [NAME, array(A_PEERS, [peer(KEY[1])]), array(A_PEERS, [peer(KEY[2])])]
    yield "peers not marked as a nest", [NAME, attr(A_PEERS, nest(0, peer(KEY[1])))]
    yield "a peer not marked as a nest", [NAME, nest(A_PEERS, attr(0, peer(KEY[1])))]
    yield "no peers", [NAME, array(A_PEERS, [])]
    yield "a peer that is empty", [NAME, array(A_PEERS, [b""])]
    yield "peers of other types", [NAME, nest(A_PEERS, nest(7, peer(KEY[1])), nest(7, peer(KEY[2])))]
    yield "peers with junk", [NAME, attr(A_PEERS | NESTED, b"\xff" * 7)]
    yield "peers cut short", [NAME, attr(A_PEERS | NESTED, nest(0, peer(KEY[1]))[:-3])]
    for kind, size, name in ((P_PUBLIC_KEY, 32, "public key"), (P_PRESHARED_KEY, 32, "preshared key"),
                             (P_FLAGS, 4, "flags"), (P_KEEPALIVE, 2, "keepalive"), (P_VERSION, 4, "version"),
                             (P_LAST_HANDSHAKE, 16, "handshake"), (P_RX, 8, "rx"), (P_TX, 8, "tx")):
        first = b"" if kind == P_PUBLIC_KEY else attr(P_PUBLIC_KEY, KEY[1])
        for wrong in sorted({0, 1, size - 1, size, size + 1, size * 2}):
            yield f"peer's {name} of {wrong} bytes", [NAME, array(A_PEERS, [first + attr(kind, bytes(wrong))])]
    for value in (1, 2, 3, 4, 5, 7, 8, 0x80000000, 0xffffffff):
        yield f"peer flags {value:#x}", one(flags=value)
    for value in (0, 1, 2, 0xffffffff):
        yield f"protocol version {value}", one(u32(P_VERSION, value))
    for number in (0, 11, 200):
        yield f"peer attribute {number}", one(u32(number, 1))
    yield "a peer without a key", [NAME, array(A_PEERS, [u16(P_KEEPALIVE, 1)])]
    yield "one peer twice", [NAME, array(A_PEERS, [peer(KEY[1], u16(P_KEEPALIVE, 1)),
                                                   peer(KEY[1], u16(P_KEEPALIVE, 2))])]
    for size in (0, 1, 2, 8, 15, 17, 27):
        yield f"endpoint of {size} bytes", one(attr(P_ENDPOINT, (endpoint4("192.0.2.1", 9) + bytes(99))[:size]))
    yield "IPv4 endpoint", one(attr(P_ENDPOINT, endpoint4("192.0.2.1", 9)))
    yield "IPv4 endpoint of 28 bytes", one(attr(P_ENDPOINT, endpoint4("192.0.2.1", 9) + bytes(12)))
    yield "endpoint of 29 bytes", one(attr(P_ENDPOINT, endpoint6("2001:db8::1", 9) + bytes(1)))
    yield "IPv6 endpoint", one(attr(P_ENDPOINT, endpoint6("2001:db8::1", 9)))
    yield "IPv6 endpoint with a scope", one(attr(P_ENDPOINT, endpoint6("fe80::1", 9, 3)))
    yield "mapped endpoint", one(attr(P_ENDPOINT, endpoint6("::ffff:192.0.2.1", 9)))
    yield "IPv6 endpoint of 16 bytes", one(attr(P_ENDPOINT, endpoint6("2001:db8::1", 9)[:16]))
    yield "endpoint of family 77", one(attr(P_ENDPOINT, struct.pack("=H", 77) + bytes(14)))
    yield "endpoint 0.0.0.0:0", one(attr(P_ENDPOINT, endpoint4("0.0.0.0", 0)))
    yield "endpoint of a group", one(attr(P_ENDPOINT, endpoint4("224.0.0.1", 1)))
    yield "allowed IPs not marked as a nest", one(attr(P_ALLOWEDIPS, nest(0, ip("10.9.0.0", 16))))
    yield "an allowed IP not marked as a nest", one(nest(P_ALLOWEDIPS, attr(0, ip("10.9.0.0", 16))))
    yield "an allowed IP that is empty", allowed()
    for missing, name in enumerate(("family", "address", "mask")):
        yield f"allowed IP without {name}", allowed(*(part for i, part in enumerate(whole) if i != missing))
    for value in (0, 1, 3, 10, 0xffff):
        yield f"allowed IP of family {value}", allowed(u16(I_FAMILY, value), *whole[1:])
    yield "IPv4 with an address of IPv6", allowed(whole[0], attr(I_ADDR, v6), whole[2])
    for mask in (0, 32, 33, 255):
        yield f"IPv4 mask {mask}", allowed(ip("10.9.9.9", mask))
    for mask in (0, 128, 129, 255):
        yield f"IPv6 mask {mask}", allowed(ip("fd09::9", mask))
    for size in (0, 3, 5, 15, 17, 64):
        yield f"address of {size} bytes", allowed(whole[0], attr(I_ADDR, bytes(size)), whole[2])
    for size in (0, 1, 3, 4):
        family = struct.pack("=HH", socket.AF_INET, 0)[:size]
        yield f"family of {size} bytes", allowed(attr(I_FAMILY, family), *whole[1:])
    for size in (0, 2, 4):
        yield f"mask of {size} bytes", allowed(*whole[:2], attr(I_MASK, bytes(size)))
    for value in (0, 1, 2, 0xffffffff):
        yield f"allowed IP flags {value:#x}", allowed(ip("10.9.0.0", 16, value))
    yield "allowed IP attribute 9", allowed(*whole, u32(9, 0))
    yield "an allowed IP twice", one(ips=[ip("10.9.0.0", 16), ip("10.9.0.0", 16)])
    yield "a mark, then a wrong peer", [NAME, u32(A_FWMARK, 9), array(A_PEERS, [peer(KEY[1], flags=8)])]
    yield "a peer, then a wrong one", [NAME, array(A_PEERS, [peer(KEY[1]), peer(KEY[2], flags=8)])]
    yield "a keepalive of a wrong peer", one(u16(P_KEEPALIVE, 1), ips=[ip("10.9.0.0", 33)])
    yield "replaced by a wrong peer", [NAME, u32(A_FLAGS, F_REPLACE_PEERS), array(A_PEERS, [peer(KEY[1], flags=8)])]


def state(nl):
    """The configuration in one line."""
    device, peers, order = merge(nl.dump(NAME))
    out = [f"mark {Bench.number(device[A_FWMARK])}"]
    for key in order:
        about = peers[key]
        number = next((i for i, known in enumerate(KEY) if known == key), key[:2].hex())
        out.append(f"peer {number} keepalive {Bench.number(about[P_KEEPALIVE])} endpoint "
                   f"{about.get(P_ENDPOINT, b'').hex()} allowed {about[P_ALLOWEDIPS]}".replace("'", ""))
    return ", ".join(out)


def requests(facts):
    bench = Bench()
    nl = bench.nl

    def reset():
        bench.configure(u32(A_FLAGS, F_REPLACE_PEERS), u32(A_FWMARK, 5), attr(A_PRIVATE_KEY, bench.private),
                        array(A_PEERS, [peer(KEY[0], ips=[ip("10.0.0.0", 24)])]))

    reset()
    normal = state(nl)
    for name, parts in request_table(bench.a.index("wg0")):
        answer = name_of(nl.set(*parts))
        now = state(nl)
        facts.note(f"set/{name}", f"{answer}; {'unchanged' if now == normal else now}")
        if now != normal:
            reset()
    for name, payload in (("nothing", b""), ("lo", string(A_IFNAME, "lo")), ("no such name", string(A_IFNAME, "no")),
                          ("both", NAME + u32(A_IFINDEX, bench.a.index("wg0"))), ("its name", NAME),
                          ("its name and a key", NAME + attr(A_PRIVATE_KEY, bytes(32))),
                          ("its name and peers", NAME + array(A_PEERS, [])),
                          ("its name, unknown attribute", NAME + u32(77, 1))):
        facts.note(f"dump/by {name}", name_of(nl.dump_errno(payload)))
    facts.note("command/get without dump", name_of(nl.request(GET, NAME)))
    for command in (2, 3, 255):
        facts.note(f"command/{command}", name_of(nl.request(command, NAME)))
    for version in (0, 2, 255):
        facts.note(f"command/version {version}", name_of(nl.request(SET, NAME, version=version)))
    facts.note("command/set as a dump", name_of(nl.request(SET, NAME, flags=NLM_F_REQUEST | NLM_F_DUMP | NLM_F_ACK)))
    for case, code in unprivileged().items():
        facts.note(f"without privilege/{case}", name_of(code))
    dumps(facts, nl)
    bench.close()


def unprivileged():
    """{request: errno} for requests of a process without capabilities."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            with inside("a"):
                nl = Netlink()
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            with open("/run/netns/a", "rb"):
                pass
            out = {"set": nl.set(NAME), "dump": nl.dump_errno(NAME), "set of lo": nl.set(string(A_IFNAME, "lo")),
                   "malformed set": nl.set(NAME, u16(A_FWMARK, 1)), "dump of nothing": nl.dump_errno(b""),
                   "command 2": nl.request(2, NAME)}
            os.write(writing, json.dumps(out).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


def shape(data, level=0):
    """The attributes of a dump, in order, as number:length."""
    out = []
    for kind, value in attributes(data):
        nested = {0: (A_PEERS,), 1: (0,), 2: (P_ALLOWEDIPS,), 3: (0,)}.get(level, ())
        text = f"{kind}:{len(value)}"
        if kind in nested:
            text = f"{kind}({shape(value, level + 1)})"
        out.append(text)
    return " ".join(out)


def dumps(facts, nl):
    nl.set(NAME, u32(A_FLAGS, F_REPLACE_PEERS), u32(A_FWMARK, 0), array(A_PEERS, [
        peer(KEY[0]), peer(KEY[1], attr(P_ENDPOINT, endpoint4("192.0.2.1", 9)), ips=[ip("10.3.0.0", 16)]),
        peer(KEY[2], attr(P_ENDPOINT, endpoint6("2001:db8::1", 9)), attr(P_PRESHARED_KEY, b"\x33" * 32),
             u16(P_KEEPALIVE, 7), ips=[ip("fd03::", 64), ip("10.2.0.0", 16), ip("0.0.0.0", 0), ip("10.2.3.4", 32),
                                       ip("::", 0), ip("10.1.0.0", 16), ip("fd02::", 64)])]))
    with_key = nl.dump(NAME)
    facts.note("dump/attributes", "; ".join(shape(b"".join(attr(k | (NESTED if k == A_PEERS else 0), v)
                                                            for k, v in attrs)) for _, attrs in with_key if attrs))
    facts.note("dump/flags", " ".join(f"{flags:#x}" for flags, _ in with_key))
    _, peers, order = merge(with_key)
    facts.note("dump/order of peers", [KEY.index(key) for key in order])
    for key in order:
        facts.note(f"dump/peer {KEY.index(key)}/allowed IPs", peers[key][P_ALLOWEDIPS])
        facts.note(f"dump/peer {KEY.index(key)}/endpoint", peers[key].get(P_ENDPOINT, b"").hex())
        facts.note(f"dump/peer {KEY.index(key)}/version", peers[key].get(P_VERSION, b"").hex())
    nl.set(NAME, attr(A_PRIVATE_KEY, bytes(32)))
    facts.note("dump/attributes without a key", "; ".join(
        shape(b"".join(attr(k, v) for k, v in attrs if k != A_PEERS)) for _, attrs in nl.dump(NAME) if attrs))


# Sockets.
def bound(port):
    """The UDP sockets of namespace a on this port: family, address and owner."""
    out = []
    with inside("a"):
        for name in ("udp", "udp6"):
            with open(f"/proc/thread-self/net/{name}", encoding="ascii") as lines:
                for line in list(lines)[1:]:
                    address, number = line.split()[1].rsplit(":", 1)
                    if int(number, 16) == port:
                        out.append(f"{name} {address} uid {line.split()[7]}")
    return ", ".join(out) or "none"


def sockets(facts):
    bench = Bench()
    nl, a = bench.nl, bench.a
    facts.note("socket/up", bound(1))
    a.down("wg0")
    facts.note("socket/down", bound(1))
    facts.note("socket/set while down", name_of(nl.set(NAME, u16(A_LISTEN_PORT, 77))))
    facts.note("socket/while down", bound(77))
    with inside("a"):
        other = udp_socket("0.0.0.0", 77)
    facts.note("socket/up while taken", name_of(a.link(NEWLINK, index=a.index("wg0"), up=True)))
    carrier(facts, "socket/carrier while taken", "a", "wg0")
    other.close()
    with inside("a"):
        other = udp_socket("::", 77, IPPROTO_IPV6__IPV6_V6ONLY=1)
    facts.note("socket/up while taken in IPv6", name_of(a.link(NEWLINK, index=a.index("wg0"), up=True)))
    facts.note("socket/taken in IPv6", bound(77))
    other.close()
    facts.note("socket/up after all", name_of(a.link(NEWLINK, index=a.index("wg0"), up=True)))
    facts.note("socket/up after all, bound", bound(77))
    with inside("a"):
        other = udp_socket("0.0.0.0", 78)
    facts.note("socket/set while taken", name_of(nl.set(NAME, u16(A_LISTEN_PORT, 78))))
    other.close()
    facts.note("socket/after a port that was taken", f"{bound(77)}; {bound(78)}")
    facts.note("socket/port after that", Bench.number(merge(nl.dump(NAME))[0][A_LISTEN_PORT]))
    facts.note("socket/port 0", name_of(nl.set(NAME, u16(A_LISTEN_PORT, 0))))
    port = Bench.number(merge(nl.dump(NAME))[0][A_LISTEN_PORT])
    facts.note("socket/port 0, bound", bound(port) if port else "port 0")
    low, high = map(int, read_in_a("/proc/sys/net/ipv4/ip_local_port_range").split())
    facts.note("socket/port 0 is of the local range", low <= port <= high)
    a.add("wg1", "wireguard")
    code = nl.set(string(A_IFNAME, "wg1"), u16(A_LISTEN_PORT, port))
    facts.note("socket/another interface, same port", name_of(code))
    facts.note("socket/another interface up", name_of(a.link(NEWLINK, index=a.index("wg1"), up=True)))
    a.delete("wg1")
    bench.close()


def read_in_a(path):
    with inside("a"):
        return read(path)


__all__ = ["requests", "sockets"]
