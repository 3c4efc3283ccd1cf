#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The test scripts refuse wrong arguments and variables: one line that names the fault, a
# status, and nothing changed in the tree. The scripts run in a copy of the tree, where the
# preparations that follow the checks are replaced by stand-ins. Run from tests/unit.
#
# usage: test_scripts.sh

set -euo pipefail
# shellcheck source=tests/unit/lib.sh
source ./lib.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-scripts.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir "$tree" "$work/bin"
tar -c -C ../.. --exclude=build --exclude=corpus --exclude='*.o' --exclude='*.ko' Makefile src tests docs |
	tar -x -C "$tree"
cd "$tree"
for script in tests/setup.sh tests/package/root.sh tests/vm/root.sh; do
	printf '#!/bin/sh\necho "went on to %s" >&2\nexit 9\n' "$script" >"$script"
	chmod +x "$script"
done
# The checks do not need root; what follows them does.
printf '#!/bin/sh\necho 0\n' >"$work/bin/id"
for program in mke2fs lintian dpkg-buildpackage qemu-system-x86_64; do
	printf '#!/bin/sh\nexit 9\n' >"$work/bin/$program"
done
# A VM with the kernel's own module, as far as run.sh looks at it.
printf '#!/bin/sh\necho %s\n' "$work/kernel" >tests/vm/kernel.sh
mkdir -p "$work/root" "$work/kernel/lib/modules/6.1.0/kernel/drivers/net/wireguard"
echo 6.1.0 >"$work/kernel/kver"
touch "$work/root/root.ext4" "$work/kernel/lib/modules/6.1.0/kernel/drivers/net/wireguard/wireguard.ko"
boot=(tests/vm/run.sh --in-tree --root "$work/root")
chmod +x "$work"/bin/*
export PATH=$work/bin:$PATH
export VM_ACCEL=tcg
unset MAKEFLAGS MAKEOVERRIDES MFLAGS TESTS KDIR BZIMAGE OUT CC CRYPTO PROBE_OFF KO ROUNDS TIME T VM_OPTIONS \
	KERNELS SCENARIOS PARTS PLANTED ARCH SEEDS CHAOS_SEED SEED CPUS HOURS MINUTES

files() { find . -path ./build -prune -o -print | sort; }
files >"$work/before"
# refuses WORDS NAME COMMAND...: the command fails, prints the words in one line on stderr,
# and no file of the tree is gone or new.
refuses() {
	local words=$1 name=$2 rc=0
	shift 2
	timeout 20 "$@" >"$work/output" 2>"$work/err" </dev/null || rc=$?
	printf 'exit %d\n' "$rc" >>"$work/output"
	files | diff "$work/before" - >>"$work/output" && [ "$rc" = 1 ] &&
		[ "$(wc -l <"$work/err")" = 1 ] && grep -qF -- "$words" "$work/err"
	point $? "$name" "$work/output" "$work/err"
}

set +e
refuses 'no kernel ../../src' 'debug: a kernel that is a path' env KERNELS=../../src tests/debug.sh
refuses 'has no kernel' 'debug: no kernel' env KERNELS=' ' tests/debug.sh
refuses 'no suite ../../src' 'package: a suite that is a path' tests/package/run.sh ../../src
refuses 'no suite #' 'package: a suite that is a comment' tests/package/run.sh '#'
refuses 'has no part' 'all: no part' env PARTS=' ' tests/all.sh
refuses 'no part xcheck' 'all: a part that there is not' env PARTS='soak xcheck' tests/all.sh
refuses 'number from 1 to 999' 'bench-crypto: no number of rounds' env ROUNDS=0 tests/bench/crypto.sh
refuses 'a version such as 6.1' 'bench-crypto: a source that is a path' \
	env LINUX_SOURCE=../6.1 tests/bench/crypto.sh
for seed in abc -1 1234567890; do
	refuses "nine digits: $seed" "soak: SEED=$seed" env SEED="$seed" tests/soak.sh
done
for cpus in 0 abc -1 2.5; do
	refuses 'CPUS= is a number' "soak: CPUS=$cpus" env CPUS="$cpus" tests/soak.sh
done
# The draw of changes, by stand-ins for what the kernel of a VM supports.
chaos=tests/vm/lib/chaos.py
mkdir "$work/few"
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$work/few/python3"
for program in bash env dirname; do ln -s "$(command -v $program)" "$work/few/"; done
for program in ip tc nft; do ln -s /bin/true "$work/few/$program"; done
refuses_draw() { # WORDS NAME COMMAND...: of several lines, the last has the words
	local words=$1 name=$2 rc=0
	shift 2
	"$@" >"$work/output" 2>"$work/err" || rc=$?
	[ "$rc" = 1 ] && tail -n 1 "$work/err" | grep -qF -- "$words"
	point $? "$name" "$work/output" "$work/err"
}
refuses_draw 'ended with 2' 'chaos: without ethtool no change counts as unsupported' \
	env PATH="$work/few" $chaos run 3 traffic
refuses 'no configuration of a kernel' 'chaos: a program in place of a configuration' \
	$chaos boot 1 "$(python3 -c 'import sys; print(sys.executable)')" traffic
refuses 'third: 1 arguments' 'chaos: a third of no scenario' $chaos third 1
cp tests/vm/lib/chaos.sh "$work/chaos.sh"
echo 'chaos_can() { return 1; }' >tests/vm/lib/chaos.sh
refuses_draw 'wanted 3' 'chaos: two changes at boot and none in the guest' $chaos run 3 traffic cpus=3 threadirqs
refuses_draw 'wanted 2' 'chaos: no change at all' $chaos run 3 traffic
# shellcheck disable=SC2016 # for that script
echo 'chaos_can() { [ "$1" = cb ]; }' >tests/vm/lib/chaos.sh
$chaos run 3 traffic cpus=3 threadirqs 2>"$work/err" | grep -v '^#' >"$work/output"
grep -qx 'cpus=3 threadirqs cb' "$work/output"
point $? 'chaos: two changes at boot and one in the guest' "$work/output" "$work/err"
mv "$work/chaos.sh" tests/vm/lib/chaos.sh

mkdir "$work/fuzz"
# This fuzzer has a corpus of $FIRST inputs, and runs $TIMED inputs, with -runs= as many as that,
# but at most $AT_MOST.
cat >"$work/fuzz/fuzz_replay" <<'FUZZER'
#!/bin/sh
runs=$TIMED
for word; do
	case $word in
	-runs=*) runs=${word#*=}; [ "$runs" -le "$AT_MOST" ] || runs=$AT_MOST ;;
	esac
done
[ -z "$FIRST" ] || printf '#%d\tINITED cov: 9 ft: 9\n' "$FIRST"
printf 'stat::number_of_executed_units: %d\n' "$runs"
FUZZER
chmod +x "$work/fuzz/fuzz_replay"
export FIRST=5 TIMED=1000 AT_MOST=9999
fuzz=(env CORPUS="$work/fuzz" BUILD="$work/fuzz" tests/fuzz/run.sh)
for seconds in '' 0 abc -1 1.5; do
	refuses 'number of seconds' "fuzz: SECONDS_EACH=$seconds" "${fuzz[@]}" "$seconds" replay
done
refuses 'number of seconds' 'fuzz: no arguments' "${fuzz[@]}"
refuses 'number of seconds' 'fuzz: SECONDS_EACH is missing' "${fuzz[@]}" replay data
refuses 'no fuzzer is named' 'fuzz: no fuzzer' "${fuzz[@]}" 3
refuses 'no fuzzer ../x' 'fuzz: a fuzzer that is a path' "${fuzz[@]}" 3 ../x
refuses 'named twice: replay' 'fuzz: a fuzzer named twice' "${fuzz[@]}" 3 replay replay
"${fuzz[@]}" 3 replay >"$work/output" 2>"$work/err"
point $? 'fuzz: one fuzzer for 3 seconds runs' "$work/output" "$work/err"
# mutates RC NAME VARIABLE=VALUE...
mutates() {
	local want=$1 name=$2 rc=0
	shift 2
	env "$@" "${fuzz[@]}" 3 replay >"$work/output" 2>"$work/err" || rc=$?
	[ "$rc" = "$want" ] && [ "$(grep -cE '^(not )?ok 1 - fuzz: replay' "$work/output")" = 1 ]
	point $? "fuzz: $name" "$work/output" "$work/err"
}
mutates 0 'a slow machine, on which it has time for its corpus only' TIMED=5
mutates 0 'and for some mutated inputs' TIMED=60
mutates 1 'one that runs its corpus only' TIMED=5 AT_MOST=5
mutates 1 'one that mutates too few inputs' TIMED=5 AT_MOST=104
mutates 1 'one that names no corpus' FIRST=
touch -d '1 hour ago' "$work/fuzz/replay"/{1..6}
mutates 1 'one that does not run its corpus' TIMED=1000
rm "$work/fuzz/replay"/{1..6}
mutates 0 'and again without these inputs' TIMED=1000

for script in check planted vm-test arch; do
	refuses 'VM_OPTIONS= cannot have --in-tree' "$script: VM_OPTIONS with another module" \
		env VM_OPTIONS='--slow 3 --in-tree' T=device PLANTED=mtu-padding tests/$script.sh
	refuses 'VM_OPTIONS= has traffic, which is no option' "$script: VM_OPTIONS with a scenario" \
		env VM_OPTIONS='--slow 3 traffic' T=device PLANTED=mtu-padding tests/$script.sh
	refuses 'without quotes' "$script: VM_OPTIONS with quotes" \
		env VM_OPTIONS="--append 'a b'" T=device PLANTED=mtu-padding tests/$script.sh
done
# shellcheck disable=SC2016 # for that shell
vm_options=(bash -euc 'source tests/lib/steps.sh; read_vm_options name; printf "%s\n" "${options[*]}"' bash)
for words in '' '--slow 3 --dyndbg' '--systemd --env ROUNDS=3 --append a --params b=1 --limit 9 --smp 1 --mem 512 --put x'; do
	VM_OPTIONS=$words "${vm_options[@]}" >"$work/output" 2>"$work/err" && grep -qx -- "$words" "$work/output"
	point $? "VM_OPTIONS='$words'" "$work/output" "$work/err"
done
while IFS='|' read -r want words; do
	refuses "$want" "VM_OPTIONS='$words'" env VM_OPTIONS="$words" "${vm_options[@]}"
done <<'OPTIONS'
needs a value after --append|--append --slow traffic
needs a value after --env|--env --dyndbg
needs a value after --slow|--dyndbg --slow
needs a value after --slow|--slow --slow traffic
has traffic, which is no option|--append a traffic --slow 3
has b, which is no option|--append a b
has 3, which is no option|--dyndbg 3
cannot have --pair|--slow 3 --pair
cannot have --selftest|--selftest /tmp/netns.sh
cannot have --write|--write
cannot have --secure-boot|--secure-boot
cannot have --log|--log x
cannot have --xyz|--xyz
OPTIONS
refuses '--log needs a value, not --slow' 'run.sh: an option in place of a value' "${boot[@]}" --log --slow device
refuses '--slow needs a value' 'run.sh: no value' "${boot[@]}" device --slow
for script in package/run package/build arch/build arch/boot arch/unit; do
	refuses '--log needs a value' "$script: --log without a folder" "tests/$script.sh" --log
	refuses '--log needs a value, not --help' "$script: an option in place of a folder" "tests/$script.sh" --log --help
	refuses 'unknown option --log=x' "$script: --log=x" "tests/$script.sh" --log=x bookworm
done
for script in build boot; do
	refuses '--build needs a value, not --log' "arch/$script.sh: an option in place of a build" \
		tests/arch/$script.sh --build --log
done
refuses '--tests needs a value, not --log' 'arch/unit.sh: an option in place of tests' \
	tests/arch/unit.sh --tests --log x s390x
refuses 'has no ../s390x' 'arch/unit.sh: an architecture that is a path' tests/arch/unit.sh ../s390x
refuses '--ccache needs a value, not --boot' 'package/run.sh: an option in place of a cache' \
	tests/package/run.sh --ccache --boot bookworm
refuses 'unknown option --ccache=' 'package: the name of an option and more' tests/package/run.sh --ccache= x bookworm
# The arguments after the options, and the usage from a head.
# shellcheck disable=SC2016 # for that shell
bash -euc 'source tests/lib/options.sh; a=0 b=0 c=0
	read_options "a= b c" --b --a "x y" z --c; printf "%s|" "$a" "$b" "$c" "${arguments[@]}"' >"$work/output" 2>&1
[ "$(cat "$work/output")" = 'x y|1|0|z|--c|' ]
point $? 'read_options: up to the first word that is no option' "$work/output"
for script in check arch package/run bench/run; do
	(cd "tests/${script%"${script##*/}"}" && "./${script##*/}.sh" --help) >"$work/output" 2>&1 &&
		grep -q "^usage: .*tests/$script.sh" "$work/output" && ! grep -q '^#\|^set ' "$work/output" &&
		[ "$(wc -l <"$work/output")" -gt 4 ]
	point $? "$script: --help in its own folder" "$work/output"
done

# A path is no name of a scenario or a patch, and a name counts once.
refuses 'no scenario ../lib/raw' 'vm-test: a scenario that is a path' env T=../lib/raw tests/vm-test.sh
refuses 'no scenario ../lib/raw' 'run.sh: a scenario that is a path' "${boot[@]}" ../lib/raw
refuses 'named twice: device' 'run.sh: a scenario named twice' "${boot[@]}" device traffic device
for script in debug matrix chaos arch; do
	refuses 'no scenario ../lib/raw' "$script: a scenario that is a path" \
		env SCENARIOS=../lib/raw tests/$script.sh
done
refuses 'no scenario ../lib' 'package: a scenario that is a path' tests/package/run.sh bookworm ../lib
refuses 'no patch' 'planted: a patch that is a path' env PLANTED=../planted/mtu-padding tests/planted.sh
printf '#!/bin/sh\necho 1000\n' >"$work/bin/id"
refuses 'needs root' 'planted: without root' tests/planted.sh
printf '#!/bin/sh\necho 0\n' >"$work/bin/id"

# What planted.sh makes of the results of a test. In place of make: a tree, and the results in $ANSWER.
mkdir "$work/plants"
cat >"$work/plants/make" <<'MAKE'
#!/bin/bash
case $* in
*" package-tree "*) to=${!#}; mkdir -p "${to#DIR=}" && cp -r src "${to#DIR=}" ;;
*) printf '%s\n' "$ANSWER" ;;
esac
MAKE
chmod +x "$work/plants/make"
cp tests/setup.sh "$work/setup.sh"
printf '#!/bin/sh\n' >tests/setup.sh
# judges SUMS PATTERN NAME LINE...: of the control and the patch, if the test prints these lines
judges() {
	local sums=$1 pattern=$2 name=$3
	shift 3
	env ANSWER="$(printf '%s\n' "$@")" PATH="$work/plants:$PATH" PLANTED=vector-carry timeout 60 tests/planted.sh \
		>"$work/output" 2>"$work/err" </dev/null
	[ "$(tail -n 1 "$work/output")" = "$sums" ] && grep -q "$pattern" "$work/output"
	point $? "planted: $name" "$work/output" "$work/err"
}
other='ok 1 - aead_many: avx2: nonces' judged='aead_many: avx2: Poly1305, accumulators at edges'
judges '1 passed, 1 failed, 0 skipped' '^ok - vector-carry: ' 'a point that fails with the bug' \
	"$other" "not ok 2 - $judged"
judges '1 passed, 1 failed, 0 skipped' '^not ok - vector-carry: ' 'a point that passes with the bug' \
	'not ok 1 # SKIP aead_many: avx512: nonces: no such CPU' "ok 2 - $judged"
judges '0 passed, 0 failed, 2 skipped' '^ok - vector-carry: .* # SKIP .*: no such CPU$' \
	'a point that is skipped' "$other" "not ok 2 # SKIP $judged: no such CPU"
judges '0 passed, 0 failed, 2 skipped' '^ok - vector-carry: .* # SKIP no x86$' 'a test that is skipped as a whole' \
	'ok 1 - aead_many: all of it # SKIP no x86'
cp "$work/setup.sh" tests/setup.sh

# The status of a program that prints TAP.
cat >"$work/program" <<'PROGRAM'
printf 'ok 1 - one\nnot ok 2 - two # TODO a known fault\n'
exit "$1"
PROGRAM
sums() { # STATUS
	bash -euc 'source tests/lib/steps.sh; tap_run name "$1" sh "$2" "$3"; tap_sum "$1"' \
		bash "$work/tap" "$work/program" "$1" 2>&1
}
[ "$(sums 0)" = '1 0 1' ]
point $? 'tap_run: a TODO that fails is no failure' "$work/tap"
[ "$(sums 3)" = '1 1 1' ]
point $? 'tap_run: the status of a program counts beside a TODO' "$work/tap"

# Package lists. This apt-get makes lists of what sources.list names, and removes others. Offline it
# fails as apt does: with status 0 unless it is asked for errors.
cat >"$work/bin/apt-get" <<'APT'
#!/bin/bash
case " $* " in
*" indextargets "*) exit ;;
*" update "*) ;;
*" download "*)
	cat "$ARCHIVE/answer" >&2
	exit 100
	;;
esac
if [ -e "$ARCHIVE/offline" ]; then
	[[ $* = *Error-Mode=any* ]] || { echo 'W: Failed to fetch'; exit 0; }
	cat "$ARCHIVE/offline"
	exit 100
fi
for word; do case $word in -oDir::Etc::sourcelist=*) list=${word#*=} ;; esac; done
lists=${list%/etc/*}/state/lists
rm -f "$lists"/*_*
for arch in $(sed 's/.*arch=//; s/ .*//; s/,/ /' "$list"); do touch "$lists/x_$arch"; done
APT
chmod +x "$work/bin/apt-get"
mkdir "$work/archive"
export ARCHIVE=$work/archive
lists() { # COMMAND: in a shell that has the functions
	XDG_CACHE_HOME=$work/cache bash -euc "source tests/lib/archive.sh; $1" >"$work/output" 2>"$work/err"
}
# shellcheck disable=SC2016 # for that shell
lists 'archive_update one/i386; archive_update one; ls "$(archive_lists one/i386)/state/lists"'
grep -qx x_i386 "$work/output"
point $? 'archive: the lists of i386 stay beside those of amd64' "$work/output" "$work/err"
uri=http://a/dists/one/InRelease
unresolved="Temporary failure resolving 'a'"
# failure URI REASON: what apt-get -q update prints in that case
failure() {
	printf 'Ign:1 %s\nErr:1 %s\n  %s\nE: Failed to fetch %s  %s\n' "$1" "$1" "$2" "$1" "$2"
	echo 'E: Some index files failed to download. They have been ignored, or old ones used instead.'
}
without_release="Ign:1 $uri
Err:2 http://a one Release
  %s
E: The repository 'http://a one Release' no longer has a Release file."
failure "$uri" "$unresolved" >"$work/archive/offline"
day=$(date -d '3 days ago' +%F)
# shellcheck disable=SC2016
lists 'touch -d "3 days ago" "$(archive_lists one)/updated"; archive_update one' &&
	grep -q "lists of one cannot be updated, those of $day are used ($unresolved)" "$work/err"
point $? 'archive: without a network earlier lists are used' "$work/output" "$work/err"
# shellcheck disable=SC2016
! lists 'touch -d 2020-02-03 "$(archive_lists one)/updated"; archive_update one' &&
	grep -qx "E: Failed to fetch $uri  $unresolved" "$work/err"
point $? 'archive: but not those of years ago' "$work/output" "$work/err"
! lists 'archive_update two' && grep -qx "E: Failed to fetch $uri  $unresolved" "$work/err"
point $? 'archive: without earlier lists there is an error' "$work/output" "$work/err"
# update WANT NAME: archive_update, with lists of today and what apt-get prints in $ARCHIVE/offline;
# WANT is "used" if they serve, or the message
update() {
	local rc=0
	# shellcheck disable=SC2016
	lists 'touch "$(archive_lists one)/updated"; archive_update one' || rc=$?
	case $1 in
	used) [ "$rc" = 0 ] && grep -q ' are used (.' "$work/err" ;;
	*) [ "$rc" = 1 ] && grep -qF -- "$1" "$work/err" ;;
	esac
	point $? "archive: $2" "$work/archive/offline" "$work/err"
}
# Reasons are followed by what serves. These are apt's own words, of version 2.6.
while IFS='|' read -r want reason; do
	failure "$uri" "$reason" >"$work/archive/offline"
	update "$want" "$reason"
done <<'REASONS'
used|Could not resolve 'a'
used|Could not connect to a:80 (10.0.0.1). - connect (111: Connection refused)
used|Could not connect to a:80 (10.0.0.1). - connect (113: No route to host)
used|Could not connect to a:80 (10.0.0.1), connection timed out
used|Cannot initiate the connection to a:80 (fd00::1). - connect (101: Network is unreachable) Could not connect to a:80 (10.0.0.1), connection timed out
E: Failed to fetch|Invalid response from proxy: HTTP/1.0 403 Forbidden  Server: x  Connection: close     [IP: 10.0.0.9 80]
E: Failed to fetch|Hash Sum mismatch
E: Failed to fetch|Could not connect to a:80 (10.0.0.1). - connect (111: Connection refused) and more
REASONS
# With Release, apt says the same of an unreachable network and of a release that was removed.
# shellcheck disable=SC2059
printf "$without_release\n" 'Cannot initiate the connection to a:80 (10.0.0.1). - connect (101: Network is unreachable)' \
	>"$work/archive/offline"
update used 'an unreachable network'
# shellcheck disable=SC2059
printf "$without_release\n" '404  Not Found [IP: 10.0.0.1 80]' >"$work/archive/offline"
update 'no longer has' 'a release that was removed is an error'
for refusal in '403  Forbidden' '407  Proxy Authentication Required'; do
	reason="$refusal [IP: 10.0.0.9 80]"
	{
		failure "$uri" "$reason"
		echo "E: The repository 'http://a one InRelease' is not signed."
	} >"$work/archive/offline"
	update "$refusal" "a proxy's refusal is an error: $refusal"
done
cat >"$work/archive/offline" <<'EXPIRED'
Get:1 http://a one InRelease [151 kB]
E: Release file for http://a/dists/one/InRelease is expired (invalid since 1d 2h 3min 4s). Updates for this repository will not be applied.
EXPIRED
update 'is expired' 'an expired Release file is an error'
{ failure "$uri" "$unresolved"; failure http://b/x 'Hash Sum mismatch'; } >"$work/archive/offline"
update 'E: Failed to fetch' 'an error beside one about the network'
{ failure "$uri" "$unresolved"; failure "$uri" "$unresolved"; } >"$work/archive/offline"
update used 'the same failure twice'
echo 'E: Unable to acquire the connection lock' >"$work/archive/offline"
update 'connection lock' 'an error without a reason'
# The log of an earlier run without a network. This time apt-get does not run.
failure "$uri" "$unresolved" >"$work/archive/offline"
update used 'without a network, again'
# shellcheck disable=SC2016
lists 'mkdir "$(archive_lists one)/etc/sources.list.new"'
# shellcheck disable=SC2016
! lists 'touch "$(archive_lists one)/updated"; archive_update one' && ! grep -q 'are used' "$work/err" &&
	grep -q 'sources.list.new' "$work/err"
point $? 'archive: the log of an earlier run does not count' "$work/output" "$work/err"
# shellcheck disable=SC2016
lists 'rmdir "$(archive_lists one)/etc/sources.list.new"'

# downloads STATUS NAME ERROR...: archive_download ends with the status if apt prints the errors
downloads() {
	local want=$1 name=$2 rc=0
	printf 'E: %s\n' "${@:3}" >"$work/archive/answer"
	# shellcheck disable=SC2016
	lists 'archive_download one "$ARCHIVE" hello' || rc=$?
	[ "$rc" = "$want" ] && grep -qxF "E: $3" "$work/err"
	point $? "archive: $name" "$work/output" "$work/err"
}
gone='Failed to fetch http://a/x.deb  404  Not Found [IP: 127.0.0.1 80]'
unreachable='Failed to fetch http://a/y.deb  Could not connect to a:80'
downloads 2 'a package that the archive has dropped' "$gone"
downloads 1 'a package that cannot be reached' "$unreachable"
downloads 1 'a package that it has dropped and one that cannot be reached' "$gone" "$unreachable"
downloads 1 'a package that no list has' 'Unable to locate package hello'

# Folders and files of the user.
mkdir -p "$work/user/plain"
touch "$work/user/file" "$work/user/plain/file"
refuses 'no earlier run wrote' 'package: --log with a folder of the user' \
	tests/package/run.sh --log "$work/user" bookworm
refuses 'no folder of an earlier run' 'run.sh: --log with a folder of the user' \
	"${boot[@]}" --log "$work/user" device
[ -e "$work/user/file" ] && [ -e "$work/user/plain/file" ]
point $? 'these folders keep their files'
mkdir -p build/matrix
touch build/matrix/results.md
tests/matrix.sh --list >"$work/output" 2>&1
[ -e build/matrix/results.md ]
point $? 'matrix: --list keeps the results of an earlier run' "$work/output"

# Two runs in one checkout. Each script reserves the folder that it writes to.
# takes DIR COMMAND...: the script names itself in DIR/.run before it prepares anything.
takes() {
	local dir=$1
	shift
	timeout 20 "$@" >"$work/output" 2>&1 </dev/null
	grep -qF "${1##*/} (process " "$dir/.run" 2>>"$work/output"
	point $? "$1 takes $dir" "$work/output"
}
takes build/check tests/check.sh
takes build/chaos tests/chaos.sh
takes build/planted tests/planted.sh
takes build/debug tests/debug.sh
takes build/soak tests/soak.sh
takes build/all tests/all.sh
takes build/arch tests/arch.sh
takes build/demo tests/demo.sh
takes build/bench tests/bench/run.sh
takes build/bench-crypto tests/bench/crypto.sh
takes build/package/bookworm tests/package/run.sh bookworm
takes build/package/build tests/package/build.sh
export T=device
takes build/vm-test tests/vm-test.sh
takes build/vm/last "${boot[@]}" device

# held NAME DIR COMMAND...: refused while another run has the folder, and its files stay
held() {
	local name=$1 dir=$2 other i
	shift 2
	rm -rf "$dir"
	mkdir -p "$dir/plain"
	(exec 9>>"$dir/.run"; flock 9; echo 'the other run' >"$dir/.run"; exec sleep 60) &
	other=$!
	for ((i = 0; i < 100; i++)); do
		[ ! -s "$dir/.run" ] || break
		sleep 0.1
	done
	refuses "$dir is in use by the other run" "$name: another run has the folder" "$@"
	[ -e "$dir/plain" ] && grep -qx 'the other run' "$dir/.run"
	point $? "$name: its files stay"
	kill "$other"
	wait "$other" 2>/dev/null
}
held run.sh "$work/log" "${boot[@]}" --log "$work/log" device
held fuzz "$work/fuzz/run-fuzz" "${fuzz[@]}" 3 replay
held package "$work/log" tests/package/run.sh --log "$work/log" bookworm

# The plan of a scenario, in a VM that prints one point of it and the line $LAST.
mkdir "$work/vm"
for program in modinfo objcopy depmod mke2fs; do printf '#!/bin/sh\necho 6.1.0 SMP\n' >"$work/vm/$program"; done
cat >"$work/vm/qemu-system-x86_64" <<'QEMU'
#!/bin/bash
for word; do
	case $word in
	file,id=out,path=*) out=${word##*=} ;;
	file,id=console,*) console=${word#*path=} ;;
	esac
done
echo 'a line of the kernel' >"${console%,append=on}"
printf '%s\n' '# guest: up after 1.0 s' 'ok - device: one' "$LAST" '# guest: done after 1 s' >"$out"
QEMU
chmod +x "$work"/vm/*
echo pc >"$work/kernel/machine"
# plan NAME LINE: there is one point about the plan
plan() {
	env LAST="$2" PATH="$work/vm:$PATH" timeout 60 tests/vm/run.sh --module "$work/kernel/kver" --root "$work/root" \
		--log "$work/planned" device >"$work/output" 2>"$work/err" </dev/null
	[ "$(grep -c '^not ok .*- device: its plan is [0-9]* points, there were 1 without skips$' "$work/output")" = 1 ]
	point $? "$1" "$work/output" "$work/err"
}
plan 'run.sh: a scenario has fewer points than its plan' '# device: 1.0 s, busy 1.0 s'
plan 'run.sh: and its last line is not understood' '# device: 1,0 s, busy 1,0 s'

# An interruption of run.sh. What waits there for the end of the VM, in steps of "sleep 0.2", sees it
# when the files of the folder are gone. Then this rm waits until run.sh has no other child, before it
# removes the folder: no child may make a file in it.
mkdir "$work/slow" "$work/tmp"
printf '#!/bin/sh\n' >"$work/slow/mke2fs"
printf '#!/bin/sh\n: >"%s"\nexec sleep 60\n' "$work/runs" >"$work/slow/qemu-system-x86_64"
cat >"$work/slow/rm" <<'RM'
#!/bin/bash
case $2 in
*/wireguard-vm.??????)
	find "$2" -mindepth 1 -delete
	for ((i = 0; i < 200 && $(pgrep -c -P "$PPID") > 1; i++)); do /bin/sleep 0.05; done
	exec rmdir "$2"
	;;
esac
exec /bin/rm "$@"
RM
cat >"$work/slow/sleep" <<'SLEEP'
#!/bin/bash
[ "$1" = 0.2 ] || exec /bin/sleep "$@"
for ((i = 0; i < 400; i++)); do
	[ -n "$(ls "$TMPDIR"/wireguard-vm.*)" ] || exit 0
	/bin/sleep 0.05
done
SLEEP
chmod +x "$work"/slow/*
echo pc >"$work/kernel/machine"
env PATH="$work/slow:$PATH" TMPDIR="$work/tmp" "${boot[@]}" --log "$work/interrupted" device \
	>"$work/output" 2>"$work/err" </dev/null &
vm=$!
for ((i = 0; i < 200; i++)); do
	[ ! -e "$work/runs" ] || break
	sleep 0.1
done
kill "$vm"
wait "$vm"
[ $? = 130 ] && [ -e "$work/interrupted/plain/qemu.err" ] && [ -z "$(ls "$work/tmp")" ]
point $? 'run.sh: an interruption leaves no folder in TMPDIR' "$work/output" "$work/err"

# An interruption of a script that runs jobs. One of its jobs has a process group of its own, as VMs
# and unit tests have, and outlives its parent. Another one ignores the signal. All of them have the
# lock of the folder, as long as they live.
cat >"$work/jobs" <<'JOBS'
#!/bin/bash
set -euo pipefail
source tests/lib/steps.sh
source tests/lib/jobs.sh
fresh_out "$1"
grace=1
stream() {
	: >"$out/$1.begun"
	case $1 in
	group) sh -c 'timeout 900 sleep 900; :' ;;
	ignores) trap '' TERM; sleep 900 ;;
	esac
}
load() { echo 10; }
if [ "$2" = attended ]; then attended stream group; else run_jobs "${@:2}"; fi
JOBS
chmod +x "$work/jobs"
# interrupted SIGNAL NAME JOB...
interrupted() {
	local signal=$1 name=$2 out=$work/jobs-out i rc=0
	shift 2
	rm -rf "$out"
	# Without job control the shell would start it with SIGINT ignored.
	set -m
	"$work/jobs" "$out" "$@" >"$work/output" 2>"$work/err" </dev/null &
	set +m
	for ((i = 0; i < 1200; i++)); do
		[ "$(find "$out" -name '*.begun' 2>/dev/null | wc -l)" != $# ] || break
		sleep 0.1
	done
	kill "-$signal" $!
	for ((i = 0; i < 1200; i++)); do
		kill -0 $! 2>/dev/null || break
		sleep 0.1
	done
	printf 'alive after %d tenths of a second\n' "$i" >>"$work/output"
	flock -n "$out/.run" true || rc=1
	kill -KILL $! 2>/dev/null && rc=1
	wait $! 2>/dev/null
	[ $? = 130 ] && [ "$rc" = 0 ]
	point $? "jobs: $name" "$work/output" "$work/err"
}
interrupted TERM 'SIGTERM ends all of them, also those that ignore it' group ignores
interrupted INT 'SIGINT, too' group
interrupted TERM 'SIGTERM ends a command that is attended' attended

# The guest's search for leaks, on a kernel that cannot show them. A folder in place of kmemleak's file
# takes no command.
# shellcheck disable=SC2016 # for that shell
bash -uc 'source <(sed -n "/^namespaces()/,/^# save_coverage/p" tests/vm/guest/run)
	can_count_namespaces() { false; }
	say() { printf "%s\n" "$*"; }
	sleep() { :; }
	kmemleak=$1 SLOW=1
	before_leaks
	find_leaks' bash "$work" >"$work/output" 2>"$work/err"
[ "$(grep -c '^ok - leaks: no .* is left # SKIP .' "$work/output")" = 2 ] && [ "$(wc -l <"$work/output")" = 2 ]
point $? 'guest/run: leaks that cannot be searched are skipped' "$work/output" "$work/err"

printf '1..%d\n' "$number"
