# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A BPF program or a queueing discipline leaves data in an skb's control block. Kernel functions
# that get the packet from the driver must not use that data: ICMP errors, and the stack on both
# sides of the tunnel.
# timeout: 120
# plan: 12
# excludes: ipv6-off -- it sends IPv6, too

# shellcheck source=tests/vm/lib/bpf.sh
source "$VM/lib/bpf.sh"
two_peers
ip -n a route add 192.168.243.0/24 dev wg0
ip -n a route add fd00:3::/64 dev wg0
ping4 a 192.168.241.2

errors() { # FILE NAME: ICMP errors of this kind that a has sent
	awk -v name="$2" '
		$1 == "Icmp:" { for (i = 2; i <= NF; i++) if (head[i] == name) { print $i; exit } split($0, head) }
		$1 == name { print $2 }' <(on a cat "/proc/net/$1")
}
# The payload is all 0xff, so that a stale control block that points at IP options gives 255 as
# their length.
unreachable() { # 4|6 ADDRESS FILE NAME
	local before after
	before=$(errors "$3" "$4")
	expect_error ' 0 received' on a ping "-$1" -n -q -c 1 -W 1 -p ff -s 400 "$2"
	after=$(errors "$3" "$4")
	echo "$4: $before before, $after after"
	[ "$after" = $((before + 1)) ]
}
both() { # NAME
	check "$1: the sender of an IPv4 packet gets an ICMP error" \
		unreachable 4 192.168.243.9 snmp OutDestUnreachs
	check "$1: the sender of an IPv6 packet gets an ICMP error" \
		unreachable 6 fd00:3::9 snmp6 Icmp6OutDestUnreachs
}
both "no allowed IP"
if have_bpf >&2; then
	write_cb a wg0 egress 0x40404040
	both "control block written"
	for from in "a va egress" "b vb ingress" "b wg0 ingress" "b wg0 egress" "b vb egress"; do
		# shellcheck disable=SC2086 # three words
		write_cb $from 0x40404040
	done
	check "control block written on each path: IPv4 inside IPv4" ping4 a 192.168.241.2
	check "control block written on each path: IPv6 inside IPv4" ping6 a fd00:1::2
	on a wg set wg0 peer "$(pub b)" endpoint '[fd00::2]:2'
	check "control block written on each path: IPv4 inside IPv6" ping4 a 192.168.241.2
	check "control block written on each path: IPv6 inside IPv6" ping6 a fd00:1::2
	for dev in "a wg0" "a va" "b vb" "b wg0"; do
		tc -n "${dev% *}" qdisc del dev "${dev#* }" clsact
	done
else
	skip "control block written" "this kernel's tc cannot run BPF programs"
fi
if tc -n a qdisc replace dev wg0 root cake 2>/dev/null; then
	both "queueing discipline cake"
	tc -n a qdisc del dev wg0 root
else
	skip "queueing discipline cake" "this kernel does not have it"
fi
check "traffic goes on" ping4 a 192.168.241.2
