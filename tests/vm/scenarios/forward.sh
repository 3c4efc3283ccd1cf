# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A router between two tunnels that end at hosts. Packets from one tunnel are forwarded into the
# other, also where GRO has merged them. Hosts send TCP streams, UDP in segments and SCTP. Then
# a router between the endpoints, with a link too small for the tunnel.
# timeout: 120
# plan: 20
# excludes: tunnel, ipv6-only, ipv6-off -- it has its own tunnels, with both families outside and inside
# excludes: underlay=router -- it has a router of its own on the cable
#
#   a                     r                                b
#   wg0 192.168.241.1 === wg0 192.168.241.2
#                         wg1 192.168.242.2 ============== wg0 192.168.242.1
#   va 10.0.0.1, fd00::1  var 10.0.0.2, fd00::2
#                         vbr 10.2.0.2, fd02::2            vb 10.2.0.1, fd02::1

ns a r b
veth_pair a va 10.0.0.1/24 fd00::1/64 r var 10.0.0.2/24 fd00::2/64
veth_pair b vb 10.2.0.1/24 fd02::1/64 r vbr 10.2.0.2/24 fd02::2/64
new_keys a r0 r1 b
tunnel() { # NS DEV KEY PORT ADDRESS PEER ENDPOINT ALLOWED-IPS
	ip -n "$1" link add "$2" type wireguard
	on "$1" wg set "$2" private-key "$SCRATCH/$3.key" listen-port "$4" \
		peer "$(pub "$6")" endpoint "$7" allowed-ips "$8"
	ip -n "$1" addr add "$5/24" dev "$2"
	ip -n "$1" addr add "fd00:${5//./:}::/64" dev "$2"
	ip -n "$1" link set "$2" up
}
tunnel a wg0 a 1 192.168.241.1 r0 10.0.0.2:2 0.0.0.0/0,::/0
tunnel r wg0 r0 2 192.168.241.2 a 10.0.0.1:1 192.168.241.0/24,fd00:192:168:241::/64
tunnel r wg1 r1 3 192.168.242.2 b 10.2.0.1:1 192.168.242.0/24,fd00:192:168:242::/64
tunnel b wg0 b 1 192.168.242.1 r1 10.2.0.2:3 0.0.0.0/0,::/0
four=192.168.242.1 six=fd00:192:168:242:1::
for route in "a 192.168.242.0/24 wg0" "b 192.168.241.0/24 wg0" "a fd00:192:168:242::/64 wg0" \
	"b fd00:192:168:241::/64 wg0"; do
	read -r n to dev <<<"$route"
	ip -n "$n" route add "$to" dev "$dev"
done
on r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
check "IPv4 from host to host" ping4 a $four
check "IPv6 from host to host" ping6 a $six
check_output "the router is a hop" ' ttl=63 ' on a ping -n -c 1 $four
check_error "and reports an expired TTL" 'From 192\.168\.241\.2 .*Time to live exceeded' \
	on a ping -n -c 1 -t 1 -W $((4 * SLOW)) $four

part_runs_in a
helper() { run_part "$@"; }
forwarded() { on r nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'; }
# GRO merges packets, and the next tunnel segments them again. Without GRO as many would be
# forwarded as are sent, with the acknowledgements of the other direction.
sent() { on r sh -c 'cat /sys/class/net/wg[01]/statistics/tx_packets' | awk '{ n += $1 } END { print n }'; }
merged() { # ADDRESS COUNTER
	local packets datagrams
	packets=$(sent)
	datagrams=$(forwarded "$2")
	helper tcp "$1" 1024
	packets=$(($(sent) - packets))
	datagrams=$(($(forwarded "$2") - datagrams))
	echo "$datagrams packets were forwarded, $packets messages sent"
	[ "$packets" -gt 750 ] && [ "$datagrams" -lt $((packets * 9 / 10)) ]
}
check "TCP over IPv4, merged by GRO on its way" merged $four IpForwDatagrams
check "TCP over IPv6, merged by GRO on its way" merged $six Ip6OutForwDatagrams
if helper can-segment; then
	check "UDP in segments, IPv4" helper segments $four
	check "UDP in segments, IPv6" helper segments $six
else
	skip "UDP in segments" "this kernel has no UDP_SEGMENT"
fi
if modprobe -q sctp; then
	check "SCTP over IPv4" helper sctp $four 200
	check "SCTP over IPv6" helper sctp $six 200
else
	skip "SCTP" "this kernel has none"
fi

# The second tunnel has a smaller MTU: the sender gets an ICMP error and obeys it.
ip -n r link set wg1 mtu 1300
check_error "too long for the second tunnel" 'From 192\.168\.241\.2 .*Frag needed and DF set \(mtu = 1300\)' \
	on a ping -n -c 1 -W $((4 * SLOW)) -M "do" -s $((1420 - 28)) $four
check_error "IPv6, too long for the second tunnel" 'Packet too big: mtu=1300' \
	on a ping -6 -n -c 1 -W $((4 * SLOW)) -M "do" -s $((1420 - 48)) $six
check "TCP by the smaller MTU" helper tcp $four 200
check "TCP by the smaller MTU, IPv6" helper tcp $six 200
ip -n r link del wg0
ip -n r link del wg1
ip -n a link del wg0
ip -n b link del wg0

# The path between the endpoints has a link of 1300 bytes. Over IPv4 its router fragments
# messages. Over IPv6 the sender fragments them, after an ICMP error from the router.
ip -n r link set vbr mtu 1300
ip -n b link set vb mtu 1300
ip -n a route add 10.2.0.0/24 via 10.0.0.2
ip -n b route add 10.0.0.0/24 via 10.2.0.2
ip -n a route add fd02::/64 via fd00::2
ip -n b route add fd00::/64 via fd02::2
tunnel a wg0 a 1 192.168.241.1 b 10.2.0.1:1 192.168.241.3
tunnel b wg0 b 1 192.168.241.3 a 10.0.0.1:1 192.168.241.1
check "a small link between the endpoints: full packets over IPv4" \
	ping4 a 192.168.241.3 3 -M "do" -s $((1420 - 28))
in_fragments() { # NS COUNTER COMMAND...
	local n=$1 name=$2 before
	shift 2
	before=$(on "$n" nstat -asz "$name" | awk -v name="$name" '$1 == name { print $2 }')
	"$@"
	[ "$(on "$n" nstat -asz "$name" | awk -v name="$name" '$1 == name { print $2 }')" -ge $((before + 3)) ]
}
check "IPv4: the router fragments them" \
	in_fragments r IpFragOKs ping4 a 192.168.241.3 3 -M "do" -s $((1420 - 28))
on a wg set wg0 peer "$(pub b)" endpoint '[fd02::1]:1'
check "over IPv6, small packets" ping4 a 192.168.241.3
# The first packet of each side is lost: it causes the router's ICMP error.
on a ping -n -q -c 2 -i 0.5 -W 1 -M "do" -s $((1420 - 28)) 192.168.241.3 || :
check_output "IPv6: the sender has the path's MTU" ' mtu 1300' ip -n a route get fd02::1
check "IPv6: it fragments full packets itself" \
	in_fragments a Ip6FragOKs ping4 a 192.168.241.3 3 -M "do" -s $((1420 - 28))
