# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Keepalives and handshake retries, as far as half a minute shows them.
# timeout: 180

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
