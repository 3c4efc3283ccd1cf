# SPDX-License-Identifier: GPL-2.0
"""Facts of the scenario alike about the module's metadata, its netlink family and its
interface. None needs a packet on the cable."""

import glob
import json
import os
import re
import struct
import subprocess
import sys

from alike_bench import NAME, Bench, read, sh
from points import wait_until
from rtnl import (DELLINK, GROUP_LINK, IFLA_CARRIER, IFLA_IFNAME, IFLA_LINKINFO, IFLA_MASTER, IFLA_MTU,
                  IFLA_TXQLEN, LINKINFO_DATA, LINKINFO_KIND, NEWLINK, NLM_F_CREATE, NLM_F_EXCL,
                  Route, Rtnl, inside, link, new_link)
from wgnl import *  # pylint: disable=wildcard-import,unused-wildcard-import

CTRL_GETFAMILY, CTRL_GETPOLICY = 3, 10
IFLA_OPERSTATE, IFLA_LINKMODE, IFLA_EVENT, IFLA_ADDRESS, IFLA_BROADCAST, IFLA_LINK = 16, 17, 44, 1, 2, 5
KEY = [bytes([i]) * 31 + b"\x42" for i in range(1, 3)]


# The module itself.
def module(facts, path):
    for field in ("alias", "license", "parm"):
        found = sorted(sh("modinfo", "-F", field, path).split("\n"))
        facts.note(f"module/{field}", " ".join(filter(None, found)))
    # Without the crypto library, which is built into some kernels.
    facts.note("module/depends", " ".join(sorted(
        name for name in sh("modinfo", "-F", "depends", path).strip().split(",")
        if not re.search("blake2s|chacha20|curve25519|poly1305", name))))
    facts.note("module/version", read("/sys/module/wireguard/version"))
    facts.note("module/parameters", " ".join(sorted(os.listdir("/sys/module/wireguard/parameters")))
               if os.path.isdir("/sys/module/wireguard/parameters") else "none")
    facts.note("module/parameter files", " ".join(
        f"{os.path.basename(name)}:{os.stat(name).st_mode & 0o777:o}"
        for name in sorted(glob.glob("/sys/module/wireguard/parameters/*"))) or "none")


def family(facts):
    """The properties of the netlink family, as in `genl ctrl`."""
    nl = Netlink()
    about = dict(nl.about)
    facts.note("family/name", about[2])
    for number, name in ((3, "version"), (4, "header size"), (5, "highest attribute")):
        facts.note(f"family/{name}", struct.unpack("=I", about[number])[0])
    commands = []
    for _, one in attributes(about[6]):
        fields = dict(attributes(one))
        commands.append("{}: flags {:#x}".format(*(struct.unpack("=I", fields[n])[0] for n in (1, 2))))
    facts.note("family/commands", ", ".join(commands))
    facts.note("family/groups", len(attributes(about.get(7, b""))))
    # The policies, which the kernel can dump since 5.10.
    nl.family, number = 16, struct.unpack("=H", about[1])[0]
    lines = []
    try:
        nl.send(CTRL_GETPOLICY, u16(1, number), NLM_F_REQUEST | NLM_F_DUMP)
        done = False
        while not done:
            messages, done = nl.dump_read()
            for _, attrs in messages:
                for kind, value in attrs or ():
                    if kind == 8:
                        lines += policy_words(value)
    except OSError as error:
        lines = [f"refused {name_of(error.errno)}"]
    for line in lines:
        name, _, value = line.partition(" is ")
        facts.note(f"family/policy/{name}", value)
    nl.sock.close()


def policy_words(value):
    """Parses NL_POLICY_TYPE_ATTR_*: one line for each attribute of a policy."""
    for table, inner in attributes(value):
        for number, fields in attributes(inner):
            words = " ".join(f"{kind}={int.from_bytes(data, sys.byteorder)}" for kind, data in attributes(fields)
                             if kind != 9)
            yield f"{table} attribute {number} is {words}"


# The interface.
def flat(value, at=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(inner, f"{at}/{name}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inner in enumerate(value):
            yield from flat(inner, f"{at}/{number}")
    else:
        yield at, json.dumps(value)


def shown_by_ip(facts, state):
    for name, value in flat(json.loads(sh("ip", "-d", "-j", "link", "show", "wg0"))[0]):
        if name != "/ifindex":
            facts.note(f"link/{state}{name}", value)


def sysfs(facts, state):
    top = "/sys/class/net/wg0"
    for directory, below, files in os.walk(top):
        below.sort()
        if os.path.basename(directory) in ("power", "statistics"):
            below[:] = []
        for name in files:
            path = os.path.join(directory, name)
            if name in ("ifindex", "iflink"):
                continue
            facts.note(f"sysfs/{state}{path[len(top):]}",
                       f"{os.stat(path).st_mode & 0o777:o} " + re.sub("IFINDEX=[0-9]+", "IFINDEX", read(path)))


def sysctls(facts, state):
    for path in sorted(glob.glob("/proc/sys/net/ipv[46]/conf/wg0/*") + glob.glob("/proc/sys/net/ipv[46]/neigh/wg0/*")):
        # These differ between interfaces and over time.
        if os.path.basename(path) not in ("stable_secret", "base_reachable_time", "base_reachable_time_ms"):
            facts.note(f"sysctl/{state}/{path[len('/proc/sys/net/'):].replace('/wg0', '')}", read(path))
    facts.note(f"sysctl/{state}/ipv4/conf/all/send_redirects", read("/proc/sys/net/ipv4/conf/all/send_redirects"))


def ethtool(facts):
    for line in sh("ethtool", "-k", "wg0").splitlines()[1:]:
        name, _, value = line.strip().partition(": ")
        facts.note(f"feature/{name}", value)
    for line in sh("ethtool", "-i", "wg0").splitlines():
        name, _, value = line.partition(": ")
        facts.note(f"ethtool/{name}", value)
    facts.note("ethtool/statistics", "yes" if subprocess.run(
        ["ethtool", "-S", "wg0"], check=False, capture_output=True).returncode == 0 else "no")
    for what in ("-g", "-c", "-T", "-P", "-l"):
        done = subprocess.run(["ethtool", what, "wg0"], check=False, capture_output=True, text=True)
        facts.note(f"ethtool/{what[1:]}", f"exit {done.returncode}: " +
                   " ".join((done.stdout + done.stderr).split())[:200])


def threads(facts):
    """The module's threads. Shared workers are left out: they keep the name of their last work."""
    names = []
    for path in glob.glob("/proc/[0-9]*/comm"):
        text = read(path)
        if re.match(r"(kworker/R-)?wg-", text):
            names.append(text.replace("kworker/R-", ""))
    facts.note("module/threads", " ".join(sorted(names)))


def interface(facts):
    before = read("/proc/sys/net/ipv4/conf/all/send_redirects")
    home = Rtnl_here()
    try:
        home.add("wg0", "wireguard")
        shown_by_ip(facts, "created")
        sysfs(facts, "created")
        sysctls(facts, "created")
        ethtool(facts)
        threads(facts)
        home.up("wg0")
        shown_by_ip(facts, "up")
        sysfs(facts, "up")
        sysctls(facts, "up")
        home.down("wg0")
        shown_by_ip(facts, "down")
        home.delete("wg0")
    finally:
        home.sock.close()
        # The first interface changes the sysctl permanently. Restore it.
        with open("/proc/sys/net/ipv4/conf/all/send_redirects", "w", encoding="ascii") as file:
            file.write(before)


def Rtnl_here():  # pylint: disable=invalid-name
    """An Rtnl for the namespace of this process."""
    here = Rtnl.__new__(Rtnl)
    Route.__init__(here)
    here.sock.settimeout(120)
    return here


# Requests that rtnetlink refuses, and their errors.
LINK_REQUESTS = (
    *((f"MTU {mtu}", [u32(IFLA_MTU, mtu)]) for mtu in (0, 1, 67, 68, 576, 1279, 1280, 65535, 65536, 0x7fffff00,
                                                        0x7fffff80, 0x7fffff90, 0x7fffffa0, 0x7fffffff, 0x80000000,
                                                        0xffffffff)),
    ("an address of 6 bytes", [attr(IFLA_ADDRESS, b"\2\0\0\0\0\1")]),
    ("an empty address", [attr(IFLA_ADDRESS, b"")]),
    ("a broadcast address", [attr(IFLA_BROADCAST, b"\xff" * 6)]),
    ("queue length", [u32(IFLA_TXQLEN, 7)]),
    ("no carrier", [attr(IFLA_CARRIER, b"\0")]),
    ("carrier", [attr(IFLA_CARRIER, b"\1")]),
    ("operstate dormant", [attr(IFLA_OPERSTATE, b"\5")]),
    ("link mode dormant", [attr(IFLA_LINKMODE, b"\1")]),
    ("options for the kind", [nest(IFLA_LINKINFO, string(LINKINFO_KIND, "wireguard"), nest(LINKINFO_DATA, u32(1, 1)))]),
    ("another kind", [nest(IFLA_LINKINFO, string(LINKINFO_KIND, "dummy"), nest(LINKINFO_DATA, u32(1, 1)))]),
)
CREATIONS = (
    ("with an address of 6 bytes", [attr(IFLA_ADDRESS, b"\2\0\0\0\0\1")]),
    ("with MTU 0", [u32(IFLA_MTU, 0)]),
    ("with MTU 67", [u32(IFLA_MTU, 67)]),
    ("with MTU 9000", [u32(IFLA_MTU, 9000)]),
    ("with the largest number as MTU", [u32(IFLA_MTU, 0xffffffff)]),
    ("on top of lo", [u32(IFLA_LINK, 1)]),
    ("of 4 queues", [u32(31, 4), u32(32, 4)]),
    ("with a queue length", [u32(IFLA_TXQLEN, 7)]),
    ("with GSO limits", [u32(41, 30000), u32(40, 5)]),
)


def link_requests(facts):
    home = Rtnl("a")
    try:
        for name, parts in CREATIONS:
            code = home.create("wg1", *parts)
            text = name_of(code)
            if not code:
                _, _, about = home.find("wg1")
                text += f", MTU {Bench.number(about[IFLA_MTU])}, queues {Bench.number(about[31])}, " \
                        f"length {Bench.number(about[IFLA_TXQLEN])}, GSO {Bench.number(about[41])}"
                home.delete("wg1")
            facts.note(f"create/{name}", text)
        info = nest(IFLA_LINKINFO, string(LINKINFO_KIND, "wireguard"), nest(LINKINFO_DATA, u32(1, 1)))
        code = home.link(NEWLINK, string(IFLA_IFNAME, "wg1"), info, flags=NLM_F_CREATE | NLM_F_EXCL)
        facts.note("create/with options of its kind", name_of(code))
        if not code:
            home.delete("wg1")
        facts.note("create/without a name", name_of(home.link(NEWLINK, new_link("x")[1],
                                                              flags=NLM_F_CREATE | NLM_F_EXCL)))
        # The core derives the name from the kind.
        facts.note("create/the name that it gets", "wireguard0" if home.find("wireguard0") else "another")
        home.delete("wireguard0")
        home.add("wg0", "wireguard")
        index = home.index("wg0")
        for name, parts in LINK_REQUESTS:
            facts.note(f"set link/{name}", name_of(home.link(NEWLINK, *parts, index=index)))
            home.link(NEWLINK, u32(IFLA_MTU, 1420), index=index)
        for kind in ("bridge", "vrf"):
            try:
                home.add("m0", kind, data=u32(1, 7) if kind == "vrf" else None)
            except OSError as error:
                facts.note(f"set link/under a {kind}", f"no {kind}: {name_of(error.errno)}")
                continue
            code = home.link(NEWLINK, u32(IFLA_MASTER, home.index("m0")), index=index)
            facts.note(f"set link/under a {kind}", name_of(code))
            home.delete("m0")
        for kind, data in (("vlan", u16(1, 5)), ("macvlan", u32(1, 4)), ("ipvlan", u16(1, 1))):
            code = home.link(NEWLINK, string(IFLA_IFNAME, "s0"), u32(IFLA_LINK, index),
                             nest(IFLA_LINKINFO, string(LINKINFO_KIND, kind), nest(LINKINFO_DATA, data)),
                             flags=NLM_F_CREATE | NLM_F_EXCL)
            facts.note(f"set link/below a {kind}", name_of(code))
            if not code:
                home.delete("s0")
        home.delete("wg0")
    finally:
        home.sock.close()


class Watch:
    """Notifications about links called wg0 or wg9, as `ip monitor link` shows them."""

    def __init__(self, netns):
        with inside(netns):
            self.route = Route(GROUP_LINK)
        self.route.sock.setblocking(False)

    def words(self):
        out = []
        while True:
            try:
                data = self.route.sock.recv(65536)
            except BlockingIOError:
                return "; ".join(out) or "nothing"
            kind, = struct.unpack_from("=H", data, 4)
            _, _, flags, change = struct.unpack_from("=HiII", data, 18)
            about = dict(attributes(data[32:]))
            name = about.get(IFLA_IFNAME, b"").rstrip(b"\0").decode()
            if name in ("wg0", "wg9"):
                out.append(f"{ {NEWLINK: 'new', DELLINK: 'del'}.get(kind, kind)} {name} flags {flags:#x} change "
                           f"{change:#x} mtu {Bench.number(about.get(IFLA_MTU, b''))} state "
                           f"{about.get(IFLA_OPERSTATE, b' ')[0]} carrier {about.get(IFLA_CARRIER, b' ')[0]} event "
                           f"{Bench.number(about.get(IFLA_EVENT, b''))}")


def carrier(facts, name, netns, device):
    with inside(netns):
        here = Route()
    _, flags, about = here.find(device)
    facts.note(name, f"flags {flags:#x} state {about[IFLA_OPERSTATE][0]} carrier {about[IFLA_CARRIER][0]}")
    here.sock.close()


def events(facts):
    a, b, in_a, in_b = Rtnl("a"), Rtnl("b"), Watch("a"), Watch("b")
    steps = (("created", lambda: a.add("wg0", "wireguard")), ("up", lambda: a.up("wg0")),
             ("MTU", lambda: a.mtu("wg0", 1300)), ("down", lambda: a.down("wg0")),
             ("renamed", lambda: a.rename("wg0", "wg9")), ("back", lambda: a.rename("wg9", "wg0")),
             ("up again", lambda: a.up("wg0")), ("moved", lambda: a.move("wg0", "b")))
    for name, step in steps:
        step()
        facts.note(f"events/{name}/in a", in_a.words())
        facts.note(f"events/{name}/in b", in_b.words())
        carrier(facts, f"carrier/{name}", "b" if name == "moved" else "a", "wg9" if name == "renamed" else "wg0")
    b.up("wg0")
    facts.note("events/up in b", in_b.words())
    carrier(facts, "carrier/up in b", "b", "wg0")
    with inside("b"):
        nl = Netlink()
    facts.note("moved/port", name_of(nl.set(NAME, u16(A_LISTEN_PORT, 7))))
    facts.note("moved/fwmark", name_of(nl.set(NAME, u32(A_FWMARK, 7))))
    b.delete("wg0")
    facts.note("events/deleted", in_b.words())
    nl.sock.close()
    orphan(facts, b, in_b)
    for one in (a, b, in_a.route, in_b.route):
        one.sock.close()


def orphan(facts, b, in_b):
    """An interface whose creating namespace ends."""
    sh("ip", "netns", "add", "c")
    c = Rtnl("c")
    c.add("wg0", "wireguard")
    with inside("c"):
        nl = Netlink()
    nl.set(NAME, u16(A_LISTEN_PORT, 9), array(A_PEERS, [peer(KEY[0], attr(P_ENDPOINT, endpoint4("10.0.0.2", 2)))]))
    c.move("wg0", "b")
    b.up("wg0")
    nl.sock.close()
    c.sock.close()
    in_b.words()
    sh("ip", "netns", "del", "c")
    seen = []

    def carrier_lost():
        seen.append(in_b.words())
        return "carrier 0" in seen[-1]

    # The kernel ends namespaces and reports carrier changes asynchronously.
    wait_until(carrier_lost, 30)
    facts.note("events/creating namespace gone", "; ".join(words for words in seen if words != "nothing"))
    carrier(facts, "carrier/creating namespace gone", "b", "wg0")
    with inside("b"):
        nl = Netlink()
    for name, part in (("port", u16(A_LISTEN_PORT, 10)), ("same port", u16(A_LISTEN_PORT, 9)),
                       ("fwmark", u32(A_FWMARK, 7)), ("private key", attr(A_PRIVATE_KEY, b"\x11" * 32)),
                       ("peer", array(A_PEERS, [peer(KEY[1])]))):
        facts.note(f"creating namespace gone/{name}", name_of(nl.set(NAME, part)))
    nl.sock.close()
    for name, up in (("down", False), ("up", True)):
        facts.note(f"creating namespace gone/{name}",
                   name_of(b.link(NEWLINK, index=b.index("wg0"), up=up)))
        carrier(facts, f"carrier/creating namespace gone, {name}", "b", "wg0")
    b.delete("wg0")


__all__ = ["carrier", "events", "family", "interface", "link_requests", "module"]
