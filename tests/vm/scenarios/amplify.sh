# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The device never sends more bytes to an address than came from it: every message type and
# size, idle and under load, from thousands of addresses.
# timeout: 240
# plan: 20
# bears not: any -- it measures the cost of floods and counts each packet

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
flood_bench
