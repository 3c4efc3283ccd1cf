# SPDX-License-Identifier: GPL-2.0
"""Tests each cell of the table in docs/AUTHORITY.md.

An actor is a process that takes on the identity of a column and then acts on request, by its own
system calls, so that the kernel's answer is an errno and not the message of a tool.  After a
refused act the interface must be as it was, and after any other act the effect must be there.
This process, which has all privileges, checks both.

  namespaces a and b of the host, of the first     container: a user namespace and two
  user namespace                                   of its own
  a: wg-user, wg-root-, wg-admin, wg-around        wg-container, made there
  a: wg-moved, made there  ----------------------> wg-moved
"""

import ctypes
import errno
import fcntl
import itertools
import json
import os
import select
import signal
import socket
import struct
import subprocess

from points import SLOW, equal, point, run_steps, skip, wait_until
from rtnl import (DELLINK, GROUP_LINK, IFF_UP, IFLA_LINK_NETNSID, IFLA_MTU, IFLA_NET_NS_FD, NEWLINK,
                  SETLINK, Route)
from wgnl import (A_FLAGS, A_FWMARK, A_IFNAME, A_LISTEN_PORT, A_PEERS, A_PRIVATE_KEY, F_REMOVE,
                  F_REPLACE_PEERS, P_ENDPOINT, P_PRESHARED_KEY, Netlink, array, attr, endpoint4, ip, merge, peer, string, u16,
                  u32)

TABLE = "/mnt/in/docs/AUTHORITY.md"
NOBODY = 65534
CAP_NET_ADMIN = 12
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
OTHER = 7       # the ID of b in every namespace
FRIEND, STRANGER = b"\x11" * 31 + b"\1", b"\x22" * 31 + b"\2"
SECRET, SHARED = b"\x48" * 32, b"\x5c" * 32

libc = ctypes.CDLL(None, use_errno=True)


NAMESPACE = {name: os.open(f"/run/netns/{name}", os.O_RDONLY) for name in "ab"}


def call(result):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def enter(fd):
    call(libc.setns(fd, CLONE_NEWNET))


def in_namespace(fd, make):
    """Calls make() with this process in the namespace behind fd. A socket stays there."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter(fd)
    try:
        return make()
    finally:
        enter(here)
        os.close(here)


def capabilities(mask):
    """Sets exactly these, effective and permitted."""
    low, high = mask & 0xffffffff, mask >> 32
    header = struct.pack("=II", 0x20080522, 0)
    call(libc.capset(header, struct.pack("=6I", low, low, 0, high, high, 0)))


def last_capability():
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as f:
        return int(f.read())


def become_user():
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    # A process that was privileged is not dumpable, and may not write its own ID maps then. It
    # has no secrets here.
    call(libc.prctl(4, 1, 0, 0, 0))


def user_namespace(flags):
    call(libc.unshare(CLONE_NEWUSER | flags))
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {NOBODY} 1"),
                       ("gid_map", f"0 {NOBODY} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as f:
            f.write(text)


class Tools:
    """The sockets of an actor, opened at one time and used at another."""

    def __init__(self, elsewhere):
        self.elsewhere = elsewhere
        self.route, self.ears = Route(), Route(GROUP_LINK)
        self.datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wireguard = None

    def family(self):
        self.wireguard = self.wireguard or Netlink()
        return self.wireguard


class Act:
    """The acts of the table's lines, done by an actor. Each returns an errno, or raises it."""

    def __init__(self, tools, name):
        self.tools, self.name = tools, name

    def index(self):
        return self.tools.route.find(self.name)[0]

    def set(self, *parts):
        return self.tools.family().set(string(A_IFNAME, self.name), *parts)

    def load_by_family(self):
        self.tools.family()
        return 0

    def load_by_kind(self):
        return self.create()

    def create(self):
        return self.tools.route.create("wg-new")

    def create_around(self):
        return self.tools.route.create("wg-new", u32(IFLA_LINK_NETNSID, OTHER))

    def see(self):
        found = self.tools.route.find(self.name)
        return 0 if found and 7 in found[2] else errno.ENODATA

    def hear(self):
        self.tools.ears.drain()
        return 0 if self.tools.ears.hears_of(self.index(), 10 * SLOW) else errno.ETIMEDOUT

    def drops(self):
        drvinfo = bytearray(struct.pack("=I", 3) + bytes(192))
        self.ethtool(drvinfo)
        number = struct.unpack_from("=I", drvinfo, 180)[0]
        if not number:
            return errno.EOPNOTSUPP
        self.ethtool(bytearray(struct.pack("=II", 0x1d, number) + bytes(8 * number)))
        return 0

    def ethtool(self, buffer):
        there = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
        fcntl.ioctl(self.tools.datagram, 0x8946,
                    struct.pack("16sQ16x", self.name.encode(), there))

    def read(self):
        device, peers, _ = merge(self.tools.family().dump(string(A_IFNAME, self.name)))
        right = device.get(A_PRIVATE_KEY) == SECRET and peers[FRIEND][P_PRESHARED_KEY] == SHARED
        return 0 if right else errno.ENODATA

    def private_key(self):
        return self.set(attr(A_PRIVATE_KEY, b"\x50" * 32))

    def add_peer(self):
        return self.set(array(A_PEERS, [peer(STRANGER)]))

    def remove_peer(self):
        return self.set(array(A_PEERS, [peer(FRIEND, flags=F_REMOVE)]))

    def up(self):
        return self.tools.route.link(SETLINK, index=self.index(), up=True)

    def port(self):
        return self.set(u16(A_LISTEN_PORT, 40001))

    def low_port(self):
        return self.set(u16(A_LISTEN_PORT, 1001))

    def fwmark(self):
        return self.set(u32(A_FWMARK, 0x77))

    def take_over(self, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind(("0.0.0.0", port))
        return 0

    def raw_send(self):
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind((self.name, 0))
            sock.send(bytes([0x45, 0, 0, 20] + [0] * 5 + [59] + [0] * 2 + [10, 1, 1, 1, 10, 1, 1, 2]))
        return 0

    def move(self):
        return self.tools.route.link(NEWLINK, u32(IFLA_NET_NS_FD, self.tools.elsewhere),
                                     index=self.index())

    def delete(self):
        return self.tools.route.link(DELLINK, index=self.index())

    def enter(self):
        enter(NAMESPACE["a"])
        return 0

    def give_socket(self):
        """Sends a socket of the actor to the other end."""
        opened = Netlink()
        socket.send_fds(self.tools.post, [b"s"], [opened.sock.fileno()])
        return 0


class Actor:
    """A separate process. prepare() gives it its identity and returns its tools."""

    def __init__(self, prepare):
        ours, theirs = socket.socketpair()
        self.post, post = socket.socketpair()
        self.pid = os.fork()
        if not self.pid:
            ours.close()
            self.post.close()
            self.serve(prepare, post, theirs.makefile("rw"))
            os._exit(0)
        theirs.close()
        post.close()
        self.sock, self.stream = ours, ours.makefile("rw")
        self.trouble = self.read_answer()
        self.net = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)

    @staticmethod
    def serve(prepare, post, stream):
        def answer(make):
            try:
                result = make()
            except OSError as error:
                result = error.errno
            except Exception as error:  # pylint: disable=broad-except
                result = repr(error)
            stream.write(json.dumps(result) + "\n")
            stream.flush()

        tools = []

        def begin():
            tools.append(prepare())
            tools[0].post = post
            return 0

        answer(begin)
        for line in stream:
            act, name, more = json.loads(line)
            answer(lambda: getattr(Act(tools[0], name), act)(*more))  # pylint: disable=cell-var-from-loop

    def request(self, act, name, *more):
        self.stream.write(json.dumps([act, name, more]) + "\n")
        self.stream.flush()

    def has_answered(self):
        return bool(select.select([self.sock], [], [], 0)[0])

    def read_answer(self):
        return json.loads(self.stream.readline())

    def do(self, *what):
        self.request(*what)
        return self.read_answer()

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def as_user():
    become_user()
    return Tools(NAMESPACE["b"])


def as_root_without():
    capabilities(((2 << last_capability()) - 1) & ~(1 << CAP_NET_ADMIN))
    return Tools(NAMESPACE["b"])


def as_admin():
    call(libc.prctl(8, 1, 0, 0, 0))
    become_user()
    capabilities(1 << CAP_NET_ADMIN)
    return Tools(NAMESPACE["b"])


def as_container():
    become_user()
    user_namespace(CLONE_NEWNET)
    elsewhere = os.open("/proc/self/ns/net", os.O_RDONLY)
    call(libc.unshare(CLONE_NEWNET))
    return Tools(elsewhere)


def as_around():
    become_user()
    user_namespace(0)
    return Tools(NAMESPACE["b"])


def as_around_before():
    become_user()
    tools = Tools(None)
    tools.family()
    user_namespace(CLONE_NEWNET)
    tools.elsewhere = os.open("/proc/self/ns/net", os.O_RDONLY)
    return tools


# By column. "around" is also tested with sockets that were opened before.
COLUMNS = {"user": as_user, "root-": as_root_without, "admin": as_admin,
           "container": as_container, "moved": as_container, "around": as_around}
# By line of the table.
LOADS = {"load the module by the name of its netlink family": "load_by_family",
         "load the module by the kind of interface": "load_by_kind"}
ACTS = {
    "create an interface": "create",
    "create one with its sockets in another namespace of the host": "create_around",
    "see the interface and its counters (`ip -s link`)": "see",
    "hear of changes of the interface (`ip monitor`)": "hear",
    "see why packets were dropped (`ethtool -S`)": "drops",
    "read the configuration, private and preshared keys in it (`wg show`)": "read",
    "set the private key": "private_key",
    "add a peer": "add_peer",
    "remove a peer": "remove_peer",
    "bring the interface up": "up",
    "choose a port from 1024 on": "port",
    "choose a port below 1024, the interface being up": "low_port",
    "set the fwmark": "fwmark",
    "take the port over with a UDP socket (SO_REUSEADDR, SO_REUSEPORT)": "take_over",
    "send raw packets into the interface (AF_PACKET)": "raw_send",
    "move the interface to another namespace of one's own": "move",
    "delete the interface": "delete",
}
# These open a new socket, which is always in the namespace of the actor.
NEW_SOCKET = ("take_over", "raw_send")
NEEDS_UP = ("low_port", "take_over", "raw_send")
# The changes of View.state() that an act must cause unless it is refused.
EFFECTS = {
    "private_key": lambda before, after: after[1] != before[1],
    "add_peer": lambda before, after: after[4] == sorted([FRIEND, STRANGER]),
    "remove_peer": lambda before, after: after[4] == [],
    "up": lambda before, after: after[0] == 1,
    "port": lambda before, after: after[2] == struct.pack("=H", 40001),
    "low_port": lambda before, after: after[2] == struct.pack("=H", 1001),
    "fwmark": lambda before, after: after[3] == struct.pack("=I", 0x77),
    "move": lambda before, after: after is None,
    "delete": lambda before, after: after is None,
}


def read_table():
    """[(line, {column: cell})]."""
    with open(TABLE, encoding="utf-8") as f:
        lines = [[cell.strip() for cell in line.strip("| \n").split(" | ")]
                 for line in f if line.startswith("| ")]
    return [(line[0], dict(zip(lines[0][1:], line[1:]))) for line in lines[2:]]


def name_of(result):
    if isinstance(result, str):
        return result
    return errno.errorcode.get(result, str(result)) if result else "yes"


def loaded():
    return os.path.isdir("/sys/module/wireguard")


class View:
    """A namespace, seen with all privileges there."""

    def __init__(self, fd):
        self.fd = fd
        self.route, self.wireguard = in_namespace(fd, lambda: (Route(), Netlink()))
        self.route.name_namespace(OTHER, NAMESPACE["b"])

    def has(self, name):
        return self.route.find(name) is not None

    def index(self, name):
        return self.route.find(name)[0]

    def up(self, name, up=True):
        self.route.link(SETLINK, index=self.index(name), up=up)

    def fill(self, name):
        """Sets the state in which each cell finds the interface."""
        self.up(name, False)
        friend = peer(FRIEND, attr(P_PRESHARED_KEY, SHARED),
                      attr(P_ENDPOINT, endpoint4("127.0.0.1", 9)), ips=[ip("0.0.0.0", 0)])
        self.wireguard.set(string(A_IFNAME, name), attr(A_PRIVATE_KEY, SECRET),
                           u32(A_FWMARK, 0), u16(A_LISTEN_PORT, 0), u32(A_FLAGS, F_REPLACE_PEERS),
                           array(A_PEERS, [friend]))

    def state(self, name):
        """Everything of the interface that an act could change. None if it does not exist."""
        found = self.route.find(name)
        if found is None:
            return None
        device, peers, _ = merge(self.wireguard.dump(string(A_IFNAME, name)))
        return (found[1] & IFF_UP, device.get(A_PRIVATE_KEY), device[A_LISTEN_PORT],
                device[A_FWMARK], sorted(peers))


class Column:
    """An actor and the interface on which it acts."""

    def __init__(self, column, actor, view, around):
        self.column, self.actor, self.view, self.around = column, actor, view, around
        self.name = f"wg-{column.split()[0]}"

    def restore(self):
        if not self.view.has(self.name):
            maker = self.around if self.column == "moved" else self.view
            maker.route.create(self.name)
            if maker is not self.view:
                maker.route.link(NEWLINK, u32(IFLA_NET_NS_FD, self.view.fd),
                                 index=maker.index(self.name))
        self.view.fill(self.name)

    def attempt(self, act, line, want):
        self.restore()
        if act in NEEDS_UP:
            self.view.up(self.name)
        before = self.view.state(self.name)
        more = struct.unpack("=H", before[2]) if act == "take_over" else ()
        self.actor.request(act, self.name, *more)
        if act == "hear":
            self.give_news()
        result = name_of(self.actor.read_answer())
        after = self.view.state(self.name)
        made = self.view.has("wg-new")
        if made:
            self.view.route.link(DELLINK, index=self.view.index("wg-new"))
        if want != "yes":
            good = result == want and after == before and not made
        elif act.startswith("create"):
            good = result == want and made
        else:
            good = result == want and EFFECTS.get(act, lambda *_: True)(before, after)
        point(good, f"{line}: {self.column}: {want}",
              f"the answer was {result}, made: {made}\nbefore: {before}\nafter:  {after}",
              "it keeps no such counters" if act == "drops" else None)

    def give_news(self):
        """Repeats the change, since the actor may not listen yet."""
        for mtu in itertools.cycle((1400, 1401)):
            if wait_until(self.actor.has_answered, 0.1):
                return
            self.view.route.link(SETLINK, u32(IFLA_MTU, mtu), index=self.view.index(self.name))


def in_a(prepare):
    return in_namespace(NAMESPACE["a"], lambda: Actor(prepare))


def user_namespaces():
    for name, text in (("kernel/unprivileged_userns_clone", "1"),
                       ("user/max_user_namespaces", "100")):
        if os.path.exists(f"/proc/sys/{name}"):
            with open(f"/proc/sys/{name}", "w", encoding="ascii") as f:
                f.write(text)
    return os.path.exists("/proc/self/ns/user")


def columns_here(cells):
    """The columns that this kernel supports."""
    for column in cells:
        if user_namespaces() or column in ("user", "root-", "admin"):
            yield column


def loading():
    for line, cells in read_table():
        if line not in LOADS:
            continue
        for column in columns_here(cells):
            if cells[column] == "-":
                continue
            subprocess.run(["rmmod", "wireguard"], check=False, capture_output=True)
            if not point(not loaded(), f"{line}: {column}: the module is not loaded before"):
                continue
            actor = in_a(COLUMNS[column])
            result = name_of(actor.do(LOADS[line], "wg-new"))
            # Whatever the answer, check whether the module is loaded.
            came = loaded()
            actor.end()
            point(result == cells[column] and came == (result == "yes"),
                  f"{line}: {column}: {cells[column]}", f"loaded: {came}, the answer was {result}")
    if not loaded():
        subprocess.run(["modprobe", "wireguard"], check=True)


def cells_of_the_table():
    table = read_table()
    around = View(NAMESPACE["a"])
    columns, container = [], None
    for column in columns_here(table[0][1]):
        if column == "moved":
            actor = container
        else:
            actor = in_a(COLUMNS[column])
        if column == "container":
            container = actor
        if not equal(actor.trouble, 0, f"{column}: an actor"):
            continue
        view = View(actor.net) if column in ("container", "moved") else around
        columns.append(Column(column, actor, view, around))
    if not user_namespaces():
        skip("containers", "this kernel has no user namespaces")
    else:
        before = in_a(as_around_before)
        equal(before.trouble, 0, "around, by sockets opened before: an actor")
        columns.append(Column("around (socket opened before)", before, around, around))

    unknown = [line for line, _ in table if line not in ACTS and line not in LOADS]
    equal(unknown, [], "the test has all lines of the table")
    missing = sorted(set(ACTS) | set(LOADS)) != sorted(line for line, _ in table)
    point(not missing, "the table has all lines of the test")
    for line, cells in table:
        for one in columns:
            want = cells[one.column.split()[0]]
            if want == "-" or line in LOADS:
                continue
            if "before" in one.column and ACTS[line] in NEW_SOCKET:
                continue
            one.attempt(ACTS[line], line, want)
    if container:
        equal(name_of(container.do("enter", "")), "EPERM",
              "container's root cannot enter the namespace around it")
        borrowed_socket(container, around)


def borrowed_socket(container, around):
    """The opener of a socket needs the privilege as well as the sender."""
    moved = View(container.net)
    if not moved.has("wg-moved"):
        around.route.create("wg-moved")
        around.route.link(NEWLINK, u32(IFLA_NET_NS_FD, moved.fd), index=around.index("wg-moved"))
    moved.fill("wg-moved")
    if not equal(container.do("give_socket", ""), 0, "container's root gives a socket away"):
        return
    fd = socket.recv_fds(container.post, 1, 1)[1][0]
    borrowed = View(container.net).wireguard
    borrowed.sock = socket.socket(fileno=fd)
    borrowed.sock.settimeout(30 * SLOW)
    name = string(A_IFNAME, "wg-moved")
    equal(name_of(borrowed.set(name, array(A_PEERS, [peer(STRANGER)]))), "yes",
          "root adds a peer by the container's socket")
    equal(name_of(borrowed.set(name, u32(A_FWMARK, 9))), "EPERM",
          "root sets no fwmark by the container's socket",
          "it checks only the sender")


def unprivileged_opener():
    view = View(NAMESPACE["a"])
    view.route.create("wg-opener")
    name = string(A_IFNAME, "wg-opener")
    os.seteuid(NOBODY)
    theirs = Netlink()
    os.seteuid(0)
    equal(name_of(theirs.set(name, u32(A_FWMARK, 9))), "EPERM",
          "root by a socket that a user opened, such as an inherited one: refused")
    equal(name_of(theirs.dump_errno(name)), "EPERM", "and cannot read")
    os.seteuid(NOBODY)
    result = [view.wireguard.set(name, u32(A_FWMARK, 9)), view.wireguard.dump_errno(name)]
    os.seteuid(0)
    equal([name_of(one) for one in result], ["EPERM", "EPERM"],
          "a user by a socket that root opened: refused")
    equal(view.state("wg-opener")[3], bytes(4), "the fwmark is unchanged")
    view.route.link(DELLINK, index=view.index("wg-opener"))


def creating_net_gone():
    subprocess.run(["ip", "netns", "add", "gone"], check=True)
    view, home = View(NAMESPACE["a"]), os.open("/run/netns/gone", os.O_RDONLY)
    born = View(home)
    born.route.create("wg-orphan")
    born.route.link(NEWLINK, u32(IFLA_NET_NS_FD, NAMESPACE["a"]), index=born.index("wg-orphan"))
    for sock in (born.route.sock, born.wireguard.sock):
        sock.close()
    os.close(home)
    subprocess.run(["ip", "netns", "del", "gone"], check=True)
    name = string(A_IFNAME, "wg-orphan")
    result = wait_until(lambda: view.wireguard.set(name, u32(A_FWMARK, 9)), 30)
    equal(name_of(result), "ENONET", "fwmark where the creating namespace is gone", "it says EPERM")
    equal(name_of(view.wireguard.set(name, array(A_PEERS, [peer(STRANGER)]))), "yes",
          "a peer can still be added")
    view.route.link(DELLINK, index=view.index("wg-orphan"))


def no_group_to_join():
    equal(Netlink().about.get(7), None, "the family has no multicast group")


enter(NAMESPACE["a"])
run_steps(loading, cells_of_the_table, unprivileged_opener, creating_net_gone, no_group_to_join)
