# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# "apt install wireguard-dkms", on a machine that has nothing but a kernel and its
# headers, from a signed repository.
# begins: bare

echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/tests
point "the repository is trusted by its key" add_repository file:/mnt/share/repo
point "it is what apt would take" eval \
	'apt-cache policy wireguard-dkms | has "Candidate: $VERSION"'

apt-get -s install wireguard wireguard-dkms >/tmp/simulated
point "with wireguard it pulls in no kernel" lacks /tmp/simulated '^Inst linux-image'
point "with wireguard it pulls in the tools only, and what builds" grep -q '^Inst wireguard-dkms' /tmp/simulated

began=$SECONDS
point "apt install" apt_install wireguard-dkms
note "apt install, with what it depends on: $((SECONDS - began)) s"
point "dpkg is consistent" consistent
point "it says what it built" said "wireguard: $VERSION installed for $FIRST"
point "DKMS has it installed, and modprobe finds it before the kernel's" ours_for "$FIRST"
point "depmod's order is the reason" eval \
	'modprobe -n -S "$FIRST" --show-depends wireguard | has "updates/dkms/wireguard.ko"'
point "modinfo tells the cryptography" eval \
	'[ -n "$(modinfo -k "$FIRST" -F crypto wireguard)" ]'
note "modinfo: $(modinfo -k "$FIRST" -F filename wireguard), version $(modinfo -k "$FIRST" -F version wireguard), crypto $(modinfo -k "$FIRST" -F crypto wireguard), vermagic $(modinfo -k "$FIRST" -F vermagic wireguard)"
point "wireguard-dkms status says so" eval \
	'run wireguard-dkms status && said "$FIRST: $VERSION installed"'
log=/var/lib/dkms/wireguard/$VERSION/$FIRST/x86_64/log/make.log
point "the build had no warning" lacks "$log" '^[^ ]*(src|build)/[^ ]*: warning|: error'
point "what it provides satisfies wireguard" eval \
	'apt_install wireguard && silent "linux-image"'
point "again is nothing to do" eval \
	'run wireguard-dkms build && silent "building for"'
