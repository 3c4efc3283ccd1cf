# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A machine booted with ipv6.disable=1: the module works without an IPv6 socket. Sending over
# IPv6 fails and is counted, and IPv4 goes on.
# boot: ipv6-off
# timeout: 90
# plan: 16

ns_without_ipv6() {
	local n
	for n in "$@"; do
		ip netns add "$n"
		ip -n "$n" link set lo up
		on "$n" sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	done
}
ns_without_ipv6 a b
ip link add va netns a type veth peer name vb netns b
ip -n a addr add 10.0.0.1/24 dev va
ip -n b addr add 10.0.0.2/24 dev vb
ip -n a link set va up
ip -n b link set vb up
new_keys a b c
for n in a b; do ip -n $n link add wg0 type wireguard; done
ip -n a addr add 192.168.241.1/24 dev wg0
ip -n b addr add 192.168.241.2/24 dev wg0
on a wg set wg0 private-key "$SCRATCH/a.key" listen-port 1 peer "$(pub b)" \
	allowed-ips 192.168.241.2/32,fd00:1::2/128 endpoint 10.0.0.2:2
on b wg set wg0 private-key "$SCRATCH/b.key" listen-port 2 peer "$(pub a)" allowed-ips 192.168.241.1/32

is_off() { [ ! -e /proc/net/if_inet6 ]; }
check "there is no IPv6" is_off
for n in a b; do check "$n's interface goes up" ip -n $n link set wg0 up; done
check "IPv4 through the tunnel" ping4 a 192.168.241.2
check "and back" ping4 b 192.168.241.1
only_ipv4() { [ "$(on a ss -Hlun 'sport = 1' | wc -l)" = 1 ]; }
check "one socket" only_ipv4

# An endpoint to which nothing can be sent.
tx_socket() { on a ethtool -S wg0 | awk '$1 == "tx_socket:" { print $2 }'; }
on a wg set wg0 peer "$(pub c)" allowed-ips 192.168.241.3/32 endpoint '[fd00::3]:3'
check_text "an IPv6 endpoint is kept" '[fd00::3]:3' on a wg show wg0 endpoints
before=$(tx_socket)
check "nothing is sent to it" no_ping a 192.168.241.3
counted() { [ "$(tx_socket)" -gt "$before" ]; }
in_tree || check "and that is counted" counted
check "IPv4 goes on" ping4 a 192.168.241.2
check "the port can change" on a wg set wg0 listen-port 7
check "IPv4 after that" ping4 a 192.168.241.2
silent() { ! dmesg | grep 'cannot open the UDP sockets'; }
check "the log has no line about sockets" silent
for n in a b; do check "$n's interface is deleted" ip -n $n link del wg0; done
