# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Captures all handshake and data packets of a session and sends them again: in order,
# backwards, shuffled, and from another address. None is delivered or answered, and none changes
# state.
# timeout: 500
# plan: 22
# excludes: any -- it compares the bytes on the cable with the expected ones

two_peers
# The cable carries only the tunnel's packets (no ARP, no IPv6), with complete checksums.
ip -n a neigh replace 10.0.0.2 lladdr "$(cat_ns b /sys/class/net/vb/address)" dev va
ip -n b neigh replace 10.0.0.1 lladdr "$(cat_ns a /sys/class/net/va/address)" dev vb
for n in a b; do
	on $n sysctl -qw net.ipv6.conf.v$n.disable_ipv6=1
	on $n ethtool -K v$n tx off
done
capture b vb "$SCRATCH/all" udp port 1 or udp port 2
check "a session is made" ping4 a 192.168.241.2
check "data both ways" ping4 b 192.168.241.1 20
for size in 0 100 1300; do
	check "data of $size bytes" flood_ping a 40 192.168.241.2 -s "$size"
done
# Make a second session, so that the capture has packets of two.
again() {
	local before
	before=$(wg_handshake a)
	# wg shows handshake times in seconds, and no handshake follows another within 5 s.
	idle 6
	on a wg set wg0 peer "$(pub b)" remove
	on a wg set wg0 peer "$(pub b)" preshared-key "$SCRATCH/psk" endpoint 10.0.0.2:2 \
		allowed-ips 192.168.241.2/32,fd00:1::2/128
	ping4 a 192.168.241.2 20
	[ "$(wg_handshake b)" -gt "$before" ]
}
check "another handshake" again
end_capture

# Write the packets to a and the packets to b in each order, with the number of each message
# type.
python3 - "$SCRATCH" <<'PY'
import random, struct, sys
scratch = sys.argv[1]
data = open(scratch + "/all", "rb").read()
head, at, packets = data[:24], 24, []
while at < len(data):
    seconds, parts, size, _ = struct.unpack_from("=IIII", data, at)
    packets.append(data[at + 16:at + 16 + size])
    at += 16 + size

def checksum(head):
    total = sum(struct.unpack(">10H", head))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return struct.pack(">H", ~total & 0xffff)

def from_elsewhere(frame):
    """The frame with a source address that ends with 77, and without a UDP checksum."""
    ip = frame[14:24] + bytes(2) + frame[26:29] + b"\x4d" + frame[30:34]
    ip = ip[:10] + checksum(ip) + ip[12:]
    return frame[:14] + ip + frame[34:40] + bytes(2) + frame[42:]

def write(name, some):
    with open(f"{scratch}/{name}", "wb") as f:
        f.write(head)
        for frame in some:
            f.write(struct.pack("=IIII", 0, 0, len(frame), len(frame)) + frame)

for to, port in (("a", 1), ("b", 2)):
    some = [p for p in packets if struct.unpack_from(">H", p, 36)[0] == port]
    shuffled = random.sample(some, len(some))
    write(f"{to}.forwards", some)
    write(f"{to}.backwards", some[::-1])
    write(f"{to}.shuffled", shuffled)
    write(f"{to}.elsewhere", [from_elsewhere(p) for p in some])
    kinds = [p[42] for p in some]
    with open(f"{scratch}/{to}.numbers", "w") as f:
        print(len(some), *(kinds.count(k) for k in (1, 2, 3, 4)), file=f)
PY
for n in a b; do
	read -r total initiations responses cookies data <"$SCRATCH/$n.numbers"
	tap "# captured: to $n: $total packets, $initiations initiations, $responses responses, $data of data"
	check "enough was captured on the way to $n" \
		[ "$data" -gt 100 -a $((initiations + responses)) -ge 2 -a "$cookies" = 0 ]
done

# state NS: prints everything that an accepted packet would change.
state() {
	local n=$1 file
	for file in endpoints latest-handshakes transfer; do on "$n" wg show wg0 $file; done
	link_stat "$n" wg0 rx_packets
	link_stat "$n" wg0 tx_packets
}
outer() { link_stat "$1" "v$1" rx_packets; }
# counted NS: the sum over all reasons for which a message can be dropped.
counted() { on "$1" ethtool -S wg0 | awk '/rx_|handshake_/ { n += $2 } END { print n }'; }
reason() { on "$1" ethtool -S wg0 | awk -v r="$2:" '$1 == r { print $2 }'; }
reached() { [ "$(counted "$1")" -ge "$2" ]; }

# inject NS FILE: sends the packets of FILE to NS, from the peer's end of the cable.
inject() {
	local from=b
	if [ "$1" = b ]; then from=a; fi
	on "$from" tcpreplay -q --topspeed -i "v$from" "$SCRATCH/$2"
}
replayed() { # NS FILE
	local n=$1 total before dropped replays sent
	read -r total _ _ _ data <"$SCRATCH/$n.numbers"
	state "$n" >"$SCRATCH/before"
	if ! in_tree; then dropped=$(counted "$n") replays=$(reason "$n" rx_replayed); fi
	sent=$(outer "$([ "$n" = a ] && echo b || echo a)")
	before=$(outer "$n")
	inject "$n" "$2"
	echo "$n received $(($(outer "$n") - before)) of $total packets"
	[ $(($(outer "$n") - before)) -ge "$total" ]
	if in_tree; then
		idle 2
	else
		# Each packet is counted. Packets of the current session count as replays while
		# its keys are valid, for 180 s. A slow kernel exceeds that.
		wait_for 30 reached "$n" $((dropped + total))
		echo "dropped $(($(counted "$n") - dropped)), of them $(($(reason "$n" rx_replayed) - replays)) as replays"
		[ $(($(counted "$n") - dropped)) = "$total" ]
		[ $(($(date +%s) - $(wg_handshake "$n"))) -gt 170 ] ||
			[ $(($(reason "$n" rx_replayed) - replays)) -ge 20 ]
	fi
	state "$n" >"$SCRATCH/after"
	diff "$SCRATCH/before" "$SCRATCH/after"
	# No answer went back.
	[ "$(outer "$([ "$n" = a ] && echo b || echo a)")" = "$sent" ]
}
# A side that has just received data sends a keepalive 10 s later. Wait until that is over.
idle 11
capture b wg0 "$SCRATCH/inner.b"
capture_b=$CAPTURE
capture a wg0 "$SCRATCH/inner.a"
for order in forwards backwards shuffled elsewhere; do
	for n in a b; do check "$order: $n accepts nothing" replayed $n "$n.$order"; done
done
end_capture
CAPTURE=$capture_b
end_capture
for n in a b; do
	check_output "no packet came out of wg0 in $n" '^0 packets' tcpdump --count -nr "$SCRATCH/inner.$n"
done
check "the session goes on" ping4 a 192.168.241.2
check "and back" ping4 b 192.168.241.1
check_output "the endpoint is where it was" '^10.0.0.1:1$' wg_endpoint b
