# SPDX-License-Identifier: GPL-2.0
"""The peer of a module in a VM, played on the host: what the parts of scenarios that
bench.py runs have in common."""

import os
import socket
import struct
import time

from wgnl import (A_IFNAME, A_LISTEN_PORT, A_PEERS, A_PRIVATE_KEY, P_ENDPOINT, P_PRESHARED_KEY,
                  array, attr, endpoint4, ip, name_of, peer, string, u16)
from wgpeer import DATA, INITIATION, RESPONSE, Peer, dh, new_private, public


def clamped(key):
    """As the module keeps it."""
    return bytes([key[0] & 248]) + key[1:31] + bytes([key[31] & 127 | 64])


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - (total + (total >> 16) & 0xFFFF)


def ping(source, destination, number):
    """An ICMP echo request over IPv4. No two have the same content."""
    body = struct.pack(">HHQ", 1, number & 0xFFFF, time.monotonic_ns())
    echo = struct.pack(">BBH", 8, 0, checksum(b"\x08\0\0\0" + body)) + body
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(echo), 0, 0, 64, 1, 0)
    head += socket.inet_aton(source) + socket.inet_aton(destination)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + echo


class Scene:
    def __init__(self, bench, learn=lambda **secrets: None):
        """learn is told of all that is secret, by name."""
        self.bench, self.learn, self.cable, self.module = bench, learn, bench.cable, None
        self.guest.sh("ip link set eth0 up && ip addr replace 10.99.0.1/24 dev eth0 && "
                      "ip neigh replace 10.99.0.2 lladdr 52:54:00:00:00:02 dev eth0 nud permanent")

    @property
    def guest(self):
        """Another one after each restoring."""
        return self.bench.guest

    def set(self, *parts, name="wg0", want=0):
        said = self.guest.set(string(A_IFNAME, name) + b"".join(parts))
        if want or said:
            self.guest.point(said == want, f"a request is answered by {name_of(want)}", name_of(said))

    def identity(self, name):
        """A new private key for the module."""
        private = clamped(new_private())
        self.learn(**{name: private})
        self.set(attr(A_PRIVATE_KEY, private))
        self.module = public(private)

    def shared(self, mate, name):
        """A preshared key for a peer."""
        mate.psk = os.urandom(32)
        self.learn(**{name: mate.psk})
        return attr(P_PRESHARED_KEY, mate.psk)

    def meet(self, letter, inner):
        """A peer of the module's: its side of it is played here."""
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
        """The module has a packet for the peer."""
        self.guest.sh(f"echo >/dev/udp/{mate.inner}/9 || :")

    def initiation_from_module(self, mate, seconds=60):
        """A first message that mate has read."""
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
        """The session of the initiation that mate has read, or of the next one: on a
        slow machine the module may have begun anew by now."""
        for _ in range(5):
            message, made = mate.response()
            self.cable.send(message)
            self.keys(made, name, mate)
            if self.confirmed(mate, made):
                return made
            self.initiation_from_module(mate)
        raise RuntimeError("the module does not take a response")

    def session(self, mate, name, confirm=True):
        """One that we begin."""
        for _ in range(5):
            time.sleep(0.03)
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
        """The module takes it into use: it sends under it."""
        for _ in range(10):
            self.cable.send(made.data())
            self.poke(mate)
            message = self.cable.recv(1, DATA)
            while message and not made.open(message):
                message = self.cable.recv(1, DATA)
            if message:
                return True
        return False
