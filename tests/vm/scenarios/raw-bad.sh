# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Bad packets by packet sockets: each has the expected result, and no byte of them shows on the
# cable.
# points: rows of a table
# timeout: 600
# plan: 804
# excludes: rps, qdisc -- a packet of another flow marks the end, and what is refused is counted at once
# excludes: ipv6-off -- it uses both families

# shellcheck source=tests/vm/lib/raw.sh
source "$VM/lib/raw.sh"
raw_peers
# A peer without an endpoint, to which the program sends.
new_keys c
on a wg set wg0 peer "$(pub c)" allowed-ips 192.168.244.0/24,fd00:4::/64
ping4 a 192.168.241.2
ping6 a fd00:1::2
capture a va "$SCRATCH/cable" udp or icmp or ip6 or "ip[6:2] & 0x1fff != 0"
cable=$CAPTURE
capture b wg0 "$SCRATCH/inside"
on a "$PACKET/packet-bad" wg0 a b
end_capture
CAPTURE=$cable end_capture

# First that the search finds the text where it is, then the search.
shows() { grep -qa 'IN CLEAR' "$1"; }
check "the capture on wg0 has the text" shows "$SCRATCH/inside"
on_cable() {
	local packets
	packets=$(tcpdump -nr "$SCRATCH/cable" 2>/dev/null | wc -l)
	echo "$packets packets on the cable"
	[ "$packets" -ge 1000 ]
	strictly shows "$SCRATCH/cable"
	[ "$RC" = 1 ]
}
check "the text does not show on the cable" on_cable
check "ordinary traffic goes on" ping4 a 192.168.241.2
unreachable() { on a ping -n -c 1 -W 1 192.168.243.9; }
ip -n a route add 192.168.243.0/24 dev wg0
check_error "no allowed IP: an ordinary sender gets an error or ICMP" \
	'Required key not available|Destination Host Unreachable' unreachable
