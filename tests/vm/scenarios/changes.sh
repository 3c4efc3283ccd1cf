# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes each guest-side change of lib/chaos.py by itself: this kernel supports it, it is made,
# and the tunnel carries all traffic. A random draw replaces an unsupported change by another
# one, so that only this scenario finds a change that is never made.
# timeout: 600
# plan: 194
# speed: soak
# excludes: any -- it makes the changes by itself

no_loss() { # NS ADDRESS
	on "$1" ping -n -q -c 5 -i 0.1 -W $((2 * SLOW)) "$2" | grep ' 0% packet loss'
}
made() { grep -qxF -- "$CHAOS" "$CHAOS_MADE"; }

# 6.1 supports all changes. Other kernels may lack some.
must() {
	case $KVER in 6.1.*) return 0 ;; *) return 1 ;; esac
}
check "the programs that make changes are there" chaos_programs
# An assignment, since set -e does not apply to the list of a loop.
list=$(python3 -B "$VM/lib/chaos.py" guest-changes)
for CHAOS in $list; do
	if ! must && ! chaos_can "$CHAOS"; then
		skip "$CHAOS" "this kernel cannot"
		continue
	fi
	check "$CHAOS: this kernel can" chaos_can "$CHAOS"
	: >"$CHAOS_MADE"
	two_peers
	check "$CHAOS: it is made" made
	check "$CHAOS: the first ping" wait_for 10 ping4 a 192.168.241.2 1
	check "$CHAOS: IPv4 inside" no_loss a 192.168.241.2
	check "$CHAOS: IPv6 inside, back" no_loss b fd00:1::1
	check "$CHAOS: a file over TCP" same_file a b 192.168.241.2 1000000
	for namespace in a b router-va; do ip netns del $namespace 2>/dev/null || :; done
done
CHAOS=
