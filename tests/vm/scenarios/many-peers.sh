# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Creates, shows, uses and removes thousands of peers, with the time of each step.
# timeout: 240
# plan: 14
# excludes: run -- it has no cable or tunnel to change

ns a
ip -n a link add wg0 type wireguard
ip -n a link set wg0 up
python3 - "$SCRATCH" <<'PY'
import base64, os, sys
# 4,000 random public keys. No private keys are needed.
with open(sys.argv[1] + "/conf", "w") as f:
    for i in range(4000):
        f.write(f"[Peer]\nPublicKey = {base64.b64encode(os.urandom(31) + bytes([i % 64])).decode()}\n"
                f"AllowedIPs = 10.{i >> 8}.{i & 255}.0/24, fd00:{i:x}::/48\n")
PY
# timed NAME COMMAND...: a test point, and its duration.
timed() {
	local begin now _
	read -r begin _ </proc/uptime
	check "$@"
	read -r now _ </proc/uptime
	tap "# many-peers: $1: $(awk -v a="$begin" -v b="$now" 'BEGIN { printf "%.2f", b - a }') s"
}
timed "4,000 peers are made" on a wg setconf wg0 "$SCRATCH/conf"
count() { [ "$(on a wg show wg0 peers | wc -l)" = "$1" ]; }
check "all show" count 4000
ips() { [ "$(on a wg show wg0 allowed-ips | awk '{ n += NF - 1 } END { print n + 0 }')" = "$1" ]; }
check "all allowed IPs show" ips 8000
timed "the same configuration again" on a wg setconf wg0 "$SCRATCH/conf"
check "still 4,000" count 4000
empty() { on a wg setconf wg0 /dev/stdin <<<"[Interface]"; }
timed "all removed at once" empty
check "none show" count 0
on a wg setconf wg0 "$SCRATCH/conf"
half() {
	awk '/PublicKey/ && n++ < 2000 { print "[Peer]\nPublicKey = " $3 "\nAllowedIPs = 192.0.2.0/24" }' "$SCRATCH/conf" |
		on a wg addconf wg0 /dev/stdin
	[ "$(on a wg show wg0 allowed-ips | grep -c '192\.0\.2\.0/24')" = 1 ]
}
check "an allowed IP that 2,000 peers claim in turn ends at one" half
timed "device deleted with all of them" ip -n a link del wg0
# One peer with very many allowed IPs.
ip -n a link add wg0 type wireguard
wg genkey | wg pubkey >"$SCRATCH/p.pub"
lots() {
	python3 -c '
import sys
print("[Peer]\nPublicKey =", open(sys.argv[1]).read().strip())
for base in range(0, 20000, 500):
    print("AllowedIPs =", ", ".join(f"10.{i >> 8}.{i & 255}.0/24" for i in range(base, base + 500)))' "$SCRATCH/p.pub" |
		on a wg addconf wg0 /dev/stdin
}
timed "20,000 allowed IPs of one peer" lots
check "all show over many messages" ips 20000
timed "peer removed" on a wg set wg0 peer "$(pub p)" remove
check "none left" ips 0
