# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Interoperability with Debian's wireguard-go, a userspace WireGuard, in the
# other namespace: each side as initiator, over IPv4 and IPv6.
# timeout: 240
# plan: 42
# excludes: any -- the other end is a program with its own limits

modprobe tun
mkdir -p /dev/net
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
ns a b
veth_pair a va 10.0.0.1/24 fd00::1/64 b vb 10.0.0.2/24 fd00::2/64
new_keys a b
wg genpsk >"$SCRATCH/psk"

set_up() {
	local ea='' eb=''
	case $1-$2 in
	4-module) ea='endpoint 10.0.0.2:2' ;;
	6-module) ea='endpoint [fd00::2]:2' ;;
	4-go) eb='endpoint 10.0.0.1:1' ;;
	6-go) eb='endpoint [fd00::1]:1' ;;
	esac
	ip -n a link del wg0 2>/dev/null || :
	ip -n a link add wg0 type wireguard
	# The interface has another name than wg0: all namespaces share the directory of the
	# control sockets, which are named after interfaces.
	ip netns exec b wireguard-go -f wgo0 >"$SCRATCH/go.log" 2>&1 3>&- &
	go=$!
	wait_for 20 test -S /var/run/wireguard/wgo0.sock
	# shellcheck disable=SC2086
	on b wg set wgo0 private-key "$SCRATCH/b.key" listen-port 2 peer "$(pub a)" \
		preshared-key "$SCRATCH/psk" allowed-ips 192.168.241.1/32,fd00:1::1/128 $eb
	ip -n b addr add 192.168.241.2/24 dev wgo0
	ip -n b addr add fd00:1::2/64 dev wgo0
	ip -n b link set wgo0 mtu 1420 up
	# shellcheck disable=SC2086
	on a wg set wg0 private-key "$SCRATCH/a.key" listen-port 1 peer "$(pub b)" \
		preshared-key "$SCRATCH/psk" allowed-ips 192.168.241.2/32,fd00:1::2/128 $ea
	ip -n a addr add 192.168.241.1/24 dev wg0
	ip -n a addr add fd00:1::1/64 dev wg0
	ip -n a link set wg0 up
}
tear_down() {
	kill "$go"
	wait "$go" || :
	wait_for 10 sh -c '! test -S /var/run/wireguard/wgo0.sock'
}
for family in 4 6; do
	for initiator in module go; do
		n="outer v$family, initiator $initiator"
		set_up $family $initiator
		if [ $initiator = module ]; then
			check "$n: first ping" ping4 a 192.168.241.2
		else
			check "$n: first ping" ping4 b 192.168.241.1
		fi
		check "$n: ping from the module" ping4 a 192.168.241.2
		check "$n: ping v6 from the module" ping6 a fd00:1::2
		check "$n: ping from wireguard-go" ping4 b 192.168.241.1
		check "$n: ping v6 from wireguard-go" ping6 b fd00:1::1
		check "$n: full packets" ping4 a 192.168.241.2 2 -M "do" -s 1392
		check "$n: large pings in fragments" ping4 a 192.168.241.2 2 -s 20000
		check "$n: a file from the module" same_file a b 192.168.241.2 1000000
		check "$n: a file from wireguard-go" same_file b a fd00:1::1 1000000
		tear_down
	done
done
set_up 4 module
ping4 a 192.168.241.2
on a wg set wg0 listen-port 55
check "the module roams" ping4 a 192.168.241.2
check_output "wireguard-go has followed" ':55$' on b wg show wgo0 endpoints
on b wg set wgo0 listen-port 66
check "wireguard-go roams" ping4 b 192.168.241.1
check_output "the module has followed" ':66$' on a wg show wg0 endpoints
on b wg set wgo0 peer "$(pub a)" preshared-key /dev/null
ip -n a link set wg0 down
ip -n a link set wg0 up
check "another preshared key: no traffic" no_ping a 192.168.241.2 4
tear_down
