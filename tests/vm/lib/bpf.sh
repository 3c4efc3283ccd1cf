# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# BPF programs on the path of packets, for scenarios in which an skb's control block must
# hold data that a queueing discipline or another program left there.

# have_bpf: whether tc can run BPF programs on this kernel. Any other failure of bpf.py
# ends the scenario.
have_bpf() {
	local pinned rc=0
	pinned=$(python3 "$VM/lib/bpf.py" probe 0) || rc=$?
	[ "$rc" != 2 ] || return 1
	[ "$rc" = 0 ] || { echo "bpf.py failed: $rc"; exit 3; }
	ip link add bpf0 type dummy
	trap 'ip link del bpf0; rm -f "$pinned"; trap - RETURN' RETURN
	tc qdisc add dev bpf0 clsact
	tc filter add dev bpf0 egress bpf direct-action object-pinned "$pinned"
}

# write_cb NS DEV egress|ingress VALUE: sets all words of the control block to VALUE in each
# packet, until `tc -n NS qdisc del dev DEV clsact`
write_cb() {
	local pinned=/run/bpf/cb-$4
	[ -e "$pinned" ] || python3 "$VM/lib/bpf.py" "cb-$4" "$4"
	tc -n "$1" qdisc replace dev "$2" clsact
	tc -n "$1" filter add dev "$2" "$3" bpf direct-action object-pinned "$pinned"
}
