# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# A new kernel is installed with its headers, then the old kernel is removed.
# begins: installed

point "the package is installed on the first kernel" ours_for "$FIRST"
point "apt installs the second kernel with its headers" \
	apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
point "the module was built once" eval '[ "$(grep -c "building for $SECOND" /tmp/output)" = 1 ]'
point "the hooks do not report missing headers" silent 'headers are not installed'
point "dpkg is consistent" consistent
point "the second kernel has the module" ours_for "$SECOND"
point "the first kernel still has the module" ours_for "$FIRST"
point "dkms status names both" eval '[ "$(dkms status -m wireguard | grep -c ": installed")" = 2 ]'
point "both packages are installed again" \
	apt_install --reinstall "linux-image-$SECOND" "linux-headers-$SECOND"
point "apt unpacks and configures both packages" eval 'printed "Setting up linux-image-$SECOND " &&
	printed "Setting up linux-headers-$SECOND "'
point "the module is kept and not built again" eval 'silent "building for" && ours_for "$SECOND"'

point "the first kernel is removed" apt_purge "linux-image-$FIRST" "linux-headers-$FIRST"
point "dpkg is consistent then" consistent
point "DKMS has the second kernel only" eval \
	'[ "$(dkms status -m wireguard | sed "s/.*, \(.*\), .*: installed.*/\1/")" = "$SECOND" ]'
point "no module of the first kernel is left" eval '[ ! -e "/lib/modules/$FIRST/updates" ]'
point "the second kernel still has the module" ours_for "$SECOND"
