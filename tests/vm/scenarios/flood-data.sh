# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What handshakes with a wrong mac1 cost: a flood of them beside data that goes on, and
# each of them by itself.
# timeout: 300
# plan: 18
# bears not: any -- it counts what floods cost, and each packet on the way

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
flood_bench
