# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Suspend and resume: sessions end, a new handshake follows. The machine wakes itself by
# its clock; where the kernel has no device file for that, it goes down to the last step
# before sleep, waits there for five seconds and comes back (pm_test).
# timeout: 90
# plan: 9
# bears not: any -- the machine itself is what it changes
# order: last

two_peers
ping4 a 192.168.241.2
before=$(wg_handshake a)
# REKEY_TIMEOUT: within 5 s of this handshake a has no other to ask for, and 3 s of
# sleep are fewer.
idle 6
# Suspend to memory: an emulated machine's clock does not wake it from idle.
sleepy() {
	if [ "$how" = clock ]; then
		echo deep >/sys/power/mem_sleep
		rtcwake -m mem -s 3 || return
	else
		echo core >/sys/power/pm_test
		echo mem >/sys/power/state || return
		echo none >/sys/power/pm_test
	fi
	# On 7.3 the ports to the host never open again, whatever module is loaded or
	# none: who writes there waits for ever.
	strictly wait_for 5 port_open
	[ "$RC" = 0 ] || : >/run/vmtest.port-lost
}
port_open() { ! grep -q '^host_connected: 0' /sys/kernel/debug/virtio-ports/*; }
how=''
if grep -qw deep /sys/power/mem_sleep 2>/dev/null && [ -e /dev/rtc0 ]; then
	how=clock
elif grep -qw core /sys/power/pm_test 2>/dev/null; then
	how=pm_test
fi
if [ -z "$how" ]; then
	skip "suspend and resume" "this kernel has no pm_test, and no suspend to memory or no clock to wake it"
else
	sent_before=$(wg_tx a)
	check "suspend to memory and back" sleepy
	# Without keys, the next packet needs a handshake: 148 bytes more than it.
	check "ping after resume" ping4 a 192.168.241.2
	renewed() { [ "$(wg_handshake a)" -gt "$before" ]; }
	check "by a new handshake: the old keys were wiped" renewed
	check "and back" ping4 b 192.168.241.1
	tap "# suspend: wg sent $(($(wg_tx a) - sent_before)) bytes (by $how)"
	# User space that writes an image itself, as uswsusp does, has the kernel prepare a
	# hibernation; another process may suspend the machine meanwhile. No session may begin
	# before the first has finished.
	if exec {image}</dev/snapshot; then
		differs_in_tree "it lets sessions begin before the image is made"
		check_fails "while an image is prepared: no session" ping4 a 192.168.241.2 1
		check "suspend to memory meanwhile" sleepy
		differs_in_tree "it lets sessions begin before the image is made"
		check_fails "after that: no session still" ping4 a 192.168.241.2 1
		exec {image}<&-
		check "when it is done: traffic" wait_for 20 ping4 a 192.168.241.2
	else
		skip "suspend while an image is prepared" "this kernel has no /dev/snapshot"
	fi
fi
