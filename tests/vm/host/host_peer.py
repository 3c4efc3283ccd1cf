# SPDX-License-Identifier: GPL-2.0
"""A WireGuard peer on the host for the module in a VM: code that the host's parts of
scenarios share. bench.py runs these parts."""

import os
import socket
import struct
import time

from wgnl import (A_IFNAME, A_LISTEN_PORT, A_PEERS, A_PRIVATE_KEY, P_ENDPOINT, P_PRESHARED_KEY,
                  array, attr, endpoint4, ip, name_of, peer, string, u16)
from wgpeer import DATA, INITIATION, RESPONSE, Peer, between_initiations, dh, new_private, public

# The factor of time limits, of run.sh --slow.
SLOW = int(os.environ.get("SLOW", "1"))


def clamped(key):
    """The private key as the module stores it."""
    return bytes([key[0] & 248]) + key[1:31] + bytes([key[31] & 127 | 64])


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - (total + (total >> 16) & 0xFFFF)


def ping(source, destination, number):
    """An ICMP echo request over IPv4. Each has different content."""
    body = struct.pack(">HHQ", 1, number & 0xFFFF, time.monotonic_ns())
    echo = struct.pack(">BBH", 8, 0, checksum(b"\x08\0\0\0" + body)) + body
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(echo), 0, 0, 64, 1, 0)
    head += socket.inet_aton(source) + socket.inet_aton(destination)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + echo


class Scene:
    def __init__(self, bench, learn=lambda **secrets: None):
        """learn(NAME=BYTES) is called with each secret."""
        self.bench, self.learn, self.cable, self.module = bench, learn, bench.cable, None
        self.guest.sh("ip link set eth0 up && ip addr replace 10.99.0.1/24 dev eth0 && "
                      "ip neigh replace 10.99.0.2 lladdr 52:54:00:00:00:02 dev eth0 nud permanent")

    @property
    def guest(self):
        """The current VM: each restore replaces it."""
        return self.bench.guest

    def set(self, *parts, name="wg0", want=0):
        answer = self.guest.set(string(A_IFNAME, name) + b"".join(parts))
        if want or answer:
            self.guest.point(answer == want, f"a request is answered by {name_of(want)}", name_of(answer))

    def identity(self, name):
        """Gives the module a new private key."""
        private = clamped(new_private())
        self.learn(**{name: private})
        self.set(attr(A_PRIVATE_KEY, private))
        self.module = public(private)

    def shared(self, mate, name):
        """Makes a preshared key for a peer and returns its attribute."""
        mate.psk = os.urandom(32)
        self.learn(**{name: mate.psk})
        return attr(P_PRESHARED_KEY, mate.psk)

    def meet(self, letter, inner):
        """Adds a peer to the module. Returns the host's side of it."""
        mate = Peer(new_private(), self.module)
        self.set(array(A_PEERS, [peer(mate.public, self.shared(mate, f"preshared {letter}"),
                                      attr(P_ENDPOINT, endpoint4("10.99.0.2", 2)),
                                      ips=[ip(inner, 32)])]))
        self.static_secret(mate, f"static-static {letter}")
        mate.inner = inner
        return mate

    def static_secret(self, mate, name):
        self.learn(**{name: dh(mate.private, self.module)})

    def interface(self):
        self.guest.sh("ip link add wg0 type wireguard && ip addr add 192.168.241.1/24 dev wg0")
        self.set(u16(A_LISTEN_PORT, 1))

    def poke(self, mate):
        """Gives the module a packet for the peer."""
        self.guest.sh(f"echo >/dev/udp/{mate.inner}/9 || :")

    def initiation_from_module(self, mate, seconds=60):
        """Waits for an initiation that mate can read, and returns it."""
        end = time.monotonic() + seconds
        self.cable.drain()
        while time.monotonic() < end:
            self.poke(mate)
            message = self.cable.recv(1, INITIATION)
            while message and mate.read_initiation(message) is None:
                message = self.cable.recv(1, INITIATION)
            if message:
                return message
        raise RuntimeError("the module begins no handshake")

    def answer(self, mate, name):
        """Responds to the initiation that mate has read and returns the session. On a slow
        machine the module may have begun another handshake by then; this is repeated."""
        for _ in range(5):
            message, made = mate.response()
            self.cable.send(message)
            self.keys(made, name, mate)
            if self.confirmed(mate, made):
                return made
            self.initiation_from_module(mate)
        raise RuntimeError("the module does not take a response")

    def session(self, mate, name, confirm=True):
        """Initiates a handshake and returns the session."""
        for _ in range(5):
            between_initiations()
            self.cable.send(mate.initiation())
            answer = self.cable.recv(20, RESPONSE)
            made = answer and mate.read_response(answer)
            if made:
                self.keys(made, name, mate)
                if not confirm or self.confirmed(mate, made):
                    return made
        raise RuntimeError("the module does not answer a handshake")

    def keys(self, made, name, mate):
        self.learn(**{f"sending {name}": made.receive_key, f"receiving {name}": made.send_key,
                      f"chaining {name}": mate.last_chain})
        self.learn(**{f"exchange {name}.{i}": secret for i, secret in enumerate(mate.exchanged)})

    def confirmed(self, mate, made):
        """Whether the module starts to use the session: it sends data under it."""
        for _ in range(10):
            self.cable.send(made.data())
            self.poke(mate)
            message = self.cable.recv(1, DATA)
            while message and not made.decrypt(message):
                message = self.cable.recv(1, DATA)
            if message:
                return True
        return False
