# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What happens at the limits: of messages under one key, of indices, of peers. They lie
# too far away to be met, so a module is built for this with WG_TEST_LIMITS=y.
# module: limits
# timeout: 240

if ! modinfo -F for_tests_only wireguard | grep -q 'low limits'; then
	skip "the limits" "this module has the real ones"
	exit 0
fi
# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
