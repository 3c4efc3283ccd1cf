# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# CPUs go offline and come back under traffic, and while handshakes wait for an answer. Other
# CPUs process the work that is queued on them, and the driver stops choosing them. ROUNDS= sets
# the repetitions.
# timeout: 600 + 20 * ROUNDS
# plan: 6
# excludes: any -- it changes the machine itself

if [ ! -w /sys/devices/system/cpu/cpu1/online ]; then
	skip "processors leave under traffic" "this kernel or machine cannot take a CPU offline"
else
	two_peers
	ping4 a 192.168.241.2
	run_part
fi
