# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# WireGuard's public self-test, tools/testing/selftests/wireguard/netns.sh of
# Debian's linux-source-6.1, unmodified, with the module's debug lines on.
# needs: netns.sh
# speed: slow
# timeout: 1500
# plan: 2

# Before 5.8 the file was in debugfs only.
debug=
for file in /sys/kernel/debug/dynamic_debug/control /proc/dynamic_debug/control; do
	[ ! -e "$file" ] || debug=$file
done
if [ -z "$debug" ]; then
	skip "netns.sh runs to its end" "the kernel has no CONFIG_DYNAMIC_DEBUG, and netns.sh reads debug lines"
elif [ ! -e "$IN/netns.sh" ]; then
	skip "netns.sh runs to its end" "linux-source-6.1 is not installed on the host: tests/setup.sh"
else
	for module in nf_conntrack nf_nat xt_MASQUERADE xt_length xt_mark iptable_nat iptable_mangle veth; do
		modprobe -q "$module" || :
	done
	echo 'module wireguard +p' >"$debug"
	cp "$IN/netns.sh" "$SCRATCH/netns.sh"
	# netns.sh pauses by reading standard input, which must stay silent.
	run() { bash "$SCRATCH/netns.sh" < <(exec sleep 100000) >"$SCRATCH/netns.log" 2>&1; }
	reached() {
		run || { rc=$?; tail -n 30 "$SCRATCH/netns.log"; echo "exit $rc"; return 1; }
		tail -n 3 "$SCRATCH/netns.log"
		grep -q 'Objects that were created were also destroyed' "$SCRATCH/netns.log"
	}
	check "netns.sh runs to its end, all objects destroyed" reached
	cp "$SCRATCH/netns.log" /tmp/logs/netns.log
	echo 'module wireguard -p' >"$debug"
fi
