# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Forged, truncated, oversized and replayed datagrams: silence, and the data goes on.
# timeout: 150
# plan: 99
# bears not: ipv6-only -- the other side's sockets are IPv4 ones

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
