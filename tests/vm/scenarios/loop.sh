# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Routing loops are cut, nested tunnels are not loops.
# timeout: 150

# An endpoint that is routed into the tunnel itself.
two_peers
ping4 a 192.168.241.2
on a wg set wg0 peer "$(pub b)" allowed-ips 0.0.0.0/0 endpoint 10.77.0.2:2
ip -n a route add 10.77.0.0/24 dev wg0
check_fails "endpoint inside its own tunnel: no traffic" on a ping -n -q -c 3 -i 0.2 -W 1 192.168.241.2
counted() { [ "$(($(link_stat a wg0 tx_errors) + $(link_stat a wg0 tx_dropped)))" -gt 0 ]; }
differs_in_tree "it drops its handshakes without counting them"
check "the loop is counted" counted
check "the machine is alive" ping4 b 10.0.0.1
on a wg set wg0 peer "$(pub b)" endpoint 10.0.0.2:2
check "a right endpoint heals it" ping4 a 192.168.241.2

# Two devices that are each other's way out.
ip -n a link add wg1 type wireguard
wg genkey >"$SCRATCH/c.key"
on a wg set wg1 private-key "$SCRATCH/c.key" peer "$(pub b)" allowed-ips 0.0.0.0/0 endpoint 10.78.0.1:2
on a wg set wg0 peer "$(pub b)" endpoint 10.77.5.5:2
ip -n a link set wg1 up
ip -n a route replace 10.77.0.0/16 dev wg1
ip -n a route replace 10.78.0.0/16 dev wg0
check_fails "two tunnels through each other: no traffic" on a ping -n -q -c 5 -i 0.2 -W 1 192.168.241.2
check "the machine is alive still" ping4 b 10.0.0.1
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
nested_tcp() {
	on b ncat -l 192.168.99.2 7777 --recv-only </dev/null >"$SCRATCH/got" 3>&- &
	local pid=$!
	wait_for 20 listening b 7777
	head -c 1000000 /dev/urandom >"$SCRATCH/sent"
	on a ncat --send-only 192.168.99.2 7777 <"$SCRATCH/sent"
	wait "$pid"
	cmp "$SCRATCH/sent" "$SCRATCH/got"
}
listening() { on "$1" ss -ltn | grep -q ":$2\\b"; }
check "TCP through both" nested_tcp
check_output "wg0 carries what wg1 sends" '[0-9]{7}' wg_tx a wg0
