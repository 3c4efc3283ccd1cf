# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The replay window at its edges, and counters at their limits.
# timeout: 120
# plan: 38
# bears not: ipv6-only -- the other side uses IPv4 sockets

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
