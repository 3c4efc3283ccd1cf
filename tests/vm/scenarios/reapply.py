# SPDX-License-Identifier: GPL-2.0
#
# setup: wire_bench
# timeout: 120
# plan: 25
# excludes: ipv6-only -- the other side uses IPv4 sockets
"""Applies the same configuration once more, and changes of it, under a session and during a
handshake. Sessions and traffic go on, a new endpoint is tried at once, and nothing is sent to a
peer without an endpoint."""

import subprocess
import threading
import time

from points import IN_TREE, SLOW, equal, point, run_steps, skip, wait_until
from rtnl import inside
from wgnl import (A_IFNAME, A_PEERS, P_ENDPOINT, P_KEEPALIVE, Netlink, array, attr, endpoint4, string,
                  u16, peer as peer_attributes)
from wgpeer import Peer, ipv4, new_private, ping, seconds_of
from wire import DATA, INITIATION, INNER_KERNEL, Wire, b64, in_a, wg_set, wg_show

REKEY_TIMEOUT = 5

wire = Wire()
with inside("a"):
    netlink = Netlink()


def conf(*sections):
    """A configuration with these peers, each (peer, its own lines)."""
    lines = ["[Interface]", "PrivateKey = " + b64(wire.kernel_private), "ListenPort = 1"]
    for peer, more in sections:
        lines += ["[Peer]", "PublicKey = " + b64(peer.public)] + more
    return "\n".join(lines) + "\n"


def apply(how, text):
    in_a("wg", how, "wg0", "/dev/stdin", input=text)


def set_peer(peer, *parts):
    """Without a program, whose start may take seconds."""
    code = netlink.set(string(A_IFNAME, "wg0"), array(A_PEERS, [peer_attributes(peer.public, *parts)]))
    if code:
        raise OSError(code, "WG_CMD_SET_DEVICE")


def set_endpoint(peer, port):
    set_peer(peer, attr(P_ENDPOINT, endpoint4("10.0.0.2", port)))


def fields(peer):
    key = b64(peer.public)
    return {what: wg_show(what)[key] for what in (
        "preshared-keys", "endpoints", "allowed-ips", "persistent-keepalive",
        "latest-handshakes", "transfer")}


def traffic_goes_on():
    """Each ping is answered, whatever is applied meanwhile."""
    peer, other = wire.new_peer(endpoint="10.0.0.2:2"), wire.new_peer()
    session = wire.handshake(peer)
    # The keepalive that confirms the session is processed when a ping after it is answered.
    wire.echo(peer, session, 0)
    text = conf((peer, ["Endpoint = 10.0.0.2:2", f"AllowedIPs = {peer.inner}/32"]),
                (other, [f"AllowedIPs = {other.inner}/32"]))
    before, stop, applied = fields(peer), threading.Event(), []

    def agent():
        while not stop.is_set():
            for how in ("setconf", "syncconf"):
                apply(how, text)
            wg_set("peer", b64(peer.public), "allowed-ips", peer.inner + "/32",
                   "endpoint", "10.0.0.2:2")
            applied.append(1)

    thread = threading.Thread(target=agent)
    thread.start()
    lost, sequence = [], 0
    try:
        while sequence < 60 or len(applied) < 6:
            sequence += 1
            if not wire.echo(peer, session, sequence):
                lost.append(sequence)
            if len(lost) > 3:
                break
    finally:
        stop.set()
        thread.join()
    todo = "setconf ends sessions"
    point(not lost, f"{sequence} pings during {len(applied)} rounds of setconf, syncconf, set: all answered",
          f"lost {lost}", todo)
    after = fields(peer)
    equal(after["latest-handshakes"], before["latest-handshakes"], "the session is the same", todo)
    point(all(int(a) >= int(b) for a, b in zip(after["transfer"], before["transfer"])),
          "the counters went on", (before, after), todo)
    equal(len(wg_show("allowed-ips")), 2, "both peers are there")


def replaced_peer():
    """What a request that replaces all peers sets for a peer, and what it leaves out."""
    key = bytes(range(32))
    peer, gone = wire.new_peer(endpoint="10.0.0.2:2", psk=key, keepalive=60), wire.new_peer()
    session = wire.handshake(peer)
    wire.echo(peer, session, 0)
    # Without an answer to the ping's reply a handshake would begin after 15 s in any case.
    wire.send(session.data())
    wire.drain()
    wg_set("peer", b64(peer.public), "allowed-ips", peer.inner + "/32,10.77.0.0/16")
    second = wire.new_socket(3)
    todo = "setconf ends sessions"
    words = ["PresharedKey = " + b64(key), f"AllowedIPs = {peer.inner}/32"]
    apply("setconf", conf((peer, words + ["Endpoint = 10.0.0.2:3"])))
    point(b64(gone.public) not in wg_show("allowed-ips"), "a peer that is not in it is removed")
    now = fields(peer)
    equal((now["endpoints"], now["allowed-ips"], now["persistent-keepalive"]),
          (["10.0.0.2:3"], [peer.inner + "/32"], ["off"]), "a peer that is in it has its settings")
    if IN_TREE:
        skip("a handshake begins at once", "the in-tree module waits for a packet")
    else:
        point(wire.recv(5 * SLOW, second, kind=INITIATION), "a handshake begins at once")
    wire.poke(peer.inner)
    message = wire.recv(5 * SLOW, second, kind=DATA)
    point(message and session.decrypt(message), "and data of the old session goes to the new endpoint",
          message, todo)
    apply("setconf", conf((peer, words)))
    equal(fields(peer)["endpoints"], ["(none)"], "a request without an endpoint removes it")
    point(wire.echo(peer, session, 1, seconds=3.0 * SLOW), "until one comes", in_tree_todo=todo)
    apply("setconf", conf((peer, words[1:])))
    equal(fields(peer)["preshared-keys"], ["(none)"], "no preshared key in it removes it")
    why = wire.refused(session.data(ipv4(peer.inner, INNER_KERNEL, ping(2), 1)), "rx_unknown_receiver")
    point(not why, "and the session under the old one is over", why)
    peer.psk = bytes(32)
    point(wire.handshake(peer) is not None, "a new one begins")
    second.close()


def new_endpoint_at_once():
    """After a lost initiation another endpoint is tried at once, not 5 s after the first."""
    peer, second = wire.new_peer(endpoint="10.0.0.2:2"), wire.new_socket(3)
    wire.poke(peer.inner)
    message = wire.recv(4 * SLOW, kind=INITIATION)
    stamp, first = message and peer.read_initiation(message), wire.when
    point(stamp, "an initiation, which is lost")
    set_endpoint(peer, 2)
    # The second one is sent after 5 s in any case. A slow machine may take as long to get here.
    point(wire.recv(1) is None or wire.when - first > 4.5, "the same endpoint again: nothing happens")
    set_endpoint(peer, 3)
    message = wire.recv(10 * SLOW, second, INITIATION)
    later = message and peer.read_initiation(message)
    took = stamp and later and seconds_of(later) - seconds_of(stamp)
    point(took and took < REKEY_TIMEOUT - 0.1, "another endpoint: an initiation goes there at once",
          f"made {took} s after the first one", "it goes by Rekey-Timeout")
    point(later and later > stamp, "and its timestamp is later", (stamp, later))
    response, session = peer.response()
    wire.send(response, second)
    message = wire.recv(5 * SLOW, second, DATA)
    point(message and session.decrypt(message), "it is answered, and data comes")
    second.close()


# 1,000 changes between two endpoints, as fast as possible. Prints the seconds that it took.
AGENT = """
import sys, time
from wgnl import *
nl, key = Netlink(), bytes.fromhex(sys.argv[1])
begun = time.monotonic()
for i in range(1000):
    nl.set(string(A_IFNAME, "wg0"), array(A_PEERS, [
        peer(key, attr(P_ENDPOINT, endpoint4("10.0.0.2", 2 + i % 2)))]))
print(time.monotonic() - begun)
"""


def no_flood_of_initiations():
    """An agent that changes the endpoint all the time causes no more of them than a peer
    accepts."""
    peer, second = wire.new_peer(endpoint="10.0.0.2:2"), wire.new_socket(3)
    wire.poke(peer.inner)
    point(wire.recv(4 * SLOW, kind=INITIATION), "an initiation, which is lost")
    seconds = float(in_a("python3", "-c", AGENT, peer.public.hex()))
    # The last one may come a fiftieth of a second after the last change.
    heard, end = [], time.monotonic() + 0.5
    for sock in (wire.sock, second):
        while True:
            message = wire.recv(end - time.monotonic(), sock, INITIATION)
            if not message:
                break
            stamp = peer.read_initiation(message)
            if stamp and wire.when < end:
                heard.append((wire.when, stamp))
    heard.sort()
    most = 50 * seconds + 2
    point(1 <= len(heard) <= most, "1,000 changes of the endpoint: initiations within the rate",
          f"{len(heard)} in {seconds:.1f} s, at most {most:.0f}")
    stamps = [stamp for _, stamp in heard]
    point(len(set(stamps)) == len(stamps), "no two with one timestamp", f"{len(set(stamps))} of {len(stamps)}")
    second.close()


def debug_lines(text):
    log = subprocess.run(["dmesg"], check=True, capture_output=True, text=True).stdout
    return sum(text in line for line in log.splitlines())


def nothing_without_a_destination():
    """Without an endpoint no handshake begins."""
    try:
        with open("/proc/dynamic_debug/control", "w", encoding="ascii") as control:
            control.write("module wireguard +p")
    except OSError as error:
        skip("no initiation without an endpoint", f"no debug lines: {error}")
        return
    try:
        made, kept = (debug_lines(what) for what in ("initiation made", "keepalive queued"))
        peer = wire.new_peer(keepalive=1)
        point(wait_until(lambda: debug_lines("keepalive queued") > kept), "a keepalive waits for a session")
        # Each second another keepalive would request one.
        wire.recv(2.5)
        equal(debug_lines("initiation made") - made, 0, "no initiation without an endpoint",
              "it makes one that it cannot send")
    finally:
        with open("/proc/dynamic_debug/control", "w", encoding="ascii") as control:
            control.write("module wireguard -p")


def first_endpoint_at_once():
    """The keepalive of a peer without an endpoint waits. The endpoint begins the handshake for it."""
    peer = Peer(new_private(), wire.kernel)
    # The timer of the attempts ends 5 s after the first request, that of the keepalive much later.
    begun = time.monotonic()
    set_peer(peer, u16(P_KEEPALIVE, 3600))
    set_endpoint(peer, 2)
    message = wire.recv(10 * SLOW, kind=INITIATION)
    took = wire.when - begun
    point(message and peer.read_initiation(message) and took < REKEY_TIMEOUT,
          "with an endpoint there is an initiation at once", f"after {took:.1f} s", "it waits for 5 s")


run_steps(traffic_goes_on, replaced_peer, new_endpoint_at_once, no_flood_of_initiations,
          nothing_without_a_destination, first_endpoint_at_once, before=wire.fresh)
