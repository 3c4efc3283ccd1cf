# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Packet sizes around the MTU of the tunnel, of the route and of the cable; padding as seen on
# the cable.
# timeout: 240
# plan: 35
# excludes: underlay, underlay-mtu, tunnel-mtu -- it sets these MTUs by itself
# excludes: limits, offloads, qdisc=cake -- it needs packets of more than 64 KiB at the driver
# excludes: ipv6-only, ipv6-off -- it looks at IPv4 outside, and sends IPv6 inside

two_peers
ping4 a 192.168.241.2
df() { on a ping -n -c 1 -W $((4 * SLOW)) -M "do" -s "$1" 192.168.241.2; }
df6() { on a ping -6 -n -c 1 -W $((4 * SLOW)) -M "do" -s "$1" fd00:1::2; }
check "a packet of exactly the MTU" df $((1420 - 28))
check_error "one byte more with DF" 'message too long|packet size .* is too large|mtu=' df $((1420 - 27))
check "one byte more without DF is fragmented" ping4 a 192.168.241.2 1 -M dont -s 1393
check "v6: exactly the MTU" df6 $((1420 - 48))
check_error "v6: one byte more" 'message too long|packet size .* is too large|mtu=' df6 $((1420 - 47))
for mtu in 1280 1281 1295 1296 1297 1419; do
	ip -n a link set wg0 mtu $mtu
	ip -n b link set wg0 mtu $mtu
	check "MTU $mtu: full packet" df $((mtu - 28))
	check_error "MTU $mtu: one more" 'message too long|packet size .* is too large|mtu=' df $((mtu - 27))
done
ip -n a link set wg0 mtu 1420
ip -n b link set wg0 mtu 1420

# Length of the UDP payload on the cable: 32 bytes of header and tag, and the inner packet
# padded to a multiple of 16, but never beyond the MTU.
length_of() { # inner ping payload -> UDP length of the data message on va
	capture a va "$SCRATCH/cap" udp and src host 10.0.0.1
	# A redirected ping may get no reply.
	on a ping -n -q -c 1 -W $((2 * SLOW)) -s "$1" 192.168.241.2 >&2 || :
	end_capture
	# On a slow kernel a keepalive, of 32 bytes, or an initiation, of 148, comes before the message.
	tcpdump -nr "$SCRATCH/cap" 2>/dev/null | awk '/length [0-9]+$/ && $NF != 32 && $NF != 148 && !n++ { print $NF }'
}
padded() { local got; got=$(length_of "$1"); echo "payload $1: on the cable $got, wanted $2"; [ "$got" = "$2" ]; }
check "28 bytes are padded to 32" padded 0 64
check "32 bytes stay 32" padded 4 64
check "33 bytes become 48" padded 5 80
check "47 bytes become 48" padded 19 80
check "1407 bytes become 1408" padded 1379 1440
check "1409 bytes become 1420, not 1424" padded 1381 1452
check "1420 bytes stay 1420" padded 1392 1452
ip -n a link set wg0 mtu 1300
check "MTU 1300: 1297 bytes become 1300" padded 1269 1332
ip -n a link set wg0 mtu 1420
ip -n a route replace 192.168.241.2 dev wg0 mtu 1350
check "route MTU 1350: 1345 bytes become 1350" padded 1317 1382
ip -n a route del 192.168.241.2 dev wg0

# Packets that tc redirects from a device of another MTU. They keep the route of that device.
ip -n a link add p0 mtu 1500 type dummy
ip -n a link set p0 up
ip -n a route add 192.168.241.2/32 dev p0 src 192.168.241.1
redirected() {
	on a tc qdisc add dev p0 clsact && on a tc filter add dev p0 egress matchall \
		action mirred egress redirect dev wg0
}
# Since 5.5 tc removes the link header of what it redirects to a device without one. Whether it
# does, a packet socket sees before the driver does.
arrives_as_ip() {
	capture a wg0 "$SCRATCH/redirected"
	on a ping -n -q -c 1 -W 1 192.168.241.2 || :
	end_capture
	tcpdump -nr "$SCRATCH/redirected" | grep 'IP 192.168.241.1 > 192.168.241.2: ICMP echo request'
}
if redirected; then strictly arrives_as_ip; else RC=no-mirred; fi
if [ "$RC" = no-mirred ]; then
	skip "redirected packets are padded to the tunnel's MTU" "no tc action mirred"
elif [ "$RC" != 0 ]; then
	skip "redirected packets are padded to the tunnel's MTU" "this kernel redirects the link header as well"
else
	differs_in_tree "it pads to the MTU of the packet's route"
	check "redirected from a device of MTU 1500: 1417 bytes become 1420" padded 1389 1452
	ip -n a link set va mtu 9000; ip -n b link set vb mtu 9000
	ip -n a link set p0 mtu 9000
	differs_in_tree "it pads to the MTU of the packet's route"
	check "redirected, two MTUs and 5 bytes: the last 5 become 16" padded 2817 2888
fi
ip -n a link del p0

# A cable too small for the tunnel: outer fragments carry it.
ip -n a link set va mtu 1400
ip -n b link set vb mtu 1400
check "outer fragments" ping4 a 192.168.241.2 2 -s 1392
ip -n a link set va mtu 9000; ip -n b link set vb mtu 9000
ip -n a link set wg0 mtu 8920; ip -n b link set wg0 mtu 8920
check "jumbo frames" df $((8920 - 28))
ip -n a link set va mtu 65535; ip -n b link set vb mtu 65535
ip -n a link set wg0 mtu 65455; ip -n b link set wg0 mtu 65455
check "the largest packets that fit" df $((65455 - 28))
ip -n a link set wg0 mtu 65535; ip -n b link set wg0 mtu 65535
reason() { on a ethtool -S wg0 | awk -v r="$1:" '$1 == r { print $2 }'; }
# The message exceeds the 65,535 bytes of an outer packet.
largest() {
	expect_error ' 0 received' on a ping -n -q -c 1 -W 1 -s 65507 192.168.241.2
	in_tree || [ "$(reason tx_too_long)" = 1 ]
}
check "the largest ping over a tunnel of the largest MTU is too long, and counted" largest
check "and smaller ones still pass" ping4 a 192.168.241.2

# BIG TCP: from 6.3 on the stack gives the tunnel packets of more than 64 KiB. A damaged header makes
# segmentation fail.
ip netns del a; ip netns del b
two_peers
ping6 a fd00:1::2
big_tcp() {
	ip -n a link set wg0 gso_max_size 185000
	on a sysctl -qw net.ipv4.tcp_min_tso_segs=200
	on a python3 "$VM/lib/bigtcp.py" fd00:1::2
	in_tree || [ "$(reason tx_bad_protocol)" = 0 ]
}
if kernel_from 6.3; then
	differs_in_tree "too big gso_max_size before 6.13"
	check "IPv6 packets of more than 64 KiB" big_tcp
elif ip -d link show lo | grep -q tso_max_size; then
	check "packets of more than 64 KiB are refused, as this kernel damages them" \
		expect_error 'Invalid argument' ip -n a link set wg0 gso_max_size 185000
else
	skip "IPv6 packets of more than 64 KiB" "the kernel has no tso_max_size"
fi
