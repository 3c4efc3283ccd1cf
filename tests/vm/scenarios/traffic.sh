# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Traffic of every kind through the tunnel, over IPv4 and over IPv6: ping, TCP, UDP, big
# sends, many streams.
# timeout: 240
# plan: 45
# excludes: ipv6-only, ipv6-off -- it has both families outside and inside

iperf() { # NS-server NS-client ADDRESS OPTION...
	local srv=$1 cli=$2 addr=$3 pid
	shift 3
	on "$srv" iperf3 -s -1 -B "$addr" >"$SCRATCH/server" 2>&1 3>&- &
	pid=$!
	wait_for 20 listening "$srv" 5201
	timeout $((40 * SLOW)) ip netns exec "$cli" iperf3 -Z -c "$addr" -n 4M "$@"
	wait "$pid"
}
# The UDP tests send at a rate that this machine can process: a quarter of what one TCP stream
# reached, but from 1 Mbit/s, so that they end in time, to MOST kbit/s.
tcp_stream() { iperf b a 192.168.241.2 -f k | tee "$SCRATCH/tcp"; }
rate() { # MOST
	awk -v most="$1" '$8 == "Kbits/sec" && $NF == "receiver" {
		rate = int($7 / 4)
		print (rate < 1000 ? 1000 : rate < most ? rate : most)
	}' "$SCRATCH/tcp"
}
# Limits of socket buffers and of a CPU's backlog: enough for everything that is sent here, so
# that only the tunnel can lose packets.
# shellcheck disable=SC2064 # what they are now
trap "sysctl -qw net.core.netdev_max_backlog=$(sysctl -n net.core.netdev_max_backlog) \
	net.core.rmem_max=$(sysctl -n net.core.rmem_max) net.core.wmem_max=$(sysctl -n net.core.wmem_max)" EXIT
sysctl -qw net.core.netdev_max_backlog=20000 net.core.rmem_max=16000000 net.core.wmem_max=16000000
# All datagrams arrive. On a slow kernel one in a hundred may find a queue full.
datagrams() { # MOST OPTION...: from a to b
	local rate
	rate=$(rate "$1")
	[ -n "$rate" ]
	shift
	iperf b a "$@" -b "${rate}K" -w 8M -u -J >"$SCRATCH/udp"
	python3 - "$SCRATCH/udp" <<'PY'
import json, os, sys
with open(sys.argv[1]) as file:
    total = json.load(file)["end"]["sum"]
print(total)
may_lose = total["packets"] / 100 if int(os.environ["SLOW"]) > 1 else 0
sys.exit(total["packets"] < 1000 or total["lost_packets"] > may_lose)
PY
}
# lost: prints the bytes lost on the way to a and on the way to b.
lost() {
	local a b
	read -ra a <<<"$(on a wg show wg0 transfer | cut -f2,3 --output-delimiter=' ')"
	read -ra b <<<"$(on b wg show wg0 transfer | cut -f2,3 --output-delimiter=' ')"
	echo "$((b[1] - a[0])) $((a[1] - b[0]))"
}
# A router with a smaller MTU drops the first full messages over IPv6 and reports it. This sets
# LOST to the bytes that are lost by that. Otherwise nothing may be lost.
by_router() { chaos_has underlay=router || chaos_has offloads=gro-forward; }
first_full_messages() {
	LOST='0 0'
	by_router || return 0
	on a ping -n -q -c 1 -W $((2 * SLOW)) -s 30000 192.168.241.2 || :
	on b ping -n -q -c 1 -W $((2 * SLOW)) -s 30000 192.168.241.1 || :
	wait_for 20 nothing_in_flight
	LOST=$(lost)
}
nothing_in_flight() {
	local before
	before=$(lost)
	idle 0.5
	[ "$(lost)" = "$before" ]
}
# Each side has received as many bytes as the other has sent, without those of LOST.
same_bytes() {
	local now received sent
	now=$(lost)
	read -r received sent <<<"$(on a wg show wg0 transfer | cut -f2,3 --output-delimiter=' ')"
	echo "lost $now, before $LOST; a received $received and sent $sent"
	[ "$now" = "$LOST" ]
	[ "$received" -gt "$1" ] && [ "$sent" -gt "$2" ]
}
# TCP's counters show segments that arrive out of order or twice; TCPFACKReorder those on kernels
# before 4.15. On a slow kernel a segment may be so late that TCP sends it again: TCPTSReorder counts
# the first one if it arrives after all. If full messages are sent in fragments, the cable does not keep
# the order: GRO holds a whole message back and no fragment, and with all CPUs in rps_cpus fragments
# go to another one.
no_reordering() {
	local most=0 late=$((SLOW > 1 ? 3 : 0))
	if by_router || chaos_has underlay-mtu=1479; then most=50; fi
	on "$1" nstat -asz TcpExtTCP{SACK,FACK,TS}Reorder TcpExtTCPDSACKRecv | tee "$SCRATCH/order"
	awk -v most=$most -v late=$late '
		$1 ~ /(SACK|FACK)Reorder$/ && $2 > most || $1 ~ /TSReorder$/ && $2 > late { bad = 1 }
		$1 ~ /Reorder$/ { n++ }
		END { exit bad || n < 2 }' "$SCRATCH/order"
}
for outer in 4 6; do
	two_peers $outer
	keep_order
	check "outer v$outer: ping v4" ping4 a 192.168.241.2 5
	check "outer v$outer: ping v6" ping6 a fd00:1::2 5
	check "outer v$outer: ping v4 back" ping4 b 192.168.241.1 5
	check "outer v$outer: ping v6 back" ping6 b fd00:1::1 5
	check "outer v$outer: endpoint is of that family" \
		expect_output "$([ $outer = 4 ] && echo '^10.0.0.2:2$' || echo '^\[fd00::2\]:2$')" wg_endpoint a
	check "outer v$outer: flood of small pings" flood_ping a 300 192.168.241.2
	first_full_messages
	check "outer v$outer: large pings in fragments" ping4 a 192.168.241.2 3 -s 30000
	check "outer v$outer: large pings in fragments, v6" ping6 a fd00:1::2 3 -s 30000
	check "outer v$outer: a file over TCP v4" same_file a b 192.168.241.2 3000000
	check "outer v$outer: a file over TCP v6" same_file b a fd00:1::1 3000000
	check "outer v$outer: TCP stream v4" tcp_stream
	check "outer v$outer: TCP stream v6, reverse" iperf b a fd00:1::2 -R
	check "outer v$outer: four TCP streams" iperf b a 192.168.241.2 -P 4
	# Each has sent a file of 3 MB, and b a stream of 4 MiB. The iperf3 that sends for a ends when its
	# socket's buffer has the stream. The one that receives then reads no more.
	check "outer v$outer: wg counts both ways" wait_for 20 same_bytes 7194304 3000000
	check "outer v$outer: UDP of 64 bytes" datagrams 5000 192.168.241.2 -l 64 -n 100K
	check "outer v$outer: UDP of 1300 bytes" datagrams 20000 fd00:1::2 -l 1300 -n 2M
	for n in a b; do
		check "outer v$outer: no receive errors in $n" [ "$(link_stat $n wg0 rx_errors)" = 0 ]
		check "outer v$outer: no transmit errors in $n" [ "$(link_stat $n wg0 tx_errors)" = 0 ]
		check "outer v$outer: nothing out of order in $n" no_reordering $n
	done
	ip netns del a
	ip netns del b
done
