# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The package on a machine without any kernel headers.

apt_purge "linux-headers-$FIRST"
point "the package can be installed" apt_install wireguard-dkms
point "dpkg is consistent" consistent
point "the installation prints what is missing" printed 'wireguard: not built: no kernel headers are installed: apt install linux-headers-'
point "modprobe finds the kernel's own module" own_for "$FIRST"
point "the headers are installed" apt_install "linux-headers-$FIRST"
point "their installation builds the module" ours_for "$FIRST"
point "wireguard-dkms build names the kernel that does not exist" eval \
	'fails run wireguard-dkms build 9.9.9 && printed "no kernel 9.9.9"'
