# SPDX-License-Identifier: GPL-2.0
"""Links, addresses, routes and namespaces by rtnetlink, one request each, without starting
processes. Route returns the errno of each request, so that a test can distinguish
refusals. Rtnl raises instead, for tests that make thousands of changes as a setup."""

import contextlib
import ctypes
import os
import select
import socket
import struct

from wgnl import (NESTED, NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR, Netlink, attr, attributes, nest,
                  string, u32)

NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE = 0x100, 0x200, 0x400
(NEWLINK, DELLINK, GETLINK, SETLINK, NEWADDR, DELADDR, NEWROUTE, DELROUTE,
 NEWNSID) = 16, 17, 18, 19, 20, 21, 24, 25, 88
GROUP_LINK = 1
(IFLA_IFNAME, IFLA_MTU, IFLA_MASTER, IFLA_TXQLEN, IFLA_LINKINFO, IFLA_IFALIAS, IFLA_STATS64,
 IFLA_NET_NS_FD, IFLA_CARRIER, IFLA_LINK_NETNSID) = 3, 4, 10, 13, 18, 20, 23, 28, 33, 37
LINKINFO_KIND, LINKINFO_DATA = 1, 2
IFA_ADDRESS, IFA_LOCAL = 1, 2
IFF_UP = 1
RT_SCOPE_UNIVERSE, RT_SCOPE_LINK, RT_SCOPE_NOWHERE = 0, 253, 255
STATS = ("rx_packets tx_packets rx_bytes tx_bytes rx_errors tx_errors rx_dropped tx_dropped").split()

libc = ctypes.CDLL(None, use_errno=True)


def enter(netns):
    """Moves this process into the namespace permanently."""
    with open(f"/run/netns/{netns}", "rb") as there:
        if libc.setns(there.fileno(), 0):
            raise OSError(ctypes.get_errno(), f"setns {netns}")


@contextlib.contextmanager
def inside(netns):
    """Sockets created in this context belong to that namespace, wherever they are used later."""
    with open("/proc/self/ns/net", "rb") as home:
        enter(netns)
        try:
            yield
        finally:
            libc.setns(home.fileno(), 0)


def link(*parts, index=0, up=None):
    """The body of a request about an interface, given by its index or by a name in parts."""
    return struct.pack("=BxHiII", 0, 0, index, IFF_UP if up else 0,
                       0 if up is None else IFF_UP) + b"".join(parts)


def new_link(name, kind="wireguard"):
    """The attributes of a new interface."""
    return string(IFLA_IFNAME, name), nest(IFLA_LINKINFO, string(LINKINFO_KIND, kind))


def address4(index, address, bits):
    """The body of a request about an interface's address."""
    return struct.pack("=BBBBi", socket.AF_INET, bits, 0, 0, index) + \
        attr(IFA_LOCAL, socket.inet_aton(address))


class Route(Netlink):
    def __init__(self, groups=0):  # pylint: disable=super-init-not-called
        self.open(0, 65536, groups)

    def put(self, kind, body, flags=0):
        self.seq += 1
        self.sock.send(struct.pack("=IHHII", 16 + len(body), kind,
                                   NLM_F_REQUEST | NLM_F_ACK | flags, self.seq, 0) + body)

    def ask(self, kind, body, flags=0):
        self.put(kind, body, flags)
        return self.result()

    def link(self, kind, *parts, index=0, up=None, flags=0):
        return self.ask(kind, link(*parts, index=index, up=up), flags)

    def create(self, name, *parts):
        """Creates a WireGuard interface."""
        return self.link(NEWLINK, *new_link(name), *parts, flags=NLM_F_CREATE | NLM_F_EXCL)

    def name_namespace(self, number, fd):
        """Gives the namespace of fd this ID, by which requests can refer to it."""
        return self.ask(NEWNSID, bytes(4) + u32(1, number) + u32(3, fd))

    def find(self, name):
        """(index, flags, {attribute: bytes}) of an interface, or None."""
        self.seq += 1
        body = link(string(IFLA_IFNAME, name))
        self.sock.send(struct.pack("=IHHII", 16 + len(body), GETLINK, NLM_F_REQUEST,
                                   self.seq, 0) + body)
        while True:
            data = self.sock.recv(self.size)
            kind, _, seq = struct.unpack_from("=HHI", data, 4)
            if seq != self.seq:
                continue
            if kind != NEWLINK:
                return None
            index, flags = struct.unpack_from("=iI", data, 20)
            return index, flags, dict(attributes(data[32:]))

    def drain(self):
        """Discards the notifications received so far."""
        while select.select([self.sock], [], [], 0)[0]:
            try:
                self.sock.recv(self.size)
            except OSError:
                # The socket's receive buffer has overflowed.
                pass

    def hears_of(self, index, seconds):
        """Whether the group is notified of a change of this interface."""
        while select.select([self.sock], [], [], seconds)[0]:
            data = self.sock.recv(self.size)
            if struct.unpack_from("=H", data, 4)[0] == NEWLINK and \
                    struct.unpack_from("=i", data, 20)[0] == index:
                return True
        return False


class Rtnl(Route):
    """One namespace. Each method raises OSError with the kernel's errno."""

    def __init__(self, netns):
        self.netns = netns
        with inside(netns):
            super().__init__()
        self.sock.settimeout(120)

    def request(self, kind, body, flags=0):
        """Sends a request and returns the body of the answer, or None without one."""
        self.put(kind, body, flags)
        answer = None
        while True:
            data, at = self.sock.recv(self.size), 0
            while at + 16 <= len(data):
                length, got, _, seq, _ = struct.unpack_from("=IHHII", data, at)
                if seq == self.seq and got == NLMSG_ERROR:
                    code = -struct.unpack_from("=i", data, at + 16)[0]
                    if code:
                        raise OSError(code, os.strerror(code))
                    return answer
                if seq == self.seq:
                    answer = data[at + 16:at + length]
                at += (length + 3) & ~3

    def look(self, name):
        """(index, {statistic: value}) of a link."""
        data = self.request(GETLINK, link(string(IFLA_IFNAME, name)))
        stats = dict(attributes(data[16:]))[IFLA_STATS64]
        return struct.unpack_from("=i", data, 4)[0], dict(zip(STATS, struct.unpack_from("=8Q", stats)))

    def index(self, name):
        return self.look(name)[0]

    def change(self, name, *attrs, up=None):
        self.request(NEWLINK, link(*attrs, index=self.index(name), up=up))

    def up(self, name):
        self.change(name, up=True)

    def down(self, name):
        self.change(name, up=False)

    def mtu(self, name, mtu):
        self.change(name, u32(IFLA_MTU, mtu))

    def rename(self, name, new):
        self.change(name, string(IFLA_IFNAME, new))

    def master(self, name, master=None):
        self.change(name, u32(IFLA_MASTER, self.index(master) if master else 0))

    def move(self, name, netns):
        with open(f"/run/netns/{netns}", "rb") as there:
            self.change(name, u32(IFLA_NET_NS_FD, there.fileno()))

    def add(self, name, kind, *attrs, data=None):
        info = attr(LINKINFO_KIND, kind.encode())
        if data is not None:
            info += attr(LINKINFO_DATA | NESTED, data)
        self.request(NEWLINK, link(string(IFLA_IFNAME, name), *attrs, nest(IFLA_LINKINFO, info)),
                     NLM_F_CREATE | NLM_F_EXCL)

    def add_veth(self, name, peer, peer_netns):
        with open(f"/run/netns/{peer_netns}", "rb") as there:
            other = link(string(IFLA_IFNAME, peer), u32(IFLA_NET_NS_FD, there.fileno()))
            self.add(name, "veth", data=attr(1 | NESTED, other))

    def delete(self, name):
        self.request(DELLINK, link(index=self.index(name)))

    def _address(self, name, address, bits):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        raw = socket.inet_pton(family, address)
        # Without duplicate address detection (IFA_F_NODAD).
        return struct.pack("=BBBBI", family, bits, 2 if family == socket.AF_INET6 else 0, 0,
                           self.index(name)) + attr(IFA_LOCAL, raw) + attr(IFA_ADDRESS, raw)

    def add_address(self, name, address, bits):
        self.request(NEWADDR, self._address(name, address, bits), NLM_F_CREATE | NLM_F_REPLACE)

    def delete_address(self, name, address, bits):
        self.request(DELADDR, self._address(name, address, bits))

    def _route(self, name, prefix, bits, gateway=None, mtu=None, scope=0):
        family = socket.AF_INET6 if ":" in prefix else socket.AF_INET
        # RT_TABLE_MAIN, RTPROT_STATIC, RTN_UNICAST
        head = struct.pack("=BBBBBBBBI", family, bits, 0, 0, 254, 4, scope, 1, 0)
        head += attr(1, socket.inet_pton(family, prefix)) + u32(4, self.index(name))
        if gateway:
            head += attr(5, socket.inet_pton(family, gateway))
        if mtu:
            head += attr(8 | NESTED, u32(2, mtu))
        return head

    def route(self, name, prefix, bits, gateway=None, mtu=None):
        """Adds or replaces a route. Without a gateway the destination is on the link."""
        scope = RT_SCOPE_UNIVERSE if gateway else RT_SCOPE_LINK
        self.request(NEWROUTE, self._route(name, prefix, bits, gateway, mtu, scope), NLM_F_CREATE | NLM_F_REPLACE)

    def delete_route(self, name, prefix, bits):
        self.request(DELROUTE, self._route(name, prefix, bits, scope=RT_SCOPE_NOWHERE))


def quietly(call, *words, **more):
    """Returns the errno of a call, 0 if none, for calls that may fail."""
    try:
        call(*words, **more)
    except OSError as error:
        return error.errno
    return 0
