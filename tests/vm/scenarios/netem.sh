# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A bad path between the peers: loss, duplicates, reordering, damage, delay and jitter,
# one by one with every packet accounted for, and then all together.
# timeout: 240
# plan: 27
# excludes: any -- it makes the path, and accounts for each packet on it

two_peers
modprobe -q sch_netem || :
if ! tc -n a qdisc add dev va root netem limit 10000; then
	skip "a bad path" "this kernel has no netem"
	exit 0
fi
tc -n b qdisc add dev vb root netem limit 10000
# Only the tunnel's packets on the cable: no ARP, no IPv6.
ip -n a neigh replace 10.0.0.2 lladdr "$(cat_ns b /sys/class/net/vb/address)" dev va
ip -n b neigh replace 10.0.0.1 lladdr "$(cat_ns a /sys/class/net/va/address)" dev vb
for n in a b; do on $n sysctl -qw net.ipv6.conf.v$n.disable_ipv6=1; done
check "ping before that" ping4 a 192.168.241.2

bad_path() { # OPTION...: of netem, from now on, in both directions
	# A change keeps the options that it does not name, so make new ones.
	tc -n a qdisc del dev va root
	tc -n b qdisc del dev vb root
	tc -n a qdisc add dev va root netem limit 10000 "$@"
	tc -n b qdisc add dev vb root netem limit 10000 "$@"
}
good_path() { bad_path delay 0; }

# a sends numbered packets, paced, and b receives them, in one process with the commands "send
# NUMBER" and "report". "report" prints how many arrived since the last "send", how many different
# ones, how many after a later one, and how many damaged ones.
coproc FLOW {
	exec 3>&-
	PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 exec python3 -c '
import hashlib, socket, sys, time
from rtnl import inside

SO_RCVBUFFORCE = 33
with inside("a"):
    source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
with inside("b"):
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sink.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
sink.bind(("192.168.241.2", 4000))
sink.setblocking(False)
source.connect(("192.168.241.2", 4000))

def packet(number):
    head = b"%8d" % number
    return head + hashlib.sha256(head).digest() * 10

def send(count):
    for number in range(count):
        source.send(packet(number))
        if number % 8 == 7:
            time.sleep(0.004)

def report():
    global came, late, wrong, last
    while True:
        try:
            data = sink.recv(2048)
        except BlockingIOError:
            return came, len(seen), late, wrong
        came += 1
        if not data[:8].strip().isdigit() or data != packet(int(data[:8])):
            wrong += 1
            continue
        number = int(data[:8])
        seen.add(number)
        late += number < last
        last = max(last, number)

for line in sys.stdin:
    words = line.split()
    if words[0] == "send":
        seen, came, late, wrong, last = set(), 0, 0, 0, -1
        send(int(words[1]))
    print(*(report() if words[0] == "report" else words), flush=True)'
}
flow() {
	local line
	printf '%s\n' "$*" >&"${FLOW[1]}"
	# shellcheck disable=SC2153 # scenario.sh sets SLOW
	read -rt $((120 * SLOW)) line <&"${FLOW[0]}"
	echo "$line"
}

# One command for all, since each command in a namespace is slow when emulated: packets that
# arrived at b, those that IP and UDP dropped, and those that the module dropped as replayed, as
# not authentic, and for other reasons.
look() {
	# shellcheck disable=SC2016 # all of it is that shell's
	on b bash -c '
		cat /sys/class/net/vb/statistics/rx_packets
		nstat -asz | awk "/^(UdpInErrors|UdpNoPorts|IpInHdrErrors|IpInAddrErrors|IpInDiscards|IpInUnknownProtos|IpInTruncatedPkts|IpReasmFails) / { n += \$2 } END { print n + 0 }"
		ethtool -S wg0 2>/dev/null | awk "\$1 == \"rx_replayed:\" { r = \$2; next }
			\$1 == \"rx_not_authentic:\" { f = \$2; next }
			\$1 ~ /^(rx|handshake)_/ { n += \$2 } END { print r + 0; print f + 0; print n + 0 }"' | paste -s
}
arrived() { on b cat /sys/class/net/{vb,wg0}/statistics/rx_packets; }
QUIET=$((3 * SLOW / 10)).$((3 * SLOW % 10))
quiet() { # nothing more arrives, outside or inside
	local n
	n=$(arrived)
	idle "$QUIET"
	[ "$(arrived)" = "$n" ]
}

# numbered NAME CONDITION...: sends packets over the current path. Sets outer, the packets that
# arrived at b; came, different, late, wrong, as printed by "report"; below, those that IP and UDP
# dropped; and replayed, forged, refused, those that the module dropped. Repeats this until the
# condition on these numbers is true, for a limited time: a CPU with the last packets may stand still
# for longer than "quiet" looks.
COUNT=${NETEM_PACKETS:-600}
numbered() {
	local name=$1 outer0 below0 replayed0 forged0 refused0 end
	shift
	wait_for 20 quiet
	read -r outer0 below0 replayed0 forged0 refused0 < <(look)
	[ "$(flow send "$COUNT")" = "send $COUNT" ]
	end=$((SECONDS + 10 * SLOW))
	while :; do
		wait_for 30 quiet
		read -r came different late wrong < <(flow report)
		# Later than "report", so that it includes all packets that have come.
		read -r outer below replayed forged refused < <(look)
		outer=$((outer - outer0)) below=$((below - below0))
		replayed=$((replayed - replayed0)) forged=$((forged - forged0)) refused=$((refused - refused0))
		if "$@" || [ "$SECONDS" -ge "$end" ]; then break; fi
	done
	tap "# netem: $name: $COUNT sent, $outer arrived outside, $came inside ($different different, $late late, $wrong damaged); replayed $replayed, not authentic $forged, refused $refused, dropped below $below"
}

# Other packets besides the flow: a keepalive and, on a kernel so slow that a key expires
# meanwhile, a handshake.
SLACK=4
near() {
	echo "$1 and $2"
	[ $(($1 - $2)) -le $SLACK ] && [ $(($2 - $1)) -le $SLACK ]
}
between() { # LEAST NUMBER MOST
	echo "$1 <= $2 <= $3"
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}
once() {
	echo "$came came, $different different ones, $wrong damaged"
	[ "$came" = "$different" ] && [ "$wrong" = 0 ]
}
all_once() { once && all_come; }
none_missing() { near "$outer" "$came"; }
all_come() { [ "$came" = "$COUNT" ]; }
all_replays() { near $((outer - COUNT)) "$replayed"; }
# The in-tree module counts no replays, and nothing else that it drops.
all_come_once() { all_come && { in_tree || all_replays; }; }
all_known() { in_tree || accounted; }
# One in 50 of the damaged packets has the wrong bit in the Ethernet header. Such a packet is
# not for b, and is not counted.
accounted() {
	local sum=$((came + replayed + forged + refused + below))
	echo "$sum of $outer are accounted for"
	between $((outer - COUNT / 50 - SLACK)) "$sum" $((outer + SLACK))
}
check_accounted() {
	if in_tree; then
		skip "$1: each packet is accounted for" "the in-tree module does not count them"
	else
		check "$1: each packet is accounted for" accounted
	fi
}

bad_path loss 10%
numbered "loss 10 %" none_missing
check "loss: some was lost" between $((COUNT / 2)) "$outer" $((COUNT - COUNT / 50))
check "loss: what is lost outside is missing inside, and no more" none_missing
check "loss: nothing twice" once

bad_path duplicate 30%
numbered "duplicate 30 %" all_come_once
check "duplicates: there were some outside" [ "$outer" -gt $((COUNT + COUNT / 10)) ]
check "duplicates: each packet inside once" all_once
if in_tree; then
	skip "duplicates: all are counted as replays" "the in-tree module does not count them"
else
	check "duplicates: all are counted as replays" all_replays
fi

bad_path delay 20ms reorder 75%
numbered "a quarter is 20 ms late" all_come
check "reordering: there was some" [ "$late" -gt $((COUNT / 20)) ]
check "reordering: each packet inside once" all_once

bad_path delay 30ms 20ms
numbered "delay 30 ms, jitter 20 ms" all_come
check "jitter: there was some" [ "$late" -gt $((COUNT / 20)) ]
check "jitter: each packet inside once" all_once

bad_path corrupt 20%
numbered "one bit of a fifth of the packets" all_known
check "damage: there was some" between $((COUNT / 2)) "$came" $((COUNT - COUNT / 20))
check "damage: nothing damaged comes out" once
check_accounted damage
# Without an outer checksum UDP accepts damaged packets, so that the module must refuse all of
# them.
if on b nft -f - <<'RULES'; then
table ip blind {
	chain input {
		type filter hook prerouting priority -300
		ip saddr 10.0.0.1 udp checksum set 0
	}
}
RULES
	numbered "the same without checksums" all_known
	check "damage without checksums: nothing damaged comes out" once
	if in_tree; then
		skip "damage without checksums: it is not authentic" "the in-tree module does not count them"
	else
		check "damage without checksums: it is not authentic" [ "$forged" -gt $((COUNT / 20)) ]
	fi
	check_accounted "damage without checksums"
	on b nft delete table ip blind
else
	skip "damage without checksums" "nftables cannot write to packets here"
fi

everything=(loss 10% duplicate 10% reorder 75% corrupt 2% delay 20ms 5ms)
bad_path "${everything[@]}"
numbered "all together" all_known
check "all together: most come through" between $((COUNT / 2)) "$came" $((COUNT - COUNT / 50))
check "all together: nothing twice, nothing damaged" once
check_accounted "all together"

pings() {
	on a ping -n -c 60 -i 0.05 -W $((5 * SLOW)) 192.168.241.2 >"$SCRATCH/pings" || :
	tail -n3 "$SCRATCH/pings"
	# Packets are lost in both directions, so that about 80 of 100 replies arrive.
	[ "$(grep -c 'bytes from' "$SCRATCH/pings")" -ge 30 ]
}
check "all together: pings go through" pings
check_without "all together: no reply twice" DUP cat "$SCRATCH/pings"
check "all together: a file by TCP" same_file a b 192.168.241.2 "${NETEM_BYTES:-50000}"
# A handshake message that is lost is sent again after 5 s.
renewed() {
	on a wg set wg0 peer "$(pub b)" remove
	on a wg set wg0 peer "$(pub b)" preshared-key "$SCRATCH/psk" endpoint 10.0.0.2:2 \
		allowed-ips 192.168.241.2/32,fd00:1::2/128
	wait_for 60 on a ping -n -q -c 1 -W "$SLOW" 192.168.241.2
	has_handshake a
}
check "all together: a handshake" renewed
good_path
wait_for 20 quiet
check "a good path again" ping4 a 192.168.241.2

# Both begin a handshake at the same time, on a path with a round trip of half a second. Each
# responds and drops its own initiation. They must not repeat this for ever.
good_path
ip netns del a
ip netns del b
two_peers
on a tc qdisc add dev va root netem delay 250ms
on b tc qdisc add dev vb root netem delay 250ms
crossing() {
	local from=$1 to=$2
	on "$from" ping -n -q -c 1 -w "$((60 * SLOW))" "$to"
}
crossing_both() {
	local pid
	crossing b 192.168.241.1 &
	pid=$!
	crossing a 192.168.241.2 && wait "$pid"
}
check "initiations that cross on a long path end in a session" crossing_both
