# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the kernel's own module and ours in turn and compares their responses to the same
# requests and packets: see alike.py. A difference that docs/COMPATIBILITY.md does not list
# fails. So does a listed one that does not exist.
# load: by itself
# excludes: any -- the facts that it compares (MTUs, routes, offloads) depend on the environment
# timeout: 300
# plan: 59

theirs=$(find "/lib/modules/$(uname -r)/kernel/drivers/net/wireguard" -name 'wireguard.ko*' 2>/dev/null | head -n1)
if in_tree; then
	skip "behaves like the kernel's own module" "needs --module: it compares that module with the in-tree one"
elif [ -z "$theirs" ]; then
	skip "behaves like the kernel's own module" "this kernel has none"
else
	run_part "$theirs" "$(modinfo -F filename wireguard)" "$IN/docs/COMPATIBILITY.md"
fi
