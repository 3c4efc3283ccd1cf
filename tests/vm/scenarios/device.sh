# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Operations on a device through iproute2: create, rename, up, down, MTU,
# statistics, delete.  There is only as much traffic as the counters need.
# timeout: 150
# plan: 43

ns a
check "ip link add" ip -n a link add wg0 type wireguard
check_output "kind is wireguard" 'wireguard' ip -n a -d link show wg0
check_output "flags POINTOPOINT,NOARP" '<POINTOPOINT,NOARP>' ip -n a link show wg0
check_output "no link-layer address" 'link/none' ip -n a link show wg0
check_output "default MTU 1420" 'mtu 1420 ' ip -n a link show wg0
check_output "no queue discipline" 'qdisc noop|qdisc noqueue' ip -n a link show wg0
check_error "same name twice" 'File exists' ip -n a link add wg0 type wireguard
check "rename" ip -n a link set wg0 name tunnel0
check "renamed is configurable" on a wg set tunnel0 listen-port 4000
check_error "old name is gone" 'Unable to access interface: No such device' on a wg show wg0
check "rename back" ip -n a link set tunnel0 name wg0
check_output "listen port is kept" '^4000$' on a wg show wg0 listen-port
check "MTU 1280" ip -n a link set wg0 mtu 1280
check_output "MTU reads back" 'mtu 1280 ' ip -n a link show wg0
check "MTU 576" ip -n a link set wg0 mtu 576
check "MTU 65535" ip -n a link set wg0 mtu 65535
check "largest MTU" ip -n a link set wg0 mtu 2147483552
check_error "MTU above the maximum" 'greater than device maximum|Invalid argument' ip -n a link set wg0 mtu 2147483647
ip -n a link set wg0 mtu 1420
check "up" ip -n a link set wg0 up
check_output "is up" 'UP,LOWER_UP' ip -n a link show wg0
check_output "noqueue when up" 'qdisc noqueue' ip -n a link show wg0
check_output "UDP socket when up" ':4000\b' on a ss -lun
check "down" ip -n a link set wg0 down
check_without "no UDP socket when down" ':4000\b' on a ss -lun
check "up again" ip -n a link set wg0 up
check_output "offload features" 'tcp-segmentation-offload: on' on a ethtool -k wg0
check_output "driver name" 'driver: wireguard' on a ethtool -i wg0
if [ "$MODULE_KIND" = ours ]; then
	check_output "driver version" "version: $(cat /sys/module/wireguard/version)" on a ethtool -i wg0
fi
check "delete while up" ip -n a link del wg0
# netconsole would send Ethernet frames, with interrupts off.
netconsole() { modprobe netconsole netconsole="1@192.168.9.1/wgn,2@192.168.9.2/02:00:00:00:00:01"; }
refuses_netconsole() {
	strictly_text netconsole
	printf 'exit %d: %s\n' "$RC" "$TEXT"
	if [ "$RC" != 0 ]; then
		has_line -E "could not insert .netconsole.: "
		return
	fi
	# With CONFIG_NETCONSOLE_DYNAMIC kernels from 6.6 on load the module without this target.
	rmmod netconsole
	expect_text "Not enabling netconsole for cmdline0" dmesg
}
if modinfo netconsole >/dev/null 2>&1; then
	ip link add wgn type wireguard
	ip addr add 192.168.9.1/24 dev wgn
	ip link set wgn up
	differs_in_tree "it does not refuse netpoll"
	check "netconsole refuses the device" refuses_netconsole
	differs_in_tree "it does not refuse netpoll"
	check_output "because it does not support polling" "netconsole: wgn doesn't support polling" dmesg
	if in_tree && [ -d /sys/module/netconsole ]; then rmmod netconsole; fi
	ip link del wgn
else
	skip "netconsole refuses the device" "this kernel has none"
fi
check_error "deleted" 'Device "wg0" does not exist' ip -n a link show wg0

many() {
	local i
	for i in $(seq 50); do echo "link add w$i type wireguard"; echo "link set w$i up"; done |
		ip -n a -b -
	[ "$(ip -n a -o link show type wireguard | grep -c '<.*[<,]UP[,>]')" = 50 ]
	for i in $(seq 50); do echo "link del w$i"; done | ip -n a -b -
	expect_without . ip -n a -o link show type wireguard
}
check "50 devices come and go" many

two_peers_again() { ip netns del a; two_peers; }
two_peers_again
ping4 a 192.168.241.2 2
# One command for all counters: four commands take so long on a slow kernel that a keepalive is
# sent between them.
look() { on a sh -c 'cd /sys/class/net/wg0/statistics && cat rx_packets tx_packets rx_bytes tx_bytes' | paste -s; }
# counted LEAST: whether so many packets have been received and counted, and no other follows. A
# packet is delivered before it is counted, so that ping may end before.
counted() {
	local now before
	before=$(look)
	read -r now _ _ <<<"$before"
	[ "$now" -ge "$1" ]
	idle 0.2
	[ "$(look)" = "$before" ]
}
wait_for 10 counted 2
read -r rx tx rx_bytes tx_bytes < <(look)
ping4 a 192.168.241.2 5
check "statistics: all packets are counted" wait_for 10 counted $((rx + 5))
read -r rx_now tx_now rx_bytes_now tx_bytes_now < <(look)
# five PACKETS BYTES: five messages: 84 bytes, padded to 96, with 32 bytes of header and tag. On a
# slow kernel keepalives follow, of 32 bytes.
five() {
	local more=$(($1 - 5))
	echo "$1 packets, $2 bytes more; wanted 5, 640 bytes"
	[ "$more" -ge 0 ] && [ "$more" -le 2 ] && [ $(($2 - 32 * more)) = 640 ]
}
check "statistics: received" five $((rx_now - rx)) $((rx_bytes_now - rx_bytes))
check "statistics: sent" five $((tx_now - tx)) $((tx_bytes_now - tx_bytes))
check "statistics: no errors by ordinary traffic" \
	[ "$(($(link_stat a wg0 tx_errors) + $(link_stat a wg0 rx_errors)))" = 0 ]
no_allowed_ip() {
	local counts
	no_ping a 192.168.241.77
	counts="$(link_stat a wg0 tx_errors) $(link_stat a wg0 tx_dropped)"
	echo "tx_errors and tx_dropped: $counts, wanted 1 0"
	[ "$counts" = "1 0" ]
}
check "statistics: a packet without an allowed IP is a tx error" no_allowed_ip
check "down" ip -n a link set wg0 down
check "no ping while down" no_ping b 192.168.241.1
check "and up" ip -n a link set wg0 up
check "ping after up" ping4 a 192.168.241.2
