# SPDX-License-Identifier: GPL-2.0
"""A raw client of rtnetlink, for interfaces: like wgnl.py it sends what it is told
to and gives back the errno, so that a test can tell one refusal from another."""

import select
import socket
import struct

from wgnl import NLM_F_ACK, NLM_F_REQUEST, Netlink, attr, attributes, nest, string, u32

NLM_F_CREATE, NLM_F_EXCL = 0x400, 0x200
NEWLINK, DELLINK, GETLINK, SETLINK, NEWADDR, DELADDR = 16, 17, 18, 19, 20, 21
NEWNSID = 88
GROUP_LINK = 1
L_IFNAME, L_MTU, L_LINKINFO, L_NET_NS_FD, L_LINK_NETNSID = 3, 4, 18, 28, 37
LINKINFO_KIND = 1
A_LOCAL = 2
IFF_UP = 1


def link(*parts, index=0, up=None):
    """The body of a request about an interface: of that index, or named in parts."""
    return struct.pack("<BxHiII", 0, 0, index, IFF_UP if up else 0,
                       0 if up is None else IFF_UP) + b"".join(parts)


def new_link(name):
    """The attributes of a new WireGuard interface."""
    return string(L_IFNAME, name), nest(L_LINKINFO, string(LINKINFO_KIND, "wireguard"))


def address4(index, address, bits):
    """The body of a request about an interface's address."""
    return struct.pack("<BBBBi", socket.AF_INET, bits, 0, 0, index) + \
        attr(A_LOCAL, socket.inet_aton(address))


class Route(Netlink):
    def __init__(self, groups=0):  # pylint: disable=super-init-not-called
        self.open(0, 65536, groups)

    def put(self, kind, body, flags=0):
        self.seq += 1
        self.sock.send(struct.pack("<IHHII", 16 + len(body), kind,
                                   NLM_F_REQUEST | NLM_F_ACK | flags, self.seq, 0) + body)

    def ask(self, kind, body, flags=0):
        self.put(kind, body, flags)
        return self.result()

    def link(self, kind, *parts, index=0, up=None, flags=0):
        return self.ask(kind, link(*parts, index=index, up=up), flags)

    def create(self, name, *parts):
        """A WireGuard interface."""
        return self.link(NEWLINK, *new_link(name), *parts, flags=NLM_F_CREATE | NLM_F_EXCL)

    def name_namespace(self, number, fd):
        """Others may speak of the namespace behind fd by this number."""
        return self.ask(NEWNSID, bytes(4) + u32(1, number) + u32(3, fd))

    def find(self, name):
        """(index, flags, {attribute: bytes}) of an interface, or None."""
        self.seq += 1
        body = struct.pack("<BxHiII", 0, 0, 0, 0, 0) + string(L_IFNAME, name)
        self.sock.send(struct.pack("<IHHII", 16 + len(body), GETLINK, NLM_F_REQUEST,
                                   self.seq, 0) + body)
        while True:
            data = self.sock.recv(self.size)
            kind, _, seq = struct.unpack_from("<HHI", data, 4)
            if seq != self.seq:
                continue
            if kind != NEWLINK:
                return None
            index, flags = struct.unpack_from("<iI", data, 20)
            return index, flags, dict(attributes(data[32:]))

    def drain(self):
        """Nothing that was told before now."""
        while select.select([self.sock], [], [], 0)[0]:
            try:
                self.sock.recv(self.size)
            except OSError:
                # More was told than the socket could keep.
                pass

    def hears_of(self, index, seconds):
        """Whether a change of this interface is told to the group."""
        while select.select([self.sock], [], [], seconds)[0]:
            data = self.sock.recv(self.size)
            if struct.unpack_from("<H", data, 4)[0] == NEWLINK and \
                    struct.unpack_from("<i", data, 20)[0] == index:
                return True
        return False

