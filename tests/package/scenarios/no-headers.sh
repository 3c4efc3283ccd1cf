# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The package on a machine that has no headers at all.

apt_purge "linux-headers-$FIRST"
point "it can be installed" apt_install wireguard-dkms
point "dpkg is consistent" consistent
point "what is missing is said" said 'wireguard: not built: there are no kernel headers: apt install linux-headers-'
point "the kernel's own module is found" own_for "$FIRST"
point "the headers come" apt_install "linux-headers-$FIRST"
point "that builds it" ours_for "$FIRST"
point "wireguard-dkms build says which kernel is not there" eval \
	'fails run wireguard-dkms build 9.9.9 && said "no kernel 9.9.9"'
