# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# wg-quick with a stock configuration, in a namespace of its own.
# timeout: 120
# plan: 17
# excludes: tunnel, cb, ipv6-only, ipv6-off -- it has its own tunnel, with both families outside and inside

ns a b
veth_pair a va 10.0.0.1/24 fd00::1/64 b vb 10.0.0.2/24 fd00::2/64
new_keys a b
wg genpsk >"$SCRATCH/psk"
mkdir -p /etc/wireguard
cat >"$SCRATCH/wgq0.conf" <<CONF
[Interface]
PrivateKey = $(cat "$SCRATCH/a.key")
Address = 192.168.241.1/24, fd00:1::1/64
ListenPort = 51820
MTU = 1400
PostUp = ip link show %i >$SCRATCH/postup
[Peer]
PublicKey = $(pub b)
PresharedKey = $(cat "$SCRATCH/psk")
AllowedIPs = 192.168.241.2/32, fd00:1::2/128, 172.30.0.0/16
Endpoint = 10.0.0.2:51820
PersistentKeepalive = 25
CONF
chmod 600 "$SCRATCH/wgq0.conf"
ip -n b link add wg0 type wireguard
ip -n b addr add 192.168.241.2/24 dev wg0
ip -n b addr add fd00:1::2/64 dev wg0
on b wg set wg0 private-key "$SCRATCH/b.key" listen-port 51820 peer "$(pub a)" \
	preshared-key "$SCRATCH/psk" allowed-ips 192.168.241.1/32,fd00:1::1/128
ip -n b link set wg0 up
check "wg-quick up" on a wg-quick up "$SCRATCH/wgq0.conf"
check_output "MTU as configured" 'mtu 1400' ip -n a link show wgq0
check_output "routes are set" '172.30.0.0/16 dev wgq0' ip -n a route
check "PostUp ran" grep -q wgq0 "$SCRATCH/postup"
check "ping v4" ping4 a 192.168.241.2
check "ping v6" ping6 a fd00:1::2
check_output "wg-quick strip" '^\[Peer\]' on a wg-quick strip "$SCRATCH/wgq0.conf"
check "wg-quick down" on a wg-quick down "$SCRATCH/wgq0.conf"
check_error "the interface is gone" 'does not exist' ip -n a link show wgq0
# A default route through the tunnel: rules, fwmark, routing table. wg-quick adds this expression of
# nftables to them, which kernels have since 4.10. Without nft it takes iptables.
can_fib() {
	on a nft 'table ip probe { chain c { type filter hook prerouting priority -300; fib saddr type local drop; }; }' &&
		on a nft delete table ip probe
}
can_iptables() {
	local program
	for program in iptables ip6tables; do
		on a $program -t raw -A PREROUTING -m addrtype ! --src-type LOCAL -j DROP &&
			on a $program -t mangle -A PREROUTING -p udp -j CONNMARK --restore-mark &&
			on a $program -t mangle -A POSTROUTING -p udp -m mark --mark 1 -j CONNMARK --save-mark &&
			on a $program -t raw -F && on a $program -t mangle -F || return
	done
}
# without_nft COMMAND...: runs it as on a machine on which nft is not installed.
without_nft() {
	mkdir -p "$SCRATCH/sbin"
	ln -sf /usr/sbin/* "$SCRATCH/sbin/"
	rm "$SCRATCH/sbin/nft"
	PATH="$SCRATCH/sbin:/usr/bin:/bin" "$@"
}
default_route() { # [COMMAND]: is put before wg-quick
	sed -i 's,^AllowedIPs.*,AllowedIPs = 0.0.0.0/0\, ::/0,; s,^ListenPort.*,,' "$SCRATCH/wgq0.conf"
	check "wg-quick up with a default route" "$@" on a wg-quick up "$SCRATCH/wgq0.conf"
	check_output "a fwmark is set" '^0xca6c$' on a wg show wgq0 fwmark
	check_output "policy rule" 'not from all fwmark 0xca6c lookup 51820' ip -n a rule
	ip -n b addr add 203.0.113.9/32 dev lo
	check "ping beyond by the default route" ping4 a 203.0.113.9
	check "outer packets do not loop" [ "$(wg_endpoint a wgq0)" = 10.0.0.2:51820 ]
	check "wg-quick down again" "$@" on a wg-quick down "$SCRATCH/wgq0.conf"
	check_without "rules are gone" 51820 ip -n a rule
}
if can_fib; then
	default_route
elif can_iptables; then
	skip "a default route by nft" "nftables of this kernel lacks fib, which wg-quick needs"
	default_route without_nft
else
	skip "a default route" "nftables of this kernel lacks fib, and iptables an extension, which wg-quick needs"
fi
