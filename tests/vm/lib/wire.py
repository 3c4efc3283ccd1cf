# SPDX-License-Identifier: GPL-2.0
"""The bench of the wire scenarios: the kernel's device wg0 in namespace a, a Python
peer (wgpeer.py) on a plain UDP socket in namespace b, a veth pair between them.

  namespace a: wg0 192.168.241.1, port 1         namespace b: this process
  va 10.0.0.1, fd00::1 --------------------- vb 10.0.0.2, fd00::2, port 2
"""

import base64
import select
import socket
import struct
import subprocess
import time

from points import IN_TREE, SLOW, wait_until
from reasons import NO_LOSS, Reasons
from wgpeer import (COOKIE, DATA, INITIATION, RESPONSE, Peer, between_initiations, ipv4, new_private,
                    ping, public)

# An answer that takes longer counts as lost. A passing test does not wait that long.
PATIENCE = 5 * SLOW

# How long to listen for an answer that must not come.
LINGER = 0.4 * SLOW

KERNEL = ("10.0.0.1", 1)
KERNEL6 = ("fd00::1", 1)
INNER_KERNEL = "192.168.241.1"
SO_TIMESTAMPNS = 35
IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0


def b64(key):
    return base64.b64encode(key).decode()


def in_a(*command, **more):
    return subprocess.run(["ip", "netns", "exec", "a", *command], check=True,
                          capture_output=True, text=True, **more).stdout


def wall_ahead():
    """time.time() - time.monotonic(). Reads both again if this process stood still in between."""
    for _ in range(100):
        before, wall, after = time.monotonic(), time.time(), time.monotonic()
        if after - before < 0.005:
            break
    return wall - after


def wg_set(*words, secret=None):
    return in_a("wg", "set", "wg0", *words, input=secret)


def until_not_loaded():
    """Waits until the device does not count as loaded any more: 1 s after its queue was long."""
    time.sleep(1.2)


def kernel_peer(kernel, inner):
    """Adds a peer to wg0 in a that is a kernel device: wg0 in b with that inner address."""
    key = subprocess.run(["wg", "genkey"], check=True, capture_output=True).stdout
    known = subprocess.run(["wg", "pubkey"], check=True, capture_output=True,
                           input=key).stdout.decode().strip()
    wg_set("peer", known, "allowed-ips", inner + "/32")
    for words in (("ip", "link", "add", "wg0", "type", "wireguard"),
                  ("ip", "addr", "add", inner + "/24", "dev", "wg0"),
                  ("wg", "set", "wg0", "listen-port", "22", "private-key", "/dev/stdin",
                   "peer", b64(kernel), "endpoint", "10.0.0.1:1",
                   "allowed-ips", INNER_KERNEL + "/32"),
                  ("ip", "link", "set", "wg0", "up")):
        subprocess.run(words, check=True, input=key)


def no_kernel_peer():
    subprocess.run(["ip", "link", "del", "wg0"], check=True)


def wg_show(what):
    """The lines of 'wg show wg0 WHAT' in a, as {public key: [fields]}."""
    rows = [line.split("\t") for line in in_a("wg", "show", "wg0", what).splitlines()]
    return {row[0]: row[1:] for row in rows}


def counters():
    """Our module's counters from ethtool -S. Each reason for a drop has one."""
    lines = [line.strip().partition(": ") for line in in_a("ethtool", "-S", "wg0").splitlines()]
    return {name: int(value) for name, _, value in lines if value}


class Wire:
    """The kernel's device with a new key, and one UDP socket."""

    def __init__(self):
        self.kernel_private = new_private()
        self.kernel = public(self.kernel_private)
        wg_set("listen-port", "1", "private-key", "/dev/stdin",
               secret=b64(self.kernel_private))
        self.sock = self.new_socket()
        self.reasons = Reasons("a")
        self.peers, self.heard, self.pings = 0, [], []

    @staticmethod
    def new_socket(port=2, family=socket.AF_INET):
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        # As the kernel's device does: routers may fragment. With DF the first datagram that is
        # too large for a router would be lost.
        if family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
        sock.bind(("10.0.0.2" if family == socket.AF_INET else "fd00::2", port))
        return sock

    def new_peer(self, endpoint=None, psk=None, allowed=None, private=None, keepalive=None):
        """Adds a peer to the kernel's device. Returns our side of it, with its inner
        address in .inner."""
        self.peers += 1
        inner = f"192.168.241.{self.peers + 1}"
        peer = Peer(private or new_private(), self.kernel, psk or bytes(32))
        words = ["peer", b64(peer.public)]
        if psk:
            words += ["preshared-key", "/dev/stdin"]
        if endpoint:
            words += ["endpoint", endpoint]
        if keepalive:
            words += ["persistent-keepalive", str(keepalive)]
        words += ["allowed-ips", allowed or inner + "/32"]
        wg_set(*words, secret=b64(psk) if psk else None)
        peer.inner = inner
        return peer

    def forget(self, peer):
        wg_set("peer", b64(peer.public), "remove")

    def fresh(self):
        """Removes all peers and empties the socket's queue."""
        for key in wg_show("allowed-ips"):
            wg_set("peer", key, "remove")
        self.drain()

    def send(self, message, sock=None, to=KERNEL):
        (sock or self.sock).sendto(message, to)

    def recv(self, seconds=PATIENCE, sock=None, kind=None):
        """The next datagram (of that type), or None. Callers pass seconds only to test times or
        silence; an expected datagram has PATIENCE."""
        sock = sock or self.sock
        end = time.monotonic() + seconds
        while True:
            # A message in the queue is returned even if the time has passed.
            if not select.select([sock], [], [], max(0, end - time.monotonic()))[0]:
                return None
            message, notes, _, self.source = sock.recvmsg(65536, 128)
            # The time of arrival, by time.monotonic(), even if it is read later.
            self.when = time.monotonic()
            for _, kind_of_note, value in notes:
                if kind_of_note == SO_TIMESTAMPNS:
                    seconds, nanoseconds = struct.unpack("ll", value)
                    self.when = seconds + nanoseconds / 1e9 - wall_ahead()
            if kind is None or message[0] == kind:
                return message

    def drain(self, sock=None):
        """Empties the socket's queue and returns the types of the messages."""
        kinds = []
        while (message := self.recv(0, sock)) is not None:
            kinds.append(message[0])
        return kinds

    def handshake(self, peer, confirm=True, **more):
        """Initiates a handshake and returns the session, which a keepalive confirms if
        confirm is set."""
        for _ in range(3):
            between_initiations()
            self.send(peer.initiation(), **more)
            answer = self.recv(kind=RESPONSE, sock=more.get("sock"))
            session = answer and peer.read_response(answer)
            if session:
                if confirm:
                    self.send(session.data(), **more)
                return session
        return None

    def answer(self, peer, seconds=2 * PATIENCE):
        """Waits for the kernel's initiation, responds and returns the session."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            message = self.recv(end - time.monotonic(), kind=INITIATION)
            if message and peer.read_initiation(message):
                response, session = peer.response()
                self.send(response)
                return session
        return None

    def begun(self, session, seconds=PATIENCE):
        """Waits until the kernel uses the session of answer(), and returns it. Data that we send
        earlier can overtake our response, which waits for a worker, and is then dropped."""
        end = time.monotonic() + seconds
        while session and time.monotonic() < end:
            message = self.recv(end - time.monotonic(), kind=DATA)
            if message and session.decrypt(message):
                return session
        return None

    def echo(self, peer, session, seq, counter=None, sock=None, seconds=PATIENCE, to=KERNEL):
        """Sends a ping through the session. Whether its reply arrives."""
        self.send(session.data(ipv4(peer.inner, INNER_KERNEL, ping(seq), 1), counter), sock, to)
        return self.echo_reply(session, seq, sock, seconds)

    def echo_reply(self, session, seq, sock=None, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            message = self.recv(end - time.monotonic(), sock, kind=DATA)
            decrypted = message and session.decrypt(message)
            if decrypted and len(decrypted[1]) >= 28 and decrypted[1][20] == 0 and \
                    int.from_bytes(decrypted[1][26:28], "big") == seq:
                return True
        return False

    def poke(self, inner, *how, count=1):
        """Makes the kernel send pings to an inner address, in the background. Nothing answers
        them. Returns the process, which ends a second after the last ping. On a busy machine it
        may begin late."""
        process = subprocess.Popen(["ip", "netns", "exec", "a", *how, "ping", "-n", "-q", "-c", str(count),
                                    "-W", "1", inner], stdout=subprocess.DEVNULL)
        self.pings.append(process)
        return process

    def settle(self):
        """Waits until all pings of poke() have been sent."""
        while self.pings:
            self.pings.pop().wait()

    def refused(self, message, reason, sock=None, to=KERNEL, linger=LINGER):
        """Sends a message that must be dropped for that reason only and must not be answered.
        Returns "" if so, else a description. The in-tree module has no counters, so only the
        silence is checked. self.initiations gets the initiations that arrived before or meanwhile."""
        sock = sock or self.sock
        # A ping of poke() that begins late must not count as an answer.
        self.settle()
        self.initiations = []
        while (early := self.recv(0, sock)) is not None:
            if early[0] == INITIATION:
                self.initiations.append(early)
        before, end = self.reasons(), time.monotonic() + linger
        self.send(message, sock, to)

        def grown():
            return {name: value - before[name] for name, value in self.reasons().items()
                    if value != before[name] and name not in NO_LOSS}
        if not IN_TREE:
            wait_until(grown, PATIENCE / SLOW)
            end = time.monotonic() + linger
        answers = []
        while (answer := self.recv(end - time.monotonic(), sock)):
            if answer[0] == INITIATION:
                self.initiations.append(answer)
            # Ignore messages that the kernel's timers send.
            if answer[0] != INITIATION and (answer[0], len(answer)) != (DATA, 32):
                answers.append((answer[0], len(answer)))
        if answers or (not IN_TREE and grown() != {reason: 1}):
            return f"counted: {grown()}, want {reason}; answers: {answers}"
        return ""

    def refusals(self):
        """How many received messages the module has dropped. 0 with the in-tree module."""
        return sum(value for name, value in self.reasons().items()
                   if name.startswith(("rx_", "handshake_")) and name not in NO_LOSS)

    def noise(self, peer, session, messages, seq, linger=LINGER, dropped=None):
        """Sends messages that must not be answered, waits until the module has dropped that many
        (None: until it drops no more), and sends a ping that must be answered. The ping alone is no
        fence, since handshake messages go to other workers. Returns (other messages received,
        whether the ping was answered). self.heard has the messages themselves."""
        self.drain()
        self.heard, before, last = [], self.refusals(), None
        for message in messages:
            self.send(message)

        def processed():
            nonlocal last
            now, last = last, self.refusals() - before
            return last >= dropped if dropped is not None else now == last
        if not IN_TREE and not wait_until(processed, PATIENCE / SLOW, 0.05 if dropped is not None else linger):
            raise TimeoutError(f"{last} of {len(messages)} messages are counted as dropped, want {dropped}")
        heard, replied = [], False
        self.send(session.data(ipv4(peer.inner, INNER_KERNEL, ping(seq), 1)))
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            message = self.recv(end - time.monotonic())
            if message is None:
                break
            decrypted = session.decrypt(message)
            if decrypted and len(decrypted[1]) >= 28 and int.from_bytes(decrypted[1][26:28], "big") == seq:
                replied = True
                # A keepalive. Without an answer the kernel begins a handshake after 15 s, and a
                # slow machine may need that time before the next message.
                self.send(session.data())
                end = min(end, time.monotonic() + linger)
            elif decrypted and not decrypted[1]:
                continue
            else:
                heard.append((message[0], len(message)))
                self.heard.append(message)
        return heard, replied


__all__ = ["COOKIE", "DATA", "INITIATION", "RESPONSE", "KERNEL", "KERNEL6", "INNER_KERNEL", "LINGER", "PATIENCE",
           "Wire", "b64", "counters", "in_a", "kernel_peer", "no_kernel_peer", "until_not_loaded", "wg_set",
           "wg_show"]
