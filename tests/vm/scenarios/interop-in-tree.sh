# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Interoperability with the kernel's own module, in a second VM at the other
# end of an Ethernet cable.
# boot: pair
# timeout: 300
# plan: 45

# shellcheck source=tests/vm/lib/pair.sh
source "$VM/lib/pair.sh"
check "the partner answers" meet_partner
check_output "the partner runs the kernel's own module" '^1\.0\.0$' partner cat /sys/module/wireguard/version
if ! in_tree; then
	check_without "and this VM does not" '^1\.0\.0$' cat /sys/module/wireguard/version
fi
new_keys here there
wg genpsk >"$SCRATCH/psk"

# set_up FAMILY INITIATOR: wg0 on both; only the initiator has an endpoint configured.
set_up() {
	local here='' there=''
	case $1-$2 in
	4-here) here='endpoint 10.99.0.2:2' ;;
	6-here) here='endpoint [fd99::2]:2' ;;
	4-there) there='endpoint 10.99.0.1:1' ;;
	6-there) there='endpoint [fd99::1]:1' ;;
	esac
	ip link del wg0 2>/dev/null || :
	partner "ip link del wg0 2>/dev/null; ip link add wg0 type wireguard
		sysctl -qw net.ipv6.conf.wg0.accept_dad=0
		ip addr add 192.168.241.2/24 dev wg0; ip addr add fd00:1::2/64 dev wg0
		wg set wg0 private-key <(echo $(cat "$SCRATCH/there.key")) listen-port 2 \
			peer $(pub here) preshared-key <(echo $(cat "$SCRATCH/psk")) \
			allowed-ips 192.168.241.1/32,fd00:1::1/128 $there
		ip link set wg0 up"
	ip link add wg0 type wireguard
	sysctl -qw net.ipv6.conf.wg0.accept_dad=0
	ip addr add 192.168.241.1/24 dev wg0
	ip addr add fd00:1::1/64 dev wg0
	# shellcheck disable=SC2086
	wg set wg0 private-key "$SCRATCH/here.key" listen-port 1 peer "$(pub there)" \
		preshared-key "$SCRATCH/psk" allowed-ips 192.168.241.2/32,fd00:1::2/128 $here
	ip link set wg0 up
}
send_file() { # to the partner
	head -c 2000000 /dev/urandom >"$SCRATCH/sent"
	partner "rm -f /tmp/got; (ncat -l $1 7777 --recv-only >/tmp/got 2>/dev/null &) ; for i in \$(seq $((50 * SLOW))); do ss -ltn | grep -q :7777 && exit 0; sleep 0.1; done; exit 1"
	ncat --send-only "$1" 7777 <"$SCRATCH/sent"
	wait_for 20 same_there
}
same_there() { [ "$(partner 'sha256sum </tmp/got')" = "$(sha256sum <"$SCRATCH/sent")" ]; }
fetch_file() { # from the partner
	ncat -l "$1" 7777 --recv-only </dev/null >"$SCRATCH/got" 3>&- &
	local pid=$!
	wait_for 10 port_open
	partner "head -c 2000000 /dev/urandom >/tmp/sent; ncat --send-only $1 7777 </tmp/sent"
	wait "$pid"
	[ "$(partner 'sha256sum </tmp/sent')" = "$(sha256sum <"$SCRATCH/got")" ]
}
port_open() { ss -ltn | grep -q ':7777\b'; }
# pings_here, pings_there [OPTION...] ADDRESS: three pings from this VM, or from the partner. Each
# must be answered.
pings_here() { thrice ping -n -q -c 1 -W $((4 * SLOW)) "$@"; }
pings_there() { thrice partner ping -n -q -c 1 -W $((4 * SLOW)) "$@"; }
for family in 4 6; do
	for initiator in here there; do
		n="outer v$family, initiator $initiator"
		set_up $family $initiator
		if [ $initiator = here ]; then
			check "$n: first ping" pings_here 192.168.241.2
		else
			check "$n: first ping" pings_there 192.168.241.1
		fi
		check "$n: ping there" pings_here 192.168.241.2
		check "$n: ping v6 there" pings_here -6 fd00:1::2
		check "$n: ping here" pings_there 192.168.241.1
		check "$n: ping v6 here" pings_there -6 fd00:1::1
		check "$n: large pings" pings_here -s 20000 192.168.241.2
		check "$n: a file there" send_file 192.168.241.2
		check "$n: a file here" fetch_file fd00:1::1
		check "$n: both have a handshake" sh -c "wg show wg0 latest-handshakes | grep -qv '	0\$'"
	done
done
# Roaming of both sides, and keepalives of the partner.
set_up 4 here
pings_here 192.168.241.2
wg set wg0 listen-port 55
check "this side roams to another port" pings_here 192.168.241.2
check "the partner has followed" partner "wg show wg0 endpoints | grep -q ':55\$'"
partner "wg set wg0 listen-port 66"
check "the partner roams" pings_there 192.168.241.1
check_output "this side has followed" ':66$' wg show wg0 endpoints
partner "wg set wg0 peer $(pub here) persistent-keepalive 1"
rx() { wg show wg0 transfer | cut -f2; }
before=$(rx)
more() { [ "$(rx)" -gt "$((before + 64))" ]; }
check "its keepalives arrive" wait_for 10 more
partner "ip link del wg0"
ip link del wg0
