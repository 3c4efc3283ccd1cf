# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that wait for a handshake, and packets that cannot be sent: queues, ICMP errors, the
# errors of the sender.
# timeout: 180
# plan: 17
# excludes: qdisc -- the sender gets the driver's error only without a queue
# excludes: ipv6-only, ipv6-off -- it drops IPv4 outside, and sends IPv6 inside

ENDPOINTS=a two_peers
# Ten packets go out before there is a key; all arrive, in order.
capture b wg0 "$SCRATCH/cap" icmp
on a ping -n -q -c 10 -i 0.01 -W 1 192.168.241.2 >/dev/null || :
# Counted here: ping waits for the last replies no longer than twice the longest time before.
seqs() { tcpdump -nr "$SCRATCH/cap" 2>/dev/null | sed -n 's/.*echo request.*seq \([0-9]*\),.*/\1/p'; }
staged_arrive() { [ "$(seqs | grep -c '')" = 10 ]; }
check "all packets staged during the handshake arrive" wait_for 10 staged_arrive
end_capture
in_order() { diff <(seqs) <(seq 10); }
check "in their order" in_order

# More packets than the queue holds: the oldest are dropped first.
ip netns del a; ip netns del b
ENDPOINTS=a two_peers
on b iptables -A INPUT -p udp --dport 2 -j DROP
on a python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(200): s.sendto(b"%05d" % i, ("192.168.241.2", 9999))'
on b iptables -A INPUT -i wg0 -j DROP
capture b wg0 "$SCRATCH/cap" udp port 9999
on b iptables -D INPUT 1
check "the handshake is retried" wait_for 15 has_handshake a
staged_rest() { tcpdump -Anr "$SCRATCH/cap" 2>/dev/null | grep -oE '00[01][0-9]{2}$' | sort -u >"$SCRATCH/rest"; [ -s "$SCRATCH/rest" ] && [ "$(tail -n1 "$SCRATCH/rest")" = 00199 ]; }
check "the youngest staged packet arrives" wait_for 10 staged_rest
end_capture
kept() { staged_rest; diff <(seq -f %05g 72 199) "$SCRATCH/rest"; }
check "128 were kept, the last ones" kept
on b iptables -F

# An address of no peer: ENOKEY and ICMP host unreachable.
check_error "no allowed IP: host unreachable" 'Host Unreachable|Required key' on a ping -n -c 1 -W $((2 * SLOW)) 192.168.241.99
check_error "no allowed IP: v6 address unreachable" 'Address unreachable|Required key' on a ping -6 -n -c 1 -W $((2 * SLOW)) fd00:1::99
errno_of() { on a python3 - "$1" "$2" <<'PY'
import errno, socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
try:
    s.sendto(b"x", (sys.argv[1], 9999))
    got = "none"
except OSError as error:
    got = errno.errorcode[error.errno]
print("got", got)
sys.exit(got not in sys.argv[2].split(","))
PY
}
# Without a queue the sender gets the driver's error.
check "no allowed IP: the sender's error" errno_of 192.168.241.99 ENOKEY
check "no allowed IP, v6: the sender's error" errno_of fd00:1::99 ENOKEY
on a wg set wg0 peer "$(wg genkey | wg pubkey)" allowed-ips 192.168.241.50/32,fd00:1::50/128
check "no endpoint: the sender's error" errno_of 192.168.241.50 EDESTADDRREQ
check "no endpoint, v6: the sender's error" errno_of fd00:1::50 EDESTADDRREQ
check_error "no endpoint: unreachable" 'Unreachable|address required' on a ping -n -c 1 -W $((2 * SLOW)) 192.168.241.50

# A packet that is forwarded into the tunnel and matches no peer: the ICMP error goes back to
# the sender, from the router's address.
ns c
ip link add vc netns c type veth peer name vac netns a
ip -n c addr add 172.16.0.2/24 dev vc; ip -n a addr add 172.16.0.1/24 dev vac
ip -n c addr add fd16::2/64 dev vc; ip -n a addr add fd16::1/64 dev vac
ip -n c link set vc up; ip -n a link set vac up
ip -n c route add default via 172.16.0.1
ip -n c -6 route add default via fd16::1
on a sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
wait_for 10 link_running c vc
check_error "forwarded: ICMP host unreachable from the router" 'From 172\.16\.0\.1 .*Destination Host Unreachable' \
	on c ping -n -c 1 -W $((2 * SLOW)) 192.168.241.99
check_error "forwarded: ICMPv6 address unreachable" 'From fd16::1 .*Destination unreachable: Address unreachable' \
	on c ping -6 -n -c 1 -W $((2 * SLOW)) fd00:1::99
# With NAT the error must still reach the sender.
on a iptables -t nat -A POSTROUTING -o wg0 -j MASQUERADE
check_error "forwarded and masqueraded: the error reaches the sender" 'From 172\.16\.0\.1 .*Destination Host Unreachable' \
	on c ping -n -c 1 -W $((2 * SLOW)) 192.168.241.99

# A live session, and a packet of more segments than the queue holds, from each CPU at once.
# Segments that one CPU has staged and not yet taken must not count for another CPU.
ip netns del a; ip netns del b
two_peers
ping4 a 192.168.241.2
on b iptables -A INPUT -p udp --dport 2 -j DROP
overflown() { on a ethtool -S wg0 | awk '$1 == "tx_staged_overflow:" { print $2 }'; }
none_overflown() {
	local before
	before=$(overflown)
	on a python3 "$VM/lib/burst.py" wg0 192.168.241.1 192.168.241.2 130 "${BURST_SECONDS:-8}"
	on a ethtool -S wg0 | grep 'tx_.*: [1-9]' || :
	[ -n "$before" ] && [ "$(overflown)" = "$before" ]
}
if in_tree; then
	skip "with a key no staged packet is dropped" "the in-tree module has no such counter"
else
	check "with a key no staged packet is dropped" none_overflown
fi
