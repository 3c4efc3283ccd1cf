# SPDX-License-Identifier: GPL-2.0
"""All CPUs but the first go offline, one after another, and come back, while iperf3 and pings
run on all of them. A message that waits for work on an offline CPU would block its flow for
good, since all later ones wait for it."""

import contextlib
import glob
import os
import subprocess
import time

from points import equal, point, tap, wait_until
from rtnl import Rtnl, quietly
from traffic import INNER, Prober, Traffic, datagrams, decreased, drops, pings, raw, stream

ROUNDS = int(os.environ.get("ROUNDS", "12"))
# In one of so many rounds the outer link is down, so that handshakes are pending.
SILENT = 4
# A handshake message that is lost is sent again after 5 s, and may be lost again. Emulated
# machines are slow.
RECOVERS = 60
# Where the session stays traffic resumes at once. A message that waits on a CPU until another
# event occurs would take longer than this.
GOES_ON = 4

a = Rtnl("a")
there, back = Prober("a", INNER["b"][0]), Prober("b", INNER["a"][1])
switches = sorted(glob.glob("/sys/devices/system/cpu/cpu[1-9]*/online"))


def switch(path, on):
    with open(path, "w", encoding="ascii") as file:
        file.write("1" if on else "0")


def flows():
    return there.flows() and back.flows()


def iperf_server(_, mine):
    while True:
        subprocess.run(["timeout", "20", "iperf3", "-s", "-1", "-B", mine], check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def iperf(_, to):
    """Streams, reverse streams and datagrams in turn."""
    turns = [["-P", "2"], ["-R"], ["-u", "-b", "20M", "-l", "1000"], ["-u", "-b", "10M", "-l", "200", "-R"]]
    while True:
        for words in turns:
            subprocess.run(["timeout", "12", "iperf3", "-c", to, "-t", "6", *words], check=False,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(.2)


def totals():
    found = {}
    for netns in "ab":
        found.update({f"{netns} {name}": value for name, value in Rtnl(netns).look("wg0")[1].items()})
        found.update({f"{netns} {name}": value for name, value in drops(netns).items()})
    return found


def packets():
    return a.look("wg0")[1]["rx_packets"]


def one_round(number):
    """(what went wrong, packets received while only the first CPU was online)"""
    silent = number % SILENT == SILENT - 1
    if silent:
        # This ends sessions. The next packet needs a handshake, which gets no answer.
        a.down("wg0")
        a.down("va")
        a.up("wg0")
        a.add_address("wg0", INNER["a"][1], 64)
    for path in switches:
        switch(path, False)
    if silent:
        a.up("va")
        a.add_address("va", "fd00::1", 64)
    alone, soon = packets(), RECOVERS if silent else GOES_ON
    came = wait_until(lambda: packets() > alone + 20, soon)
    for path in switches if number % 2 else switches[::-1]:
        switch(path, True)
    if not came:
        return f"round {number}: no traffic for {soon} s with one processor", 0
    there.discard()
    back.discard()
    if not wait_until(flows, soon):
        return f"round {number}: no traffic for {soon} s once all are back; drops in a: {drops('a')}", 0
    return "", packets() - alone


os.nice(-10)
traffic = Traffic(roles=(datagrams, raw, pings, stream))
traffic.start()
traffic.child("b", iperf_server, None, INNER["b"][0])
traffic.child("a", iperf, None, INNER["b"][0])
point(wait_until(flows, RECOVERS), "traffic to begin with")
before, wrong, since, alone = totals(), [], time.monotonic(), 0
try:
    for turn in range(ROUNDS):
        why, count = one_round(turn)
        alone += count
        if why:
            # The remaining rounds would wait as long and report the same.
            wrong.append(why)
            break
finally:
    for way in switches:
        with contextlib.suppress(OSError):
            switch(way, True)
after = totals()
equal(wrong, [], "traffic flows with one processor, and with all of them again")
equal(decreased(before, after), {}, "no counter ran backwards")
point(alone > 20 * ROUNDS, "packets were received meanwhile", alone)
traffic.stop()
# Work that is left on an offline CPU would block the deletion for ever.
equal(quietly(a.delete, "wg0"), 0, "the device can be deleted")
tap(f"# cpu-hotplug: {ROUNDS} rounds of {len(switches)} processors in {time.monotonic() - since:.0f} s, "
    f"{alone} packets came in meanwhile")
traffic.end()
