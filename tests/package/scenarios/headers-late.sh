# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Headers that are not there, or come after the image.
# begins: installed

# Since 7.2 headers depend on their image, so without it cannot be had.
point "an image without headers can be installed" apt_install "linux-image-$SECOND"
point "dpkg is consistent" consistent
point "what is missing is said, and how to get it" said \
	"wireguard: not built for $SECOND: its headers are not installed: apt install linux-headers-$SECOND"
point "and what serves" said "the module that comes with $SECOND serves there"
point "no compiler is blamed" silent 'error:'
point "the kernel's own module is found there" own_for "$SECOND"
point "the other kernel has ours" ours_for "$FIRST"
run wireguard-dkms status
point "status says that headers are missing" said "$SECOND: not built: no headers"

point "headers come later" apt_install "linux-headers-$SECOND"
point "that builds it" ours_for "$SECOND"
point "dpkg is consistent then" consistent

point "headers go again" apt_remove "linux-headers-$SECOND"
point "the module stays" eval 'modinfo -k "$SECOND" -F filename wireguard | has updates/dkms'
point "they come back, and nothing is built" eval \
	'apt_install "linux-headers-$SECOND" && silent "building for" && ours_for "$SECOND"'

: >/etc/dkms/no-autoinstall
dkms remove -m wireguard -v "$VERSION" -k "$SECOND"
point "where DKMS is not to build by itself, nor does the hook" eval \
	'run /etc/kernel/header_postinst.d/dkms-wireguard "$SECOND" && silent "building for" && own_for "$SECOND"'
rm /etc/dkms/no-autoinstall
point "where it is, the hook builds" eval \
	'run /etc/kernel/header_postinst.d/dkms-wireguard "$SECOND" && ours_for "$SECOND"'
