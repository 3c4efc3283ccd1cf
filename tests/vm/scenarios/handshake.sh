# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Handshakes against an independent peer, each side as initiator, message by message.
# timeout: 90
# plan: 54
# bears not: ipv6-only -- the other side uses IPv4 sockets

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
