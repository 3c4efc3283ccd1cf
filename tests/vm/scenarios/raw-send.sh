# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Raw sends: the two reproductions of the failure that this module fixes, and their control on
# an Ethernet device.
# timeout: 240
# plan: 6
# excludes: underlay=router, underlay=bridge -- it sends Ethernet frames from end to end of the cable
# excludes: ipv6-off -- it sends IPv6, too

two_peers
ping4 a 192.168.241.2
ping6 a fd00:1::2

# The expected packet: 43 bytes.
expected() {
	python3 - "$1" <<'PY'
import sys
sys.path.insert(0, __import__("os").environ["VM"] + "/lib")
from wgpeer import checksum, ipv4
import socket, struct
src, dst = "192.168.241.1", "192.168.241.2"
payload = bytes(range(1, 16))
udp = struct.pack(">HHHH", 1234, 1234, 23, 0) + payload
pseudo = socket.inet_aton(src) + socket.inet_aton(dst) + struct.pack(">BBH", 0, 17, 23)
udp = udp[:6] + struct.pack(">H", checksum(pseudo + udp)) + udp[8:]
want = ipv4(src, dst, udp)
data = open(sys.argv[1], "rb").read()
print(want.hex())
sys.exit(len(want) != 43 or want not in data)
PY
}
arrives() {
	capture b wg0 "$SCRATCH/cap" udp port 1234
	"$@"
	wait_for 10 has_packet
	end_capture
	expected "$SCRATCH/cap"
}
has_packet() { [ "$(stat -c %s "$SCRATCH/cap")" -gt 24 ]; }
check "reproduction 1: socket(AF_PACKET, SOCK_RAW, 0), no protocol" \
	arrives on a "$PACKET/raw-send" wg0 192.168.241.1 192.168.241.2
check "reproduction 2: pcap_inject" \
	arrives on a "$PACKET/pcap-send" wg0 192.168.241.1 192.168.241.2
check_output "libpcap sees raw IP" 'link type RAW' on a "$PACKET/pcap-send" wg0 192.168.241.1 192.168.241.2
control() {
	capture b vb "$SCRATCH/cap" udp port 1234
	on a "$PACKET/raw-send" --ethernet va 192.168.241.1 192.168.241.2
	wait_for 5 has_packet
	end_capture
	expected "$SCRATCH/cap"
}
check "control: the same packet on an Ethernet device" control
check "ordinary traffic goes on" ping4 a 192.168.241.2
