# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# From Debian 11's wireguard-dkms to ours, from ours to the next.

# apt reads it as a user who may not look into /root.
cp /root/old/wireguard-dkms_*.deb /tmp
if apt_install /tmp/wireguard-dkms_*.deb; then
	ok "the archive's old package is installed"
	note "before: $(dpkg-query -W wireguard-dkms), $(dkms status -m wireguard)"
elif said "Breaks: wireguard-dkms"; then
	skip "the archive's old package is installed" "the DKMS of $SUITE breaks with it"
else
	not_ok "the archive's old package is installed"
fi
point "apt takes ours for the newer" apt_install wireguard-dkms
point "dpkg is consistent" consistent
point "the module is ours" ours_for "$FIRST"
point "DKMS has one version" eval '[ "$(dkms status -m wireguard | wc -l)" = 1 ]'
point "of the old sources nothing is left" eval \
	'[ "$(echo /usr/src/wireguard-*)" = "/usr/src/wireguard-$VERSION" ]'

point "the next version comes" apt_install "/mnt/share/wireguard-dkms_${NEXT}_all.deb"
point "dpkg is consistent then" consistent
point "the module is the next version's" ours_for "$FIRST" "$NEXT"
point "DKMS has one version then" eval '[ "$(dkms status -m wireguard | wc -l)" = 1 ]'
point "of the version before nothing is left" eval \
	'[ "$(echo /usr/src/wireguard-*)" = "/usr/src/wireguard-$NEXT" ] && [ "$(ls /var/lib/dkms/wireguard | grep -c "^[0-9]")" = 1 ]'
point "back to the version before" apt_install --allow-downgrades "wireguard-dkms=$VERSION"
point "the module is that version's" ours_for "$FIRST"
