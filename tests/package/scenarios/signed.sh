# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# DKMS signs the module with the machine's key if there is one.

if ! grep mok_signing_key "$(command -v dkms)" >/dev/null; then
	skip "the module is signed" "$(dkms --version) does not sign on Debian"
	exit 0
fi
openssl req -new -x509 -nodes -newkey rsa:2048 -subj '/CN=the machine of the test' -days 30 \
	-outform DER -keyout /var/lib/dkms/mok.key -out /var/lib/dkms/mok.pub
apt_install wireguard-dkms
point "the module is installed" ours_for "$FIRST"
point "it is signed by that key" eval \
	'[ "$(modinfo -k "$FIRST" -F signer wireguard)" = "the machine of the test" ]'
note "signer $(modinfo -k "$FIRST" -F signer wireguard), $(modinfo -k "$FIRST" -F sig_hashalgo wireguard)"
