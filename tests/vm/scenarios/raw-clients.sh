# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Programs from Debian's archive that send by packet sockets: libpcap, scapy, tcpreplay,
# nping, nmap, arping, a DHCP client; and one that sends by a ring of many slots.
# timeout: 240
# plan: 26
# excludes: rps, qdisc -- it compares the order of packets of several flows, and netem returns the slots of rings early
# excludes: ipv6-off -- it uses both families

# shellcheck source=tests/vm/lib/raw.sh
source "$VM/lib/raw.sh"
raw_peers
ping4 a 192.168.241.2
ping6 a fd00:1::2
here=192.168.241.1 there=192.168.242.2

# Packets in a file of tcpdump's, as text without the times.
packets() { tcpdump -ntxr "$1" 2>/dev/null; }
has() { [ "$(tcpdump -nr "$1" 2>/dev/null | grep -c '')" -ge "$2" ]; }
# arrives FILE COUNT COMMAND...: at least COUNT UDP packets of the command arrive at b's wg0.
arrives() {
	local file=$1 count=$2
	shift 2
	capture b wg0 "$file" udp
	"$@"
	wait_for 20 has "$file" "$count"
	end_capture
}

# ---- libpcap ----
check "libpcap: pcap_inject" arrives "$SCRATCH/inject" 1 on a "$PACKET/pcap-send" wg0 $here $there
check "libpcap: pcap_sendpacket" \
	arrives "$SCRATCH/sendpacket" 1 on a "$PACKET/pcap-send" --sendpacket wg0 $here $there
same() { diff <(packets "$1") <(packets "$2") && has "$1" 1; }
check "libpcap: both send the same" same "$SCRATCH/inject" "$SCRATCH/sendpacket"

# ---- a ring of many slots ----
in_order() {
	python3 - "$1" <<'PY'
import struct, sys
data, at, numbers = open(sys.argv[1], "rb").read(), 24, []
while at < len(data):
    size = struct.unpack_from("=I", data, at + 8)[0]
    numbers.append(struct.unpack_from("=I", data, at + 16 + 28)[0])
    at += 16 + size
print(len(numbers), "packets")
sys.exit(numbers != list(range(1000)))
PY
}
keep_order
for version in 1 2 3; do
	if [ $version = 3 ] && ! on a "$PACKET/ring-send" lo 3 0 >/dev/null; then
		skip "PACKET_TX_RING v3: 1000 packets by 64 slots" "the kernel has no such ring"
		continue
	fi
	check "PACKET_TX_RING v$version: 1000 packets by 64 slots" arrives "$SCRATCH/ring" 1000 \
		on a "$PACKET/ring-send" wg0 $version 1000 $here $there
	check "PACKET_TX_RING v$version: each of them once, in their order" in_order "$SCRATCH/ring"
done

# ---- tcpreplay: a capture of the interface itself, which is raw IP ----
# Version 4.4.3 warns about the unknown type of the interface and sends.
record() {
	capture a wg0 "$SCRATCH/recorded" "udp or (icmp6 and src fd00:1::1)"
	on a "$PACKET/raw-send" wg0 $here $there
	ping6 a fd00:1::2 2
	on a "$PACKET/raw-send" wg0 $here 192.168.242.3
	wait_for 20 has "$SCRATCH/recorded" 4
	end_capture
}
check "a capture of IPv4 and IPv6 to replay" record
# Each packet in a line, in the order of its flow. Two processors that send on a veth without NAPI
# use two queues, so that packets of different flows change places.
flows() {
	packets "$1" | awk '/^IP/ && line { print line; line = "" } { line = line $0 } END { print line }' |
		sort -s -t: -k1,1
}
same_flows() { diff <(flows "$1") <(flows "$2") && has "$1" "$3"; }
replay() {
	capture b wg0 "$SCRATCH/replayed" "udp or (icmp6 and src fd00:1::1)"
	on a tcpreplay --topspeed --intf1 wg0 "$SCRATCH/recorded"
	wait_for 20 has "$SCRATCH/replayed" 4
	end_capture
	same_flows "$SCRATCH/recorded" "$SCRATCH/replayed" 4
}
check "tcpreplay: what comes out is what was captured" replay

# ---- scapy ----
scapy() {
	on a python3 - <<'PY'
import os
from scapy.all import ICMP, IP, UDP, IPv6, conf, send, sendp, sr1
conf.verb = 0
four = IP(src="192.168.241.1", dst="192.168.242.2") / UDP(sport=1234, dport=1234)
six = IPv6(src="fd00:1::1", dst="fd00:2::2") / UDP(sport=1234, dport=1234)
send(four / b"[send, IPv4]")
send(six / b"[send, IPv6]")
sendp(four / b"[sendp, IPv4]", iface="wg0")
sendp(six / b"[sendp, IPv6]", iface="wg0")
answer = sr1(IP(dst="192.168.241.2") / ICMP(), timeout=10 * int(os.environ["SLOW"]))
assert answer and answer[ICMP].type == 0, answer
conf.use_pcap = True
sendp(four / b"[sendp by libpcap, IPv4]", iface="wg0")
sendp(six / b"[sendp by libpcap, IPv6]", iface="wg0")
PY
}
check "scapy: sends, and sees the answer to a ping" arrives "$SCRATCH/scapy" 6 scapy
for text in "send, IPv4" "send, IPv6" "sendp, IPv4" "sendp, IPv6" \
	"sendp by libpcap, IPv4" "sendp by libpcap, IPv6"; do
	check "scapy: $text" grep -qaF "[$text]" "$SCRATCH/scapy"
done

# ---- nping and nmap: raw sockets out, libpcap in ----
# It waits for a second after its last packet. Any of the answers counts.
check_output "nping: sees the answer" 'RCVD .* Echo reply' \
	on a nping --icmp -c 3 --delay 500ms -e wg0 192.168.241.2
check_output "nping: sees an ICMP error" 'RCVD .* Port unreachable' \
	on a nping --udp -p 1234 -c 3 --delay 500ms -e wg0 192.168.241.2
check_output "nmap: SYN scan" '^1234/tcp closed' on a nmap -n -Pn -sS -p 1234 192.168.241.2
# The interface has no Ethernet and no ARP. The programs must report that, and soon.
check_error "nping: Ethernet frames fail cleanly" 'Next Hop MAC' \
	timeout $((20 * SLOW)) ip netns exec a nping --udp --send-eth -c 1 -e wg0 192.168.241.2
check_error "arping fails cleanly" 'not available|not ARPable' \
	timeout $((20 * SLOW)) ip netns exec a arping -c 1 -w $((5 * SLOW)) -I wg0 192.168.241.2

# ---- DHCP: a client without an address sends UDP by a packet socket ----
# The client sends from 0.0.0.0 to 255.255.255.255. The allowed IPs include both.
on a wg set wg0 peer "$(pub b)" allowed-ips 192.168.241.2/32,fd00:1::2/128,255.255.255.255/32
on b wg set wg0 peer "$(pub a)" \
	allowed-ips 192.168.241.1/32,fd00:1::1/128,255.255.255.255/32,0.0.0.0/32
on b python3 "$VM/lib/dhcpd.py" wg0 192.168.241.2 192.168.241.77 >"$SCRATCH/dhcpd" 3>&- &
dhcpd=$!
wait_for 20 grep -q ready "$SCRATCH/dhcpd"
check_output "udhcpc: a lease through the tunnel" 'lease of 192.168.241.77 obtained from 192.168.241.2' \
	on a udhcpc --foreground --now --quit --retries 10 --timeout 2 --interface wg0 --script /bin/true
kill "$dhcpd"
check "ordinary traffic goes on" ping4 a 192.168.241.2
