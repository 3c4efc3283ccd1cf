# SPDX-License-Identifier: GPL-2.0
#
# setup: nothing
# timeout: 1200 + 120 * (MINUTES + 10)
# plan: 7
# speed: soak
"""Runs traffic of all kinds for a minute, under faults and changes that a seeded generator
chooses, then checks everything without traffic, and so on (make soak). MINUTES= sets the length.
SEED= repeats the actions, though not their times.

  ia: wg0 192.168.241.1                              ib: wg0 192.168.241.2
   ..... sockets in oa                                ..... sockets in ob
  oa: va 10.0.0.1, fd00::1 ----- netem, ups ------- ob: vb 10.0.0.2, fd00::2
                                 and downs

  ca: wg0, wg1... ------------------------------- cb: wg0     come and go

The devices of ia and ib stay, so that their counters cover the whole run. oa and ob have no other
UDP socket, and ia and ib have no other device. So

  datagrams that the kernel gave to the driver in oa
      = messages received, with those of handshakes + losses by reason
  packets that the device counts as received (rx_packets), without keepalives and handshakes
      = packets that IP in ia got from the device
  packets that ia gave to the device + handshake messages and keepalives
      = messages sent + losses by reason

The driver's timers limit the number of its own messages. A packet that is lost, or counted,
without a reason breaks an equation."""

import os
import random
import subprocess
import time

import memory
from points import equal, point, skip, tap, wait_until
from reasons import FIELD, NO_LOSS
from rtnl import Rtnl, inside, quietly
from traffic import Prober, Traffic, datagrams, decreased, drops, raw, stream
from wgnl import *  # pylint: disable=wildcard-import,unused-wildcard-import
from wgpeer import new_private, public

MINUTES = int(os.environ.get("MINUTES") or 10)
# Nine digits at most, as soak.sh takes them.
SEED = int(os.environ.get("SEED") or int.from_bytes(os.urandom(4), "big") % 1_000_000_000)
RECOVERS = 60
# The first minutes fill caches.
WARM_UP = max(1, min(10, MINUTES // 4))
# The permitted rise of the line through the memory of all minutes, over the whole run, in kB.
MAY_GROW = {"SUnreclaim": 2048, "Percpu": 256}
# Objects of a cache that may be left. If each event loses one, two minutes lose more.
LEAST = 50

rng = random.Random(SEED)
SIDES = (("ia", "oa", "va"), ("ib", "ob", "vb"))
INNER = {"ia": ("192.168.241.1", "fd00:1::1"), "ib": ("192.168.241.2", "fd00:1::2")}
KEYS = {name: new_private() for name in ("ia", "ib", "ca", "cb")}
PUBLIC = {name: public(key) for name, key in KEYS.items()}
PSK = os.urandom(32)
NAME = string(A_IFNAME, "wg0")


def sh(text, check=True):
    done = subprocess.run(["sh", "-uc", text], check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if check and done.returncode:
        raise OSError(done.returncode, f"{text}\n{done.stdout}")
    return done.stdout


def netns(*names):
    for name in names:
        sh(f"""set -e; ip netns add {name}; ip -n {name} link set lo up
            ip netns exec {name} sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0""")


def client(name):
    with inside(name):
        return Netlink()


def good(code):
    if code:
        raise OSError(code, f"netlink: {name_of(code)}")


# --- the pair that stays


def peer_of(name, endpoint=None):
    """The other side, as this one has it configured."""
    other = "ib" if name == "ia" else "ia"
    parts = [attr(P_PRESHARED_KEY, PSK)]
    if endpoint:
        parts.append(attr(P_ENDPOINT, endpoint))
    return peer(PUBLIC[other], *parts, ips=[ip(INNER[other][0], 32), ip(INNER[other][1], 128)])


OF_B = (endpoint4("10.0.0.2", 2), endpoint6("fd00::2", 2))


def cable(*ends):
    """A link that went down and up has lost its IPv6 addresses."""
    for side, name, number in ends:
        side.up(name)
        for address, bits in ((f"10.0.0.{number}", 24), (f"fd00::{number}", 64)):
            quietly(side.add_address, name, address, bits)


def make_pair():
    netns("ia", "oa", "ib", "ob")
    outer.update(oa=Rtnl("oa"), ob=Rtnl("ob"))
    outer["oa"].add_veth("va", "vb", "ob")
    cable((outer["oa"], "va", 1), (outer["ob"], "vb", 2))
    for number, (inside_ns, outside_ns, dev) in enumerate(SIDES, 1):
        outer[outside_ns].mtu(dev, 9000)
        outer[outside_ns].add("wg0", "wireguard")
        outer[outside_ns].move("wg0", inside_ns)
        inner[inside_ns], wg[inside_ns] = Rtnl(inside_ns), client(inside_ns)
        good(wg[inside_ns].set(NAME, attr(A_PRIVATE_KEY, KEYS[inside_ns]), u16(A_LISTEN_PORT, number),
                               array(A_PEERS, [peer_of(inside_ns, OF_B[0] if number == 1 else None)])))
        # The qdisc counts the packets that the device gets. For a GSO packet it uses TCP's
        # number of segments, which is wrong after losses. So there is no GSO here, only in the
        # other pair.
        exact.append(not sh(f"ip -n {inside_ns} link set wg0 gso_max_segs 1", check=False))
        sh(f"tc -n {inside_ns} qdisc add dev wg0 root pfifo limit 1000")
        # GRO merges packets, which then count as one. So there is no GRO here, only in the
        # other pair.
        sh(f"ip netns exec {inside_ns} ethtool -K wg0 gro off")
        inner[inside_ns].up("wg0")
        inner[inside_ns].add_address("wg0", INNER[inside_ns][0], 24)
        inner[inside_ns].add_address("wg0", INNER[inside_ns][1], 64)


# --- the pair that comes and goes


def make_churned():
    netns("ca", "cb")
    for name in ("ca", "cb"):
        churned[name], wg[name] = Rtnl(name), client(name)
    churned["ca"].add_veth("va", "vb", "cb")
    for number, (name, dev) in enumerate((("ca", "va"), ("cb", "vb")), 1):
        churned[name].up(dev)
        churned[name].add_address(dev, f"10.1.0.{number}", 24)
    churned_device("cb", 2)
    churned_device("ca", 1)


def churned_peer(name):
    other = "cb" if name == "ca" else "ca"
    number = 2 if other == "cb" else 1
    return peer(PUBLIC[other], attr(P_ENDPOINT, endpoint4(f"10.1.0.{number}", number)),
                ips=[ip(f"192.168.242.{number}", 32)])


def churned_device(name, number):
    churned[name].add("wg0", "wireguard")
    good(wg[name].set(NAME, attr(A_PRIVATE_KEY, KEYS[name]), u16(A_LISTEN_PORT, number),
                      array(A_PEERS, [churned_peer(name)])))
    churned[name].up("wg0")
    churned[name].add_address("wg0", f"192.168.242.{number}", 24)


def recreate_device():
    name, number = rng.choice((("ca", 1), ("cb", 2)))
    churned[name].delete("wg0")
    churned_device(name, number)


def peers_come_and_go():
    name = rng.choice(("ca", "cb"))
    strangers = [peer(rng.randbytes(31) + b"\x42", u16(P_KEEPALIVE, 1), attr(P_ENDPOINT, endpoint4("10.1.0.9", 9)),
                      ips=[ip(f"10.7.{n}.0", 24)]) for n in range(rng.randrange(20))]
    good(wg[name].set(NAME, array(A_PEERS, strangers)))
    good(wg[name].set(NAME, u32(A_FLAGS, F_REPLACE_PEERS), array(A_PEERS, [churned_peer(name)])))


def port_and_mark():
    good(wg["ca"].set(NAME, u16(A_LISTEN_PORT, rng.choice((1, 0))), u32(A_FWMARK, rng.randrange(3))))


def up_and_down():
    churned["ca"].down("wg0")
    churned["ca"].up("wg0")


# --- faults and changes of the pair that stays


def netem():
    _, outside_ns, dev = rng.choice(SIDES)
    faults = [rng.choice(("", "", "loss 3%", "loss 30%")), rng.choice(("", "duplicate 3%")),
              rng.choice(("", "corrupt 1%")),
              rng.choice(("delay 1ms", "delay 20ms 10ms", "delay 10ms reorder 25% 50%"))]
    # A kernel without netem does not get here.
    sh(f"tc -n {outside_ns} qdisc replace dev {dev} root netem {' '.join(faults)} limit 2000")


def roams():
    """a's address in the outer network changes. b must follow."""
    old, new = (1, 3) if rng.random() < .5 else (3, 1)
    side = outer["oa"]
    quietly(side.add_address, "va", f"10.0.0.{new}", 24)
    quietly(side.delete_address, "va", f"10.0.0.{old}", 24)
    quietly(side.add_address, "va", f"10.0.0.{new}", 24)


def another_family():
    good(wg["ia"].set(NAME, array(A_PEERS, [peer_of("ia", rng.choice(OF_B))])))


def link_down():
    _, outside_ns, dev = rng.choice(SIDES)
    outer[outside_ns].down(dev)
    time.sleep(rng.uniform(.2, 4))
    calm_link()


def forced_handshake():
    """The private key changes and changes back, which ends all sessions. The peer stays. A
    packet that is sent without a session counts as one, even if it is a GSO packet."""
    good(wg["ia"].set(NAME, attr(A_PRIVATE_KEY, rng.randbytes(32))))
    good(wg["ia"].set(NAME, attr(A_PRIVATE_KEY, KEYS["ia"])))


def clock_jumps():
    """Forward for good, or back for a while: the peer refuses initiations whose timestamp is older
    than the last one."""
    if rng.random() < .5:
        time.clock_settime(time.CLOCK_REALTIME, time.time() + rng.choice((1, 30, 3600)))
    else:
        now, since = time.time(), time.monotonic()
        time.clock_settime(time.CLOCK_REALTIME, now - 3600)
        time.sleep(rng.uniform(.5, 3))
        time.clock_settime(time.CLOCK_REALTIME, now + time.monotonic() - since)


def tunnel_mtu():
    mtu = rng.choice((1280, 1420, 8920))
    for inside_ns, _, _ in SIDES:
        inner[inside_ns].mtu("wg0", mtu)


def calm_link():
    cable((outer["oa"], "va", 1), (outer["ob"], "vb", 2))


def calm():
    for _, outside_ns, dev in SIDES:
        sh(f"tc -n {outside_ns} qdisc del dev {dev} root", check=False)
    calm_link()


EVENTS = [netem, netem, roams, another_family, link_down, forced_handshake, clock_jumps, tunnel_mtu,
          recreate_device, peers_come_and_go, port_and_mark, up_and_down]

# --- the checks


def snmp(name, protocol, field):
    """The sum of the counters of IPv4 and IPv6 in this namespace."""
    with inside(name):
        with open("/proc/self/net/snmp", encoding="ascii") as file:
            names, values = [line.split() for line in file if line.startswith(f"{protocol}:")]
        with open("/proc/self/net/snmp6", encoding="ascii") as file:
            sixth = dict(line.split() for line in file)
    return int(dict(zip(names, values))[field]) + int(sixth[f"{protocol}6{field}"])


def udp_received(name):
    """Complete and verified datagrams that the sockets of this namespace got."""
    return snmp(name, "Udp", "InDatagrams")


def ip_received(name):
    """Packets that IP in this namespace got from the tunnel."""
    return snmp(name, "Ip", "InReceives") - inner[name].look("lo")[1]["rx_packets"]


def given(name):
    """Packets that the device was given to send."""
    for line in sh(f"tc -n {name} -s qdisc show dev wg0").splitlines():
        words = line.split()
        if words[:1] == ["Sent"]:
            return int(words[3])
    raise OSError(0, "no qdisc on wg0")


def look(name, outside_ns):
    """All counters of one side."""
    return {"link": inner[name].look("wg0")[1], "why": drops(name), "udp": udp_received(outside_ns),
            "given": given(name), "ip": ip_received(name)}


def look_at_both():
    return {name: look(name, outside_ns) for name, outside_ns, _ in SIDES}


def still(seconds=60):
    """(the counters after two equal reads, whether there were two). On a slow machine one read
    takes seconds, and counters that change meanwhile do not fit together."""
    end, before = time.monotonic() + seconds, look_at_both()
    while True:
        time.sleep(.5)
        now = look_at_both()
        if now == before or time.monotonic() >= end:
            return now, now == before
        before = now


def own_messages():
    """The most messages that the driver may have sent by itself so far. Its timers permit one
    handshake message in 5 s and one keepalive in 10 s, in each direction. Forced handshakes
    come on top, and a message that is duplicated on the path counts twice."""
    return int(20 + (time.monotonic() - began) * .7 + 6 * count_of.get("forced_handshake", 0))


def unexplained(now):
    """({equation: a rest that is wrong}, {equation: its rest})"""
    found, over = {}, {}
    for name, _, _ in SIDES:
        if not now[name]["why"]:
            # The in-tree module's drops have no reasons.
            continue
        link, why = now[name]["link"], now[name]["why"]
        came = sum(count for reason, count in why.items()
                   if reason.startswith(("rx_", "handshake_")) and reason not in NO_LOSS)
        rest = now[name]["udp"] - link["rx_packets"] - came
        over[f"{name} in"] = rest
        if rest:
            found[f"{name}: datagrams in"] = rest
        rest = link["rx_packets"] - now[name]["ip"]
        over[f"{name} up"] = rest
        if not 0 <= rest <= own_messages():
            found[f"{name}: packets up"] = rest
        rest = link["tx_packets"] - now[name]["given"] + \
            sum(count for reason, count in why.items() if reason.startswith("tx_"))
        over[f"{name} out"] = rest
        if all(exact) and not 0 <= rest <= own_messages():
            found[f"{name}: packets out"] = rest
        # The errors and drops of ip -s link are not fewer than the reasons that add to them.
        for field in ("rx", "tx"):
            counted = sum(why[reason] for reason, of in FIELD.items() if of.startswith(field))
            if link[f"{field}_errors"] + link[f"{field}_dropped"] < counted:
                found[f"{name}: {field} errors and drops"] = (link, counted)
    return found, over


def slope(values):
    """The slope of the line that fits the values best, per minute."""
    n = len(values)
    if n < 2:
        return 0
    middle, mean = (n - 1) / 2, sum(values) / n
    return sum((i - middle) * (v - mean) for i, v in enumerate(values)) / sum((i - middle) ** 2 for i in range(n))


def last_handshake():
    _, peers, _ = merge(wg["ia"].dump(NAME))
    return peers.get(PUBLIC["ib"], {}).get(P_LAST_HANDSHAKE, b"")


def run_minute(seconds=60):
    """The events of one minute, as many as fit."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        event = rng.choice(EVENTS)
        count_of[event.__name__] = count_of.get(event.__name__, 0) + 1
        event()
        handshakes.add(last_handshake())
        time.sleep(max(0, min(rng.uniform(.5, 4), end - time.monotonic())))
        handshakes.add(last_handshake())


def table(title, rows):
    tap(f"# soak: {title}")
    for row in rows:
        tap("#   " + f"{row[0]:24}" + "".join(f"{cell:>14}" for cell in row[1:]))


outer, inner, churned, wg, count_of, handshakes, exact = {}, {}, {}, {}, {}, set(), []
tap(f"# soak: {MINUTES} minutes, SEED={SEED}")
os.nice(-10)
make_pair()
make_churned()
if not all(exact):
    skip("packets given to the device are counted", "this kernel cannot disable GSO for the device")
calm()
if sh("tc -n oa qdisc add dev va root netem delay 1ms", check=False):
    EVENTS = [event for event in EVENTS if event is not netem]
    skip("loss, duplication, corruption and reordering on the way", "the kernel has no netem")
calm()
there, back = Prober("ia", INNER["ib"][0]), Prober("ib", INNER["ia"][1])
traffic = Traffic(INNER)
aside = Traffic({"ca": ("192.168.242.1",) * 2, "cb": ("192.168.242.2",) * 2}, roles=(stream, datagrams, raw))
began = time.monotonic()
samples, wrong, backwards, problems, looks = [], {}, {}, [], 0
previous = look_at_both()
for minute in range(1, MINUTES + 1):
    traffic.start()
    aside.start()
    try:
        run_minute()
    except OSError as error:
        problems.append(f"minute {minute}: {error}")
    calm()
    there.discard()
    back.discard()
    if not wait_until(lambda: there.flows() and back.flows(), RECOVERS):
        problems.append(f"minute {minute}: no traffic {RECOVERS} s after the last fault")
    traffic.stop()
    aside.stop()
    current, quiet = still()
    held, kept = memory.settled()
    samples.append((held, kept))
    # Counters go on from minute to minute, so that the next minute's check covers this one,
    # too.
    over = "not checked"
    if quiet:
        looks += 1
        sums, over = unexplained(current)
        wrong.update(sums)
    for side in current:
        for group in ("link", "why"):
            backwards.update(decreased(previous[side][group], current[side][group]))
    lost = {side: sum(current[side]["why"].values()) - sum(previous[side]["why"].values()) for side in current}
    packets = {side: current[side]["link"]["rx_packets"] - previous[side]["link"]["rx_packets"] for side in current}
    ours = {cache: count for cache, count in held.items() if cache.startswith("wg_")}
    tap(f"# soak: minute {minute}: received {packets['ia']} and {packets['ib']}, dropped {lost['ia']} and "
        f"{lost['ib']}, sums {over}, {len(handshakes) - 1} handshakes, "
        f"SUnreclaim {kept['SUnreclaim']} kB, Percpu {kept.get('Percpu', '?')} kB, {ours}")
    previous = current

steady = samples[WARM_UP:]
table("events", sorted(count_of.items()))
table("drops", [("reason", "ia", "ib")] + [
    (reason, previous["ia"]["why"][reason], previous["ib"]["why"].get(reason))
    for reason in previous["ia"]["why"] if previous["ia"]["why"][reason] or previous["ib"]["why"].get(reason)])
table("ip -s link", [("counter", "ia", "ib")] + [
    (field, previous["ia"]["link"][field], previous["ib"]["link"][field]) for field in previous["ia"]["link"]])
equal(problems, [], "traffic flowed again after each minute")
point(all(side["link"]["rx_packets"] > 100 * MINUTES for side in previous.values()), "there was traffic both ways",
      {name: side["link"] for name, side in previous.items()})
point(looks > MINUTES // 2, "the counters came to rest when the traffic had", f"{looks} times in {MINUTES}")
if previous["ia"]["why"]:
    equal(wrong, {}, "no packet was lost without a reason")
equal(backwards, {}, "no counter ran backwards")
point(len(handshakes) > 1 + MINUTES // 4, "there were handshakes", len(handshakes))
for field, bound in MAY_GROW.items():
    values = [kept[field] for _, kept in steady if field in kept]
    name = f"{field} is flat: the line through it rises by less than {bound} kB"
    if len(values) < 3:
        skip(name, f"only {len(values)} values after the first {WARM_UP} minutes")
        continue
    point(slope(values) * len(values) < bound, name, values)
    tap(f"# soak: {field} rises by {slope(values):.1f} kB a minute after the first {WARM_UP}")
if steady:
    memory.no_growth(samples[WARM_UP - 1][0], samples[-1][0], LEAST,
                     f"no slab cache has {LEAST} objects more than after the first {WARM_UP}")
there.discard()
back.discard()
point(wait_until(lambda: there.flows() and back.flows(), RECOVERS), "traffic flows at the end")
traffic.end()
aside.end()
