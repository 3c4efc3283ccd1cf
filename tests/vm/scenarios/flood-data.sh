# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The cost of handshakes with a wrong mac1: of a flood beside data traffic, and of one by
# itself.
# timeout: 300
# plan: 18
# bears not: any -- it measures the cost of floods and counts each packet

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
flood_bench
