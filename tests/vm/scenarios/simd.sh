# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Vector instructions of the module's own cryptography: the parameter simd selects each set that
# the CPU has, and a file passes through the tunnel unchanged. A module with the kernel's library
# has no such parameter. Nor has one whose kernel or compiler lacks what the code needs; what that
# is, the module says.
# load: by itself
# timeout: 180
# plan: 1

# The sets, the slowest first, and the CPU flag of each.
declare -A flags=([neon]=asimd [ssse3]=ssse3 [avx2]=avx2 [avx512]=avx512ifma)
# What a build has that has any set. Some compilers lack AVX-512.
declare -A sets=([x86_64]='^ssse3 avx2( avx512)?$' [aarch64]='^neon$')
# With a comma after each line but the last one: an empty line would show.
parameter() { paste -sd, /sys/module/wireguard/parameters/simd; }
load_line() { dmesg | grep 'wireguard: version .* is ready' | tail -n 1; }
has() { grep -qw "$1" /proc/cpuinfo; }
# exports NAME: whether the kernel does. Without the symbols of its exports in the list, as with
# CONFIG_KALLSYMS_ALL=n, whether it has a function of this name.
exports() {
	if grep -qE ' __ksymtab__?printk$' /proc/kallsyms; then
		grep -qE " __ksymtab_$1(_mask|_partial)?\$" /proc/kallsyms
	else
		grep -qE " [Tt] $1(_mask|_partial)?\$" /proc/kallsyms
	fi
}

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

built=$(modinfo -F vector wireguard)
lacks=${built#none, lacks }
wanted=${sets[$(uname -m)]-}
if in_tree; then
	skip "simd= selects vector instructions" "the in-tree module has no such parameter"
elif [ "$(modinfo -F crypto wireguard)" != vendored ]; then
	check_without "a module with the kernel's library has no parameter simd" '^simd:' modinfo -F parm wireguard
elif [ -z "$wanted" ]; then
	skip "simd= selects vector instructions" "there is no vector code for $(uname -m)"
elif [ "$lacks" != "$built" ] && ! exports "$lacks"; then
	# By the plan this is a failure on Debian's kernel, which lacks nothing.
	skip "simd= selects vector instructions" "kernel or compiler lack $lacks, which vector code needs"
else
	check_output "the module has vector code" "$wanted" modinfo -F vector wireguard
	check_output "and the parameter" '^simd:' modinfo -F parm wireguard
	check_error "an unknown set is refused" "Invalid argument" modprobe wireguard simd=mmx
	best=none
	serves none
	[[ $built =~ $wanted ]] || built=
	for set in $built; do
		if has "${flags[$set]}"; then
			best=$set
			serves "$set"
		else
			skip "simd=$set" "this CPU lacks it"
		fi
	done
	[ "$built" != 'ssse3 avx2' ] || skip "simd=avx512" "the compiler of this module has no AVX-512"
	check "without simd: loads" modprobe wireguard
	check_output "without simd: the best set serves" "^$best\$" parameter
fi
