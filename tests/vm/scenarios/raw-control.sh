# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The control: what the other scenarios about raw sends test is broken in a module
# that has neither the hook nor the inference on transmit, exactly as it was reported.
# Such a module is built with WG_TEST_NO_INFERENCE=y PROBE_OFF=PARSE_PROTOCOL.
# module: control
# timeout: 60

if ! modinfo -F for_tests_only wireguard | grep -q 'does not infer'; then
	skip "the failure as it was reported" "this module does infer protocols"
	exit 0
fi
# shellcheck source=tests/vm/lib/raw.sh
source "$VM/lib/raw.sh"
raw_peers
echo 'module wireguard +p' >/proc/dynamic_debug/control
ping4 a 192.168.241.2

# The protocol of what is sent on wg0, as a socket there sees it on its way to the driver.
seen_protocol() {
	on a python3 - "$@" <<'PY'
import socket, subprocess, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind(("wg0", 0))
s.settimeout(10)
subprocess.run(sys.argv[1:])
while True:
    data, (_, proto, kind, _, _) = s.recvfrom(2048)
    if kind == socket.PACKET_OUTGOING and data[9] == socket.IPPROTO_UDP:
        print(f"protocol {proto}, {len(data)} bytes")
        break
PY
}
reproduction_1() { on a "$PACKET/raw-send" wg0 192.168.241.1 192.168.241.2; }
reproduction_2() { on a "$PACKET/pcap-send" wg0 192.168.241.1 192.168.241.2; }
refused() { on a ethtool -S wg0 | awk '$1 == "tx_bad_protocol:" { print $2 }'; }

# Not every kernel hands on what a driver answers: does this one, for want of an allowed IP?
told() {
	local text
	text=$(on a "$PACKET/raw-send" --protocol wg0 192.168.241.1 192.168.243.9 2>&1) || :
	grep -q 'Required key' <<<"$text"
}
fails() { # NAME ERROR COMMAND...
	local name=$1 error=$2
	shift 2
	if told; then
		check_error "$name: the sender is told" "$error: Protocol not supported" "$@"
	else
		skip "$name: the sender is told" "this kernel does not hand on what a driver answers"
		# Nor does it say that it did not.
		check "$name: the sender is not told" "$@"
	fi
}

capture b wg0 "$SCRATCH/cap" udp port 1234
fails "reproduction 1" 'raw-send: sendto' reproduction_1
check_output "reproduction 1: as an invalid packet, says the kernel's log" \
	'wireguard: wg0: Invalid IP packet' dmesg
check_output "reproduction 1: counted" '^1$' refused
check_output "reproduction 1: without a protocol" '^protocol 0, 43 bytes$' \
	seen_protocol "$PACKET/raw-send" wg0 192.168.241.1 192.168.241.2
fails "reproduction 2" 'pcap-send: send' reproduction_2
check_output "all three are counted" '^3$' refused
# What is sent later comes out later.
check "ordinary traffic goes on" ping4 a 192.168.241.2
end_capture
check_output "none of them comes out" '^0 packets' tcpdump --count -nr "$SCRATCH/cap"

# Nothing else is wrong with it: with a protocol the same packet arrives.
with_protocol() {
	capture b wg0 "$SCRATCH/named" udp port 1234
	on a "$PACKET/raw-send" --protocol wg0 192.168.241.1 192.168.241.2
	wait_for 10 count_is 1
	end_capture
}
count_is() { tcpdump --count -nr "$SCRATCH/named" 2>&1 | grep -q "^$1 packets\\?$"; }
check "the same packet arrives with a protocol" with_protocol
