# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Fields of the inner skb on the outer one: tc_index is cleared. The departure time and the
# sender's request for timestamps are kept, whether the packet is encrypted in place or copied.
# timeout: 60
# plan: 7
# bears not: underlay-mtu -- the kernel keeps no timestamp of a message in fragments
# bears not: cb, ipv6-only -- its own BPF programs inspect outgoing IPv4 packets

two_peers
ping4 a 192.168.241.2
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 \
	ip netns exec a python3 "$VM/scenarios/$SCENARIO.py"
