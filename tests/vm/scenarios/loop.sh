# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Routing loops are cut. Nested tunnels are not taken for loops.
# timeout: 800
# plan: 50
# excludes: ipv6-only, ipv6-off -- it has both families outside
# excludes: underlay, reroute -- it has its own routes to more addresses outside
# excludes: qdisc, tunnel-mtu -- it has its own queue, and tunnels that just fit into one another

# Any message from b, such as a keepalive after 10 s, would correct a's endpoint. Block them.
mute() { # add | del
	ip -n b route "$1" blackhole 10.0.0.1/32
	ip -n b -6 route "$1" blackhole fd00::1/128
}

lost() { on a sh -c 'cat /sys/class/net/wg[01]/statistics/tx_errors' | awk '{ n += $1 } END { print n }'; }
counted() { # SINCE
	local now
	now=$(lost)
	echo "errors of a's devices: $1, then $now"
	[ "$now" -gt "$1" ]
}

# An endpoint that is routed into the tunnel itself.
two_peers
ping4 a 192.168.241.2
mute add
on a wg set wg0 peer "$(pub b)" allowed-ips 0.0.0.0/0 endpoint 10.77.0.2:2
ip -n a route add 10.77.0.0/24 dev wg0
before=$(lost)
check_error "endpoint inside its own tunnel: no traffic" ' 0 received' on a ping -n -q -c 3 -i 0.2 -W 1 192.168.241.2
tx_loops() { on a ethtool -S wg0 | awk '$1 == "tx_routing_loop:" { print $2 }'; }
differs_in_tree "it drops its handshakes without counting them"
check "the loop is counted" counted "$before"
mute del
check "the machine is alive" ping4 b 10.0.0.1
on a wg set wg0 peer "$(pub b)" endpoint 10.0.0.2:2
# The handshake that has begun meanwhile is retried after 5 s.
check "traffic with the right endpoint" wait_for 20 ping4 a 192.168.241.2

# Two devices, each with its endpoint routed into the other.
ip -n a link add wg1 type wireguard
wg genkey >"$SCRATCH/c.key"
on a wg set wg1 private-key "$SCRATCH/c.key" peer "$(pub b)" allowed-ips 0.0.0.0/0 endpoint 10.78.0.1:2
mute add
on a wg set wg0 peer "$(pub b)" endpoint 10.77.5.5:2
ip -n a link set wg1 up
ip -n a route replace 10.77.0.0/16 dev wg1
ip -n a route replace 10.78.0.0/16 dev wg0
check_error "two tunnels through each other: no traffic" ' 0 received' on a ping -n -q -c 5 -i 0.2 -W 1 192.168.241.2
mute del
check "the machine is still alive" ping4 b 10.0.0.1
ip netns del a
ip netns del b

# Nested: wg1 of a and b runs inside wg0.
two_peers
new_keys c d
for n in a b; do ip -n $n link add wg1 type wireguard; done
ip -n a addr add 192.168.99.1/24 dev wg1; ip -n b addr add 192.168.99.2/24 dev wg1
on a wg set wg1 private-key "$SCRATCH/c.key" listen-port 11 peer "$(pub d)" allowed-ips 192.168.99.2/32 endpoint 192.168.241.2:12
on b wg set wg1 private-key "$SCRATCH/d.key" listen-port 12 peer "$(pub c)" allowed-ips 192.168.99.1/32
ip -n a link set wg1 mtu 1340 up; ip -n b link set wg1 mtu 1340 up
check "ping through the tunnel in the tunnel" ping4 a 192.168.99.2
check "and back" ping4 b 192.168.99.1
check "TCP through both" same_file a b 192.168.99.2 1000000
check_output "wg0 carries what wg1 sends" '^[0-9]{7,}$' wg_tx a wg0
ip netns del a
ip netns del b

# Loops of each length that arise while sessions are up and routes are cached: messages of one
# device through another device, or through another peer of the same device.
#
#   a: wg0, peer b at 10.0.0.2                  b: wg0 192.168.241.2, fd00:1::2
#      wg0, peer c at 192.168.241.2 or fd00:1::2   wgc 192.168.242.2, port 3
#      wg1, peer d at 192.168.242.2                wgd 192.168.243.2, port 4
# For three pings to each address no message may pass a device more than once or twice. Each of
# the three peers of a also repeats its initiation every 5 s.
sent() { on a sh -c 'cat /sys/class/net/wg[01]/statistics/tx_packets' | awk '{ n += $1 } END { print n }'; }
silent() {
	local since now address began=$SECONDS most
	since=$(sent)
	for address in "$@"; do
		expect_error ' 0 received' on a ping -n -q -c 3 -i 0.1 -W 1 "$address"
	done
	now=$(sent)
	most=$((10 * $# + 3 * 2 * ((SECONDS - began) / 5)))
	echo "packets of a's devices: $since, then $now; at most $most more"
	[ "$((now - since))" -le "$most" ]
}
all_pings() {
	local address
	for address in 192.168.241.2 192.168.242.2 192.168.243.2; do ping4 a "$address"; done
}
# The in-tree module encrypts a message again and again, until it no longer fits.
check_silent() {
	differs_in_tree "it encrypts its own messages again"
	check "$1" silent "${@:2}"
}
set_a() { on a wg set wg0 peer "$(pub "$1")" "${@:2}"; }
for family in 4 6; do
	two_peers "$family"
	new_keys c d e
	inner=192.168.241.2 host=32 outer=10.0.0.2
	if [ "$family" = 6 ]; then inner='[fd00:1::2]' host=128 outer='[fd00::2]'; fi
	bare=${inner//[\[\]]/}
	for name in c d; do
		ip -n b link add "wg$name" type wireguard
		ip -n b link set "wg$name" mtu 1280 up
	done
	ip -n a addr add 192.168.242.1/24 dev wg0
	ip -n b addr add 192.168.242.2/24 dev wgc
	set_a c endpoint "$inner:3" allowed-ips 192.168.242.2/32
	on b wg set wgc private-key "$SCRATCH/c.key" listen-port 3 peer "$(pub a)" allowed-ips 192.168.242.1/32
	ip -n a link add wg1 type wireguard
	on a wg set wg1 private-key "$SCRATCH/e.key" peer "$(pub d)" endpoint 192.168.242.2:4 allowed-ips 0.0.0.0/0,::/0
	ip -n a addr add 192.168.243.1/24 dev wg1
	ip -n a link set wg1 mtu 1280 up
	ip -n b addr add 192.168.243.2/24 dev wgd
	on b wg set wgd private-key "$SCRATCH/d.key" listen-port 4 peer "$(pub e)" allowed-ips 192.168.243.1/32
	check "IPv$family: three tunnels, one inside another" all_pings

	mute add
	set_a c allowed-ips "192.168.242.2/32,$bare/$host"
	check_silent "IPv$family: a peer through itself sends nothing" 192.168.242.2 192.168.243.2
	set_a b allowed-ips "192.168.241.2/32,$bare/$host,fd00:1::2/128"
	mute del
	check "IPv$family: traffic after the repair" wait_for 20 all_pings

	mute add
	set_a b endpoint 192.168.242.2:2
	check_silent "IPv$family: two peers through each other send nothing" 192.168.241.2 192.168.242.2 192.168.243.2
	set_a b endpoint "$outer:2"
	mute del
	check "IPv$family: traffic after the repair of the endpoint" wait_for 20 all_pings

	mute add
	if [ "$family" = 4 ]; then
		ip -n a route add 10.0.0.2/32 dev wg1
	else
		ip -n a -6 route add fd00::2/128 dev wg1
	fi
	before=$(lost)
	check_silent "IPv$family: a loop of three peers on two devices sends nothing" \
		192.168.241.2 192.168.242.2 192.168.243.2
	check "IPv$family: and is counted" counted "$before"
	if [ "$family" = 4 ]; then
		ip -n a route del 10.0.0.2/32 dev wg1
	else
		ip -n a -6 route del fd00::2/128 dev wg1
	fi
	mute del
	check "IPv$family: traffic after the repair of the route" wait_for 20 all_pings

	# A loop through the allowed IPs of the other device, which invalidate no cached route.
	mute add
	ip -n a route add 10.9.9.0/24 dev wg1
	set_a c endpoint 10.9.9.9:3
	check_silent "IPv$family: a loop through the other device's allowed IPs sends nothing" 192.168.242.2 192.168.243.2
	set_a c endpoint "$inner:3"
	mute del
	check "IPv$family: traffic after the end of that loop" wait_for 20 all_pings
	ip netns del a
	ip netns del b
done

# Not loops, although the main routing table suggests it: a's default route is the tunnel, and
# netfilter routes the outer packets again, by their mark.
#
#   a: default dev wg0; mark 7: 10.9.0.2 by va      b: 10.9.0.2 on vb
marks() { # IPTABLES-OR-NFT: a rule that marks messages to the peer, or fails
	if [ "$1" = iptables ]; then
		on a iptables -t mangle -A OUTPUT -p udp -d 10.9.0.2 --dport 2 -j MARK --set-mark 7
	else
		on a nft -f - <<-'NFT'
			table ip reroute {
				chain out {
					type route hook output priority -150;
					ip daddr 10.9.0.2 udp dport 2 meta mark set 7
				}
			}
		NFT
	fi
}
masquerade() { on a iptables -t nat -A POSTROUTING -o va -j MASQUERADE; }
for by in iptables nft; do
	two_peers
	ip -n b addr add 10.9.0.2/32 dev vb
	on a wg set wg0 peer "$(pub b)" allowed-ips 0.0.0.0/0 endpoint 10.9.0.2:2
	ip -n a route add default dev wg0
	ip -n a route add 10.9.0.2/32 via 10.0.0.2 dev va table 7
	ip -n a rule add fwmark 7 lookup 7
	if marks $by && masquerade; then
		check "default route into the tunnel, $by reroutes messages: handshake" ping4 a 192.168.241.2
		check "default route into the tunnel, $by reroutes messages: no loss" ping4 a 192.168.241.2 20
		in_tree || check_output "none is counted as a loop" '^0$' tx_loops
	else
		skip "default route into the tunnel, $by reroutes messages" "no such rule in this kernel"
	fi
	ip netns del a
	ip netns del b
done

# With a queueing discipline on the device messages loop back after the transmit call has
# returned.
two_peers
new_keys c
ip -n b link add wgc type wireguard
ip -n b link set wgc mtu 1280 up
ip -n a addr add 192.168.242.1/24 dev wg0
ip -n b addr add 192.168.242.2/24 dev wgc
set_a c endpoint 192.168.241.2:3 allowed-ips 192.168.242.2/32
on b wg set wgc private-key "$SCRATCH/c.key" listen-port 3 peer "$(pub a)" allowed-ips 192.168.242.1/32
# Send one packet of the device's MTU. The messages that it causes must have ended when ping
# returns.
in_fragments() {
	local before after
	before=$(sent)
	expect_error ' 0 received' on a ping -n -q -c 1 -W 1 -s 1392 192.168.241.2
	after=$(sent)
	echo "packets of a's devices: $before, then $after"
	[ "$((after - before))" -le 10 ]
}
if on a tc qdisc add dev wg0 root pfifo; then
	two_pings() { ping4 a 192.168.241.2; ping4 a 192.168.242.2; }
	check "with a queue on the device: a peer through another" two_pings
	mute add
	set_a b allowed-ips 192.168.241.2/32,10.77.0.0/24 endpoint 10.77.0.2:2
	ip -n a route add 10.77.0.0/24 dev wg0
	check_silent "with a queue on the device: a peer through itself sends nothing" 192.168.241.2
	in_tree || check_output "and counted" '^[1-9]' tx_loops
	mute del
	set_a b endpoint 10.0.0.2:2
	check "traffic after the repair" wait_for 20 two_pings
	# A message that leaves in fragments comes back in fragments, and only the first fragment
	# has the receiver index. Without DF the next message is fragmented and sent as well.
	if on a tc qdisc replace dev wg0 root netem delay 1ms; then
		for family in 4 6; do
			if [ $family = 4 ]; then far=10.77.0.2 near=10.0.0.2; else far='[fd77::2]' near='[fd00::2]'; fi
			set_a b endpoint "$near:2"
			check "IPv$family, with a queue on the device: full packets" ping4 a 192.168.241.2 1
			mute add
			set_a b allowed-ips 192.168.241.2/32,10.77.0.0/24,fd77::/64 endpoint "$far:2"
			ip -n a -6 route replace fd77::/64 dev wg0
			check "IPv$family: in fragments, a peer through itself sends nothing more" in_fragments
			mute del
		done
		set_a b endpoint 10.0.0.2:2
		check "IPv6: traffic after the repair" wait_for 20 ping4 a 192.168.241.2
	else
		skip "fragments with a queue on the device" "no netem in this kernel"
	fi
else
	skip "with a queue on the device" "no pfifo in this kernel"
fi
ip netns del a
ip netns del b

# As many devices above wg0 as below it. The kernel limits nested transmit calls to about eight.
#
#   vlan on vlan on bridge on vxlan, 192.168.9.0/24 ... wg0 ... four times IPIP ... va
deep() { # NAMESPACE NUMBER OTHER
	local n=$1 i
	for i in 4 3 2 1; do
		ip -n "$n" link add "ipip$i" type ipip local "10.$((i + 1)).0.$2" remote "10.$((i + 1)).0.$3" || return
		ip -n "$n" addr add "10.$i.0.$2/24" dev "ipip$i"
		ip -n "$n" link set "ipip$i" up
	done
	ip -n "$n" link add vx0 type vxlan id 9 local "192.168.241.$2" remote "192.168.241.$3" dstport 4789 || return
	ip -n "$n" link add br0 type bridge || return
	ip -n "$n" link set vx0 master br0 up
	ip -n "$n" link set br0 up
	ip -n "$n" link add link br0 name vl1 type vlan id 1 || return
	ip -n "$n" link set vl1 up
	ip -n "$n" link add link vl1 name vl2 type vlan id 2 || return
	ip -n "$n" addr add "192.168.9.$2/24" dev vl2
	ip -n "$n" link set vl2 up
}
two_peers
ip -n a addr add 10.5.0.1/24 dev va
ip -n b addr add 10.5.0.2/24 dev vb
if deep a 1 2 && deep b 2 1; then
	on a wg set wg0 peer "$(pub b)" endpoint 10.1.0.2:2
	on b wg set wg0 peer "$(pub a)" endpoint 10.1.0.1:1
	check "through a deep stack of devices: the tunnel" ping4 a 192.168.241.2
	check "through a deep stack of devices: the first ping" wait_for 10 ping4 a 192.168.9.2 1
	check "through a deep stack of devices: no loss" ping4 a 192.168.9.2 10
	check_without "the kernel saw no dead loop" 'Dead loop on virtual device' dmesg
else
	skip "through a deep stack of devices" "a kind of device is missing"
fi
ip netns del a
ip netns del b
