# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# Headers that are missing, or are installed after the image.
# begins: installed

# Since 7.2 headers depend on their image and cannot be installed without it.
point "an image without headers can be installed" apt_install "linux-image-$SECOND"
point "dpkg is consistent" consistent
point "the hook prints what is missing and how to install it" printed \
	"wireguard: not built for $SECOND: its headers are not installed: apt install linux-headers-$SECOND"
point "the hook prints which module the kernel uses" printed "$SECOND uses the module that it comes with"
point "the hook prints no compiler error" silent 'error:'
point "modprobe finds the kernel's own module" own_for "$SECOND"
point "the other kernel has our module" ours_for "$FIRST"
run wireguard-dkms status
point "status prints that headers are missing" printed "$SECOND: not built: no headers"

point "the headers are installed later" apt_install "linux-headers-$SECOND"
point "their installation builds the module" ours_for "$SECOND"
point "dpkg is consistent then" consistent

point "the headers are removed" apt_remove "linux-headers-$SECOND"
point "the module stays" eval 'modinfo -k "$SECOND" -F filename wireguard | has updates/dkms'
point "the headers are installed again, and nothing is built" eval \
	'apt_install "linux-headers-$SECOND" && silent "building for" && ours_for "$SECOND"'

: >/etc/dkms/no-autoinstall
dkms remove -m wireguard -v "$VERSION" -k "$SECOND"
point "the hook does not build if DKMS must not build automatically" eval \
	'run /etc/kernel/header_postinst.d/dkms-wireguard "$SECOND" && silent "building for" && own_for "$SECOND"'
rm /etc/dkms/no-autoinstall
point "the hook builds if DKMS may build automatically" eval \
	'run /etc/kernel/header_postinst.d/dkms-wireguard "$SECOND" && ours_for "$SECOND"'
