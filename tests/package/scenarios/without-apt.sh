# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# Installation from the source tree, with plain DKMS and without DKMS.

cp -a /mnt/share/tree /root/tree
cd /root/tree || exit
point "make install" run make install KERNEL="$FIRST"
point "make install prints what it built" printed "wireguard: $VERSION installed for $FIRST"
point "DKMS has the module installed" ours_for "$FIRST"
point "make install again replaces it" eval 'run make install KERNEL="$FIRST" && ours_for "$FIRST"'
apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
point "DKMS's own hook builds for a new kernel" ours_for "$SECOND"
point "make uninstall" run make uninstall
point "the kernels' own modules return" eval 'own_for "$FIRST" && own_for "$SECOND"'
point "nothing is left" nothing_left
apt_purge "linux-image-$SECOND" "linux-headers-$SECOND"

point "make modules_install" run make modules_install KDIR="/lib/modules/$FIRST/build"
point "modprobe prefers it to the kernel's" eval \
	'modprobe -n -S "$FIRST" --show-depends wireguard | has "/updates/"'
point "the module is ours" eval '[ "$(modinfo -k "$FIRST" -F version wireguard)" = "$VERSION" ]'
find "/lib/modules/$FIRST/updates" -name 'wireguard.ko*' -delete
depmod "$FIRST"
point "make modules_install with INSTALL_MOD_PATH" run make modules_install KDIR="/lib/modules/$FIRST/build" INSTALL_MOD_PATH=/tmp/target
point "the module is in that folder" eval 'modinfo -b /tmp/target -k "$FIRST" -F version wireguard | has "$VERSION"'

apt_install wireguard-dkms
point "make install is refused if the package is installed" eval \
	'fails run make install KERNEL="$FIRST" && printed "the package wireguard-dkms is installed"'
point "make uninstall is refused if the package is installed" eval 'fails run make uninstall && ours_for "$FIRST"'
apt_purge wireguard-dkms
apt-get -y purge dkms
point "make install without DKMS prints what is missing" eval 'fails run make install && printed "wireguard: no dkms"'
