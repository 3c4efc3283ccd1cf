# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# A kernel that cannot have the module is skipped and the reason is printed, which is no
# failure. Other kernels get the module.

apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
conf=$(readlink -f "/lib/modules/$SECOND/build")/include/config/auto.conf
cp "$conf" /tmp/auto.conf
sed -i '/^CONFIG_NET_UDP_TUNNEL=/d' "$conf"
point "the package can be installed beside such a kernel" apt_install wireguard-dkms
point "dpkg is consistent" consistent
point "the installation prints the reason" printed "not built for $SECOND: kernel $SECOND has no CONFIG_NET_UDP_TUNNEL"
point "the message is not that of a failure" silent 'NOT built'
point "the other kernel has the module" ours_for "$FIRST"
point "wireguard-dkms build succeeds" run wireguard-dkms build
point "dkms install skips the kernel and prints the reason" eval \
	'fails run dkms install -m wireguard -v "$VERSION" -k "$SECOND" && printed "has no CONFIG_NET_UDP_TUNNEL"'
point "dkms autoinstall for the other kernel has nothing to do" run dkms autoinstall -k "$FIRST"
cp /tmp/auto.conf "$conf"
point "the module is built once the kernel can have it" eval 'run wireguard-dkms build && ours_for "$SECOND"'
