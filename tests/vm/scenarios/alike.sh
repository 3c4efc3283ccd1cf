# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own module and ours, one after the other in this VM, and what each does with
# the same requests and packets: see alike.py. A difference that docs/COMPATIBILITY.md does
# not list fails, and so does one that it lists and that is none.
# load: by itself
# bears not: any -- its facts, MTUs, routes and offloads among them, are those of one environment
# timeout: 300
# plan: 58

theirs=$(find "/lib/modules/$(uname -r)/kernel/drivers/net/wireguard" -name 'wireguard.ko*' 2>/dev/null | head -n1)
if in_tree; then
	skip "behaves like the kernel's own module" "run with --module: it is compared with that"
elif [ -z "$theirs" ]; then
	skip "behaves like the kernel's own module" "this kernel has none"
else
	PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/alike.py" \
		"$theirs" "$(modinfo -F filename wireguard)" "$IN/docs/COMPATIBILITY.md"
fi
