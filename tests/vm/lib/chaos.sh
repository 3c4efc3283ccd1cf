# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes the changes of a scenario's environment in the guest. chaos.py draws the changes, and
# CHAOS has them. scenario.sh calls these functions where it makes namespaces, cables and
# tunnels. Each function makes its own changes and records them in the file CHAOS_MADE, so
# that guest/run detects changes that were drawn but not made.

# shellcheck source=tests/vm/lib/bpf.sh
source "$(dirname "${BASH_SOURCE[0]}")/bpf.sh"

chaos_has() { [[ " ${CHAOS:-} " == *" $1 "* ]]; }
# chaos_value GROUP: prints the value that was drawn, or fails
chaos_value() {
	local word
	for word in ${CHAOS:-}; do
		[ "${word%%=*}" != "$1" ] || { printf '%s\n' "${word#*=}"; return 0; }
	done
	return 1
}
chaos_made() { printf '%s\n' "$1" >>"$CHAOS_MADE"; }

has_ipv6() { [ -e /proc/sys/net/ipv6 ]; }

# --- namespaces

# Connection tracking, which also reassembles outer fragments.
conntrack_rules() { # NS
	local family
	for family in ip ip6; do
		[ "$family" = ip ] || has_ipv6 || continue
		ip netns exec "$1" nft -f - <<NFT || return 1
table $family chaos {
	chain in {
		type filter hook input priority 10;
		ct state new,established,related counter
		ct state invalid counter
	}
	chain forward {
		type filter hook forward priority 10;
		ct state new,established,related counter
	}
	chain out {
		type filter hook output priority 10;
		ct state new,established,related counter
	}
}
NFT
	done
}

chaos_namespace() { # NS
	[ -n "${CHAOS:-}" ] || return 0
	if chaos_has conntrack; then
		conntrack_rules "$1"
		chaos_made conntrack
	fi
	# A link that goes down and up again keeps its IPv6 addresses, as it keeps those of IPv4.
	if chaos_has ipv6-only; then
		ip netns exec "$1" sysctl -qw net.ipv6.conf.all.keep_addr_on_down=1 \
			net.ipv6.conf.default.keep_addr_on_down=1
	fi
	if chaos_has underlay=vrf; then
		ip netns exec "$1" sysctl -qw net.ipv4.udp_l3mdev_accept=1 net.ipv4.tcp_l3mdev_accept=1
	fi
}

# --- cables

# chaos_cable NS1 DEV1 ADDR4 ADDR6 NS2 DEV2 ADDR4 ADDR6: makes two connected devices without
# addresses.
#
#   DEV1: bridge, bond, VLAN, macvlan      DEV2: the same
#    |                                      |
#   DEV1-low ---------------------------- DEV2-low
#
#   DEV1 --- r1 router r2 --- DEV2         VRF: DEV1 is in one, DEV2 is not
chaos_cable() {
	local shape low1=$2-low low2=$6-low
	shape=$(chaos_value underlay) || shape=
	# GRO for forwarding acts where packets are forwarded.
	if chaos_has offloads=gro-forward; then shape=router; fi
	case $shape in
	'' | vrf) ip link add "$2" netns "$1" type veth peer name "$6" netns "$5" ;;
	router) cable_by_router "$@" ;;
	*)
		ip link add "$low1" netns "$1" type veth peer name "$low2" netns "$5"
		cable_on "$shape" "$1" "$2" "$low1"
		cable_on "$shape" "$5" "$6" "$low2"
		;;
	esac
	if [ "$shape" = vrf ]; then cable_in_vrf "$1" "$2" "$3" "$4"; fi
	if chaos_has "underlay=$shape"; then chaos_made "underlay=$shape"; fi
	chaos_device "$1" "$2"
	chaos_device "$5" "$6"
}

cable_on() { # SHAPE NS DEV LOW
	local n=$2 dev=$3 low=$4
	# The lower device must carry any MTU that the scenario gives the upper one.
	ip -n "$n" link set "$low" mtu 65535
	case $1 in
	bridge)
		ip -n "$n" link add "$dev" type bridge forward_delay 0
		ip -n "$n" link set "$low" master "$dev"
		;;
	bond)
		# Without the bond0 that the module creates by default.
		modprobe -q bonding max_bonds=0 || :
		ip -n "$n" link add "$dev" type bond mode active-backup miimon 10
		ip -n "$n" link set "$low" master "$dev"
		;;
	vlan) ip -n "$n" link add link "$low" name "$dev" type vlan id 5 ;;
	macvlan) ip -n "$n" link add link "$low" name "$dev" type macvlan mode bridge ;;
	esac
	ip -n "$n" link set "$low" up
	ip -n "$n" link set "$dev" mtu 1500
}

# The main table has routes into the VRF's device, since the tunnel's socket is in no VRF.
# The prefixes are /24 and /64.
cable_in_vrf() { # NS DEV ADDR4 ADDR6
	ip -n "$1" link add "vrf-$2" type vrf table 10
	ip -n "$1" link set "vrf-$2" up
	ip -n "$1" link set "$2" master "vrf-$2" up
	chaos_has ipv6-only || ip -n "$1" route add "${3%.*}.0/24" dev "$2"
	! has_ipv6 || ip -n "$1" -6 route add "${4%::*}::/64" dev "$2"
}

# Both ends are in one subnet, as without a router. The router is a proxy for ARP and NDP on
# each side.
router_mtu=1400
cable_by_router() {
	local router each dev ends4 ends6
	router=router-$2
	ip netns del "$router" 2>/dev/null || :
	ns "$router"
	ip link add "$2" netns "$1" type veth peer name r1 netns "$router"
	ip link add "$6" netns "$5" type veth peer name r2 netns "$router"
	ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1
	! has_ipv6 || ip netns exec "$router" sysctl -qw net.ipv6.conf.all.forwarding=1
	for each in "r1 253 ${3%/*} ${4%/*} ${8%/*}" "r2 254 ${7%/*} ${8%/*} ${4%/*}"; do
		# shellcheck disable=SC2086 # words
		set -- $each
		dev=$1 ends4=$3 ends6=$4
		ip netns exec "$router" sysctl -qw "net.ipv4.conf.$dev.proxy_arp=1" \
			"net.ipv4.neigh.$dev.proxy_delay=0"
		ip -n "$router" addr add "${ends4%.*}.$2/32" dev "$dev"
		if chaos_has offloads=gro-forward; then set_offloads "$router" "$dev" gro-forward; fi
		ip -n "$router" link set "$dev" up
		ip -n "$router" route add "$ends4/32" dev "$dev" mtu lock $router_mtu
		has_ipv6 || continue
		ip netns exec "$router" sysctl -qw "net.ipv6.conf.$dev.proxy_ndp=1" \
			"net.ipv6.neigh.$dev.proxy_delay=0"
		ip -n "$router" addr add "${ends6%::*}::$2/128" dev "$dev"
		ip -n "$router" -6 route add "$ends6/128" dev "$dev" mtu lock $router_mtu
		ip -n "$router" neigh add proxy "$5" dev "$dev"
	done
}

# chaos_device NS DEV: changes one end of a cable. Changes of hardware features apply to the
# veth below the device, if there is one.
chaos_device() { # NS DEV
	local n=$1 dev=$2 low=$2 value
	[ -n "${CHAOS:-}" ] || return 0
	if ip -n "$n" link show "$dev-low" >/dev/null 2>&1; then low=$dev-low; fi
	if value=$(chaos_value underlay-mtu); then
		ip -n "$n" link set "$dev" mtu "$value"
		chaos_made "underlay-mtu=$value"
	fi
	# The tunnel's MTU with a cable of 9001 bytes: 80 bytes less.
	if chaos_has tunnel-mtu=8921; then ip -n "$n" link set "$dev" mtu 9001; fi
	if value=$(chaos_value offloads) && [ "$value" != tunnel-none ]; then
		set_offloads "$n" "$low" "$value"
		chaos_made "offloads=$value"
	fi
	if chaos_has rps; then
		all_cpus "$n" "$low"
		chaos_made rps
	fi
	# A veth uses NAPI only with GRO enabled and while it is up: see chaos_running.
	# Without NAPI a veth queues each packet for the CPU that sends it. netem sends from several
	# CPUs, which would reorder packets.
	if chaos_has threaded=underlay || chaos_has delay; then
		ip netns exec "$n" ethtool -K "$low" gro on
	fi
	if chaos_has delay; then
		tc -n "$n" qdisc add dev "$dev" root netem delay 3ms limit 100000
		chaos_made delay
	fi
	if chaos_has cb; then
		write_cb "$n" "$dev" egress $cb_value
		write_cb "$n" "$dev" ingress $cb_value
		chaos_made cb
	fi
}
chaos_running() { # NS DEV: once the device is up
	local n=$1 dev=$2 low=$2
	chaos_has threaded=underlay || return 0
	if ip -n "$n" link show "$dev-low" >/dev/null 2>&1; then low=$dev-low; fi
	ip netns exec "$n" sh -c "echo 1 >/sys/class/net/$low/threaded"
	chaos_made threaded=underlay
}
# Read as the length of IP options, this is 64 wherever in the control block it is read.
cb_value=0x40404040

set_offloads() { # NS DEV HOW
	local words
	case $3 in
	none) words='gro off gso off tso off tx off rx off' ;;
	tunnel-none) words='gro off gso off tso off tx off' ;;
	gro) words='gro on' ;;
	gro-list) words='gro on rx-gro-list on' ;;
	gro-forward) words='gro on rx-udp-gro-forwarding on' ;;
	no-checksum) words='tx off rx off' ;;
	esac
	# shellcheck disable=SC2086 # words
	ip netns exec "$1" ethtool -K "$2" $words
}

all_cpus() { # NS DEV: each processor handles some of the flows
	ip netns exec "$1" sh -c "echo $(printf '%x' $(((1 << $(nproc)) - 1))) >/sys/class/net/$2/queues/rx-0/rps_cpus"
}

# kernel_from VERSION: whether the running kernel is of this version or a later one.
kernel_from() { printf '%s\n' "$1" "$(uname -r)" | sort -CV; }

set_limits() { # NS DEV big|segs
	case $3 in
	big) ip -n "$1" link set "$2" gso_max_size 185000 gro_max_size 185000 ;;
	segs) ip -n "$1" link set "$2" gso_max_segs 3 ;;
	esac
}

# chaos_up NS DEV ADDRESS...: adds the addresses, except families that the underlay lacks, and
# sets the device up
chaos_up() {
	local n=$1 dev=$2 address lines=
	shift 2
	for address in "$@"; do
		case $address in
		*:*) has_ipv6 || continue ;;
		*) if chaos_has ipv6-only; then chaos_made ipv6-only; continue; fi ;;
		esac
		lines+="addr add $address dev $dev"$'\n'
	done
	ip -n "$n" -batch - <<<"${lines}link set $dev up"
}

# --- the machine

# chaos_booted WORD: whether the kernel was booted with this change, as the kernel itself reports.
chaos_booted() {
	local value=${1#*=}
	case $1 in
	cpus=*) [ "$(nproc)" = "$value" ] ;;
	preempt=*) grep -qF "($value)" /sys/kernel/debug/sched/preempt ;;
	threadirqs) pgrep '^irq/' >/dev/null ;;
	slub_debug) grep -qx 1 /sys/kernel/slab/kmalloc-64/poison ;;
	init_on_free) dmesg | grep -q 'heap free:on' ;;
	ipv6-off) ! has_ipv6 ;;
	*) echo "chaos_booted: $1?"; exit 3 ;;
	esac
}

# --- tunnels

# chaos_tunnel NS DEV: changes a tunnel that is up
chaos_tunnel() {
	local n=$1 dev=$2 value
	[ -n "${CHAOS:-}" ] || return 0
	if value=$(chaos_value tunnel-mtu); then
		ip -n "$n" link set "$dev" mtu "$value"
		chaos_made "tunnel-mtu=$value"
	fi
	if value=$(chaos_value qdisc); then
		tunnel_qdisc "$n" "$dev" "$value"
		chaos_made "qdisc=$value"
	fi
	if chaos_has cb; then
		write_cb "$n" "$dev" egress $cb_value
		write_cb "$n" "$dev" ingress $cb_value
	fi
	if chaos_has offloads=tunnel-none; then
		set_offloads "$n" "$dev" tunnel-none
		chaos_made offloads=tunnel-none
	fi
	if value=$(chaos_value limits); then
		set_limits "$n" "$dev" "$value"
		chaos_made "limits=$value"
	fi
	if chaos_has rps; then
		all_cpus "$n" "$dev"
	fi
	if chaos_has threaded=tunnel; then
		ip netns exec "$n" sh -c "echo 1 >/sys/class/net/$dev/threaded"
		chaos_made threaded=tunnel
	fi
}

tunnel_qdisc() { # NS DEV KIND
	local words=$3
	case $3 in
	netem) words='netem delay 3ms limit 100000' ;;
	# Limits that are never reached: the qdisc must not drop packets.
	fq) words='fq limit 100000 flow_limit 100000' ;;
	esac
	# shellcheck disable=SC2086 # words
	tc -n "$1" qdisc replace dev "$2" root $words
}

# chaos_reroute NS DEV PORT HERE4 HERE6 THERE4 THERE6: routes the endpoint into the tunnel, as
# a default route does, and adds the endpoint to the allowed IPs of each peer. netfilter marks
# the tunnel's outer packets, which reroutes them over the cable. Programs for several uplinks
# configure this.
chaos_reroute() {
	local n=$1 dev=$2 port=$3 here4=$4 here6=$5 there4=$6 there6=$7 peer ips
	chaos_has reroute || return 0
	while read -r peer ips; do
		ip netns exec "$n" wg set wg0 peer "$peer" \
			allowed-ips "${ips// /,},$there4/32,$there6/128"
	done < <(ip netns exec "$n" wg show wg0 allowed-ips)
	marking_rules "$n" "$port"
	if ! chaos_has ipv6-only; then
		ip -n "$n" rule add fwmark 7 lookup 7
		ip -n "$n" route add "$there4/32" dev "$dev" table 7
		ip -n "$n" route add "$there4/32" dev wg0 src "$here4"
	fi
	if has_ipv6; then
		ip -n "$n" -6 rule add fwmark 7 lookup 7
		ip -n "$n" -6 route add "$there6/128" dev "$dev" table 7
		ip -n "$n" -6 route add "$there6/128" dev wg0 src "$here6"
	fi
	chaos_made reroute
}
marking_rules() { # NS PORT
	local family
	for family in ip ip6; do
		[ "$family" = ip ] || has_ipv6 || continue
		ip netns exec "$1" nft -f - <<NFT || return 1
table $family chaos-marks {
	chain out {
		type route hook output priority -150;
		udp sport $2 meta mark set 7
	}
}
NFT
	done
}

# --- support by this kernel

# Fails if a program that makes changes is missing.
chaos_programs() {
	local program
	for program in ip nft tc ethtool python3; do
		command -v $program >/dev/null || { echo "$program is missing in the root of the VM" >&2; return 1; }
	done
}
# chaos_can WORD: whether the kernel supports this change, tried in a namespace of its own. If
# a supported change fails later, the scenario fails. A missing program has status 2: the kernel
# may support the change.
chaos_can() {
	local n=chaos-can rc=0
	chaos_programs || return 2
	ip netns del $n 2>/dev/null || :
	ip netns add $n
	ip -n $n link set lo up
	ip link add c1 netns $n type veth peer name c2 netns $n
	can_in "$n" "$1" >/dev/null 2>&1 || rc=1
	ip netns del $n
	return $rc
}
can_in() { # NS WORD
	local n=$1 value=${2#*=}
	case $2 in
	underlay=router) ;;
	underlay=bond)
		modprobe -q bonding max_bonds=0
		ip -n "$n" link add x type bond
		;;
	underlay=vlan) ip -n "$n" link add link c1 name x type vlan id 5 ;;
	underlay=macvlan) ip -n "$n" link add link c1 name x type macvlan ;;
	underlay=vrf) ip -n "$n" link add x type vrf table 10 ;;
	underlay=*) ip -n "$n" link add x type "$value" ;;
	ipv6-only) has_ipv6 ;;
	underlay-mtu=* | tunnel-mtu=*) ;;
	delay) tunnel_qdisc "$n" c1 netem ;;
	offloads=*) set_offloads "$n" c1 "$value" ;;
	rps) all_cpus "$n" c1 ;;
	threaded=*) ip netns exec "$n" test -e /sys/class/net/c1/threaded ;;
	# Before 6.3 wg0 refuses packets of more than 64 KiB: see docs/KERNELS.md.
	limits=big) kernel_from 6.3 && set_limits "$n" c1 "$value" ;;
	limits=*) set_limits "$n" c1 "$value" ;;
	conntrack) conntrack_rules "$n" ;;
	reroute) marking_rules "$n" 1 ;;
	qdisc=*) tunnel_qdisc "$n" c1 "$value" ;;
	cb) have_bpf ;;
	*) echo "chaos_can: $2?"; exit 3 ;;
	esac
}
