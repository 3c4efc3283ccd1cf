# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Type of service: ECN is copied out and in by RFC 6040. The exception is a CE mark on a packet
# without ECN, which is delivered and counted. The inner DSCP stays inside. Handshake messages
# have DSCP AF41.
# timeout: 180
# plan: 27
# excludes: ipv6-only, ipv6-off -- it looks at IPv4 outside, and sends IPv6 inside

two_peers
capture a va "$SCRATCH/hs" udp
ping4 a 192.168.241.2
end_capture
# all_tos FILE TOS FILTER: packets match the filter, and all of them have this TOS or class.
# tcpdump prints no class of 0.
all_tos() {
	local seen
	seen=$(tcpdump -vnr "$1" "${@:3}" 2>/dev/null | sed -nE '
		s/.*(tos|class) 0x0?([0-9a-f]+)[,)].*/\2/p; t; s/.*IP6 \((flowlabel|hlim).*/0/p' | sort -u)
	echo "seen: $seen, wanted: $2"
	[ "$seen" = "$2" ]
}
check "handshake messages have 0x88" all_tos "$SCRATCH/hs" 88 'udp[8] = 1 or udp[8] = 2'
check "data messages of plain packets have 0" all_tos "$SCRATCH/hs" 0 'udp[8] = 4'
out() { # inner TOS, wanted outer TOS
	capture a va "$SCRATCH/cap" udp and src host 10.0.0.1
	ping4 a 192.168.241.2 1 -Q "$1"
	end_capture
	all_tos "$SCRATCH/cap" "$2" 'udp[8] = 4 and greater 100'
}
check "ECT(0) inside is ECT(0) outside" out 0x02 2
check "ECT(1) inside is ECT(1) outside" out 0x01 1
# RFC 6040 copies CE. RFC 3168, which the kernel's tunnels follow, sets ECT(0).
check "CE inside is ECT(0) outside" out 0x03 2
check "DSCP stays inside" out 0xb8 0
check "DSCP stays inside, ECN does not" out 0xba 2
out6() {
	capture a va "$SCRATCH/cap" udp and src host 10.0.0.1
	ping6 a fd00:1::2 1 -Q "$1"
	end_capture
	all_tos "$SCRATCH/cap" "$2" 'udp[8] = 4 and greater 100'
}
check "v6 inside: ECT(0)" out6 0x02 2
check "v6 inside: DSCP stays inside" out6 0xb8 0

# The same over IPv6, where the field is at another offset.
on a wg set wg0 peer "$(pub b)" endpoint '[fd00::2]:2'
on b wg set wg0 peer "$(pub a)" endpoint '[fd00::1]:1'
over_ipv6() { # inner TOS, wanted outer class
	capture a va "$SCRATCH/cap" ip6 and udp and src host fd00::1
	ping4 a 192.168.241.2 1 -Q "$1"
	end_capture
	all_tos "$SCRATCH/cap" "$2" 'ip6[48] = 4 and greater 100'
}
check "IPv6 outside: ECT(0) inside is ECT(0) outside" over_ipv6 0x02 2
check "IPv6 outside: CE inside is ECT(0) outside" over_ipv6 0x03 2
check "IPv6 outside: DSCP stays inside, ECN does not" over_ipv6 0xba 2
check "IPv6 outside: plain packets have 0" over_ipv6 0 0
handshake_over_ipv6() {
	capture a va "$SCRATCH/hs6" ip6 and udp
	for n in a b; do ip -n $n link set wg0 down; ip -n $n link set wg0 up; done
	for n in a b; do ip -n $n addr add "fd00:1::$([ $n = a ] && echo 1 || echo 2)/64" dev wg0; done
	ping4 a 192.168.241.2 1
	end_capture
	all_tos "$SCRATCH/hs6" 88 'ip6[48] = 1 or ip6[48] = 2'
}
check "IPv6 outside: handshake messages have 0x88" handshake_over_ipv6
on a nft -f - <<'NFT'
table ip6 t {
	chain out {
		type filter hook postrouting priority 0;
	}
}
NFT
inward() { # ip | ip6 outside, inner TOS, outer ECN made on the way, wanted inner TOS
	on a nft flush chain "$1" t out
	on a nft add rule "$1" t out oifname va udp dport 2 "$1" ecn set "$3"
	capture b wg0 "$SCRATCH/cap" icmp and src host 192.168.241.1
	ping4 a 192.168.241.2 1 -Q "$2"
	end_capture
	on a nft flush chain "$1" t out
	all_tos "$SCRATCH/cap" "$4"
}
if on a nft add rule ip6 t out udp dport 9 ip6 ecn set ce && on a nft flush chain ip6 t out; then
	check "IPv6 outside: ECT(0) inside, CE outside: CE" inward ip6 0x02 ce 3
	check "IPv6 outside: not-ECT inside, CE outside: unchanged" inward ip6 0x00 ce 0
else
	skip "IPv6 outside, on the way in" "this kernel's nftables cannot set the outer ECN field"
fi
on a wg set wg0 peer "$(pub b)" endpoint 10.0.0.2:2
on b wg set wg0 peer "$(pub a)" endpoint 10.0.0.1:1

# Incoming packets: a rule on a's side of the cable rewrites the outer field before b decrypts.
on a nft -f - <<'NFT'
table ip t {
	chain out {
		type filter hook postrouting priority 0;
	}
}
NFT
# Whether this kernel's nftables can write to a packet (since 4.5).
can_rewrite() { on a nft add rule ip t out udp dport 2 ip ecn set ce && on a nft flush chain ip t out; }
incoming() { # NAME, then as for inward
	local name=$1
	shift
	if [ -n "$rewrites" ]; then
		check "$name" inward ip "$@"
	else
		skip "$name" "this kernel's nftables cannot set the outer ECN field"
	fi
}
rewrites=$(if can_rewrite >/dev/null 2>&1; then echo yes; fi)
incoming "ECT(0) inside, CE outside: CE" 0x02 ce 3
incoming "ECT(1) inside, CE outside: CE" 0x01 ce 3
incoming "ECT(0) inside, ECT(1) outside: by RFC 6040 ECT(1)" 0x02 ect1 1
incoming "ECT(0) inside, not-ECT outside: unchanged" 0x02 not-ect 2
marked() { on b ethtool -S wg0 | awk '$1 == "rx_ecn_ce_not_ect:" { print $2 }'; }
counted() { # SINCE MORE
	local field
	[ "$(marked)" = $(($1 + $2)) ]
	for field in rx_errors rx_dropped; do [ "$(link_stat b wg0 $field)" = 0 ]; done
}
before=$(in_tree || marked)
incoming "not-ECT inside, CE outside: unchanged" 0x00 ce 0
every_packet_marked() {
	on a nft add rule ip t out oifname va udp dport 2 ip ecn set ce
	ping4 a 192.168.241.2 10
	on a nft flush chain ip t out
}
if [ -z "$rewrites" ]; then
	skip "a path that marks every packet" "this kernel's nftables cannot set the outer ECN field"
else
	if in_tree; then
		skip "and is counted, but not as a drop" "the in-tree module has no such counter"
	else
		check "and is counted, but not as a drop" counted "$before" 1
	fi
	check "a path that marks every packet carries packets without ECN" every_packet_marked
fi
incoming "not-ECT inside, ECT(0) outside: unchanged" 0x00 ect0 0
incoming "inner DSCP survives" 0xb8 not-ect b8
check "ordinary traffic goes on" ping4 a 192.168.241.2
