# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Packet sockets on the interface see raw IP, both ways, with the right protocol; nothing
# inner shows on the cable.
# timeout: 90

two_peers
ping4 a 192.168.241.2
capture a wg0 "$SCRATCH/in" "icmp or icmp6"
on a ping -n -q -c 2 -i 0.2 192.168.241.2
on a ping -6 -n -q -c 2 -i 0.2 fd00:1::2
end_capture
read_cap() { tcpdump -nr "$SCRATCH/in" 2>&1; }
check_output "link type is raw IP" 'link-type RAW' read_cap
check_output "requests show" 'IP 192.168.241.1 > 192.168.241.2: ICMP echo request' read_cap
check_output "replies show" 'IP 192.168.241.2 > 192.168.241.1: ICMP echo reply' read_cap
check_output "IPv6 requests show" 'IP6 fd00:1::1 > fd00:1::2: ICMP6, echo request' read_cap
check_output "IPv6 replies show" 'IP6 fd00:1::2 > fd00:1::1: ICMP6, echo reply' read_cap
protocols() {
	on a python3 - <<'PY'
import socket, subprocess, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind(("wg0", 0)); s.settimeout(5)
seen = set()
for extra, address in (([], "192.168.241.2"), (["-6"], "fd00:1::2")):
    subprocess.run(["ping", *extra, "-n", "-q", "-c", "1", address], check=True, stdout=subprocess.DEVNULL)
    for _ in range(2):
        data, (_, proto, kind, hatype, _) = s.recvfrom(2048)
        seen.add((data[0] >> 4, proto, kind, hatype))
print(seen)
sys.exit(seen != {(4, 0x800, 4, 65534), (4, 0x800, 0, 65534), (6, 0x86dd, 4, 65534), (6, 0x86dd, 0, 65534)})
PY
}
check "protocol, direction and hardware type of each packet" protocols
capture a va "$SCRATCH/out" udp
on a ping -n -q -c 3 -i 0.1 -p 5ec2e75ec2e7 192.168.241.2
end_capture
no_clear() { [ "$(tcpdump -nr "$SCRATCH/out" 2>/dev/null | wc -l)" -ge 6 ] && ! grep -qaP '\x5e\xc2\xe7\x5e\xc2\xe7' "$SCRATCH/out"; }
check "the cable shows data messages and none of the bytes inside" no_clear
