# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Valid datagrams of every type with random damage, at the UDP port, beside a live session. No
# more bytes are answered than were sent, and a message that is not authentic gets no answer.
# timeout: 150
# plan: 5
# bears not: ipv6-only -- the other side uses IPv4 sockets

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
