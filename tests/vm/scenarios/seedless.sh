# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A machine with an unseeded random number generator, as on small boards and old kernels for
# minutes after boot: no handshake begins, and no call blocks.
# boot: seedless
# machine: amd64 -- QEMU takes the random number instructions from x86 processors only
# timeout: 120
# plan: 10

seeded() { dmesg | grep -q 'crng init done'; }
# wg genkey would block.
fixed_keys() {
	local n
	for n in "$@"; do
		(umask 077 && printf 'a key of %s for tests, 32 bytes..' "$n" | head -c 32 | base64 >"$SCRATCH/$n.key")
		wg pubkey <"$SCRATCH/$n.key" >"$SCRATCH/$n.pub"
	done
}
no_random() { on a ethtool -S wg0 | sed -n 's/ *handshake_no_random: //p'; }
# A command that blocks would block for minutes.
soon() { timeout $((5 * SLOW)) "$@"; }
add_entropy() {
	python3 -c 'import fcntl, struct
with open("/dev/random", "wb") as random:
    fcntl.ioctl(random, 0x40085203, struct.pack("ii512s", 4096, 512, b"for tests"))'
}

ns a b
veth_pair a va 10.0.0.1/24 fd00::1/64 b vb 10.0.0.2/24 fd00::2/64
fixed_keys a b
for n in a b; do ip -n $n link add wg0 type wireguard; done
on a wg set wg0 private-key "$SCRATCH/a.key" listen-port 1 peer "$(pub b)" \
	allowed-ips 192.168.241.2/32 endpoint 10.0.0.2:2
on b wg set wg0 private-key "$SCRATCH/b.key" listen-port 2 peer "$(pub a)" allowed-ips 192.168.241.1/32
ip -n a addr add 192.168.241.1/24 dev wg0
ip -n b addr add 192.168.241.2/24 dev wg0
for n in a b; do ip -n $n link set wg0 up; done
(on a ping -n -q -c 100 -i 0.1 -W 1 192.168.241.2 >/dev/null 2>&1 3>&- || :) &
pinger=$!
idle 0.5

if seeded; then
	skip "a handshake waits for the generator" "the generator of this kernel was seeded at boot"
else
	counts() { [ "$(no_random)" -gt 0 ]; }
	differs_in_tree "it counts nothing"
	check "a handshake is counted and does not begin" wait_for 10 counts
	check "wg show answers" soon ip netns exec a wg show wg0
	check "wg set answers" soon ip netns exec a wg set wg0 peer "$(pub b)" persistent-keepalive 2
	check "a new private key is accepted" soon ip netns exec a wg set wg0 private-key "$SCRATCH/a.key"
	check "down" soon ip -n a link set wg0 down
	check "and up" soon ip -n a link set wg0 up
	no_handshake() { [ "$(wg_handshake a)" = 0 ]; expect_without 'crng init done' dmesg; }
	check "no handshake so far" no_handshake
fi
kill "$pinger" 2>/dev/null || :
wait "$pinger" || :
on a wg set wg0 peer "$(pub b)" persistent-keepalive 1
check "seeded" add_entropy
# The persistent keepalive starts it, at the latest at the first retry.
check "then there is a handshake" wait_for 30 has_handshake a
check "and traffic" ping4 a 192.168.241.2
