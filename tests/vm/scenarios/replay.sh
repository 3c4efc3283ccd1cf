# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The replay window at its edges, and counters at their ends.
# timeout: 120

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
