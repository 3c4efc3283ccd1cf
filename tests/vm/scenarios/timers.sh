# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Keepalives and handshake retries that show within half a minute.
# timeout: 180
# plan: 18
# bears not: cpus=1 -- an answer that arrives before the send call returns needs two CPUs
# bears not: cb -- its own BPF program keeps the sender in the underlying device
# bears not: ipv6-only -- the other side uses IPv4 sockets

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
