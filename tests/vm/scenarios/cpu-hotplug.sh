# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Processors leave and come back under traffic, and while handshakes wait for an answer:
# what is queued on them is done by others, and the driver takes its turns elsewhere.
# ROUNDS= is how often.
# timeout: 600 + 20 * ROUNDS
# plan: 6
# bears not: any -- the machine itself is what it changes

if [ ! -w /sys/devices/system/cpu/cpu1/online ]; then
	skip "processors leave under traffic" "this kernel or machine lets none leave"
else
	two_peers
	ping4 a 192.168.241.2
	PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/cpu-hotplug.py"
fi
