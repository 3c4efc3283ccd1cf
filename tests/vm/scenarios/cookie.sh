# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Cookie replies and the rate limit while the device is under load.
# timeout: 150

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
