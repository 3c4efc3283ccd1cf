# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Who may do what: each cell of the table in docs/AUTHORITY.md, by processes that
# have exactly the capabilities that its columns say.
# timeout: 400
# plan: 157
# bears not: run -- it makes no cable or tunnel that could be changed

ns a b
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/authority.py"

nothing_to_set() { expect_without . find /sys/module/wireguard/ -path '*/parameters/*' -perm /222; }
check "no module parameter can be set" nothing_to_set
if mountpoint -q /sys/kernel/debug; then
	nothing_in_debugfs() { expect_without . find /sys/kernel/debug -iname '*wireguard*' -not -path '*/tracing/*'; }
	check "nothing in debugfs" nothing_in_debugfs
else
	skip "nothing in debugfs" "this kernel has no debugfs"
fi
