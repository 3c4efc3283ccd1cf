# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Network namespaces: the sockets stay in the creating namespace, moving, exit with a live
# interface, user namespaces.
# timeout: 240
# plan: 28
# excludes: tunnel, cb, ipv6-only, ipv6-off -- it has its own tunnel, with both families outside and inside

# The creating namespace: a device made in namespace "out" and moved to "in" sends its
# outer packets through "out", which alone has the cable.
ns out in b
# sign_of_end NS: a veth pair with one end in the namespace. The kernel deletes the other end when
# the namespace ends. ended NS: whether it has.
sign_of_end() { ip link add "end-$1" type veth peer name end netns "$1"; }
ended() { wait_for 20 expect_without " end-$1@" ip -o link; }
sign_of_end out
veth_pair out va 10.0.0.1/24 fd00::1/64 b vb 10.0.0.2/24 fd00::2/64
new_keys a b
ip -n out link add wg0 type wireguard
ip -n b link add wg0 type wireguard
on out wg set wg0 private-key "$SCRATCH/a.key" listen-port 1 \
	peer "$(pub b)" allowed-ips 192.168.241.2/32 endpoint 10.0.0.2:2
on b wg set wg0 private-key "$SCRATCH/b.key" listen-port 2 \
	peer "$(pub a)" allowed-ips 192.168.241.1/32
check "move to another namespace" ip -n out link set wg0 netns in
check_output "configuration moves along" '^1$' on in wg show wg0 listen-port
ip -n in addr add 192.168.241.1/24 dev wg0
ip -n b addr add 192.168.241.2/24 dev wg0
ip -n in link set wg0 up
ip -n b link set wg0 up
check "ping through the creating namespace" ping4 in 192.168.241.2
check "ping back" ping4 b 192.168.241.1
check_output "the socket is in the creating namespace" ':1\b' on out ss -lun
check_without "the namespace it was moved to has none" ':1\b' on in ss -lun
check "move back" ip -n in link set wg0 netns out
ip -n out addr add 192.168.241.1/24 dev wg0
ip -n out link set wg0 up
check "ping after the move back" ping4 out 192.168.241.2
ip -n out link set wg0 netns in
ip -n in addr add 192.168.241.1/24 dev wg0
ip -n in link set wg0 up
check "ping after another move" ping4 in 192.168.241.2

# The end of the creating namespace closes the sockets and leaves the device.
ip netns del out
check "the creating namespace ends" ended out
# The kernel updates the operational state up to a second later.
no_carrier() { expect_output '<[A-Z,]*NO-CARRIER[,>]' ip -n in link show wg0; }
check "the device has no carrier any more" wait_for 20 no_carrier
check "the device is still there" ip -n in link show wg0
check "and configurable" on in wg show wg0
check "sends nothing any more" no_ping in 192.168.241.2
check "down" ip -n in link set wg0 down
check_error "cannot come up without its creating namespace" 'not on the network' ip -n in link set wg0 up
check "delete" ip -n in link del wg0

# The end of the namespace a live device is in.
ip netns del in
ip netns del b
two_peers
sign_of_end a
ping4 a 192.168.241.2
(on a ping -n -f -w $((20 * SLOW)) 192.168.241.2 >/dev/null 2>&1 3>&- || :) &
ping_pid=$!
pings_go_on() { [ "$(link_stat a wg0 tx_packets)" -gt 20 ]; }
wait_for 20 pings_go_on
end_a() { ip netns pids a | xargs -r kill -KILL; ip netns del a; ended a; }
check "namespace with a live interface and traffic ends" end_a
wait "$ping_pid" || :
check "the other side is unharmed" on b wg show wg0
ip netns del b

# Many at once.
many_ends() {
	local i
	for i in $(seq 10); do
		ip netns add "m$i"
		ip -n "m$i" link add wg0 type wireguard
		ip -n "m$i" link set wg0 up
		# The end of the namespace deletes this link.
		ip link add "end$i" type veth peer name end netns "m$i"
	done
	for i in $(seq 10); do ip netns del "m$i"; done
	wait_for 20 expect_without ' end[0-9]+@' ip -o link
}
check "ten namespaces with live interfaces end" many_ends

# A device ends with the namespace to which it was moved, and so do its sockets in the other
# one.
moved_and_ended() {
	ns c d
	ip -n c link add wg9 type wireguard
	on c wg set wg9 listen-port 9
	ip -n c link set wg9 netns d
	ip -n d link set wg9 up
	expect_output ':9\b' on c ss -lun
	ip netns del d
	wait_for 20 expect_without ':9\b' on c ss -lun
	for links in "ip -o link" "ip -n c -o link"; do
		# shellcheck disable=SC2086 # words
		expect_without ' wg9[@:]' $links
	done
	ip netns del c
}
check "a moved device ends with the namespace that it is in" moved_and_ended

# Cached routes to peers end with their namespace while the device is deleted. KASAN detects
# their uses of freed memory.
deleted_while_ending() {
	local i key
	for _ in 1 2 3; do
		ns race
		ip -n race link add dum0 type dummy
		ip -n race addr add fd00:2::1/64 dev dum0
		ip -n race link set dum0 up
		ip -n race link add race type wireguard
		{
			printf '[Interface]\nPrivateKey = %s\n' "$(cat "$SCRATCH/a.key")"
			for i in $(seq 40); do
				key=$(head -c 32 /dev/urandom | base64)
				printf '[Peer]\nPublicKey = %s\nEndpoint = [fd00:2::%x]:1\n' "$key" $((i + 1))
				printf 'AllowedIPs = 192.168.99.%d/32\nPersistentKeepalive = 1\n' "$i"
			done
		} >"$SCRATCH/race.conf"
		on race wg setconf race "$SCRATCH/race.conf"
		ip -n race link set race netns 1
		ip link set race up
		wait_for 20 all_sent
		ip link del race &
		ip netns del race
		wait $!
		expect_without ' race[@:]' ip -o link
	done
}
all_sent() { [ "$(wg show race transfer | awk '$3 > 0' | wc -l)" = 40 ]; }
check "a device is deleted while the namespace of its sockets ends" deleted_while_ending

# In a user namespace. RHEL 7 allows none by default.
if [ "$(sysctl -n user.max_user_namespaces 2>/dev/null || echo none)" = 0 ]; then
	sysctl -qw user.max_user_namespaces=100
fi
user_ns() {
	unshare -Urn sh -euc '
		ip link add wg0 type wireguard
		wg genkey | wg set wg0 listen-port 5 private-key /dev/stdin
		ip link set wg0 up
		wg show wg0 | grep -q "listening port: 5"
		ip link del wg0'
}
check "a device in a user namespace" user_ns
ns e
ip -n e link add wg0 type wireguard
without() { on e setpriv --reuid 65534 --clear-groups "$@"; }
check "without CAP_NET_ADMIN the link is visible" without ip link show wg0
check_error "but its configuration is not" 'Unable to access interface: Operation not permitted' \
	without wg show wg0
check_error "and cannot be changed" 'Unable to modify interface: Operation not permitted' \
	without wg set wg0 listen-port 9
check_without "and is unchanged" '^9$' on e wg show wg0 listen-port
