# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The library of all scenarios: test points (check, check_fails, skip), bounded
# waiting, and the usual topology of two namespaces. guest/one sources it. Test
# points go to descriptor 3.
#
#   namespace a                         namespace b
#   wg0 192.168.241.1/24, fd00:1::1     wg0 192.168.241.2/24, fd00:1::2
#    |                                   |
#   va 10.0.0.1/24, fd00:0::1 ------ vb 10.0.0.2/24, fd00:0::2
#
# With a seed (run.sh --chaos) these functions also make the changes that chaos.py has drawn.

# shellcheck source=tests/vm/lib/chaos.sh
source "$VM/lib/chaos.sh"
SLOW=${SLOW:-1}
SCRATCH=$(mktemp -d)
export SCRATCH
PACKET=$IN/packet
export PACKET
# The same as "ip netns exec", in half of the time. It is missing if tests/packet was not built.
netns_exec=("$PACKET/netns-exec")
[ -x "$PACKET/netns-exec" ] || netns_exec=(ip netns exec)

# Prints a line like say() of guest/run.
tap() {
	if [ -e /run/vmtest.port-lost ]; then
		printf '<6>vmtest-tap: %s\n' "$*" >/dev/kmsg
	else
		printf '%s\n' "$*" >&3
	fi
}
in_tree() { [ "$MODULE_KIND" = in-tree ]; }

# differs_in_tree REASON: the next test point may fail with the in-tree module. With
# ours it must pass.
in_tree_todo=
differs_in_tree() { in_tree_todo=$1; }

verdict() {
	local rc=$1 name=$2 todo=
	if [ -n "$in_tree_todo" ] && in_tree; then
		todo=" # TODO in-tree: $in_tree_todo"
	fi
	in_tree_todo=
	if [ "$rc" = 0 ]; then
		tap "ok - $SCENARIO: $name$todo"
	else
		tap "not ok - $SCENARIO: $name$todo"
	fi
}

# check NAME COMMAND...: a test point that passes if the command succeeds. The
# command runs in a subshell under set -e, so a function may be a list of steps.
# On failure the command and the end of its output are printed.
check() {
	local name=$1 out=$SCRATCH/check.out rc=0 since _
	shift
	read -r since _ </proc/uptime
	set +e
	(set -eo pipefail; "$@") >"$out" 2>&1 3>&-
	rc=$?
	set -e
	verdict "$rc" "$name"
	printf -- '--- %s: exit %d: %s\n' "$name" "$rc" "$*"
	print_file "$out"
	if [ "$rc" != 0 ]; then
		tap "#   command: $* (exit $rc)"
		tail -n 15 "$out" | sed 's/^/#   /' >&3
		dmesg | awk -v t="$since" -F'[][]' '$2 + 0.01 >= t' | tail -n 15 |
			sed 's/^/#   kernel: /' >&3
	fi
}

# print_file FILE: prints the text. cat runs only for long files: in an emulated machine the
# start of a program takes longer than most points.
print_file() {
	local text
	if IFS= read -rN 4096 text <"$1"; then cat "$1"; else printf '%s' "$text"; fi
}

# strictly COMMAND...: runs the command in a subshell under set -e and sets RC to its status.
# In commands called from a condition, bash ignores set -e even if it is set again: a function
# tested there would continue after a failed step, and its last step would decide.
strictly() {
	require_errexit "$1"
	set +e
	(set -eo pipefail; "$@")
	RC=$?
	set -e
}
# strictly_text COMMAND...: the same, and sets TEXT to the output, errors included.
strictly_text() {
	require_errexit "$1"
	set +e
	TEXT=$(set -eo pipefail; "$@" 2>&1)
	RC=$?
	set -e
}
# require_errexit COMMAND: ends the scenario or point if COMMAND is a function and set -e is ignored
# here. on() is exempt: it runs a program, to which set -e does not apply.
require_errexit() {
	local ignored=1
	if [ "$1" = on ] || ! declare -F "$1" >/dev/null; then return; fi
	set +e
	# bash runs the trap where set -e applies.
	trap 'ignored=' ERR
	false
	trap - ERR
	set -e
	[ "$ignored" ] || return 0
	echo "set -e is ignored where $1 is run"
	exit 99
}

# check_fails NAME COMMAND...: passes if the command fails, but not with a status from 99 on,
# which means that the command is missing, was killed, or set -e was ignored.
check_fails() {
	local name=$1
	shift
	check "$name" expect_failure "$@"
}
expect_failure() {
	strictly "$@"
	echo "exit $RC, must be a failure"
	[ "$RC" != 0 ] && [ "$RC" -lt 99 ]
}

# check_output NAME PATTERN COMMAND...: the command must pass, and a line of its output,
# errors included, must match.
check_output() {
	local name=$1 pattern=$2
	shift 2
	check "$name" expect_output "$pattern" "$@"
}
expect_output() { expect_line -E "$@"; }
expect_line() { # GREP-OPTION PATTERN COMMAND...
	local how=$1 pattern=$2
	shift 2
	strictly_text "$@"
	printf 'wanted: %s\ngot exit %d: %s\n' "$pattern" "$RC" "$TEXT"
	[ "$RC" = 0 ] && has_line "$how" "$pattern"
}
matches() { [[ $1 =~ $2 ]]; }
# has_line -E | -F PATTERN: whether a line of TEXT matches, like grep -q. A wrong pattern
# returns 2. grep runs only for long texts.
has_line() {
	local rest=$TEXT line rc
	if [ ${#TEXT} -gt 2000 ] || [[ $2 == *$'\n'* ]]; then
		grep -q "$1" -- "$2" <<<"$TEXT"
		return
	fi
	if [ "$1" = -F ]; then
		[[ $TEXT == *"$2"* ]]
		return
	fi
	while :; do
		line=${rest%%$'\n'*} rc=0
		matches "$line" "$2" || rc=$?
		[ "$rc" != 2 ] || echo "no regular expression: $2"
		[ "$rc" = 1 ] || return "$rc"
		[ "$line" != "$rest" ] || return 1
		rest=${rest#*$'\n'}
	done
}

# check_text NAME TEXT COMMAND...: the same with a fixed string instead of a pattern.
check_text() {
	local name=$1 text=$2
	shift 2
	check "$name" expect_text "$text" "$@"
}
expect_text() { expect_line -F "$@"; }

# check_without NAME PATTERN COMMAND...: the command must pass, and no line of its output may
# match.
check_without() {
	local name=$1 pattern=$2
	shift 2
	check "$name" expect_without "$pattern" "$@"
}
expect_without() {
	local pattern=$1
	shift
	strictly_text "$@"
	printf 'not wanted: %s\ngot exit %d: %s\n' "$pattern" "$RC" "$TEXT"
	[ "$RC" = 0 ] || return "$RC"
	set +e
	has_line -E "$pattern"
	RC=$?
	set -e
	[ "$RC" = 1 ]
}

# check_error NAME PATTERN COMMAND...: the command must fail as for check_fails, and a line of
# its output must match.
check_error() {
	local name=$1 pattern=$2
	shift 2
	check "$name" expect_error "$pattern" "$@"
}
expect_error() {
	local pattern=$1
	shift
	strictly_text "$@"
	printf 'wanted a failure with: %s\ngot exit %d: %s\n' "$pattern" "$RC" "$TEXT"
	[ "$RC" != 0 ] && [ "$RC" -lt 99 ] && has_line -E "$pattern"
}

skip() {
	in_tree_todo=
	tap "ok - $SCENARIO: $1 # SKIP $2"
}

# wait_for SECONDS COMMAND...: polls until the command passes, for at most SECONDS times SLOW.
wait_for() {
	local end=$((SECONDS + $1 * SLOW))
	shift
	require_errexit "$1"
	while :; do
		set +e
		(set -eo pipefail; "$@") >"$SCRATCH/wait.out" 2>&1
		RC=$?
		set -e
		[ "$RC" != 0 ] || return 0
		if ((SECONDS >= end)); then
			echo "gave up waiting for: $*"
			cat "$SCRATCH/wait.out"
			return 1
		fi
		sleep 0.1
	done
}

# idle SECONDS: waits, in tests of the passing of time itself.
idle() { read -rt "$1" <> <(:) || :; }

ns() {
	local n settings=('net.ipv4.ping_group_range=0 2147483647')
	# No duplicate address detection, so that addresses are usable at once.
	! has_ipv6 || settings+=(net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0)
	for n in "$@"; do
		ip netns add "$n"
		ip -n "$n" link set lo up
		on "$n" sysctl -qw "${settings[@]}"
		chaos_namespace "$n"
	done
}
on() { "${netns_exec[@]}" "$@"; } # NS COMMAND...

# run_part [ARGUMENT...]: runs the scenario's program in Python, NAME.py or the one of part_is, in
# the namespace of part_runs_in.
part=$VM/scenarios/${SCENARIO:-}.py part_namespace=''
part_is() { part=$1; }
part_runs_in() { part_namespace=$1; }
run_part() {
	local inside=()
	[ -z "$part_namespace" ] || inside=("${netns_exec[@]}" "$part_namespace")
	PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 ${inside[@]+"${inside[@]}"} python3 "$part" "$@"
}

# veth_pair NS1 DEV1 ADDR4 ADDR6 NS2 DEV2 ADDR4 ADDR6
veth_pair() {
	chaos_cable "$@"
	chaos_up "$1" "$2" "$3" "$4"
	chaos_up "$5" "$6" "$7" "$8"
	wait_for 10 link_running "$1" "$2"
	wait_for 10 link_running "$5" "$6"
	chaos_running "$1" "$2"
	chaos_running "$5" "$6"
}
# keep_order: lets all cables deliver packets in the order in which they were sent. Each CPU has its
# own backlog of packets from a veth device, in which they can be late, and the senders of both
# the programs and the module change their CPU. With one CPU in rps_cpus all packets of a device are
# in the backlog of that one.
keep_order() {
	local n
	for n in /run/netns/*; do
		# shellcheck disable=SC2016 # all of it is that shell's
		on "${n##*/}" bash -c '
			shopt -s nullglob
			for cpus in /sys/class/net/[!lw]*/queues/rx-*/rps_cpus; do
				[[ $(<"$cpus") =~ [1-9a-f] ]] || echo 1 >"$cpus"
			done'
	done
}
# no_link NS DEV: whether the namespace exists and has no such link.
no_link() { expect_without "^[0-9]+: $2[@:]" ip -n "$1" -o link; }
# Until linkwatch has also changed the state, the device drops what it is to send. The state before
# is DOWN, LOWERLAYERDOWN or UNKNOWN. Tunnels, dummies and loopback devices stay UNKNOWN.
link_running() {
	local text
	text=$(ip -n "$1" -o link show "$2")
	[[ $text == *LOWER_UP* && $text == *' state UP '* ]]
}

new_keys() {
	local n
	for n in "$@"; do
		(umask 077 && wg genkey >"$SCRATCH/$n.key")
		wg pubkey <"$SCRATCH/$n.key" >"$SCRATCH/$n.pub"
	done
}
pub() {
	local key
	read -r key <"$SCRATCH/$1.pub"
	printf '%s\n' "$key"
}

# new_tunnel NS ADDR4 ADDR6: makes wg0
new_tunnel() {
	local lines="link add wg0 type wireguard"$'\n'"addr add $2 dev wg0"
	! has_ipv6 || lines+=$'\n'"addr add $3 dev wg0"
	ip -n "$1" -batch - <<<"$lines"
}

# two_peers [outer family 4|6]: makes the topology in the drawing above. ENDPOINTS lists
# the sides that are configured with the other's endpoint: a, b or ab (default).
two_peers() {
	local family=${1:-4} ea=10.0.0.2 eb=10.0.0.1 ends=${ENDPOINTS:-ab} end_a=() end_b=()
	if chaos_has ipv6-only; then family=6; fi
	if [ "$family" = 6 ]; then ea='[fd00::2]' eb='[fd00::1]'; fi
	ns a b
	veth_pair a va 10.0.0.1/24 fd00::1/64 b vb 10.0.0.2/24 fd00::2/64
	new_keys a b
	(umask 077 && wg genpsk >"$SCRATCH/psk")
	new_tunnel a 192.168.241.1/24 fd00:1::1/64
	new_tunnel b 192.168.241.2/24 fd00:1::2/64
	case $ends in *a*) end_a=(endpoint "$ea:2") ;; esac
	case $ends in *b*) end_b=(endpoint "$eb:1") ;; esac
	on a wg set wg0 private-key "$SCRATCH/a.key" listen-port 1 \
		peer "$(pub b)" preshared-key "$SCRATCH/psk" "${end_a[@]}" \
		allowed-ips 192.168.241.2/32,fd00:1::2/128
	on b wg set wg0 private-key "$SCRATCH/b.key" listen-port 2 \
		peer "$(pub a)" preshared-key "$SCRATCH/psk" "${end_b[@]}" \
		allowed-ips 192.168.241.1/32,fd00:1::1/128
	ip -n a link set wg0 up
	ip -n b link set wg0 up
	chaos_tunnel a wg0
	chaos_tunnel b wg0
	chaos_reroute a va 1 10.0.0.1 fd00::1 10.0.0.2 fd00::2
	chaos_reroute b vb 2 10.0.0.2 fd00::2 10.0.0.1 fd00::1
}

# ping4 NS ADDRESS [COUNT [OPTION...]]: each ping must be answered within 4 s, which is before
# the retry of a handshake after 5 s. Each is a process of its own: a single process for
# several succeeds with one reply, and waits for the last no longer than for the others.
ping4() { all_pings_answered -4 "$@"; }
ping6() { all_pings_answered -6 "$@"; }
all_pings_answered() {
	local family=$1 n=$2 address=$3 count=${4:-3}
	shift $(($# < 4 ? 3 : 4))
	# shellcheck disable=SC2016 # for the inner shell
	on "$n" sh -euc '
		count=$1
		shift
		while [ "$count" -gt 0 ]; do
			ping "$@"
			count=$((count - 1))
		done' sh "$count" \
		"$family" -n -q -c 1 -W $((4 * SLOW)) "$@" "$address"
}
# no_ping NS ADDRESS [SECONDS]: a ping is sent, and not answered within SECONDS (1) times SLOW.
no_ping() { expect_error ' 0 received' on "$1" ping -n -q -c 1 -W $((${3:-1} * SLOW)) "$2"; }
# flood_ping NS COUNT ADDRESS [OPTION...]: sends so many pings as fast as possible. Each must be answered
# once. ping itself waits for the last replies only for twice the longest round trip, and with a
# deadline it sends more instead of those that are lost, so the result is that of the counter.
flood_ping() {
	local n=$1 count=$2 address=$3 wanted
	shift 3
	wanted=$(($(echo_replies "$n") + count))
	on "$n" ping -n -q -f -c "$count" "$@" "$address" || :
	wait_for 20 has_echo_replies "$n" "$wanted"
}
echo_replies() { on "$1" nstat -asz IcmpInEchoReps | awk '$1 == "IcmpInEchoReps" { print $2 }'; }
has_echo_replies() {
	local now
	now=$(echo_replies "$1")
	echo "$now replies, wanted $2"
	[ "$now" = "$2" ]
}
# thrice COMMAND...: runs the command three times. Each must succeed.
thrice() { "$@"; "$@"; "$@"; }

# listening NS PORT: whether a TCP socket listens on this port.
listening() { on "$1" ss -ltn | grep -q ":$2\\b"; }
# same_file FROM TO ADDRESS BYTES: sends a file of random bytes by TCP from the namespace FROM to
# ADDRESS in TO. It must arrive unchanged.
same_file() {
	local pid
	head -c "$4" /dev/urandom >"$SCRATCH/sent"
	on "$2" ncat -l "$3" 7777 --recv-only </dev/null >"$SCRATCH/got" 3>&- &
	pid=$!
	wait_for 20 listening "$2" 7777
	timeout $((90 * SLOW)) ip netns exec "$1" ncat --send-only "$3" 7777 <"$SCRATCH/sent"
	wait "$pid"
	cmp "$SCRATCH/sent" "$SCRATCH/got"
}

# wg_rx, wg_tx, wg_handshake, wg_endpoint NS [DEV]: a field of `wg show`, of the first peer.
wg_rx() { on "$1" wg show "${2:-wg0}" transfer | head -n1 | cut -f2; }
wg_tx() { on "$1" wg show "${2:-wg0}" transfer | head -n1 | cut -f3; }
wg_handshake() { on "$1" wg show "${2:-wg0}" latest-handshakes | head -n1 | cut -f2; }
wg_endpoint() { on "$1" wg show "${2:-wg0}" endpoints | head -n1 | cut -f2; }
has_handshake() { [ "$(wg_handshake "$@")" != 0 ]; }
link_stat() { cat_ns "$1" "/sys/class/net/$2/statistics/$3"; }
cat_ns() { on "$1" cat "$2"; }

# capture NS DEV FILE FILTER...: starts tcpdump and waits until it listens.
capture() {
	local n=$1 dev=$2 file=$3
	shift 3
	# The background process opens its files late: what an earlier capture wrote must not count.
	rm -f "$file" "$file.err"
	"${netns_exec[@]}" "$n" tcpdump -Z root -i "$dev" -n -U --immediate-mode -s 2048 -B 8192 -w "$file" "$@" 2>"$file.err" 3>&- &
	CAPTURE=$!
	wait_for 20 grep -q 'listening on' "$file.err"
}
# end_capture: ends that tcpdump, after it has written the packets that its socket has received.
# SIGINT ends its loop and leaves packets in the ring unread. It sleeps only when the ring is
# empty, and each packet wakes it.
end_capture() {
	[ -e "/proc/$CAPTURE" ] || { echo "tcpdump has ended before"; return 1; }
	wait_for 20 capture_rests
	kill -INT "$CAPTURE"
	wait "$CAPTURE"
}
capture_rests() { grep -q '^State:.S' "/proc/$CAPTURE/status"; }
