# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Suspend and resume: sessions end, a new handshake follows. The machine wakes
# itself by its clock.
# timeout: 90
# order: last

two_peers
ping4 a 192.168.241.2
before=$(wg_handshake a)
# REKEY_TIMEOUT: within 5 s of this handshake a has no other to ask for, and 3 s of
# sleep are fewer.
idle 6
# Suspend to memory: an emulated machine's clock does not wake it from idle.
sleepy() {
	echo deep >/sys/power/mem_sleep
	rtcwake -m mem -s 3
	# On 7.3 the ports to the host never open again, whatever module is loaded or
	# none: who writes there waits for ever.
	wait_for 5 port_open || : >/run/vmtest.port-lost
}
port_open() { ! grep -q '^host_connected: 0' /sys/kernel/debug/virtio-ports/*; }
if ! grep -qw deep /sys/power/mem_sleep 2>/dev/null || [ ! -e /dev/rtc0 ]; then
	skip "suspend and resume" "this kernel or machine has no suspend to memory or no clock to wake it"
else
	mark_rx=$(wg_tx a)
	check "suspend to memory and back" sleepy
	# Without keys, the next packet needs a handshake: 148 bytes more than it.
	check "ping after resume" ping4 a 192.168.241.2
	renewed() { [ "$(wg_handshake a)" -gt "$before" ]; }
	check "by a new handshake: the old keys were wiped" renewed
	check "and back" ping4 b 192.168.241.1
	tap "# suspend: wg sent $(($(wg_tx a) - mark_rx)) bytes"
fi
