# SPDX-License-Identifier: GPL-2.0
"""Background traffic: streams, datagrams, raw sends and flood pings between two namespaces,
each from a process of its own that continues after any error. The senders count nothing,
since the tests check only the driver.

A listener in each namespace answers probes; Prober.flows() checks whether one is answered."""

import contextlib
import os
import random
import select
import signal
import socket
import struct
import subprocess
import time

from rtnl import enter, inside
from wgpeer import ipv4, udp

PROBE, SINK = 7, 9
# SO_LINGER with a timeout of 0: close() resets the connection. Otherwise the kernel would
# continue with unsent data and a FIN handshake, which hold the namespace for minutes.
ABORT = struct.pack("ii", 1, 0)
# A sender waits PAUSE seconds between two bursts, or SHARE times the burst's duration if
# that is longer. Otherwise the traffic would starve the tests on a slow machine.
PAUSE, SHARE = .02, 6


class Pace:
    """A rest after each burst."""

    def __init__(self):
        self.since = time.monotonic()

    def rest(self):
        took = time.monotonic() - self.since
        time.sleep(min(1, max(PAUSE, SHARE * took)))
        self.since = time.monotonic()


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def listen():
    """Echoes probes and discards all other traffic. The sockets are bound to no address,
    since addresses are added and removed."""
    sinks, kind = {}, socket.AF_INET6
    for port, what in ((PROBE, "echo"), (SINK, "drop")):
        sock = socket.socket(kind, socket.SOCK_DGRAM)
        sock.bind(("::", port))
        sinks[sock] = what
    server = socket.socket(kind, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("::", SINK))
    server.listen(64)
    sinks[server] = "accept"
    while True:
        for sock in select.select(list(sinks), [], [])[0]:
            try:
                if sinks[sock] == "accept":
                    client = sock.accept()[0]
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
                    sinks[client] = "stream"
                elif sinks[sock] == "echo":
                    sock.sendto(*sock.recvfrom(2048))
                elif not sock.recv(65536) and sinks[sock] == "stream":
                    raise EOFError
            except (OSError, EOFError):
                if sinks[sock] == "stream":
                    sock.close()
                    del sinks[sock]


def stream(_, to):
    block, pace = bytes(65536), Pace()
    while True:
        with contextlib.suppress(OSError), socket.socket(family(to), socket.SOCK_STREAM) as sock:
            sock.settimeout(3)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            sock.connect((to, SINK))
            while True:
                sock.sendall(block)
                pace.rest()
        pace.rest()


def datagrams(_, to, sizes=(1, 64, 600, 1300, 1392, 3000, 9000), burst=16):
    pace = Pace()
    with socket.socket(family(to), socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        while True:
            size = random.choice(sizes)
            with contextlib.suppress(OSError):
                for _ in range(burst):
                    sock.sendto(bytes(size), (to, SINK))
            pace.rest()


def raw(mine, to, device="wg0", burst=8):
    """Whole packets through a packet socket with protocol 0."""
    pace = Pace()
    packets = [ipv4(mine, to, udp(1000, SINK, bytes(size))) for size in (1, 15, 64, 1000)]
    while True:
        with contextlib.suppress(OSError), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind((device, 0))
            sock.setblocking(False)
            while True:
                for _ in range(burst):
                    sock.send(random.choice(packets))
                pace.rest()
        pace.rest()


def pings(_, to):
    pace = Pace()
    while True:
        subprocess.run(["ping", "-n", "-q", "-f", "-c", "100", "-w", "3", to], check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pace.rest()


# {namespace: (IPv4, IPv6)}: the inner addresses of the usual topology.
INNER = {"a": ("192.168.241.1", "fd00:1::1"), "b": ("192.168.241.2", "fd00:1::2")}


class Traffic:
    """Traffic in both directions between the two namespaces of @inner."""

    def __init__(self, inner=None, roles=(stream, datagrams, raw, pings)):
        self.inner, self.roles = inner or INNER, roles
        # [(process, namespace)]
        self.senders = []
        self.listeners = [(self._child(netns, listen), netns) for netns in self.inner]

    @staticmethod
    def _child(netns, role, *words):
        pid = os.fork()
        if pid:
            return pid
        try:
            # A process group for each, since the role pings starts children. Normal priority.
            os.setpgid(0, 0)
            os.setpriority(os.PRIO_PROCESS, 0, 0)
            enter(netns)
            role(*words)
        finally:
            os._exit(1)

    def child(self, netns, role, *words):
        self.senders.append((self._child(netns, role, *words), netns))

    def start(self):
        names = list(self.inner)
        for mine, other in (names, names[::-1]):
            # IPv4 in one direction and IPv6 in the other. The role raw has IPv4 only.
            which = names.index(mine)
            for role in self.roles:
                version = 0 if role is raw else which
                self.child(mine, role, self.inner[mine][version], self.inner[other][version])

    @staticmethod
    def _end(children):
        for pid, _ in children:
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError):
                    kill(pid, signal.SIGKILL)
        for pid, _ in children:
            os.waitpid(pid, 0)

    def stop(self):
        """Ends the senders. The listeners keep running."""
        self._end(self.senders)
        self.senders = []

    def leave(self, *names):
        """Ends the processes in these namespaces, because a process keeps its namespace alive.
        Others continue to send."""
        self._end([child for child in self.senders + self.listeners if child[1] in names])
        self.senders = [child for child in self.senders if child[1] not in names]
        self.listeners = [child for child in self.listeners if child[1] not in names]

    def end(self):
        self.leave(*{netns for _, netns in self.senders + self.listeners})


class Prober:
    """Sends probes from one namespace to the listener of another."""

    def __init__(self, netns, to):
        with inside(netns):
            self.sock = socket.socket(family(to), socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.to, self.asked = to, set()

    def discard(self):
        """Discards answers to earlier probes."""
        self.asked.clear()
        with contextlib.suppress(OSError):
            while True:
                self.sock.recv(2048)

    def flows(self):
        """Sends one more probe. Whether it or an earlier one was answered within 0.5 s: on slow
        machines an answer can take longer."""
        nonce = os.urandom(16)
        self.asked.add(nonce)
        try:
            self.sock.sendto(nonce, (self.to, PROBE))
        except OSError:
            time.sleep(.1)
            return False
        end = time.monotonic() + .5
        while (left := end - time.monotonic()) > 0:
            if select.select([self.sock], [], [], left)[0]:
                with contextlib.suppress(OSError):
                    if self.sock.recv(2048) in self.asked:
                        return True
        return False


def drops(netns, device="wg0"):
    """{reason: packets} from ethtool -S; {} if the module has no such counters."""
    done = subprocess.run(["ip", "netns", "exec", netns, "ethtool", "-S", device], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    pairs = (line.split(":") for line in done.stdout.splitlines()[1:] if ":" in line)
    return {name.strip(): int(value) for name, value in pairs}


def decreased(before, after):
    """{counter: (before, after)} of the counters that have decreased, which is a fault."""
    return {name: (value, after[name]) for name, value in before.items() if after.get(name, value) < value}


__all__ = ["INNER", "PROBE", "Prober", "SINK", "Traffic", "datagrams", "decreased", "drops", "pings", "raw",
           "stream"]
