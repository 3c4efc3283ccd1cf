# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Floods of handshakes with a right mac1, from one address and from thousands. Initiations
# without a cookie cost no public-key work, a sender with a cookie gets its share, memory is
# bounded, and everything is normal again soon after.
# timeout: 300
# plan: 25
# bears not: any -- it measures the cost of floods and counts each packet

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
flood_bench
