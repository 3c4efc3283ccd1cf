# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Suspend and resume: sessions end, a new handshake follows. The machine wakes
# itself by its clock.
# timeout: 90

two_peers
ping4 a 192.168.241.2
before=$(wg_handshake a)
sleepy() { rtcwake -m "$1" -s 3; }
mode=
for m in freeze mem; do
	if grep -qw "$m" /sys/power/state 2>/dev/null && [ -z "$mode" ]; then mode=$m; fi
done
if [ -z "$mode" ] || [ ! -e /dev/rtc0 ]; then
	skip "suspend and resume" "this kernel or machine has no suspend ($(cat /sys/power/state 2>/dev/null)) or no clock"
else
	mark_rx=$(wg_tx a)
	check "suspend to $mode and back" sleepy "$mode"
	# Without keys, the next packet needs a handshake: 148 bytes more than it.
	check "ping after resume" ping4 a 192.168.241.2
	renewed() { [ "$(wg_handshake a)" -gt "$before" ]; }
	check "by a new handshake: the old keys were wiped" renewed
	check "and back" ping4 b 192.168.241.1
	tap "# suspend: wg sent $(($(wg_tx a) - mark_rx)) bytes"
fi
