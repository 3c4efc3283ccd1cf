# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# A ring slot returns to its sender when its bytes have been read, and not before. This holds
# for a packet that waits for a key, too.
# timeout: 180
# plan: 57
# excludes: rps, qdisc -- a packet of another flow marks the end, and netem returns the slots of rings early
# excludes: reroute -- a link that goes down loses its routes
# excludes: ipv6-off -- it uses both families

# shellcheck source=tests/vm/lib/raw.sh
source "$VM/lib/raw.sh"
raw_peers
ip -n b link set vb down
# Both peers begin a handshake at once, so that neither may succeed, and the next one begins after 5 to
# 10 s. The packets wait for at most 90 s.
cat >"$SCRATCH/connect" <<'CONNECT'
ip -n b link set vb up
until ip netns exec b ping -n -q -c 1 -W 2 192.168.241.1; do
	[ "$SECONDS" -lt 80 ] || exit 1
done
CONNECT
on a "$PACKET/packet-late" wg0 a b "bash $SCRATCH/connect 3>&- >&2"
check "ordinary traffic goes on" ping4 a 192.168.241.2
