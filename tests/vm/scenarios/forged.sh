# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Forged, truncated, oversized and replayed datagrams get no answer, and traffic goes on.
# timeout: 150
# plan: 101
# bears not: ipv6-only -- the other side uses IPv4 sockets

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
