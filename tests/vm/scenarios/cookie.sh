# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Cookie replies and the rate limit while the device is under load.
# timeout: 150
# plan: 16
# bears not: cpus, preempt, threadirqs, rps, threaded, delay -- it arranges which processor does what, when
# bears not: ipv6-only -- the other side's sockets are IPv4 ones

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
