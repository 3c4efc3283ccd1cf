# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Packet sockets on the interface see raw IP in both directions, with the right protocol. The
# cable shows no inner bytes. The captures of one exchange, cable.pcap and inside.pcap, are kept
# beside the logs.
# timeout: 120
# plan: 17
# excludes: any -- it compares the bytes on the cable with the expected ones

two_peers
# The pings carry a pattern that must not show in clear. The capture begins before the
# handshake.
capture a va "$SCRATCH/cable" udp
cable=$CAPTURE
capture a wg0 "$SCRATCH/in" "icmp or icmp6"
ping4 a 192.168.241.2 2 -p 5ec2e75ec2e7
ping6 a fd00:1::2 2 -p 5ec2e75ec2e7
end_capture
CAPTURE=$cable end_capture
if [ -d /tmp/logs ]; then
	cp "$SCRATCH/cable" /tmp/logs/cable.pcap
	cp "$SCRATCH/in" /tmp/logs/inside.pcap
fi
read_cap() { tcpdump -nr "$SCRATCH/in" 2>&1; }
check_output "link type is raw IP" 'link-type RAW' read_cap
check_output "requests show" 'IP 192\.168\.241\.1 > 192\.168\.241\.2: ICMP echo request' read_cap
check_output "replies show" 'IP 192.168.241.2 > 192.168.241.1: ICMP echo reply' read_cap
check_output "IPv6 requests show" 'IP6 fd00:1::1 > fd00:1::2: ICMP6, echo request' read_cap
check_output "IPv6 replies show" 'IP6 fd00:1::2 > fd00:1::1: ICMP6, echo reply' read_cap
# LC_ALL=C matches bytes. In a UTF-8 locale \xc2 is a character, which matches no byte here.
pattern() { LC_ALL=C grep -qaP '\x5e\xc2\xe7\x5e\xc2\xe7' "$1"; }
check "the capture on wg0 shows the inner bytes" pattern "$SCRATCH/in"
no_clear() {
	# Two messages of a handshake, and four pings with their replies.
	[ "$(tcpdump -nr "$SCRATCH/cable" 2>/dev/null | wc -l)" -ge 10 ]
	strictly pattern "$SCRATCH/cable"
	[ "$RC" = 1 ]
}
check "the cable shows handshake and data messages and none of the inner bytes" no_clear

# IPv4 and IPv6 at once. libpcap's "any" is a cooked socket: the kernel supplies the protocol.
any_device() {
	local text
	capture a any "$SCRATCH/any" "icmp or icmp6"
	on a ping -n -q -c 1 192.168.241.2
	on a ping -6 -n -q -c 1 fd00:1::2
	end_capture
	# In the namespace, where the interfaces have their names.
	text=$(on a tcpdump -nr "$SCRATCH/any" 2>&1)
	echo "$text"
	grep -q 'wg0 *Out IP 192.168.241.1 > 192.168.241.2: ICMP echo request' <<<"$text"
	grep -q 'wg0 *In *IP 192.168.241.2 > 192.168.241.1: ICMP echo reply' <<<"$text"
	grep -q 'wg0 *Out IP6 fd00:1::1 > fd00:1::2: ICMP6, echo request' <<<"$text"
	grep -q 'wg0 *In *IP6 fd00:1::2 > fd00:1::1: ICMP6, echo reply' <<<"$text"
}
check "libpcap's any device: interface, direction and protocol" any_device

# protocols TYPE PROTOCOL PACKET...: a socket of this type and protocol sees exactly these
# packets (version/protocol/direction) for one ping of each family, none with a link-layer
# address.
protocols() {
	on a python3 - "$@" <<'PY'
import os, socket, subprocess, sys
slow = int(os.environ["SLOW"])
s = socket.socket(socket.AF_PACKET, getattr(socket, sys.argv[1]), 0)
s.bind(("wg0", int(sys.argv[2], 0)))
s.settimeout(5 * slow)
want = sys.argv[3:]
for extra, address in (([], "192.168.241.2"), (["-6"], "fd00:1::2")):
    subprocess.run(["ping", *extra, "-n", "-q", "-c", "1", address], check=True, stdout=subprocess.DEVNULL)
seen = []
for _ in want:
    data, (_, proto, kind, hatype, address) = s.recvfrom(2048)
    direction = {socket.PACKET_HOST: "in", socket.PACKET_OUTGOING: "out"}.get(kind, kind)
    seen.append(f"{data[0] >> 4}/{proto:#x}/{direction}")
    assert hatype == 65534 and not address, (hatype, address)
s.settimeout(0.2 * slow)
try:
    seen.append(s.recv(2048).hex())
except TimeoutError:
    pass
print("seen", seen, "wanted", want)
sys.exit(seen != want)
PY
}
for type in SOCK_RAW SOCK_DGRAM; do
	check "$type for all protocols sees both directions, each packet with its protocol" \
		protocols $type 3 4/0x800/out 4/0x800/in 6/0x86dd/out 6/0x86dd/in
	# As on any device, a socket for one protocol does not see outgoing packets.
	check "$type for IPv4 sees incoming IPv4" protocols $type 0x800 4/0x800/in
	check "$type for IPv6 sees incoming IPv6" protocols $type 0x86dd 6/0x86dd/in
done

# A packet that is sent without a protocol arrives unchanged, with the protocol of its contents.
sent_raw() {
	on a python3 - "$1" <<'PY'
import ctypes, os, socket, sys
def enter(namespace):
    with open(f"/run/netns/{namespace}") as ns:
        assert ctypes.CDLL(None).setns(ns.fileno(), 0) == 0
enter("b")
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
out.bind(("wg0", 3))
out.settimeout(10 * int(os.environ["SLOW"]))
enter("a")
packet = bytes.fromhex("4500001c000040004011d67bc0a8f101c0a8f20204d204d200080000")
s = socket.socket(socket.AF_PACKET, getattr(socket, sys.argv[1]), 0)
s.sendto(packet, ("wg0", 0))
data, (_, proto, *_) = out.recvfrom(2048)
assert data == packet, data.hex()
print(f"arrived {proto:#x}")
PY
}
on a wg set wg0 peer "$(pub b)" allowed-ips 192.168.241.2/32,fd00:1::2/128,192.168.242.0/24
for type in SOCK_RAW SOCK_DGRAM; do
	check_output "$type without a protocol comes out as IPv4" '^arrived 0x800$' sent_raw $type
done
