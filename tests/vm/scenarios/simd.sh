# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Vector instructions of the module's own cryptography: the parameter simd selects each set that
# the CPU has, and a file passes through the tunnel unchanged. A module with the kernel's library
# has no such parameter.
# load: by itself
# timeout: 180
# plan: 1

# The sets, the slowest first, and the CPU flag of each.
declare -A flags=([neon]=asimd [ssse3]=ssse3 [avx2]=avx2 [avx512]=avx512ifma)
case $(uname -m) in
x86_64) sets=(ssse3 avx2 avx512) ;;
aarch64)
	# From 6.19 on kernel_neon_begin() has another form, for which there is no code.
	if kernel_from 6.19; then sets=(); else sets=(neon); fi
	;;
*) sets=() ;;
esac
# With a comma after each line but the last one: an empty line would show.
parameter() { paste -sd, /sys/module/wireguard/parameters/simd; }
load_line() { dmesg | grep 'wireguard: version .* is ready' | tail -n 1; }
has() { grep -qw "$1" /proc/cpuinfo; }

# serves NAME: loads the module so that at most this set serves, and uses it.
serves() {
	local set=$1 shown=$1
	[ "$set" != none ] || shown='vendored$'
	check "simd=$set: loads" modprobe wireguard simd="$set"
	check_output "simd=$set: the parameter says so" "^$set\$" parameter
	check_output "simd=$set: so does the line at load" "crypto backend .*$shown" load_line
	two_peers
	check "simd=$set: ping" ping4 a 192.168.241.2
	check "simd=$set: a file arrives unchanged" same_file a b 192.168.241.2 1000000
	ip netns del a
	ip netns del b
	check "simd=$set: unloads" rmmod wireguard
}

if in_tree; then
	skip "simd= selects vector instructions" "the in-tree module has no such parameter"
elif [ "$(modinfo -F crypto wireguard)" != vendored ]; then
	check_without "a module with the kernel's library has no parameter simd" '^simd:' modinfo -F parm wireguard
elif [ ${#sets[@]} = 0 ]; then
	skip "simd= selects vector instructions" "there is no vector code for $(uname -m)"
else
	check_output "the module has vector code" '^simd:' modinfo -F parm wireguard
	check_error "an unknown set is refused" "Invalid argument" modprobe wireguard simd=mmx
	best=none
	serves none
	for set in "${sets[@]}"; do
		if has "${flags[$set]}"; then
			best=$set
			serves "$set"
		else
			skip "simd=$set" "this CPU lacks it"
		fi
	done
	check "without simd: loads" modprobe wireguard
	check_output "without simd: the best set serves" "^$best\$" parameter
fi
