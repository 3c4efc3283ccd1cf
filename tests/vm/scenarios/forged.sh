# SPDX-License-Identifier: GPL-2.0
#
# Forged, truncated, oversized and replayed datagrams
# timeout:  silence, and the data goes on.:150

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
