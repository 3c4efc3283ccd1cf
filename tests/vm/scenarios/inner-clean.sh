# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The inner packet does not inherit metadata of the outer one: the flag of a packet that tc has
# redirected, because of which XDP programs are skipped; mark and priority; the NAPI instance.
# timeout: 100
# plan: 7
# excludes: cb, ipv6-only -- it has its own clsact, and redirects IPv4

two_peers
ip -n b link add d0 type dummy
ip -n b link set d0 up
for each in all vb d0 default; do on b sysctl -qw net.ipv4.conf.$each.rp_filter=0; done
check "the tunnel works" ping4 a 192.168.241.2

inner_clean() { run_part "$@"; }
if inner_clean napi-known; then
	check "a socket inside gets the NAPI ID that one outside gets" inner_clean napi
else
	skip "the NAPI ID of a socket inside" "this kernel has no SO_INCOMING_NAPI_ID"
fi
xdp=
if inner_clean xdp b wg0 drop; then
	xdp=yes
	check "XDP on wg0 sees packets that arrive" no_ping a 192.168.241.2
else
	skip "XDP on wg0" "this kernel has no XDP for such devices"
fi
redirected() {
	on b tc qdisc add dev vb clsact &&
		on b tc filter add dev vb ingress protocol ip matchall \
			action skbedit mark 7 priority 1:7 pipe action mirred ingress redirect dev d0
}
if redirected; then
	if [ -n "$xdp" ]; then
		check "and packets that tc has redirected outside" no_ping a 192.168.241.2
		inner_clean xdp b wg0 none
	fi
	on b nft -f - <<-'NFT'
		table ip t {
			chain in {
				type filter hook input priority 0;
				iifname "d0" meta mark 7 counter
				iifname "wg0" meta mark != 0 counter drop
				iifname "wg0" meta priority != 0 counter drop
			}
		}
	NFT
	check "the outer packet's mark and priority stay outside" ping4 a 192.168.241.2
	check_output "the outer packet had them" 'iifname "d0".*packets [1-9]' on b nft list table ip t
else
	skip "packets that tc has redirected outside" "this kernel has no clsact, no matchall or no skbedit"
fi
