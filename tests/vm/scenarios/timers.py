# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# timeout: 180
# plan: 18
# excludes: cpus=1 -- an answer that arrives before the send call returns needs two CPUs
# excludes: cb -- its own BPF program keeps the sender in the underlying device
# excludes: ipv6-only -- the other side uses IPv4 sockets
"""Tests keepalives and handshake retries that show within half a minute. Each case has its own
peer, and this process only watches the wire and the clock."""

import fcntl
import os
import select
import struct
import subprocess
import time

import bpf
from points import SLOW, point, run_steps, skip
from wgpeer import INITIATION, ipv4, udp
from wire import DATA, INNER_KERNEL, Wire, b64, in_a

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 2, 0x1000

wire = Wire()


def quiet_data(peer, session):
    """Data that the kernel accepts and does not answer."""
    wire.send(session.data(ipv4(peer.inner, INNER_KERNEL, udp(9, 9999, b"quiet"))))


def watch(seconds, *sessions, begin=None):
    """[(when, kind, session or None, plaintext length)] of all that comes in so many seconds from
    @begin on, by default from now on."""
    begin, seen = begin or time.monotonic(), []
    while time.monotonic() - begin < seconds:
        message = wire.recv(seconds - (time.monotonic() - begin))
        if message is None:
            break
        when = wire.when - begin
        if message[0] == DATA:
            for session in sessions:
                decrypted = session.decrypt(message)
                if decrypted:
                    seen.append((when, DATA, session, len(decrypted[1])))
                    break
            else:
                seen.append((when, DATA, None, len(message) - 32))
        else:
            seen.append((when, message[0], None, 0))
    return seen


def passive_keepalive():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    wire.drain()
    # Before it is sent: this process may stand still after that.
    begin = time.monotonic()
    quiet_data(peer, session)
    seen = watch(14, session, begin=begin)
    keepalives = [s for s in seen if s[2] is session and s[3] == 0]
    point(len(keepalives) == 1 and 9.5 <= keepalives[0][0] <= 12.5,
          "10 s after data came and nothing went: one keepalive", seen)
    point(len(seen) == len(keepalives), "and nothing else", seen)


def no_keepalive_for_a_keepalive():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    point(wire.echo(peer, session, 1), "data that is answered at once")
    wire.drain()
    wire.send(session.data())
    seen = watch(13, session)
    point(not seen, "it causes no keepalive, and neither does a keepalive", seen)


def new_handshake_when_nothing_comes_back():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    wire.drain()
    wire.poke(peer.inner)
    sent = wire.recv(kind=DATA) and wire.when
    first = wire.recv(20 * SLOW, kind=INITIATION)
    took = sent and first and wire.when - sent
    point(took and 14 <= took <= 17.5, "15 s after data went and nothing came: an initiation", took)


def retries():
    peer = wire.new_peer(endpoint="10.0.0.2:2")
    begin = time.monotonic()
    wire.poke(peer.inner)
    stamps = []
    while time.monotonic() - begin < 17.5:
        message = wire.recv(17.5 - (time.monotonic() - begin), kind=INITIATION)
        if message and peer.read_initiation(message):
            stamps.append(wire.when - begin)
    gaps = [b - a for a, b in zip(stamps, stamps[1:])]
    point(len(stamps) in (3, 4), "an unanswered initiation is sent again each 5 s", stamps)
    # The jitter is up to 333 ms. An emulator on a busy machine adds more to some of them, and the gap
    # after one that is late is shorter: the average counts.
    point(gaps and 4.8 <= sum(gaps) / len(gaps) <= 6.3 and max(gaps) <= 8 * SLOW,
          "not sooner, and later by the jitter", gaps)


def persistent_keepalive():
    peer = wire.new_peer(endpoint="10.0.0.2:2", keepalive=2)
    session = wire.answer(peer)
    point(session is not None, "persistent keepalive begins a handshake by itself")
    seen = watch(9, session)
    keepalives = [s[0] for s in seen if s[2] is session and s[3] == 0]
    point(3 <= len(keepalives) <= 5 and keepalives[-1] - keepalives[0] >= 1.8 * (len(keepalives) - 1),
          "an interval of 2 s: four keepalives in 9 s", seen)
    in_a("wg", "set", "wg0", "peer", b64(peer.public),
         "persistent-keepalive", "off")
    wire.drain()
    # The timer may have been about to send one.
    seen = [s for s in watch(5, session) if s[0] > 1]
    point(not seen, "off: no keepalive", seen)
    in_a("wg", "set", "wg0", "peer", b64(peer.public),
         "persistent-keepalive", "3")
    seen = watch(2, session)
    point(any(s[3] == 0 for s in seen), "on again: one at once", seen)
    in_a("ip", "link", "set", "wg0", "down")
    wire.drain()
    seen = watch(5)
    point(not seen, "none while the interface is down", seen)
    in_a("ip", "link", "set", "wg0", "up")
    seen = watch(2 * SLOW)
    point(seen and seen[0][1] == INITIATION, "up again: a handshake begins at once", seen)


def ifindex(dev):
    return int(in_a("cat", f"/sys/class/net/{dev}/ifindex"))


def new_tap(name):
    """A tap device in a. This process reads its packets."""
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", name, "netns", "a"], check=True)
    in_a("ip", "link", "set", name, "up")
    return tap


def read_message(tap):
    """The first data message among the frames, or None after five seconds."""
    while select.select([tap], [], [], 5 * SLOW)[0]:
        frame = os.read(tap, 2048)
        # Ethernet, IPv4, UDP.
        if frame[12:14] == b"\x08\x00" and frame[42:43] == bytes([DATA]):
            return frame[42:]
    return None


def an_answer_before_the_sender_is_back():
    """The peer answers data by data while the CPU that sent it is still in the underlying
    device."""
    name = "the answer is handled before the sender returns"
    if os.cpu_count() < 2:
        skip(name, "one processor")
        return
    subprocess.run(["modprobe", "-a", "tun", "dummy"], check=False)
    tap = new_tap("early")
    in_a("ip", "link", "add", "late", "up", "type", "dummy")
    try:
        slow = bpf.load("early-copy", bpf.early_copy(ifindex("early"), ifindex("late")))
    except OSError as error:
        skip(name, f"the kernel refuses such a BPF program: {error}")
        return
    peer = wire.new_peer()
    session = wire.handshake(peer)
    wire.echo(peer, session, 1)
    wire.drain()
    before = os.sched_getaffinity(0)
    # Packets that this process sends are received on its CPU.
    os.sched_setaffinity(0, {1})
    bpf.attach("a", "va", slow)
    sender = wire.poke(peer.inner, "taskset", "-c", "0")
    message = read_message(tap)
    quiet_data(peer, session)
    sender.wait()
    bpf.detach("a", "va")
    os.sched_setaffinity(0, before)
    os.close(tap)
    point(message and session.decrypt(message), name)
    seen = watch(17, session)
    keepalives = [s for s in seen if s[2] is session and s[3] == 0]
    point(len(keepalives) == 1, "the keepalive for it is sent", seen)
    point(not [s for s in seen if s[1] == INITIATION], "and no handshake begins after 15 s", seen)


def no_traffic_without_reason():
    peer = wire.new_peer(endpoint="10.0.0.2:2")
    seen = watch(3)
    point(not seen, "a configured peer without traffic sends nothing", seen)
    wire.forget(peer)


in_a("iptables", "-A", "INPUT", "-i", "wg0", "-p", "udp", "--dport", "9999", "-j", "DROP")
run_steps(no_traffic_without_reason, passive_keepalive, no_keepalive_for_a_keepalive,
          an_answer_before_the_sender_is_back, new_handshake_when_nothing_comes_back, retries, persistent_keepalive, before=wire.fresh)
