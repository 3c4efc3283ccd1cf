# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# BPF programs in the way of packets, for scenarios that want an skb's control block to
# hold what a queueing discipline or another program has left there.

# have_bpf: whether tc can run BPF programs on this kernel; any other failure of the
# helper ends the scenario
have_bpf() {
	local pinned rc=0
	pinned=$(python3 "$VM/lib/bpf.py" probe 0) || rc=$?
	[ "$rc" != 2 ] || return 1
	[ "$rc" = 0 ] || { echo "bpf.py failed: $rc"; exit 1; }
	ip link add bpf0 type dummy
	trap 'ip link del bpf0; rm -f "$pinned"; trap - RETURN' RETURN
	tc qdisc add dev bpf0 clsact
	tc filter add dev bpf0 egress bpf direct-action object-pinned "$pinned"
}

# write_cb NS DEV egress|ingress VALUE: all words of the control block are VALUE in each
# packet that passes, until `tc -n NS qdisc del dev DEV clsact`
write_cb() {
	local pinned=/run/bpf/cb-$4
	[ -e "$pinned" ] || python3 "$VM/lib/bpf.py" "cb-$4" "$4"
	tc -n "$1" qdisc replace dev "$2" clsact
	tc -n "$1" filter add dev "$2" "$3" bpf direct-action object-pinned "$pinned"
}
