# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Every setting that wg can make, shown back by every form of wg show.
# timeout: 180
# plan: 66
# excludes: run -- it has no cable or tunnel to change
# excludes: ipv6-off -- it uses both families

ns a
new_keys a p1 p2 p3
ip -n a link add wg0 type wireguard
w() { on a wg "$@"; }

check_output "fresh device: no private key" '^\(none\)$' w show wg0 private-key
check_output "fresh device: no public key" '^\(none\)$' w show wg0 public-key
check_output "fresh device: listen port 0" '^0$' w show wg0 listen-port
check_output "fresh device: fwmark off" '^off$' w show wg0 fwmark
check "private key" w set wg0 private-key "$SCRATCH/a.key"
check_text "private key shows" "$(cat "$SCRATCH/a.key")" w show wg0 private-key
check_text "public key shows" "$(pub a)" w show wg0 public-key
check "private key is clamped" test "$(w show wg0 private-key | base64 -d | head -c1 | od -An -tu1 | awk '{print $1 % 8}')" = 0
check "listen port" w set wg0 listen-port 12345
check_output "listen port shows" '^12345$' w show wg0 listen-port
ip -n a link set wg0 up
check "listen port while up" w set wg0 listen-port 12346
check_output "socket moves" ':12346\b' on a ss -lun
check_output "both families" '\[::\]:12346|\*:12346' on a ss -lun6
check "any free port" w set wg0 listen-port 0
free_port() { [ "$(w show wg0 listen-port)" -gt 0 ]; }
check "any free port: one is chosen" free_port
check "fwmark" w set wg0 fwmark 0xca6c
check_output "fwmark shows" '^0xca6c$' w show wg0 fwmark
check "fwmark off" w set wg0 fwmark 0
check_output "fwmark off shows" '^off$' w show wg0 fwmark
wg genpsk >"$SCRATCH/psk"
check "peer with everything" w set wg0 peer "$(pub p1)" preshared-key "$SCRATCH/psk" \
	endpoint 192.0.2.1:51820 persistent-keepalive 25 allowed-ips 10.1.0.0/16,fd01::/32,10.2.3.4/32
check_text "peer shows" "$(pub p1)" w show wg0 peers
check_text "preshared key shows" "$(cat "$SCRATCH/psk")" w show wg0 preshared-keys
check_output "endpoint shows" '192\.0\.2\.1:51820$' w show wg0 endpoints
check_output "keepalive shows" '[[:space:]]25$' w show wg0 persistent-keepalive
check_output "allowed IPs show" '10\.1\.0\.0/16' w show wg0 allowed-ips
check_output "allowed IPs show, v6" 'fd01::/32' w show wg0 allowed-ips
check_output "transfer shows" '[[:space:]]0[[:space:]][0-9]+$' w show wg0 transfer
check_output "no handshake yet" '[[:space:]]0$' w show wg0 latest-handshakes
check "IPv6 endpoint" w set wg0 peer "$(pub p1)" endpoint '[2001:db8::1]:1234'
check_output "IPv6 endpoint shows" '\[2001:db8::1\]:1234$' w show wg0 endpoints
on a ip link add dummy0 type veth peer name dummy1
ip -n a link set dummy0 up; ip -n a link set dummy1 up
check "link-local endpoint with scope" w set wg0 peer "$(pub p1)" endpoint '[fe80::1%dummy0]:1234'
check_output "scope shows" '\[fe80::1%dummy0\]:1234$' w show wg0 endpoints
check "keepalive off" w set wg0 peer "$(pub p1)" persistent-keepalive off
check_output "keepalive off shows" '[[:space:]]off$' w show wg0 persistent-keepalive
check "keepalive 65535" w set wg0 peer "$(pub p1)" persistent-keepalive 65535
check_output "keepalive 65535 shows" '[[:space:]]65535$' w show wg0 persistent-keepalive
check "preshared key off" w set wg0 peer "$(pub p1)" preshared-key /dev/null
check_output "preshared key off shows" '\(none\)$' w show wg0 preshared-keys
check "allowed IPs are replaced" w set wg0 peer "$(pub p1)" allowed-ips 10.9.0.0/24
replaced() { [ "$(w show wg0 allowed-ips | cut -f2)" = 10.9.0.0/24 ]; }
check "allowed IPs are replaced wholly" replaced
check "allowed IPs host bits are masked" w set wg0 peer "$(pub p1)" allowed-ips 10.9.1.77/24,fd02::77/64
check_output "masked v4" '10\.9\.1\.0/24' w show wg0 allowed-ips
check_output "masked v6" 'fd02::/64' w show wg0 allowed-ips
check "allowed IPs /0" w set wg0 peer "$(pub p1)" allowed-ips 0.0.0.0/0,::/0
check_output "/0 shows" '0\.0\.0\.0/0 ::/0$|::/0 0\.0\.0\.0/0$' w show wg0 allowed-ips
check "second peer takes an allowed IP over" w set wg0 peer "$(pub p2)" allowed-ips 10.9.1.0/24,0.0.0.0/0
taken_over() {
	w show wg0 allowed-ips | grep -F "$(pub p1)" | grep -qv '0\.0\.0\.0/0'
	w show wg0 allowed-ips | grep -F "$(pub p2)" | grep -q '0\.0\.0\.0/0'
}
check "it moved" taken_over
check "no allowed IPs" w set wg0 peer "$(pub p2)" allowed-ips ""
check_output "no allowed IPs shows" '\(none\)$' w show wg0 allowed-ips
check "third peer" w set wg0 peer "$(pub p3)"
count() { [ "$(w show wg0 peers | wc -l)" = "$1" ]; }
check "three peers" count 3
check "remove a peer" w set wg0 peer "$(pub p2)" remove
check "two peers" count 2
check "remove an unknown peer" w set wg0 peer "$(pub p2)" remove
check "still two peers" count 2
w set wg0 peer "$(pub p1)" allowed-ips 10.9.0.0/24,fd02::/64 persistent-keepalive 7 endpoint 192.0.2.7:7
check_output "wg show, human" 'persistent keepalive: every 7 seconds' w show wg0
check_output "wg show all dump" '^wg0[[:space:]]' w show all dump
check_output "wg show interfaces" '^wg0$' w show interfaces
w showconf wg0 >"$SCRATCH/conf"
check_output "showconf" '^Endpoint = 192.0.2.7:7' cat "$SCRATCH/conf"
round_trip() {
	w setconf wg0 /dev/stdin <<<"[Interface]"
	count 0
	w setconf wg0 "$SCRATCH/conf"
	w showconf wg0 | sort >"$SCRATCH/conf2"
	sort "$SCRATCH/conf" | diff - "$SCRATCH/conf2"
}
check "setconf of showconf gives the same" round_trip
add_conf() {
	printf '[Peer]\nPublicKey = %s\nAllowedIPs = 10.77.0.0/16\n' "$(pub p2)" | w addconf wg0 /dev/stdin
	count 3
}
check "addconf" add_conf
sync_conf() {
	w syncconf wg0 "$SCRATCH/conf"
	count 2
	w showconf wg0 | sort | diff - "$SCRATCH/conf2"
}
check "syncconf removes what is not there" sync_conf
check "private key removed" w set wg0 private-key /dev/null
check_output "private key removed shows" '^\(none\)$' w show wg0 private-key
order() {
	local i
	w setconf wg0 /dev/stdin <<<"[Interface]"
	for i in p3 p1 p2; do w set wg0 peer "$(pub $i)"; done
	[ "$(w show wg0 peers)" = "$(pub p3; pub p1; pub p2)" ]
}
check "peers show in the order in which they were made" order
