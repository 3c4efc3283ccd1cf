# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Cookie replies and the rate limit while the device is under load.
# timeout: 150
# plan: 16
# bears not: cpus, preempt, threadirqs, rps, threaded, delay -- it controls which CPU does what and when
# bears not: ipv6-only -- the other side uses IPv4 sockets

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
