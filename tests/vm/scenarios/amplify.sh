# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Nobody can have us send more to an address than came from it, whatever is sent: every
# type and size, idle and under load, from thousands of addresses.
# timeout: 240
# plan: 20
# bears not: any -- it counts what floods cost, and each packet on the way

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
flood_bench
