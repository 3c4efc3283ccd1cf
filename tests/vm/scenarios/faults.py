# SPDX-License-Identifier: GPL-2.0
"""Repeats each call and makes the Nth of its allocations and copies fail, until N is more than
it needs.  The kernel counts those of the task itself only (/proc/PID/fail-nth). The
scenario's shell part tests the rest."""

import ctypes
import errno
import fcntl
import os
import platform
import socket
import struct
import time

from points import equal, point, run_steps, tap, wait_until
from reasons import Reasons
from rtnl import (DELADDR, DELLINK, GETLINK, IFLA_IFNAME, IFLA_MTU, NEWADDR, NEWLINK,
                  NLM_F_CREATE, NLM_F_EXCL, Route, address4, link, new_link)
from wgnl import *  # pylint: disable=wildcard-import,unused-wildcard-import

# More than any of these calls needs.
MOST = 20000
# The errnos of a call with a failed allocation or copy. ENFILE is for sockets.
OUT_OF_MEMORY = {errno.ENOMEM, errno.ENOBUFS, errno.EFAULT, errno.ENFILE}
SYS_FINIT_MODULE, SYS_DELETE_MODULE = {
    "x86_64": (313, 176), "i686": (350, 129), "aarch64": (273, 106), "armv7l": (379, 129),
    "riscv64": (273, 106), "s390x": (344, 129), "ppc64le": (353, 129),
}[platform.machine()]
CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
KEYS = [bytes([i]) * 31 + b"\x42" for i in range(1, 200)]


class Fault:
    """Makes the Nth request of this thread fail."""

    def __init__(self):
        self.fd = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

    def call(self, number, function):
        """(errno of function, whether a request of it failed)."""
        os.pwrite(self.fd, b"%d" % number, 0)
        try:
            code = function() or 0
        except OSError as error:
            code = error.errno
        return code, self.off()

    def off(self):
        """Ends the injection. Returns whether a request failed. The read and the write here make
        copies, too, which may fail."""
        try:
            refused = os.pread(self.fd, 16, 0).strip() == b"0"
        except OSError:
            refused = False
        while True:
            try:
                os.pwrite(self.fd, b"0", 0)
                return refused
            except OSError:
                continue


fault = Fault()
total = [0, 0]


def attempt(number, act, result):
    code, refused = fault.call(number, act)
    if code == 0:
        try:
            code = result()
        except OSError as error:
            # The acknowledgement could not be received.
            code = error.errno
    return code, refused


def sweep(name, act, undo=lambda: 0, also=(), result=lambda: 0, done=None):
    """act() makes the call, result() reads the answer where that is another call, undo()
    restores the state. Both must work at once, whatever failed before. The kernel makes some
    requests again in another way, or can do without them. A call that succeeds in spite of a
    failure must have had its effect, which done() checks."""
    odd, unable, refusals, since = [], [], 0, time.monotonic()
    for number in range(1, MOST):
        code, refused = attempt(number, act, result)
        if not refused:
            code = code or undo()
            if code:
                unable.append((number, errno.errorcode.get(code, code)))
            break
        refusals += 1
        if not code and done and not done():
            odd.append((number, "success, and it is not done"))
        if code and code not in OUT_OF_MEMORY and code not in also:
            odd.append((number, errno.errorcode.get(code, code)))
        back = undo()
        if back:
            unable.append((number, errno.errorcode.get(back, back)))
            break
    else:
        unable.append("more requests than there can be")
    total[0] += refusals
    total[1] += 1
    tap(f"# faults: {name}: {refusals} refusals, {time.monotonic() - since:.1f} s")
    point(refusals > 0 and not unable, f"{name}: works again after each refusal",
          f"{refusals} refusals, {unable[:5]}")
    equal(odd[:5], [], f"{name}: each refusal is reported as an error")


def codes(act, undo, result):
    """The errnos that failed requests cause in a call without any part of the module."""
    found = set()
    for number in range(1, MOST):
        code, refused = attempt(number, act, result)
        found.add(code)
        if not refused:
            break
        undo()
    return found


def index(name):
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0


def delete(name):
    number = index(name)
    return rt.ask(DELLINK, link(index=number)) if number else 0


def about(what):
    with open(f"/sys/class/net/wgf/{what}", encoding="ascii") as file:
        return int(file.read(), 0)


def is_up():
    return about("flags") & 1


def has_address():
    """Its first address, as SIOCGIFADDR returns it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            answer = fcntl.ioctl(sock, 0x8915, struct.pack("16sH14x", b"wgf", socket.AF_INET))
        except OSError:
            return False
    return answer[20:24] == socket.inet_aton("192.168.77.1")


def create(name):
    return 0 if index(name) else rt.create(name)


def add(kind):
    rt.put(NEWLINK, link(*new_link("wgf", kind)), NLM_F_CREATE | NLM_F_EXCL)


def wg_set(*parts):
    nl.send(SET, string(A_IFNAME, "wgf") + b"".join(parts))


def wg_sets(*parts):
    return nl.set(string(A_IFNAME, "wgf"), *parts)


def replaced(peers=b""):
    return wg_sets(u32(A_FLAGS, F_REPLACE_PEERS), peers)


def loaded():
    return os.path.isdir("/sys/module/wireguard")


def loading():
    module = os.open(os.environ["MODULE_FILE"], os.O_RDONLY)
    nl.sock.close()

    def load():
        if os.path.isdir("/sys/module/wireguard"):
            return 0
        return ctypes.get_errno() if libc.syscall(SYS_FINIT_MODULE, module, b"", 0) else 0

    def unload():
        if not os.path.isdir("/sys/module/wireguard"):
            return 0
        return ctypes.get_errno() if libc.syscall(SYS_DELETE_MODULE, b"wireguard", os.O_NONBLOCK) else 0

    # Devices in namespaces hold no reference to the module. They are deleted with it.
    equal(unload(), 0, "the module unloads")
    others = without_module()
    tap(f"# faults: without the module a new namespace ends in {sorted(others)}")
    sweep("module loading", load, unload, also=(errno.EINVAL, errno.ENOEXEC, errno.E2BIG), done=loaded)
    equal(load(), 0, "the module loads")
    sweep("module unloading", unload, load, done=lambda: not loaded())
    os.close(module)
    namespaces(others)


def without_module():
    """The errnos of a new namespace without the module."""
    return codes(*new_namespace(), lambda: 0)


def new_namespace():
    here = os.open("/proc/self/ns/net", os.O_RDONLY)

    def enter():
        return ctypes.get_errno() if libc.unshare(CLONE_NEWNET) else 0

    def back():
        return ctypes.get_errno() if libc.setns(here, CLONE_NEWNET) else 0

    return enter, back


def namespaces(others):
    # Every subsystem takes part, with an errno of its own.
    sweep("a new network namespace", *new_namespace(), also=others)


def links():
    # The errnos of a new link that come from the core and from other subsystems.
    others = codes(lambda: add("dummy"), lambda: delete("wgf"), rt.result)
    delete("wgf")
    sweep("link add", lambda: add("wireguard"), lambda: delete("wgf"), result=rt.result, also=others,
          done=lambda: index("wgf"))
    create("wgf")
    # By name, since the next one has another index.
    sweep("link del", lambda: rt.put(DELLINK, link(string(IFLA_IFNAME, "wgf"))), lambda: create("wgf"),
          result=rt.result, done=lambda: not index("wgf"))
    number = index("wgf")

    def no_address():
        code = rt.ask(DELADDR, address4(number, "192.168.77.1", 24))
        return 0 if code == errno.EADDRNOTAVAIL else code

    sweep("link up", lambda: rt.put(NEWLINK, link(index=number, up=True)),
          lambda: rt.ask(NEWLINK, link(index=number, up=False)), result=rt.result, done=is_up)
    sweep("link down", lambda: rt.put(NEWLINK, link(index=number, up=False)),
          lambda: rt.ask(NEWLINK, link(index=number, up=True)), result=rt.result, done=lambda: not is_up())
    sweep("address add", lambda: rt.put(NEWADDR, address4(number, "192.168.77.1", 24), NLM_F_CREATE),
          no_address, result=rt.result, done=has_address)
    sweep("MTU", lambda: rt.put(NEWLINK, link(u32(IFLA_MTU, 1300), index=number)),
          lambda: rt.ask(NEWLINK, link(u32(IFLA_MTU, 1420), index=number)), result=rt.result,
          done=lambda: about("mtu") == 1300)
    sweep("link and its statistics", lambda: rt.put(GETLINK, link(index=number)),
          result=rt.result)


def some_peer(number, **more):
    return peer(KEYS[number], attr(P_PRESHARED_KEY, bytes(31) + b"\1"),
                attr(P_ENDPOINT, endpoint4("192.0.2.1", 1000 + number)), u16(P_KEEPALIVE, 25),
                ips=[ip(f"10.{number}.0.0", 16), ip(f"10.{number}.0.0", 24), ip(f"fd00:{number:x}::", 32),
                     ip(f"fd00:{number:x}:1::", 48)], **more)


class Is:
    """Whether the device has these attributes, and these peers with so many allowed IPs."""

    def __init__(self, peers=None, **device):
        self.peers, self.device = peers, device

    def __call__(self):
        # A new socket, since the other one may have an answer to come.
        device, peers, _ = merge(Netlink().dump(string(A_IFNAME, "wgf")))
        got = {KEYS.index(key): len(one[P_ALLOWEDIPS]) for key, one in peers.items()}
        return (self.peers is None or got == self.peers) and \
            all(device[globals()["A_" + name.upper()]] == value for name, value in self.device.items())


def configuration():
    three = array(A_PEERS, [some_peer(i) for i in (1, 2, 3)])
    private = attr(A_PRIVATE_KEY, bytes(31) + b"\x41")
    # A call that failed midway may have had a part of its effect. Its repetition does the rest.
    sweep("set: all of a device, up", lambda: wg_set(private, u16(A_LISTEN_PORT, 7777), u32(A_FWMARK, 7), three),
          lambda: wg_sets(private, u16(A_LISTEN_PORT, 7777), u32(A_FWMARK, 7), three) or
          replaced() or wg_sets(u16(A_LISTEN_PORT, 0), u32(A_FWMARK, 0)), result=nl.result,
          done=Is({1: 4, 2: 4, 3: 4}, listen_port=struct.pack("H", 7777), fwmark=struct.pack("I", 7)))
    sweep("set: port", lambda: wg_set(u16(A_LISTEN_PORT, 7778)), lambda: wg_sets(u16(A_LISTEN_PORT, 0)),
          result=nl.result, done=Is(listen_port=struct.pack("H", 7778)))
    replaced(three)
    sweep("set: private key", lambda: wg_set(attr(A_PRIVATE_KEY, bytes(31) + b"\x43")),
          lambda: wg_sets(private), result=nl.result, done=Is(private_key=bytes(31) + b"\x43"))
    sweep("set: replace peers", lambda: wg_set(u32(A_FLAGS, F_REPLACE_PEERS), three), lambda: replaced(three),
          result=nl.result, done=Is({1: 4, 2: 4, 3: 4}))
    sweep("set: remove a peer", lambda: wg_set(array(A_PEERS, [peer(KEYS[2], flags=F_REMOVE)])),
          lambda: replaced(three), result=nl.result, done=Is({1: 4, 3: 4}))
    sweep("set: replace allowed IPs",
          lambda: wg_set(array(A_PEERS, [peer(KEYS[2], flags=F_REPLACE_IPS, ips=[ip("10.99.0.0", 16)])])),
          lambda: replaced(three), result=nl.result, done=Is({1: 4, 2: 1, 3: 4}))
    sweep("set: allowed IPs move", lambda: wg_set(array(A_PEERS, [peer(KEYS[1], ips=[
        ip("10.2.0.0", 24), ip("10.3.128.0", 17)])])), lambda: replaced(three), result=nl.result,
          done=Is({1: 6, 2: 3, 3: 4}))

    replaced(array(A_PEERS, [some_peer(i) for i in range(1, 120)]))
    whole = nl.dump(string(A_IFNAME, "wgf"))
    # A dump is many calls for the kernel. Each continues where the last one stopped.
    nl.size = 4096
    messages = []

    def dump():
        messages[:] = nl.dump(string(A_IFNAME, "wgf"))
    sweep("get: a dump in pieces", dump, nl_fresh, done=lambda: len(merge(messages)[1]) == 119)
    equal(len(merge(nl.dump(string(A_IFNAME, "wgf")))[1]), 119, "get: afterwards a dump has all peers")
    equal(merge(nl.dump(string(A_IFNAME, "wgf")))[1].keys(), merge(whole)[1].keys(), "and the same ones")
    equal(delete("wgf"), 0, "the device can be deleted")


def nl_fresh():
    """A socket without an unfinished dump."""
    global nl  # pylint: disable=global-statement
    nl.sock.close()
    nl = blocking(Netlink(4096))
    return 0


def blocking(socket_of):
    socket_of.sock.settimeout(None)
    socket_of.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 20, 0))
    return socket_of


class Sent:
    """Whether wg0 has sent one packet more, or has lost one and counted it."""

    def __init__(self):
        self.reasons = Reasons("a")
        self.last = self.all()

    def all(self):
        with open("/sys/class/net/wg0/statistics/tx_packets", encoding="ascii") as file:
            return int(file.read()) + sum(value for name, value in self.reasons().items() if name.startswith("tx_"))

    def __call__(self):
        more = wait_until(lambda: self.all() > self.last, 2)
        self.last = self.all()
        return more


def sending():
    """Sends through the tunnel of the shell part. A failure in the send itself is its error. A
    failure in the driver is a lost packet."""
    packet = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 1228, 1, 0, 64, 17, 0,
                         socket.inet_aton("192.168.241.1"), socket.inet_aton("192.168.241.2")) + \
        struct.pack(">HHHH", 5, 6, 1208, 0) + bytes(1200)
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    plain6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    where = ("wg0", 0)
    sweep("a raw send", lambda: raw.sendto(packet, where) and 0, done=Sent())
    sweep("a UDP send", lambda: plain.sendto(bytes(1200), ("192.168.241.2", 9)) and 0, done=Sent())
    sweep("a UDP send in fragments", lambda: plain.sendto(bytes(5000), ("192.168.241.2", 9)) and 0, done=Sent())
    sweep("a UDP send over IPv6", lambda: plain6.sendto(bytes(1200), ("fd00:1::2", 9)) and 0, done=Sent())


def enough_injected():
    tap(f"# faults: {total[0]} refusals in {total[1]} calls")
    point(total[0] > 1000, "faults enough were injected", total)


rt, nl = blocking(Route()), blocking(Netlink())
run_steps(sending, links, configuration, loading, enough_injected)
