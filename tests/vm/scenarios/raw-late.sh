# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# A ring slot returns to its sender when its bytes have been read, and not before. This holds
# for a packet that waits for a key, too.
# timeout: 120
# plan: 57
# excludes: rps, qdisc -- a packet of another flow marks the end, and netem returns the slots of rings early
# excludes: reroute -- a link that goes down loses its routes
# excludes: ipv6-off -- it uses both families

# shellcheck source=tests/vm/lib/raw.sh
source "$VM/lib/raw.sh"
raw_peers
ip -n b link set vb down
cat >"$SCRATCH/connect" <<'CONNECT'
ip -n b link set vb up
for _ in 1 2 3 4 5; do
	ip netns exec b ping -n -q -c 1 -W 2 192.168.241.1 && exit
done
exit 1
CONNECT
on a "$PACKET/packet-late" wg0 a b "bash $SCRATCH/connect 3>&- >&2"
check "ordinary traffic goes on" ping4 a 192.168.241.2
