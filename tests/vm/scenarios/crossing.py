# SPDX-License-Identifier: GPL-2.0
#
# setup: connected_sender
# timeout: 60
# plan: 7
# excludes: underlay-mtu -- the kernel keeps no timestamp of a message in fragments
# excludes: cb, ipv6-only -- its own BPF programs inspect outgoing IPv4 packets
"""Checks fields of the inner skb on the outer one, for packets that are encrypted in place and for
packets that are copied. tc_index is cleared. The departure time and the sender's request for
timestamps are kept. A packet socket on wg0 makes each packet a clone, which has to be copied. Runs
in namespace a."""

import contextlib
import errno
import select
import socket
import struct
import subprocess
import time

import bpf
from points import SLOW, point, run_steps, skip

PEER = "192.168.241.2"
ETH_P_ALL = 3
# Each message of a ping of PING_SIZE bytes has at least this size, and no handshake message
# has.
PING_SIZE, OUTER_AT_LEAST = 200, 220
SO_TIMESTAMPING = 37
TX_SOFTWARE, SOFTWARE, OPT_ID, TX_SCHED, TSONLY = 1 << 1, 1 << 4, 1 << 7, 1 << 8, 1 << 11
# struct sock_extended_err
ORIGIN_TIMESTAMPING, STAMP_SND, STAMP_SCHED = 4, 0, 1


@contextlib.contextmanager
def tap():
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)) as sock:
        sock.bind(("wg0", ETH_P_ALL))
        yield


def gets_through():
    """Whether two pings are answered. One process for both would succeed with one reply."""
    return all(subprocess.run(["ping", "-n", "-q", "-c", "1", "-W", str(4 * SLOW),
                               "-s", str(PING_SIZE), PEER],
                              stdout=subprocess.DEVNULL, check=False).returncode == 0
               for _ in range(2))


def outside(check):
    """Drops IPv4 packets of some length unless the check jumps over its last two instructions."""
    return (bpf.mov_reg(6, 1) + bpf.load_word(2, 6, bpf.PROTOCOL) +
            bpf.jump_if(2, bpf.htons(0x0800), 2) + bpf.done(bpf.TC_OK) +
            bpf.load_word(2, 6, bpf.LEN) + bpf.jump_if_less(2, OUTER_AT_LEAST, len(check) // 8) +
            check + bpf.done(bpf.TC_OK))


def through_both(name, inside, check):
    """Attaches the program to wg0 and the check to va. Sends packets that are encrypted in
    place, and packets that are copied."""
    try:
        sets, checks = bpf.load(f"{name}-in", inside), bpf.load(f"{name}-out", check)
    except OSError as error:
        skip(name, f"the kernel refuses such a BPF program: {error}")
        return
    bpf.attach("a", "wg0", sets)
    bpf.attach("a", "va", checks)
    point(gets_through(), f"{name}: encrypted in place")
    with tap():
        point(gets_through(), f"{name}: copied")
    bpf.detach("a", "va")
    bpf.detach("a", "wg0")


def tc_index():
    through_both("tc-index-stays-inside",
                 # Any other verdict sets the index itself.
                 bpf.mov(2, 7) + bpf.store_word(1, bpf.TC_INDEX, 2) + bpf.done(bpf.TC_UNSPEC),
                 outside(bpf.load_word(2, 6, bpf.TC_INDEX) + bpf.jump_if(2, 0, 2) +
                         bpf.done(bpf.TC_SHOT)))


def departure():
    # The qdisc fq sends a packet at this time and drops it if the time is too far ahead.
    when = time.monotonic_ns()
    through_both("time-of-departure-goes-along",
                 bpf.load_imm64(2, when) + bpf.mov(3, bpf.TSTAMP_MONO) +
                 bpf.call(bpf.SKB_SET_TSTAMP) + bpf.done(bpf.TC_OK),
                 outside(bpf.load_double(2, 6, bpf.TSTAMP) + bpf.load_imm64(3, when) +
                         bpf.jump_if_same(2, 3, 2) + bpf.done(bpf.TC_SHOT)))


def stamps(sock, until):
    """The (kind, id) of all entries of the error queue, until @until is there or time is up."""
    seen, end = set(), time.monotonic() + 2 * SLOW
    while until not in seen:
        left = end - time.monotonic()
        # An error queue that is not empty makes a socket readable.
        if left <= 0 or not select.select([sock], [], [], left)[0]:
            break
        _, notes, _, _ = sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
        for level, kind, value in notes:
            if (level, kind) != (socket.IPPROTO_IP, 11):
                continue
            _, origin, _, _, _, info, number = struct.unpack("=IBBBBII", value[:16])
            if origin == ORIGIN_TIMESTAMPING:
                seen.add((info, number))
    return seen


def without_stamp(to, sizes=(1, 90, 200, 400, 700, 1000, 1200, 1392)):
    """The sizes of packets for which the underlying device sent no timestamp."""
    missed = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING,
                        TX_SOFTWARE | TX_SCHED | SOFTWARE | OPT_ID | TSONLY)
        for number, size in enumerate(sizes):
            sock.sendto(bytes(size), (to, 9999))
            if (STAMP_SND, number) not in stamps(sock, (STAMP_SND, number)):
                missed.append(size)
    return missed


def timestamps():
    try:
        lacking = without_stamp("10.0.0.2", (100,))
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        skip("SO_TIMESTAMPING", "this kernel does not know all of its options")
        return
    if lacking:
        skip("SO_TIMESTAMPING", "this kernel's veth makes no timestamps")
        return
    missed = without_stamp(PEER)
    point(not missed, "SO_TIMESTAMPING: packets of all sizes", missed)
    with tap():
        missed = without_stamp(PEER)
    point(not missed, "SO_TIMESTAMPING: copies, too", missed)


run_steps(tc_index, departure, timestamps)
