# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A kernel that cannot have the module is passed over with the reason, and is no
# failure; one that can is built for all the same.

apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
conf=$(readlink -f "/lib/modules/$SECOND/build")/include/config/auto.conf
cp "$conf" /tmp/auto.conf
sed -i '/^CONFIG_NET_UDP_TUNNEL=/d' "$conf"
point "the package can be installed beside such a kernel" apt_install wireguard-dkms
point "dpkg is consistent" consistent
point "the reason is said" said "not built for $SECOND: kernel $SECOND has no CONFIG_NET_UDP_TUNNEL"
point "it is not called a failure" silent 'NOT built'
point "the other kernel has the module" ours_for "$FIRST"
point "wireguard-dkms build is no failure" run wireguard-dkms build
point "dkms by hand passes it over, and says why" eval \
	'fails run dkms install -m wireguard -v "$VERSION" -k "$SECOND" && said "has no CONFIG_NET_UDP_TUNNEL"'
point "dkms autoinstall for the other has nothing to do" run dkms autoinstall -k "$FIRST"
cp /tmp/auto.conf "$conf"
point "once it can, it is built" eval 'run wireguard-dkms build && ours_for "$SECOND"'
