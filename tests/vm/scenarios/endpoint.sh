# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Addresses of outer packets: sticky source address, roaming between real devices, fwmark,
# change of address.
# timeout: 180
# plan: 69
# excludes: underlay, reroute, ipv6-only, ipv6-off -- it changes addresses, routes and uplinks outside

two_peers
ping4 a 192.168.241.2
# Sticky source: b answers from the address to which a sent.
ip -n b addr add 10.0.0.22/24 dev vb
on a wg set wg0 peer "$(pub b)" endpoint 10.0.0.22:2
check "ping by the second address" ping4 a 192.168.241.2
check_output "a keeps the configured endpoint" '^10\.0\.0\.22:2$' wg_endpoint a
check "ping back" ping4 b 192.168.241.1
check_output "and a's endpoint does not change" '^10\.0\.0\.22:2$' wg_endpoint a
ip -n b addr add fd00::22/64 dev vb
on a wg set wg0 peer "$(pub b)" endpoint '[fd00::22]:2'
check "the same over IPv6" ping4 a 192.168.241.2
check "IPv6 reply" ping4 b 192.168.241.1
check_output "a's IPv6 endpoint does not change" '^\[fd00::22\]:2$' wg_endpoint a

# The sticky address is removed: b uses another one.
on a wg set wg0 peer "$(pub b)" endpoint 10.0.0.22:2
ping4 a 192.168.241.2
ip -n b addr del 10.0.0.22/24 dev vb
check "source address removed: b sends from another" ping4 b 192.168.241.1
check_output "a's endpoint follows" '^10\.0\.0\.2:2$' wg_endpoint a
ip -n b addr add fd00::22/64 dev vb 2>/dev/null || :
on a wg set wg0 peer "$(pub b)" endpoint '[fd00::22]:2'
ping4 a 192.168.241.2
ip -n b addr del fd00::22/64 dev vb
check "IPv6 source removed: b sends from another" ping4 b 192.168.241.1
check_output "a's endpoint follows, v6" '^\[fd00::2\]:2$' wg_endpoint a

set_endpoint() { on a wg set wg0 peer "$(pub b)" endpoint "$1"; } # ENDPOINT: that of b in a
# to ENDPOINT COMMAND...: sets this endpoint of b in a and runs the command, while a packet filter
# drops what b sends: any message of b, such as a keepalive, would move a's endpoint back. One that
# was accepted before may still do so. Only then, which a's endpoint shows, it is repeated.
to() {
	local endpoint=$1 end=$((SECONDS + 20 * SLOW)) now rc
	shift
	while :; do
		# The reply arrives after all that b has sent before it.
		ping4 a 192.168.241.2 1
		on a nft -f - <<<'table inet mute { chain in { type filter hook input priority 0; udp sport 2 drop; }; }'
		set_endpoint "$endpoint"
		strictly "$@"
		rc=$RC
		now=$(wg_endpoint a)
		on a nft delete table inet mute
		[ "$now" != "$endpoint" ] || return "$rc"
		echo "a message of b has moved a's endpoint from $endpoint to $now"
		((SECONDS < end)) || return 1
	done
}
echoes() { cat_ns b /proc/net/snmp | awk '$1 == "Icmp:" && $2 ~ /^[0-9]/ { print $10 }'; }
more_echoes() { [ "$(echoes)" -gt "$1" ]; } # than BEFORE
# arrives WANT: a single ping of a arrives at b, from WANT
arrives() {
	local before
	before=$(echoes)
	on a ping -n -q -c 1 -W 0.1 192.168.241.2 || :
	wait_for 5 more_echoes "$before"
	expect_text "$1" wg_endpoint b
}
# missed: of three pings of a, none arrives at b
missed() {
	local before now
	before=$(echoes)
	expect_error '3 packets transmitted, 0 received' \
		on a ping -n -q -c 3 -i 0.2 -W "$SLOW" 192.168.241.2
	now=$(echoes)
	echo "echo requests that b has received: $before, then $now"
	[ "$now" = "$before" ]
}

# Roaming: a changes its port, then its address.
check "back to IPv4" to 10.0.0.2:2 arrives 10.0.0.1:1
on a wg set wg0 listen-port 77
check "ping after a change of port" ping4 a 192.168.241.2
check_output "b follows the port" ':77$' wg_endpoint b
check "b reaches it" ping4 b 192.168.241.1
ip -n a addr del 10.0.0.1/24 dev va
ip -n a addr add 10.0.0.111/24 dev va
check "ping after a change of address" ping4 a 192.168.241.2
check_output "b follows the address" '^10\.0\.0\.111:77$' wg_endpoint b
check "b reaches the new address" ping4 b 192.168.241.1

# A second cable: a new endpoint moves the traffic.
ip link add va2 netns a type veth peer name vb2 netns b
ip -n a addr add 10.2.0.1/24 dev va2; ip -n b addr add 10.2.0.2/24 dev vb2
ip -n a link set va2 up; ip -n b link set vb2 up
check "b follows to the second cable" to 10.2.0.2:2 arrives 10.2.0.1:77
check "ping over a second cable" ping4 a 192.168.241.2
ip -n a link del va2
on a wg set wg0 peer "$(pub b)" endpoint 10.0.0.2:2
check "the second cable is deleted: ping over the first" ping4 a 192.168.241.2
check "and back" ping4 b 192.168.241.1

# fwmark: the outer packets have it and are routed by it.
ip -n a route add unreachable 10.0.0.2 table 99
ip -n a rule add fwmark 0x51 lookup 99
check "without the mark" ping4 a 192.168.241.2
on a wg set wg0 fwmark 0x51
check "the mark routes outer packets away" no_ping a 192.168.241.2
ip -n a route replace 10.0.0.2 dev va table 99
check "the mark's table has a route: ping" ping4 a 192.168.241.2
# mark_rules PROGRAM: counts outer packets of a with the mark, then those without.
mark_rules() {
	on a "$1" -t mangle -A OUTPUT -o va -p udp -m mark --mark 0x51 &&
		on a "$1" -t mangle -A OUTPUT -o va -p udp -m mark ! --mark 0x51
}
marked() { # PROGRAM
	on a "$1" -t mangle -nvxL OUTPUT | tee /dev/stderr |
		awk 'NR > 2 { n[NR - 2] = $1 } END { exit !(NR == 4 && n[1] > 0 && n[2] == 0) }'
}
check_mark() { ping4 a 192.168.241.2 1; marked iptables; }
check_mark6() { arrives '[fd00::1]:77'; marked ip6tables; }
if mark_rules iptables; then
	check "netfilter sees the mark on outer packets" check_mark
else
	skip "netfilter sees the mark on outer packets" "no such rule in this kernel"
fi
# And over IPv6.
ip -n a -6 route add unreachable fd00::2 table 99
ip -n a -6 rule add fwmark 0x51 lookup 99
check "the mark routes outer packets away, IPv6" to '[fd00::2]:2' missed
ip -n a -6 route del unreachable fd00::2 table 99
ip -n a -6 route add fd00::2 dev va table 99
check "the mark's table has a route, IPv6: b follows" to '[fd00::2]:2' arrives '[fd00::1]:77'
check "the mark's table has a route, IPv6: ping" ping4 a 192.168.241.2
if mark_rules ip6tables; then
	set_endpoint 10.0.0.2:2
	check "netfilter sees the mark on outer packets, IPv6" to '[fd00::2]:2' check_mark6
else
	skip "netfilter sees the mark on outer packets, IPv6" "no such rule in this kernel"
fi
on a wg set wg0 fwmark 0 peer "$(pub b)" endpoint 10.0.0.2:2
ip -n a route replace unreachable 10.0.0.2 table 99
check "mark off again: ping" ping4 a 192.168.241.2

# Link-local endpoints on both sides, each with its interface.
ip -n b addr add fe80::b/64 dev vb
ip -n a addr add fe80::a/64 dev va
ip -n a -6 addr del "$(ip -n a -6 -o addr show dev va scope link | awk '$4 != "fe80::a/64" { print $4 }')" dev va
check "a link-local endpoint: b follows" to '[fe80::b%va]:2' arrives '[fe80::a%vb]:77'
check "a link-local endpoint: ping" ping4 a 192.168.241.2
check "a link-local endpoint: and back" ping4 b 192.168.241.1
check_output "a link-local endpoint: a keeps the configured endpoint" '^\[fe80::b%va\]:2$' wg_endpoint a
# The same address on another interface is another host, or none.
ip link add va3 netns a type veth peer name vb3 netns b
ip -n a link set va3 up
ip -n b link set vb3 up
check "a link-local endpoint: no answer by another interface" to '[fe80::b%va3]:2' missed
set_endpoint '[fe80::b%va]:2'
ip -n a link del va3

# The route selects the source address.
ip -n a addr add 10.0.0.123/24 dev va
ip -n a route replace 10.0.0.2 dev va src 10.0.0.123
check "the route's source is used" to 10.0.0.2:2 arrives 10.0.0.123:77
check "route with a source address" ping4 a 192.168.241.2
ip netns del a
ip netns del b

# Two uplinks: packets arrive by one and leave by the other, as the routing tables say. The
# route is looked up for the first packet, not for each.
#
#   a: va  10.0.0.1 ---- vb  10.0.0.2    from a, to 10.2.0.2
#      va2 10.2.0.1 ---- vb2 10.2.0.2    from b, to 10.0.0.1
fib=/sys/kernel/tracing/events/fib/fib_table_lookup
lookups() { grep -c 'iif 1 proto 17 .* -> 10\.2\.0\.2/2 ' /sys/kernel/tracing/trace || :; }
few_lookups() {
	local since now
	since=$(lookups)
	ping4 a 192.168.241.2 20
	now=$(lookups)
	echo "lookups of messages to b: $since, then $now"
	[ "$now" -gt 0 ] && [ "$((now - since))" -le 4 ]
}
two_peers
ip link add va2 netns a type veth peer name vb2 netns b
ip -n a addr add 10.2.0.1/24 dev va2; ip -n b addr add 10.2.0.2/24 dev vb2
ip -n a link set va2 up; ip -n b link set vb2 up
ip -n b route add 10.0.0.1/32 via 10.2.0.1 dev vb2
ip -n a route add 10.2.0.2/32 via 10.0.0.2 dev va
on a wg set wg0 peer "$(pub b)" endpoint 10.2.0.2:2
check "two uplinks, one for each direction" ping4 a 192.168.241.2
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || :
if [ -e $fib/enable ]; then
	echo >/sys/kernel/tracing/trace
	echo 1 >$fib/enable
	# A new route invalidates cached ones, so that a lookup must follow.
	ip -n a route add 10.3.0.0/24 dev va2
	ping4 a 192.168.241.2
	differs_in_tree "it looks up the route of each packet"
	check "two uplinks: the route is looked up once" few_lookups
	echo 0 >$fib/enable
	echo >/sys/kernel/tracing/trace
else
	skip "two uplinks: the route is looked up once" "this kernel does not trace lookups"
fi
ip netns del a
ip netns del b

# In a VRF, b answers from the address to which a sent, whether the route of the main table
# leads to vb or to the VRF.
two_peers
if ip -n b link add vrf1 type vrf table 10; then
	on b sysctl -qw net.ipv4.udp_l3mdev_accept=1
	ip -n b link set vrf1 up
	ip -n b link set vb master vrf1
	ip -n b addr add 10.0.0.22/24 dev vb
	ip -n b -6 addr replace fd00::2/64 dev vb
	ip -n b -6 addr add fd00::22/64 dev vb
	ip -n b addr add fe80::22/64 dev vb
	# Nothing is sent before: the first message of a new keypair from b would set a's
	# endpoint.
	for out in vb vrf1; do
		ip -n b route replace 10.0.0.0/24 dev $out
		ip -n b -6 route replace fd00::/64 dev $out
		for to in 10.0.0.2 10.0.0.22 '[fd00::2]' '[fd00::22]'; do
			on a wg set wg0 peer "$(pub b)" endpoint "$to:2"
			check "VRF, route to $out: ping by the address $to" ping4 a 192.168.241.2
			differs_in_tree "it answers from one address"
			check_text "VRF, route to $out: the answer comes from $to" "$to:2" wg_endpoint a
		done
	done
	on a wg set wg0 peer "$(pub b)" endpoint '[fe80::22%va]:2'
	differs_in_tree "it answers by the VRF, which has no link-local addresses"
	check "VRF: ping by a link-local address" ping4 a 192.168.241.2
else
	skip "VRF" "this kernel has none"
fi
ip netns del a
ip netns del b

# a's only address that suits the destination is the tunnel's. If a used it, b would answer into
# the tunnel.
two_peers 6
ip -n a -6 addr flush dev va scope global
ip -n a -6 route add fd00::2/128 dev va
differs_in_tree "it takes the tunnel's own address"
check "IPv6, an uplink with only link-local addresses: ping" ping4 a 192.168.241.2
differs_in_tree "it takes the tunnel's own address"
check_output "IPv6: from a link-local address" '^\[fe80::.*%vb\]:1$' wg_endpoint b
ip -n a addr add fe80::1/64 dev va
ip -n a link add d0 type dummy
ip -n a -6 addr add fd00:9::1/128 dev d0
ip -n b -6 route add fd00:9::1/128 via fe80::1 dev vb
ip -n a link set d0 up
on a wg set wg0 peer "$(pub b)" endpoint '[fd00::2]:2'
differs_in_tree "it takes the tunnel's own address"
check "IPv6, another device has an address: ping" ping4 a 192.168.241.2
differs_in_tree "it takes the tunnel's own address"
check_output "IPv6: from that address" '^\[fd00:9::1\]:1$' wg_endpoint b
ip netns del a
ip netns del b
two_peers
ip -n a addr del 10.0.0.1/24 dev va
ip -n a route add 10.0.0.2/32 dev va
tx_socket() { on a ethtool -S wg0 | awk '$1 == "tx_socket:" { print $2 }'; }
differs_in_tree "it takes the tunnel's own address"
check "IPv4, an uplink without an address: nothing is sent" no_ping a 192.168.241.2
differs_in_tree "it takes the tunnel's own address"
check_output "IPv4: b's endpoint is not the tunnel's address" '^10\.0\.0\.1:1$' wg_endpoint b
in_tree || check_output "IPv4: it is counted" '^[1-9]' tx_socket
ip -n a link add d0 type dummy
ip -n a addr add 10.9.9.9/32 dev d0
ip -n b route add 10.9.9.9/32 dev vb
ip -n a link set d0 up
# Kubernetes nodes have this setting. It allows 127.0.0.1 as a source address, too.
on a sysctl -qw net.ipv4.conf.all.route_localnet=1
on a wg set wg0 peer "$(pub b)" endpoint 10.0.0.2:2
# The handshake that has begun meanwhile is retried after 5 s.
differs_in_tree "it takes the tunnel's own address"
check "IPv4, another device has an address: ping" wait_for 20 ping4 a 192.168.241.2
differs_in_tree "it takes the tunnel's own address"
check_output "IPv4: from that address" '^10\.9\.9\.9:1$' wg_endpoint b
# An unnumbered tunnel shares its address with another device, by which b reaches it.
ip -n a addr add 10.9.9.7/32 dev lo
ip -n a addr add 10.9.9.7/32 dev wg0
ip -n b route add 10.9.9.7/32 dev vb
ip -n a route replace 10.0.0.2/32 dev va src 10.9.9.7
on a wg set wg0 peer "$(pub b)" endpoint 10.0.0.2:2
check "IPv4, an unnumbered tunnel: ping" wait_for 20 ping4 a 192.168.241.2
check_output "IPv4: from the shared address" '^10\.9\.9\.7:1$' wg_endpoint b
