# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The endpoint follows authenticated packets only, across ports and families.
# timeout: 90
# plan: 19
# bears not: ipv6-only -- the other side uses IPv4 sockets
# bears not: ipv6-off -- it roams to IPv6

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
