# SPDX-License-Identifier: GPL-2.0
"""A raw client of the generic netlink family "wireguard". It sends any message, valid or
not, and returns the errno and the extack text."""

import errno
import os
import socket
import struct

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR = 1, 4, 0x300, 0x10
NLMSG_ERROR, NLMSG_DONE = 2, 3
NESTED = 0x8000

GET, SET = 0, 1
(A_IFINDEX, A_IFNAME, A_PRIVATE_KEY, A_PUBLIC_KEY, A_FLAGS, A_LISTEN_PORT, A_FWMARK,
 A_PEERS) = range(1, 9)
(P_PUBLIC_KEY, P_PRESHARED_KEY, P_FLAGS, P_ENDPOINT, P_KEEPALIVE, P_LAST_HANDSHAKE, P_RX,
 P_TX, P_ALLOWEDIPS, P_VERSION) = range(1, 11)
I_FAMILY, I_ADDR, I_MASK, I_FLAGS = range(1, 5)
F_REPLACE_PEERS = 1
F_REMOVE, F_REPLACE_IPS, F_UPDATE_ONLY = 1, 2, 4


def attr(kind, data):
    length = 4 + len(data)
    return struct.pack("=HH", length, kind) + data + bytes(-length % 4)


def u8(kind, value):
    return attr(kind, struct.pack("=B", value))


def u16(kind, value):
    return attr(kind, struct.pack("=H", value))


def u32(kind, value):
    return attr(kind, struct.pack("=I", value))


def string(kind, text):
    return attr(kind, text.encode() + b"\0")


def nest(kind, *parts):
    return attr(kind | NESTED, b"".join(parts))


def array(kind, items):
    """A nested attribute with one nested attribute for each item (joined attributes)."""
    return nest(kind, *(nest(0, item) for item in items))


def ip(address, mask, flags=None):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    parts = [u16(I_FAMILY, family), attr(I_ADDR, socket.inet_pton(family, address)),
             u8(I_MASK, mask)]
    if flags is not None:
        parts.append(u32(I_FLAGS, flags))
    return b"".join(parts)


def peer(key, *parts, flags=None, ips=None):
    out = [attr(P_PUBLIC_KEY, key)]
    if flags is not None:
        out.append(u32(P_FLAGS, flags))
    out += parts
    if ips is not None:
        out.append(array(P_ALLOWEDIPS, ips))
    return b"".join(out)


def endpoint4(address, port):
    return struct.pack("=H", socket.AF_INET) + struct.pack(">H", port) + \
        socket.inet_aton(address) + bytes(8)


def endpoint6(address, port, scope=0):
    return struct.pack("=H", socket.AF_INET6) + struct.pack(">HI", port, 0) + \
        socket.inet_pton(socket.AF_INET6, address) + struct.pack("=I", scope)


def attributes(data):
    """Parses attributes: [(type without flags, bytes)]."""
    out, at = [], 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4 or at + length > len(data):
            raise ValueError("attribute beyond its message")
        out.append((kind & 0x3fff, data[at + 4:at + length]))
        at += (length + 3) & ~3
    return out


class Netlink:
    def __init__(self, size=65536, family="wireguard"):
        self.open(16, size)
        self.family = 16
        self.send(3, string(2, family))
        reply = self.sock.recv(size)
        self.about = dict(attributes(reply[20:]))
        self.family = struct.unpack("=H", self.about[1])[0]
        self.sock.recv(size)

    def open(self, protocol, size, groups=0):
        # The kernel sizes its dump messages by the largest buffer that this
        # socket has read with.
        self.size = size
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self.sock.bind((0, groups))
        try:
            self.sock.setsockopt(270, 10, 1)
        except OSError:
            # Kernels before 4.3 always return the refused request in full.
            pass
        try:
            self.sock.setsockopt(270, 11, 1)
            self.has_words = True
        except OSError:
            # Kernels before 4.12 return only an errno.
            self.has_words = False
        self.sock.settimeout(30)
        self.seq = 0
        self.text, self.offset = "", None

    def send(self, command, payload, flags=NLM_F_REQUEST | NLM_F_ACK, version=1, length=None):
        self.seq += 1
        body = struct.pack("=BBH", command, version, 0) + payload
        size = 16 + len(body) if length is None else length
        self.sock.send(struct.pack("=IHHII", size, self.family, flags, self.seq, 0) + body)

    def result(self):
        """The errno of the acknowledgement, 0 if none; .text is its extack."""
        while True:
            data = self.sock.recv(self.size)
            size, kind, flags, seq, _ = struct.unpack_from("=IHHII", data)
            if seq != self.seq:
                continue
            if kind != NLMSG_ERROR:
                continue
            code = -struct.unpack_from("=i", data, 16)[0]
            self.text, self.offset = "", None
            if flags & 0x200:
                at = 36
                if not flags & 0x100:
                    at = 20 + struct.unpack_from("=I", data, 20)[0]
                for number, value in attributes(data[at:size]):
                    if number == 1:
                        self.text = value.rstrip(b"\0").decode()
                    if number == 2:
                        # The attribute's offset, after both headers of the request.
                        self.offset = struct.unpack("=I", value)[0] - 20
            return code

    def request(self, command, payload, **more):
        self.send(command, payload, **more)
        return self.result()

    def set(self, *parts):
        return self.request(SET, b"".join(parts))

    def dump_start(self, payload):
        self.send(GET, payload, NLM_F_REQUEST | NLM_F_DUMP)

    def dump_read(self):
        """(messages, done), with each message as (flags, attributes). Raises on errors."""
        data, out, at = self.sock.recv(self.size), [], 0
        while at < len(data):
            length, kind, flags, seq, _ = struct.unpack_from("=IHHII", data, at)
            if seq == self.seq:
                if kind == NLMSG_DONE:
                    code = struct.unpack_from("=i", data, at + 16)[0]
                    if code < 0:
                        raise OSError(-code, os.strerror(-code))
                    out.append((flags, None))
                    return out, True
                if kind == NLMSG_ERROR:
                    code = -struct.unpack_from("=i", data, at + 16)[0]
                    raise OSError(code, os.strerror(code))
                out.append((flags, attributes(data[at + 20:at + length])))
            at += (length + 3) & ~3
        return out, False

    def dump(self, payload):
        self.dump_start(payload)
        messages, done = [], False
        while not done:
            more, done = self.dump_read()
            messages += more
        return messages

    def dump_errno(self, payload):
        try:
            self.dump(payload)
            return 0
        except OSError as error:
            return error.errno


def merge(messages):
    """The device of a dump: (device attributes, {key: peer attributes with P_ALLOWEDIPS
    as a list of (address, mask)}, keys in the order of the dump)."""
    device, peers, order = {}, {}, []
    for _, attrs in messages:
        if attrs is None:
            continue
        for kind, value in attrs:
            if kind != A_PEERS:
                device[kind] = value
                continue
            for _, one in attributes(value):
                fields = dict(attributes(one))
                key = fields.pop(P_PUBLIC_KEY)
                ips = []
                for _, entry in attributes(fields.pop(P_ALLOWEDIPS, b"")):
                    got = dict(attributes(entry))
                    family = struct.unpack("=H", got[I_FAMILY])[0]
                    ips.append((socket.inet_ntop(family, got[I_ADDR]), got[I_MASK][0]))
                if key not in peers:
                    order.append(key)
                    peers[key] = {P_ALLOWEDIPS: []}
                peers[key].update(fields)
                peers[key][P_ALLOWEDIPS] += ips
    return device, peers, order


def name_of(code):
    return errno.errorcode.get(code, str(code)) if code else "success"
