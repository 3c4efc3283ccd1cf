# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The replay window at its edges, and counters at their ends.
# timeout: 120
# plan: 38
# bears not: ipv6-only -- the other side's sockets are IPv4 ones

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
