# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Permissions: tests each cell of the table in docs/AUTHORITY.md, by processes that have exactly
# the capabilities of its column.
# timeout: 400
# plan: 157
# excludes: run -- it has no cable or tunnel to change

ns a b
run_part

nothing_to_set() { expect_without . find /sys/module/wireguard/ -path '*/parameters/*' -perm /222; }
check "no module parameter can be set" nothing_to_set
if mountpoint -q /sys/kernel/debug; then
	nothing_in_debugfs() { expect_without . find /sys/kernel/debug -iname '*wireguard*' -not -path '*/tracing/*'; }
	check "nothing in debugfs" nothing_in_debugfs
else
	skip "nothing in debugfs" "this kernel has no debugfs"
fi
