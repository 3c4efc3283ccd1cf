# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Rekeying, the end of retries and the end of a session: minutes, mostly spent waiting.
# speed: slow
# timeout: 330
# plan: 10

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
