#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests installation, upgrade and removal of the package in a Debian root. Each scenario
# runs apt, dpkg and DKMS in an overlay over the root, without a network. Prints TAP.
#
# usage: tests/package/run.sh [--log DIR] [--ccache DIR] SUITE [SCENARIO ...]
#        tests/package/run.sh [--log DIR] [--ccache DIR] --boot SUITE
#   --log DIR    keep logs there, in a folder that is empty or that a run made (default
#                build/package/SUITE)
#   --ccache DIR  the compiler cache (default: one for the suite in the tests' cache, which
#                 stays; an empty DIR: compile all)
#   --boot       no scenarios: boot a root with the package installed, reinstall another
#                kernel, boot that with Secure Boot, and remove the package there
#   --list       list the scenarios

set -euo pipefail

# In braces, so that bash reads the whole script before it runs any of it.
{
die() { printf 'package: %s\n' "$*" >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/lib/options.sh
source "$top/tests/lib/options.sh"
# shellcheck source=tests/lib/out.sh
source "$top/tests/lib/out.sh"
# shellcheck source=tests/lib/chroot.sh
source "$top/tests/lib/chroot.sh"
# shellcheck source=tests/lib/archive.sh
source "$top/tests/lib/archive.sh"
log='' ccache='' boot='' list=''
read_options 'log= ccache= boot list' "$@"
if [ -n "$list" ]; then
	for f in "$here"/scenarios/*.sh; do basename "$f" .sh; done
	exit
fi
[ ${#arguments[@]} != 0 ] || { print_usage >&2; exit 2; }
suite=${arguments[0]} scenarios=("${arguments[@]:1}")
cut -d' ' -f1 "$here/suites.list" | grep -v '^#' | grep -qxF -- "$suite" ||
	die "no suite $suite in tests/package/suites.list"
[ "$(id -u)" = 0 ] || die "needs root (chroot, mounts)"
[ -z "$boot" ] || [ ${#scenarios[@]} = 0 ] || { print_usage >&2; exit 2; }
if [ -z "$boot" ] && [ ${#scenarios[@]} = 0 ]; then
	mapfile -t scenarios < <("$here/run.sh" --list)
fi
for name in ${scenarios[@]+"${scenarios[@]}"}; do
	{ [[ $name =~ ^[a-z0-9-]+$ ]] && [ -e "$here/scenarios/$name.sh" ]; } || die "no scenario $name; --list lists them"
done
log=${log:-$top/build/package/$suite}
empty_out "$log"
base=$("$here/root.sh" "$suite")
first=$(sed -n 's/^FIRST=//p' "$base/kernels")
second=$(sed -n 's/^SECOND=//p' "$base/kernels")

work=$(mktemp -d "${TMPDIR:-/var/tmp}/wireguard-package.XXXXXX")
# shellcheck disable=SC2317 # called by the trap
finish() {
	# End the VM, or the processes in an overlay.
	pkill -TERM -P $$ 2>/dev/null || :
	gpgconf --homedir "$work/gpg" --kill all 2>/dev/null || :
	rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# --- the package, its next version, and a repository signed with a temporary key

mkdir -m 700 "$work/gpg"
export GNUPGHOME=$work/gpg
gpg --batch --quiet --passphrase '' --quick-generate-key 'throw-away <throw-away@test.example>' \
	ed25519 sign never 2>"$log/gpg.log" || die "gpg makes no key ($log/gpg.log)"
make --no-print-directory -C "$top" repo KEY=throw-away@test.example REPO="$work/share/repo" \
	URI=file:/mnt/share/repo >"$log/repo.log" 2>&1 ||
	{ tail -n 5 "$log/repo.log" >&2; die "make repo failed ($log/repo.log)"; }
version=$(sed -n 's/^.define WIREGUARD_VERSION "\(.*\)"/\1/p' "$top/src/version.h")
# The source tree, for installation without apt.
make --no-print-directory -C "$top" package-tree DIR="$work/share/tree"
# A copy with the next version.
next=$version.1
make_next() {
	make --no-print-directory -C "$top" package-tree DIR="$work/next"
	sed -i "s/\(WIREGUARD_VERSION \)\"$version\"/\1\"$next\"/" "$work/next/src/version.h"
	sed -i "1s/($version)/($next)/" "$work/next/debian/changelog"
	make --no-print-directory -C "$work/next" deb >"$log/next.log" 2>&1 ||
		{ tail -n 5 "$log/next.log" >&2; die "the next version does not build ($log/next.log)"; }
	cp "$work/next/dist/wireguard-dkms_${next}_all.deb" "$work/share/"
}
case " ${scenarios[*]} " in *" package-upgrade "*) make_next ;; esac
cp -r "$here" "$work/share/package"
# ccache does not notice a new header that is found before another one of that name, so the names
# of all headers are in the name of the folder.
headers=$(cd "$top" && find src -name '*.h' ! -path '*/generated/*' | sort | sha1sum)
export COMPILER_CACHE=${ccache:-$test_cache/ccache-$suite-${headers:0:12}}
mkdir -p "$COMPILER_CACHE"
touch "$COMPILER_CACHE"
find "$test_cache" -maxdepth 1 -name 'ccache-*' -mtime +30 -exec rm -rf {} +
{
	cat "$base/kernels"
	printf 'VERSION=%s\nNEXT=%s\nSUITE=%s\n' "$version" "$next" "$suite"
} >"$work/share/facts"

# --- overlays

header() { sed -n "s/^# $2: *//p" "$here/scenarios/$1.sh"; }

# in_overlay DIR LOWER COMMAND...: runs COMMAND in LOWER; its changes go to DIR/upper.
# shellcheck disable=SC2317 # called by timed
in_overlay() {
	local dir=$1 lower=$2
	shift 2
	mkdir -p "$dir"/{upper,work,root}
	in_root "$dir/root" "$work/share" -t overlay \
		-o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" overlay -- "$@"
}

# timed COMMAND...: runs the command. spent prints the time that the command took.
timed() {
	local TIMEFORMAT='%R %U %S'
	{ time "$@" 2>&3; } 3>&2 2>"$work/time"
}
spent() { awk '{ printf "%d s, %d s of processor time\n", $1, $2 + $3 }' "$work/time"; }

number=0 passed=0 failed=0 skipped=0
relay() {
	local line rest
	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*)
			rest=${line#*ok }
			number=$((number + 1))
			printf '%sok %d %s\n' "${line%%ok *}" "$number" "$rest"
			case $line in
			*"# SKIP"*) skipped=$((skipped + 1)) ;;
			"ok "*) passed=$((passed + 1)) ;;
			*) failed=$((failed + 1)) ;;
			esac
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done
}

# The layers that scenarios begin with: the bare root; the root with the package's
# dependencies; the root with the package installed.
declare -A layer=([bare]=$base/root)
prepare() { # LAYER
	local below
	[ -z "${layer[$1]:-}" ] || return 0
	case $1 in
	depends) below=bare ;;
	installed) below=depends ;;
	*) die "no layer $1" ;;
	esac
	prepare $below
	timed in_overlay "$work/$1" "${layer[$below]}" bash /mnt/share/package/inside "layer-$1" \
		>"$log/layer-$1.log" 2>&1 </dev/null ||
		{ tail -n 20 "$log/layer-$1.log" >&2; die "the root cannot be prepared ($log/layer-$1.log)"; }
	printf '# layer-%s: %s\n' "$1" "$(spent)"
	layer[$1]=$work/$1/upper:${layer[$below]}
}

for name in ${scenarios[@]+"${scenarios[@]}"}; do
	from=$(header "$name" begins)
	prepare "${from:-depends}"
	rc=0
	timed in_overlay "$work/run" "${layer[${from:-depends}]}" bash /mnt/share/package/inside "$name" \
		>"$log/$name.tap" 2>"$log/$name.log" </dev/null || rc=$?
	[ "$rc" = 0 ] || printf 'not ok - %s: ran to its end (exit %d)\n' "$name" "$rc" >>"$log/$name.tap"
	relay <"$log/$name.tap"
	if grep -q '^not ok' "$log/$name.tap"; then tail -n 25 "$log/$name.log" | sed 's/^/#   /'; fi
	printf '# %s: %s\n' "$name" "$(spent)"
	rm -rf --one-file-system "$work/run"
done
# --- tests that need a booted machine

# in_vm STAGE KERNEL OPTION...: boots KERNEL from the disk, which keeps its changes.
in_vm() {
	local stage=$1 kernel=$2 root=$work/vm/$suite-${base##*-}-$2 rc=0
	local deb=$work/share/repo/pool/main/w/wireguard-dkms/wireguard-dkms_${version}_all.deb
	shift 2
	# kernel.sh identifies the kernel by the folder's name.
	mkdir -p "$root"
	ln -sf "$work/vm/root.ext4" "$root/root.ext4"
	echo "$kernel" >"$root/kver"
	touch "$root/complete"
	timed "$top/tests/vm/run.sh" --deb "$deb" --root "$root" --write \
		--put "$work/share" --log "$log/vm-$stage" --limit 2400 "$@" \
		--exec "/mnt/in/vm/guest/package $stage" >"$log/boot-$stage.tap" 2>"$log/boot-$stage.log" || rc=$?
	[ "$rc" = 0 ] || grep -q '^not ok' "$log/boot-$stage.tap" ||
		printf 'not ok - boot-%s: run.sh ended with %d\n' "$stage" "$rc" >>"$log/boot-$stage.tap"
	# Remove the numbers that run.sh has added to points.
	sed -i -E 's/^((not )?ok) [0-9]+ /\1 /' "$log/boot-$stage.tap"
	relay <"$log/boot-$stage.tap"
	printf '# boot-%s: %s\n' "$stage" "$(spent)"
}

boot_it() {
	# The machine's key is a key from Debian's ovmf that the test firmware trusts.
	openssl rsa -in /usr/share/ovmf/PkKek-1-snakeoil.key -passin pass:snakeoil \
		-out "$work/share/mok.key" 2>/dev/null
	openssl x509 -in /usr/share/ovmf/PkKek-1-snakeoil.pem -outform DER -out "$work/share/mok.pub"
	prepare depends
	timed in_overlay "$work/machine" "${layer[depends]}" bash /mnt/share/package/inside layer-machine \
		>"$log/layer-machine.log" 2>&1 </dev/null ||
		{ tail -n 20 "$log/layer-machine.log" >&2; die "the disk cannot be prepared ($log/layer-machine.log)"; }
	printf '# layer-machine: %s\n' "$(spent)"
	mkdir -p "$work/vm" "$work/merged"
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private bash -euc '
		mount -t overlay -o "lowerdir=$1" overlay "$2"
		mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$2" "$3" "$(($(du -sm "$2" | cut -f1) + 1024))M"
		' bash "$work/machine/upper:${layer[depends]}" "$work/merged" "$work/vm/root.ext4" \
		>"$log/mke2fs.log" 2>&1 || die "no disk can be made ($log/mke2fs.log)"
	in_vm first "$first"
	in_vm enforce "$first" --append module.sig_enforce=1
	in_vm second "$second" --secure-boot --append module.sig_enforce=1
}
if [ -n "$boot" ]; then boot_it; fi

printf '1..%d\n' "$number"
printf '# %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
printf '# logs: %s\n' "$log"
[ "$failed" = 0 ]
exit
}
