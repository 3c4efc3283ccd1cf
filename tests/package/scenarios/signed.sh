# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# DKMS signs the module with the machine's key if there is one, and again after the key was replaced.

if ! grep mok_signing_key "$(command -v dkms)" >/dev/null; then
	skip "the module is signed" "$(dkms --version) does not sign on Debian"
	exit 0
fi
new_key() { # NAME
	openssl req -new -x509 -nodes -newkey rsa:2048 -subj "/CN=$1" -days 30 \
		-outform DER -keyout /var/lib/dkms/mok.key -out /var/lib/dkms/mok.pub
}
signed_by() { [ "$(modinfo -k "$FIRST" -F signer wireguard)" = "$1" ]; }
new_key "the machine of the test"
apt_install wireguard-dkms
point "the module is installed" ours_for "$FIRST"
point "it is signed by that key" signed_by "the machine of the test"
note "signer $(modinfo -k "$FIRST" -F signer wireguard), $(modinfo -k "$FIRST" -F sig_hashalgo wireguard)"
new_key "another key"
point "the key was replaced: the module is built again" run wireguard-dkms build "$FIRST"
point "it is signed by the new key" signed_by "another key"
