# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The wall clock jumps by hours and years: sessions and timers do not notice, and what a
# restarted peer's timestamp is worth is as it should be.
# timeout: 180
# plan: 37
# bears not: ipv6-only -- the other side's sockets are IPv4 ones

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
