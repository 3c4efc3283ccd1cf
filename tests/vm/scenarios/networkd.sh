# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# systemd-networkd makes and configures the device from a stock .netdev file.
# boot: systemd
# timeout: 150
# plan: 15

ns b
new_keys host b
ip link add vh type veth peer name vb netns b
ip -n b addr add 10.0.0.2/24 dev vb
ip -n b link set vb up
ip -n b link add wg0 type wireguard
ip -n b addr add 192.168.241.2/24 dev wg0
on b wg set wg0 private-key "$SCRATCH/b.key" listen-port 2 peer "$(pub host)" \
	allowed-ips 192.168.241.1/32,fd00:1::1/128
ip -n b link set wg0 up
mkdir -p /etc/systemd/network
cat >/etc/systemd/network/10-vh.network <<CONF
[Match]
Name=vh
[Network]
Address=10.0.0.1/24
CONF
cat >/etc/systemd/network/20-wgn0.netdev <<CONF
[NetDev]
Name=wgn0
Kind=wireguard
MTUBytes=1400
[WireGuard]
PrivateKey=$(cat "$SCRATCH/host.key")
ListenPort=1
FirewallMark=0x1234
[WireGuardPeer]
PublicKey=$(pub b)
AllowedIPs=192.168.241.2/32
AllowedIPs=10.55.0.0/16
Endpoint=10.0.0.2:2
PersistentKeepalive=25
CONF
cat >/etc/systemd/network/30-wgn0.network <<CONF
[Match]
Name=wgn0
[Network]
Address=192.168.241.1/24
[Route]
Destination=10.55.0.0/16
CONF
chmod 640 /etc/systemd/network/*
chgrp systemd-network /etc/systemd/network/* 2>/dev/null || :
systemctl start dbus.socket dbus.service || :
check "systemd-networkd starts" systemctl restart systemd-networkd
check "it makes the device" wait_for 30 ip link show wgn0
has_address() { ip addr show wgn0 | grep -q 192.168.241.1/24; }
check "it sets the address" wait_for 30 has_address
check_text "private key" "$(cat "$SCRATCH/host.key")" wg show wgn0 private-key
check_output "listen port" '^1$' wg show wgn0 listen-port
check_output "fwmark" '^0x1234$' wg show wgn0 fwmark
check_output "endpoint" '10\.0\.0\.2:2$' wg show wgn0 endpoints
check_output "keepalive" '25$' wg show wgn0 persistent-keepalive
check_output "allowed IPs" '10\.55\.0\.0/16' wg show wgn0 allowed-ips
check_output "MTU" 'mtu 1400' ip link show wgn0
has_route() { expect_output 'dev wgn0' ip route show 10.55.0.0/16; }
check "route" wait_for 30 has_route
# The first initiation may come before the uplink has its address.
shaken() { [ "$(wg show wgn0 latest-handshakes | cut -f2)" != 0 ]; }
pings() {
	wait_for 30 shaken
	thrice ping -n -q -c 1 -W $((4 * SLOW)) 192.168.241.2
}
check "ping" pings
check_output "networkctl" 'wireguard' networkctl list wgn0
check "it reloads" networkctl reload
systemctl stop systemd-networkd systemd-networkd.socket || :
rm -f /etc/systemd/network/*
ip link del wgn0
ip link del vh
