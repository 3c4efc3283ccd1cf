# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A new kernel with its headers comes, the old one goes.
# begins: installed

point "the package is installed on the first kernel" ours_for "$FIRST"
point "apt install of the second, with its headers" \
	apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
point "it was built once" eval '[ "$(grep -c "building for $SECOND" /tmp/said)" = 1 ]'
point "no word about missing headers" silent 'headers are not installed'
point "dpkg is consistent" consistent
point "the module is there for the second" ours_for "$SECOND"
point "and still for the first" ours_for "$FIRST"
point "dkms status names both" eval '[ "$(dkms status -m wireguard | grep -c ": installed")" = 2 ]'
point "both packages are installed again" \
	apt_install --reinstall "linux-image-$SECOND" "linux-headers-$SECOND"
point "which unpacks and configures both" eval 'said "Setting up linux-image-$SECOND " &&
	said "Setting up linux-headers-$SECOND "'
point "the module is still there, not built again" eval 'silent "building for" && ours_for "$SECOND"'

point "the first kernel is removed" apt_purge "linux-image-$FIRST" "linux-headers-$FIRST"
point "dpkg is consistent then" consistent
point "DKMS knows of the second only" eval \
	'[ "$(dkms status -m wireguard | sed "s/.*, \(.*\), .*: installed.*/\1/")" = "$SECOND" ]'
point "nothing is left of the first" eval '[ ! -e "/lib/modules/$FIRST/updates" ]'
point "the module is still there for the second" ours_for "$SECOND"
