# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The control: a module with neither the hook nor the inference on transmit fails as reported,
# in the cases that the other scenarios about raw sends test. It is built with
# WG_TEST_NO_INFERENCE=y PROBE_OFF=PARSE_PROTOCOL.
# module: control
# timeout: 60
# plan: 10

if ! modinfo -F for_tests_only wireguard | grep -q 'does not infer'; then
	skip "the failure as it was reported" "this module does infer protocols"
	exit 0
fi
# shellcheck source=tests/vm/lib/raw.sh
source "$VM/lib/raw.sh"
raw_peers
echo 'module wireguard +p' >/proc/dynamic_debug/control
ping4 a 192.168.241.2

# The protocol of a packet sent on wg0, as a packet socket there sees it before the driver does.
seen_protocol() {
	on a python3 - "$@" <<'PY'
import os, socket, subprocess, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind(("wg0", 0))
s.settimeout(10 * int(os.environ["SLOW"]))
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

# Not every kernel returns a driver's error to the sender. Find out by an address without an
# allowed IP.
returns_errors() {
	local text
	text=$(on a "$PACKET/raw-send" --protocol wg0 192.168.241.1 192.168.243.9 2>&1) || :
	grep -q 'Required key' <<<"$text"
}
fails() { # NAME ERROR COMMAND...
	local name=$1 error=$2
	shift 2
	if returns_errors; then
		check_error "$name: the sender gets the error" "$error: Protocol not supported" "$@"
	else
		skip "$name: the sender gets the error" "this kernel does not return a driver's error to the sender"
		# Then the send must succeed.
		check "$name: the sender gets no error" "$@"
	fi
}

capture b wg0 "$SCRATCH/cap" udp port 1234
fails "reproduction 1" 'raw-send: sendto' reproduction_1
check_output "reproduction 1: the log names an invalid packet" \
	'wireguard: wg0: packet refused, it is not IP or contradicts its protocol field' dmesg
check_output "reproduction 1: counted" '^1$' refused
check_output "reproduction 1: the packet has no protocol" '^protocol 0, 43 bytes$' \
	seen_protocol "$PACKET/raw-send" wg0 192.168.241.1 192.168.241.2
fails "reproduction 2" 'pcap-send: send' reproduction_2
check_output "all three are counted" '^3$' refused
# Packets arrive in order, so that this ping comes after them.
check "ordinary traffic goes on" ping4 a 192.168.241.2
end_capture
check_output "none of them arrives" '^0 packets' tcpdump --count -nr "$SCRATCH/cap"

# The protocol is the only fault: with one, the same packet arrives.
with_protocol() {
	capture b wg0 "$SCRATCH/named" udp port 1234
	on a "$PACKET/raw-send" --protocol wg0 192.168.241.1 192.168.241.2
	wait_for 10 count_is 1
	end_capture
}
count_is() { tcpdump --count -nr "$SCRATCH/named" 2>&1 | grep -q "^$1 packets\\?$"; }
check "the same packet arrives with a protocol" with_protocol
