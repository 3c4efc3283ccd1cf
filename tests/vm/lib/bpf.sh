# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# BPF programs in the way of packets, for scenarios that want an skb's control block to
# hold what a queueing discipline or another program has left there.

BPF_DIR=$SCRATCH/bpf

# have_bpf: whether tc can run BPF programs on this kernel; prepares for it
have_bpf() {
	mountpoint -q "$BPF_DIR" && return
	mkdir -p "$BPF_DIR"
	mount -t bpf bpf "$BPF_DIR"
	ip link add bpf0 type dummy
	trap 'ip link del bpf0; trap - RETURN' RETURN
	python3 "$VM/lib/bpf.py" "$BPF_DIR/probe" 0
	tc qdisc add dev bpf0 clsact
	tc filter add dev bpf0 egress bpf direct-action object-pinned "$BPF_DIR/probe"
}

# write_cb NS DEV egress|ingress VALUE: all words of the control block are VALUE in each
# packet that passes, until `tc -n NS qdisc del dev DEV clsact`
write_cb() {
	local pinned=$BPF_DIR/cb-$4
	[ -e "$pinned" ] || python3 "$VM/lib/bpf.py" "$pinned" "$4"
	tc -n "$1" qdisc replace dev "$2" clsact
	tc -n "$1" filter add dev "$2" "$3" bpf direct-action object-pinned "$pinned"
}
