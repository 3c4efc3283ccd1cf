# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# FIPS mode: the module does not load, logs why, and has a parameter that permits loading.
# boot: fips
# load: by itself
# plan: 6

if [ "$(cat /proc/sys/crypto/fips_enabled 2>/dev/null)" != 1 ]; then
	skip "refuses to load" "this kernel has no FIPS mode (CONFIG_CRYPTO_FIPS)"
else
	differs_in_tree "the in-tree module ignores FIPS mode, except on some distributions"
	check_error "refuses to load" "Operation not supported" modprobe wireguard
	differs_in_tree "the in-tree module ignores FIPS mode, except on some distributions"
	check_output "and says why" "wireguard: .*FIPS mode" dmesg
	if in_tree; then
		skip "loads with fips_allow=1" "the in-tree module has no such parameter"
	else
		check "loads with fips_allow=1" modprobe wireguard fips_allow=1
		check_output "the parameter can be read" "^Y$" cat /sys/module/wireguard/parameters/fips_allow
		two_peers
		check "and works" ping4 a 192.168.241.2
	fi
fi
