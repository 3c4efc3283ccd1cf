# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The root in which test_dkms.sh runs wireguard-dkms and the package's scripts, and what it
# expects of a run. The root has the few programs that they call; stand-ins take the place
# of those that change or question the system. Sourced, never run, after lib.sh, in a
# mount namespace of its own.
#
#   root/tools       real programs: cat, sed, find ...
#   root/stand-ins   first in PATH: each writes its call to state/calls, then runs state/NAME
#   root/state       how the stand-ins answer in this case
#   root/{etc,lib/modules,proc,run,sys,tmp,usr,var}
#                    made afresh by each case, compared before and after each run
# shellcheck disable=SC2016 # the shell of a stand-in expands it

top=$PWD/../..
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-dkms.XXXXXX")
root=$work/root
chroot=$(command -v chroot)
# shellcheck disable=SC2317 # called by the trap
finish() {
	umount -l "$work" 2>/dev/null || :
	rmdir "$work"
}
trap finish EXIT
mount -t tmpfs tmpfs "$work"

# --- the root

mkdir -p "$root"/{bin,dev,hostproc,lib,stand-ins,tools,usr/sbin}
program() { # NAME TARGET: with its libraries
	local file library
	file=$(realpath "$(command -v "$1")")
	cp "$file" "$root/$2"
	ldd "$file" 2>/dev/null | { grep -o '/[^ ]*' || :; } | while read -r library; do
		[ -e "$root$library" ] || cp --parents -L "$library" "$root"
	done
}
program bash bin/bash
program sh bin/sh
ln -s /bin/sh "$root/tools/sh"
for tool in awk cat cut find flock grep head ln mkdir mktemp mv rm rmdir sed sleep stat tail touch tr; do
	program "$tool" "tools/$tool"
done
for node in null zero; do
	: >"$root/dev/$node"
	mount --bind "/dev/$node" "$root/dev/$node"
done
# The shell's process substitution needs the real /proc.
mount --rbind /proc "$root/hostproc"
ln -s /hostproc/self/fd "$root/dev/fd"
install -m 755 "${COMMAND:-$top/tools/wireguard-dkms}" "$root/usr/sbin/wireguard-dkms"

cat >"$work/stand-in" <<'STAND_IN'
#!/bin/bash
printf '%s\n' "${0##*/} $*" >>/state/calls
source "/state/${0##*/}"
STAND_IN
names=(depmod df dkms dpkg-query id mktemp modinfo modprobe nsenter systemctl uname wg-quick
	wireguard-dkms)
for name in "${names[@]}"; do
	install -m 755 "$work/stand-in" "$root/stand-ins/$name"
done

# kernel NAME [headers] [own]: what its packages bring
kernel() {
	local name=$1 dir=$root/lib/modules/$1 word
	mkdir -p "$dir/kernel"
	shift
	for word; do
		case $word in
		own) module "$dir/kernel/wireguard.ko" 1.0.0 ;;
		headers)
			mkdir -p "$dir"/build/{scripts,include/config,include/generated}
			: >"$dir/build/Makefile"
			: >"$dir/build/Module.symvers"
			: >"$dir/build/include/generated/autoconf.h"
			echo "#define UTS_RELEASE \"$name\"" >"$dir/build/include/generated/utsrelease.h"
			printf 'CONFIG_%s=y\n' MODULES NET INET NET_UDP_TUNNEL DST_CACHE \
				>"$dir/build/include/config/auto.conf"
			;;
		esac
	done
}
# module FILE VERSION: the stand-ins for modinfo and modprobe read it
module() {
	mkdir -p "${1%/*}"
	printf '%s: %s\n' version "$2" srcversion "SUM-OF-$2" >"$1"
	[ "$2" = 1.0.0 ] || echo 'parm: fips_allow:load in FIPS mode' >>"$1"
}
installed() { # KERNEL: by DKMS
	mkdir -p "$root/var/lib/dkms/wireguard/2.0.0/$1"
	module "$root/lib/modules/$1/updates/dkms/wireguard.ko" 2.0.0
}
loaded() { # VERSION
	mkdir -p "$root/sys/module/wireguard"
	echo "$1" >"$root/sys/module/wireguard/version"
	echo "SUM-OF-$1" >"$root/sys/module/wireguard/srcversion"
	echo live >"$root/sys/module/wireguard/initstate"
}
# interfaces PATH [NAME ...]: a network namespace, at this path of the root
interfaces() {
	local path=$root/$1
	shift
	mkdir -p "${path%/*}"
	printf '%s\n' "$@" >"$path"
}
by_wg_quick() { # NAME ...: interfaces that it has brought up
	local name
	interfaces proc/self/ns/net "$@"
	mkdir -p "$root/etc/wireguard"
	for name; do : >"$root/etc/wireguard/$name.conf"; done
}

# answer NAME: how its stand-in behaves in this case: standard input
answer() { cat >"$root/state/$1"; }
# dkms_install: the same for "dkms install" alone
dkms_install() { cat >"$root/state/dkms-install"; }

# fresh: one kernel, which runs, with headers and a module of its own; the package's
# sources, known to DKMS; no module loaded, one network namespace without interfaces.
fresh() {
	local source=$root/usr/src/wireguard-2.0.0
	rm -rf "${root:?}"/{boot,etc,lib/modules,proc,run,state,sys,tmp,usr/src,var}
	mkdir -p "$root"/{etc,lib/modules,proc,run,state,sys/module,tmp,var/log,var/lib/dkms/wireguard/2.0.0}
	: >"$root/state/calls"
	kernel 6.1.0-1 headers own
	mkdir -p "$source/src/compat"
	cp "$top/dkms.conf" "$source"
	cp "$top/src/version.h" "$source/src"
	# Without a mode bit, as in an archive that has none.
	install -m 644 "$top/src/compat/"{check-kdir,install-command}.sh "$source/src/compat"
	mkdir "$root/boot"
	echo 'ID=debian' >"$root/etc/os-release"
	ln -s /usr/src/wireguard-2.0.0 "$root/var/lib/dkms/wireguard/2.0.0/source"
	interfaces proc/self/ns/net

	answer id <<<'echo 0'
	answer uname <<<'echo 6.1.0-1'
	answer depmod <<<':'
	answer dpkg-query <<<'exit 1'
	answer wireguard-dkms <<<'exit 1'
	answer mktemp <<<'/tools/mktemp "$@"'
	answer df <<<'printf "%s\n" "a line of titles" "disk 9 9 1000000 9% /"'
	answer nsenter <<'A'
path=${1#--net=}
[ -e "$path" ] || exit 1
shift
[ "$1" = ip ] || exit 0
number=1
while read -r name; do
	[ -z "$name" ] || echo "$((number++)): $name: <NOARP,UP,LOWER_UP> mtu 1420 qdisc noqueue"
done <"$path"
A
	answer modinfo <<'A'
kernel=6.1.0-1 field=
while [ $# -gt 0 ]; do
	case $1 in -k) kernel=$2; shift ;; -F) field=$2; shift ;; esac
	shift
done
for file in "/lib/modules/$kernel"/{updates/dkms,kernel}/wireguard.ko; do
	[ -e "$file" ] || continue
	if [ "$field" = filename ]; then echo "$file"; else sed -n "s/^$field: //p" "$file"; fi
	exit 0
done
echo 'modinfo: ERROR: Module wireguard not found.' >&2
exit 1
A
	answer modprobe <<'A'
case $* in
"-r wireguard") rm -r /sys/module/wireguard ;;
"--show-depends wireguard") printf 'insmod %s\n' /lib/modules/6.1.0-1/kernel/udp_tunnel.ko \
	"/lib/modules/6.1.0-1/updates/dkms/wireguard.ko $(cat /state/options 2>/dev/null)" ;;
wireguard)
	[ ! -d /sys/module/wireguard ] || exit 0
	mkdir /sys/module/wireguard
	for field in version srcversion; do
		modinfo -F "$field" wireguard >"/sys/module/wireguard/$field"
	done
	echo live >/sys/module/wireguard/initstate ;;
*) exit 99 ;;
esac
A
	answer wg-quick <<'A'
case $1 in
up) echo "$2" >>/proc/self/ns/net ;;
down) sed -i "/^$2$/d" /proc/self/ns/net ;;
esac
A
	answer systemctl <<'A'
name=${!#}
name=${name#wg-quick@}
name=${name%.service}
case $1 in
-q) grep -qsx "$name" /state/units ;;
start) echo "$name" >>/proc/self/ns/net ;;
stop) sed -i "/^$name$/d" /proc/self/ns/net ;;
esac
A
	answer dkms <<'A'
kernel=${!#} tree=/var/lib/dkms/wireguard/2.0.0
case $1 in
status) [ ! -d "$tree/$kernel" ] || echo "wireguard/2.0.0, $kernel, x86_64: installed" ;;
add) mkdir -p "$tree"; ln -s /usr/src/wireguard-2.0.0 "$tree/source" ;;
install) source /state/dkms-install ;;
esac
A
	dkms_install <<'A'
mkdir -p "$tree/$kernel" "/lib/modules/$kernel/updates/dkms"
: >"$tree/$kernel/log"
printf '%s\n' 'version: 2.0.0' 'srcversion: SUM-OF-2.0.0' 'parm: fips_allow:load in FIPS mode' \
	>"/lib/modules/$kernel/updates/dkms/wireguard.ko"
A
}
# fails_with RC: a build that fails: its output is standard input, make.log after "--"
fails_with() {
	{
		cat <<-'A'
			rm -rf "$tree/build"
			mkdir "$tree/build"
			log=
			while IFS= read -r line; do
				case $log$line in
				--) log=1 ;;
				1*) printf '%s\n' "$line" >>"$tree/build/make.log" ;;
				*) printf '%s\n' "$line" ;;
				esac
			done <<'OUTPUT'
		A
		cat
		printf 'OUTPUT\nexit %d\n' "$1"
	} | dkms_install
}

# --- what is looked at

# All files with their sums, and folders that are empty. The folder that a build leaves
# belongs to DKMS, and the lock stays.
listing() {
	(
		cd "$root" || exit
		find etc lib/modules proc run sys tmp usr/src var \( -path 'var/lib/dkms/wireguard/2.0.0/build' -o -path run/wireguard-dkms.lock \) -prune -o \
			-type f -exec cksum {} + -o \( ! -type d -o -empty \) -printf '>%l %y %p\n'
	)
}
# changes: +FILE or -FILE or ~FILE, from $work/before to $work/after. A folder that got its
# first file does not count as a change.
changes() {
	awk '{ state = $1 " " $2 }
		NR == FNR { was[$3] = state; next }
		!($3 in was) { print "+" $3; next }
		was[$3] != state { print "~" $3 }
		{ delete was[$3] }
		END { for (file in was) if (was[file] !~ / d$/) print "-" file }' "$work/before" "$work/after" |
		sort
}

# expect NAME RC "CHANGES" COMMAND...: standard input is the whole output: lines of
# standard output as they are, those of standard error after "! ". wireguard-dkms is traced.
expect() {
	local name=$1 want=$2 changes=$3 rc=0
	shift 3
	cat >"$work/want"
	listing >"$work/before"
	[ "$1" != wireguard-dkms ] || { shift; set -- /bin/bash -c 'PS4="@\$LINENO " BASH_XTRACEFD=9
		set -x
		. /usr/sbin/wireguard-dkms' wireguard-dkms "$@"; }
	env -i PATH=/stand-ins:/tools LC_ALL=C ${environment[@]+"${environment[@]}"} "$chroot" "$root" "$@" \
		</dev/null >"$work/out" 2>"$work/err" 9>>"$work/trace" || rc=$?
	listing >"$work/after"
	sed 's/^/! /' "$work/err" | cat "$work/out" - >"$work/output"
	{
		[ "$rc" = "$want" ] || echo "exit status $rc, not $want"
		diff "$work/want" "$work/output" || :
		tr ' ' '\n' <<<"$changes" | sed '/^$/d' | sort | diff - <(changes) || :
	} >"$work/why"
	point "$([ ! -s "$work/why" ]; echo $?)" "$name" "$work/why"
}
environment=()
# holds NAME FILE PATTERN: after expect
holds() {
	cp "$root/$2" "$work/why" 2>/dev/null || echo "no $2" >"$work/why"
	point "$(grep -q -- "$3" "$root/$2" 2>/dev/null; echo $?)" "$1" "$work/why"
}
called() { holds "$1" state/calls "^$2\$"; }
never_called() {
	cp "$root/state/calls" "$work/why"
	point "$(! grep -q -- "$2" "$root/state/calls"; echo $?)" "$1" "$work/why"
}
