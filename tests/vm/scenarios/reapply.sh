# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A configuration that is applied again, or changed, while it is in use: sessions and traffic
# go on, a new endpoint is tried at once, and nothing is sent without one.
# timeout: 120
# plan: 25
# bears not: ipv6-only -- the other side's sockets are IPv4 ones

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
