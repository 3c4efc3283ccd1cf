# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Floods of handshakes with a right mac1, from one address and from thousands: who has no
# cookie costs no public-key work, who has one gets his share, memory is bounded, and all
# is as it was soon after.
# timeout: 300
# plan: 25
# bears not: any -- it counts what floods cost, and each packet on the way

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
flood_bench
