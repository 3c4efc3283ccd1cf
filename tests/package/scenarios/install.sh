# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# "apt install wireguard-dkms" from a signed repository, on a machine with only a kernel
# and its headers.
# begins: bare

echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/tests
point "the repository is trusted by its key" add_repository file:/mnt/share/repo
point "apt's candidate is the package" eval \
	'apt-cache policy wireguard-dkms | has "Candidate: $VERSION"'

apt-get -s install wireguard wireguard-dkms >/tmp/simulated
point "together with wireguard it installs no kernel" lacks /tmp/simulated '^Inst linux-image'
point "together with wireguard it is installed" grep -q '^Inst wireguard-dkms' /tmp/simulated

began=$SECONDS
point "apt install" apt_install wireguard-dkms
note "apt install, with what it depends on: $((SECONDS - began)) s"
point "dpkg is consistent" consistent
point "the installation prints what it built" printed "wireguard: $VERSION installed for $FIRST"
point "DKMS has the module installed, and modprobe prefers it to the kernel's" ours_for "$FIRST"
point "modprobe prefers it because of depmod's order" eval \
	'modprobe -n -S "$FIRST" --show-depends wireguard | has "updates/dkms/wireguard.ko"'
point "modinfo prints the cryptography" eval \
	'[ -n "$(modinfo -k "$FIRST" -F crypto wireguard)" ]'
note "modinfo: $(modinfo -k "$FIRST" -F filename wireguard), version $(modinfo -k "$FIRST" -F version wireguard), crypto $(modinfo -k "$FIRST" -F crypto wireguard), vermagic $(modinfo -k "$FIRST" -F vermagic wireguard)"
point "wireguard-dkms status prints it as installed" eval \
	'run wireguard-dkms status && printed "$FIRST: $VERSION installed"'
log=/var/lib/dkms/wireguard/$VERSION/$FIRST/x86_64/log/make.log
point "the build had no warning" lacks "$log" '^[^ ]*(src|build)/[^ ]*: warning|: error'
point "its Provides satisfies the dependency of wireguard" eval \
	'apt_install wireguard && silent "linux-image"'
point "a second build has nothing to do" eval \
	'run wireguard-dkms build && silent "building for"'
