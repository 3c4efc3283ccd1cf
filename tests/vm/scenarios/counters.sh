# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Provokes each reason for which a packet is dropped. Each drop is counted under its name, adds
# to the right field of `ip -s link`, and is logged. Also tests what counts as received.
# timeout: 120
# plan: 75
# excludes: ipv6-only -- the other side uses IPv4 sockets

# shellcheck source=tests/vm/lib/setups.sh
source "$VM/lib/setups.sh"
control=/sys/kernel/debug/dynamic_debug/control
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug || :
if [ -w $control ]; then
	# shellcheck disable=SC2064 # what it is now
	trap "sysctl -qw net.core.message_cost=$(sysctl -n net.core.message_cost)
		echo 'module wireguard -p' >$control" EXIT
	# No rate limit, so that every line is logged.
	sysctl -qw net.core.message_cost=0
	echo 'module wireguard +p' >$control
	export LINES_LOGGED=1
fi
wire_bench
run_part
