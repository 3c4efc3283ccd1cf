# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the kernel notes on a packet inside the tunnel and what it notes outside: tc's index
# stays inside, the time of departure and the sender's wish for timestamps go along, whether
# the packet is sealed in place or copied.
# timeout: 60
# plan: 7
# bears not: cb, ipv6-only -- BPF programs of its own look at what goes out, by IPv4

two_peers
ping4 a 192.168.241.2
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 \
	ip netns exec a python3 "$VM/scenarios/$SCENARIO.py"
