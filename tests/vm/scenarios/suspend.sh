# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Suspend and resume: sessions end, and a new handshake follows. The RTC wakes the machine.
# Without a device file for it, the kernel goes down to the last step before sleep, waits there
# for five seconds and comes back (pm_test).
# timeout: 90
# plan: 9
# excludes: any -- it changes the machine itself
# order: last

two_peers
ping4 a 192.168.241.2
before=$(wg_handshake a)
# REKEY_TIMEOUT: a begins no other handshake within 5 s of this one, and the sleep may be shorter.
idle 6
# Suspend to memory: the RTC of an emulated machine does not wake it from suspend-to-idle.
sleepy() {
	if [ "$how" = clock ]; then
		echo deep >/sys/power/mem_sleep
		# The alarm has to be later than the step into sleep, or nothing wakes the machine.
		rtcwake -m mem -s $((2 + 2 * SLOW)) || return
	else
		echo core >/sys/power/pm_test
		echo mem >/sys/power/state || return
		echo none >/sys/power/pm_test
	fi
	# On 7.3 the ports to the host never open again, with any module or none. A writer would
	# block for ever.
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
	# Without keys the next packet needs a handshake, which is 148 bytes more.
	check "ping after resume" ping4 a 192.168.241.2
	renewed() { [ "$(wg_handshake a)" -gt "$before" ]; }
	check "by a new handshake: the old keys were wiped" renewed
	check "and back" ping4 b 192.168.241.1
	tap "# suspend: wg sent $(($(wg_tx a) - sent_before)) bytes (by $how)"
	# User space that writes an image itself, such as uswsusp, has the kernel prepare a
	# hibernation. Another process may suspend the machine meanwhile. No session may begin
	# before the hibernation has finished.
	if exec {image}</dev/snapshot; then
		differs_in_tree "it lets sessions begin before the image is made"
		check_error "while an image is prepared: no session" ' 0 received' ping4 a 192.168.241.2 1
		check "suspend to memory meanwhile" sleepy
		differs_in_tree "it lets sessions begin before the image is made"
		check_error "after that: still no session" ' 0 received' ping4 a 192.168.241.2 1
		exec {image}<&-
		check "after the hibernation: traffic" wait_for 20 ping4 a 192.168.241.2
	else
		skip "suspend while an image is prepared" "this kernel has no /dev/snapshot"
	fi
fi
