# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Keepalives and handshake retries, as far as half a minute shows them.
# timeout: 180
# plan: 18
# bears not: cpus=1 -- the answer that comes before the sender is back needs two
# bears not: cb -- a BPF program of its own keeps the sender in the device below
# bears not: ipv6-only -- the other side's sockets are IPv4 ones

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
