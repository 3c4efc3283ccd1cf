# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# timeout: 180
# plan: 23
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
from points import SLOW, point, run_steps, skip, wait_until
from rtnl import inside
from wgnl import (A_IFNAME, A_PEERS, P_ENDPOINT, P_KEEPALIVE, Netlink, array, attr, endpoint4, string,
                  u16, peer as peer_attributes)
from wgpeer import INITIATION, Peer, ipv4, new_private, ping, seconds_of, udp
from wire import DATA, INNER_KERNEL, LINGER, Wire, b64, in_a, wg_show

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 2, 0x1000
# How much too early a timer may expire, in seconds: it starts within a tick, at HZ=100 of 10 ms.
TICK = 0.01
# The module rounds the timestamps of initiations down to a multiple of that.
STAMP = 0.017

wire = Wire()
with inside("a"):
    netlink = Netlink()


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


def set_peer(peer, *parts):
    """Without a program, whose start may take seconds."""
    code = netlink.set(string(A_IFNAME, "wg0"), array(A_PEERS, [peer_attributes(peer.public, *parts)]))
    if code:
        raise OSError(code, "WG_CMD_SET_DEVICE")


def persistent(peer, seconds):
    """Sets the persistent keepalive, 0 is off. Return: the time before that."""
    before = time.monotonic()
    set_peer(peer, u16(P_KEEPALIVE, seconds))
    return before


def keepalive(session, seconds):
    """The time at which a keepalive of this session arrives. None if another message comes, or none
    in so many seconds."""
    message = wire.recv(seconds)
    decrypted = message and message[0] == DATA and session.decrypt(message)
    return wire.when if decrypted and not decrypted[1] else None


def received_from(peer):
    return int(wg_show("transfer")[b64(peer.public)][0])


def passive_keepalive():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    wire.drain()
    # Before it is sent: this process may stand still after that.
    begin = time.monotonic()
    quiet_data(peer, session)
    came = keepalive(session, 12 + 2.5 * SLOW)
    took = came and came - begin
    point(took and 10 - TICK <= took <= 10 + 2.5 * SLOW,
          "10 s after data came and nothing went: one keepalive", took)
    seen = watch(4, session)
    point(not seen, "and nothing else", seen)


def no_keepalive_for_a_keepalive():
    peer = wire.new_peer()
    session = wire.handshake(peer)
    point(wire.echo(peer, session, 1), "data that is answered at once")
    wire.drain()
    before = received_from(peer)
    wire.send(session.data())
    point(wait_until(lambda: received_from(peer) == before + 32), "and a keepalive", before)
    seen = watch(10 + 2 * SLOW, session)
    point(not seen, "cause no keepalive", seen)


def new_handshake_when_nothing_comes_back():
    """The data is the reply to a ping. It is the only message before the initiation."""
    peer = wire.new_peer()
    session = wire.handshake(peer)
    wire.drain()
    begin = time.monotonic()
    wire.send(session.data(ipv4(peer.inner, INNER_KERNEL, ping(1), 1)))
    reply, sent = wire.recv(), wire.when
    point(reply and reply[0] == DATA and session.decrypt(reply), "data goes", reply and reply[0])
    message = wire.recv(16 + 2 * SLOW)
    # The jitter is up to 333 ms.
    point(message and message[0] == INITIATION and peer.read_initiation(message) and
          wire.when - begin >= 15 - TICK and wire.when - sent <= 15.4 + 2 * SLOW,
          "15 s after data went and nothing came: an initiation",
          message and f"type {message[0]}, {wire.when - begin:.2f} s after the ping, "
                      f"{wire.when - sent:.2f} s after its reply")


def retries():
    """By the timestamps in the initiations: one that is made in time may arrive late."""
    peer = wire.new_peer(endpoint="10.0.0.2:2")
    wire.poke(peer.inner)
    stamps = []
    while len(stamps) < 4:
        message = wire.recv(5 + 3 * SLOW)
        stamp = message and message[0] == INITIATION and peer.read_initiation(message)
        if not stamp:
            break
        stamps.append(seconds_of(stamp))
    gaps = [round(b - a, 3) for a, b in zip(stamps, stamps[1:])]
    point(len(stamps) == 4, "an unanswered initiation is sent again each 5 s", gaps)
    point(gaps and min(gaps) >= 5 - STAMP - TICK, "not sooner", gaps)
    point(gaps and sum(gaps) / len(gaps) <= 5.3 + SLOW, "and later by the jitter", gaps)


def persistent_keepalive():
    peer = Peer(new_private(), wire.kernel)
    set_peer(peer, attr(P_ENDPOINT, endpoint4("10.0.0.2", 2)), u16(P_KEEPALIVE, 2))
    session = wire.answer(peer)
    # The arrival of the initiation, and the response was sent later.
    begin = wire.when
    if not point(session is not None, "persistent keepalive begins a handshake by itself"):
        return
    times = []
    while len(times) < 5 and (came := keepalive(session, 2 + 3 * SLOW)):
        times.append(came - begin)
    # The first one confirms the session.
    point(len(times) == 5 and times[-1] <= 8.5 + 3 * SLOW, "an interval of 2 s: five keepalives in 8 s", times)
    # Not by the gaps: the gap after one that is late is shorter.
    point(all(at >= number * (2 - TICK) for number, at in enumerate(times)), "none of them early", times)
    persistent(peer, 0)
    # The timer may have been about to send one.
    wire.recv(LINGER)
    long = 5 + SLOW
    begin = persistent(peer, long)
    came = keepalive(session, long - 1)
    persistent(peer, 0)
    point(came and came >= begin, "off and on again: one at once", came and came - begin)
    seen = watch(long + 1, session)
    point(not seen, f"off before the interval of {long} s ends: no keepalive", seen)
    persistent(peer, 3)
    point(keepalive(session, 2.5), "on once more")
    in_a("ip", "link", "set", "wg0", "down")
    # Some may have arrived before.
    seen = [s for s in watch(5) if s[0] > 0]
    point(not seen, "none while the interface is down", seen)
    in_a("ip", "link", "set", "wg0", "up")
    message = wire.recv()
    point(message and message[0] == INITIATION and peer.read_initiation(message),
          "up again: a handshake begins at once", message and message[0])


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
    seen = watch(15.5 + 1.5 * SLOW, session)
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
