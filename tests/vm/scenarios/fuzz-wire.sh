# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Valid datagrams of every type with random damage, at the UDP port, beside a session
# that goes on: no more comes back than was sent, and nothing to what is not authentic.
# timeout: 150
# plan: 5
# bears not: ipv6-only -- the other side's sockets are IPv4 ones

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
