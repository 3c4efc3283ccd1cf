# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# From the source tree: with plain DKMS, and without DKMS.

cp -a /mnt/share/tree /root/tree
cd /root/tree
point "make install" run make install KERNEL="$FIRST"
point "it says so" said "wireguard: $VERSION installed for $FIRST"
point "DKMS has it installed" ours_for "$FIRST"
point "make install again replaces it" eval 'run make install KERNEL="$FIRST" && ours_for "$FIRST"'
apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
point "DKMS's own hook builds for a new kernel" ours_for "$SECOND"
point "make uninstall" run make uninstall
point "the kernels' own modules return" eval 'own_for "$FIRST" && own_for "$SECOND"'
point "nothing is left" nothing_left
apt_purge "linux-image-$SECOND" "linux-headers-$SECOND"

point "make modules_install" run make modules_install KDIR="/lib/modules/$FIRST/build"
point "modprobe finds it before the kernel's" eval \
	'modprobe -n -S "$FIRST" --show-depends wireguard | has "/updates/"'
point "it is ours" eval '[ "$(modinfo -k "$FIRST" -F version wireguard)" = "$VERSION" ]'
find "/lib/modules/$FIRST/updates" -name 'wireguard.ko*' -delete
depmod "$FIRST"
point "into another root" run make modules_install KDIR="/lib/modules/$FIRST/build" INSTALL_MOD_PATH=/tmp/target
point "it is there" eval 'modinfo -b /tmp/target -k "$FIRST" -F version wireguard | has "$VERSION"'

apt_install wireguard-dkms
point "beside the package make install is refused" eval \
	'fails run make install KERNEL="$FIRST" && said "the package wireguard-dkms is installed"'
point "and so is make uninstall" eval 'fails run make uninstall && ours_for "$FIRST"'
apt_purge wireguard-dkms
apt-get -y purge dkms
point "without DKMS it says what is missing" eval 'fails run make install && said "wireguard: no dkms"'
