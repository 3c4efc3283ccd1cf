# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# Upgrades from Debian 11's wireguard-dkms to ours, and from ours to the next version.

# apt reads it as a user without access to /root.
cp /root/old/wireguard-dkms_*.deb /tmp
if apt_install /tmp/wireguard-dkms_*.deb; then
	ok "the archive's old package is installed"
	note "before: $(dpkg-query -W wireguard-dkms), $(dkms status -m wireguard)"
elif printed "Breaks: wireguard-dkms"; then
	skip "the archive's old package is installed" "the DKMS of $SUITE breaks with it"
else
	not_ok "the archive's old package is installed"
fi
point "apt upgrades to our package" apt_install wireguard-dkms
point "dpkg is consistent" consistent
point "the module is ours" ours_for "$FIRST"
point "DKMS has one version" eval '[ "$(dkms status -m wireguard | wc -l)" = 1 ]'
point "the old sources are removed" eval \
	'[ "$(echo /usr/src/wireguard-*)" = "/usr/src/wireguard-$VERSION" ]'

point "the next version is installed" apt_install "/mnt/share/wireguard-dkms_${NEXT}_all.deb"
point "dpkg is consistent then" consistent
point "the module is the next version's" ours_for "$FIRST" "$NEXT"
point "DKMS has one version then" eval '[ "$(dkms status -m wireguard | wc -l)" = 1 ]'
point "the previous version is removed" eval \
	'[ "$(echo /usr/src/wireguard-*)" = "/usr/src/wireguard-$NEXT" ] && [ "$(ls /var/lib/dkms/wireguard | grep -c "^[0-9]")" = 1 ]'
point "a downgrade to the previous version" apt_install --allow-downgrades "wireguard-dkms=$VERSION"
point "the module is the previous version's" ours_for "$FIRST"
