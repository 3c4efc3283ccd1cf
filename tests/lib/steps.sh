# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What check.sh and demo.sh share: steps with a line of progress and the time
# each took, and the kernel that the VM runs.  Sourced, never run.

started=$SECONDS

step() { printf '== %s (at %d s)\n' "$*" "$((SECONDS - started))"; }

# The cloud kernel whose headers are installed here: what the VM boots.
vm_kernel() {
	local kver
	kver=$(find /lib/modules -mindepth 2 -maxdepth 2 -name build -path '*-cloud-amd64/*' \
		-printf '%h\n' 2>/dev/null | sed 's,.*/,,' | grep '^6\.1\.' | sort -V | tail -n1)
	if [ -z "$kver" ]; then
		printf 'no headers of a 6.1 cloud kernel: run tests/setup.sh as root\n' >&2
		return 1
	fi
	printf '%s\n' "$kver"
}

need_root() {
	if [ "$(id -u)" != 0 ]; then
		printf '%s: needs root, to install packages and to make the root of the VM\n' "$1" >&2
		exit 1
	fi
}
