# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The wall clock jumps by hours and years. Sessions and timers are not affected, and the
# timestamp of a restarted peer is judged correctly.
# timeout: 180
# plan: 37
# bears not: ipv6-only -- the other side uses IPv4 sockets

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
