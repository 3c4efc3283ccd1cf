#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each error and warning of wireguard-dkms, of dkms.conf and of the package's scripts:
# what is printed, the exit status, and what is left in the file system. The scripts run
# unmodified in the small root of dkms_root.sh, by chroot in a mount namespace. Run from
# tests/unit.
#
# usage: [COMMAND=FILE] test_dkms.sh
#   COMMAND   the wireguard-dkms to test, e.g. a copy with a fault planted in it
# shellcheck disable=SC2016 # the shell of a stand-in expands it

set -euo pipefail

# The mounts end with the namespace. Root on the host is not needed where users may have
# namespaces of their own.
if [ "${1:-}" != inside ]; then
	for namespace in "unshare --mount" "unshare --map-root-user --mount"; do
		if $namespace mount -t tmpfs tmpfs /mnt 2>/dev/null; then exec $namespace "$0" inside; fi
	done
	printf '1..1\nok 1 - wireguard-dkms in a root of its own # SKIP no mount namespaces\n'
	exit 0
fi

# shellcheck source=tests/unit/lib.sh
source ./lib.sh
# shellcheck source=tests/unit/dkms_root.sh
source ./dkms_root.sh

usage='usage: wireguard-dkms build [KERNEL ...]    build and install the module (default: for each kernel with headers)
       wireguard-dkms status                which module is loaded, which one modprobe loads, and each kernel'"'"'s
       wireguard-dkms switch [--dry-run]    load the installed module in place of the one that is loaded'
wrong="! ${usage//$'\n'/$'\n'! }"
log=var/log/wireguard-dkms/6.1.0-1.log
own_module_used='wireguard: until the module is built, 6.1.0-1 uses the module that it comes with'
again='wireguard: log: /var/log/wireguard-dkms/6.1.0-1.log; to try again: wireguard-dkms build 6.1.0-1'

echo "1..144"

# --- the command line, and what all of it needs

fresh
expect "no command" 2 '' wireguard-dkms <<<"$wrong"
expect "an unknown command" 2 '' wireguard-dkms install <<<"$wrong"
expect "help is no error" 0 '' wireguard-dkms --help <<<"$usage"
expect "switch with an unknown option" 2 '' wireguard-dkms switch --force <<<"$wrong"
loaded 1.0.0
installed 6.1.0-1
expect "switch with a word too many" 2 '' wireguard-dkms switch --dry-run now <<<"$wrong"
expect "status with a word too many" 2 '' wireguard-dkms status 6.1.0-1 <<<"$wrong"
expect "build with an option" 2 '' wireguard-dkms build --all <<<"$wrong"
fresh
answer id <<<'echo 1000'
expect "build as a user" 1 '' wireguard-dkms build <<<'! wireguard: build needs root'
expect "switch as a user" 1 '' wireguard-dkms switch <<<'! wireguard: switch needs root'
fresh
mv "$root/stand-ins/dkms" "$work/dkms"
expect "build without DKMS" 1 '' wireguard-dkms build <<<'! wireguard: no dkms: install the package dkms'
mv "$work/dkms" "$root/stand-ins/dkms"
rm -r "$root/usr/src/wireguard-2.0.0"
expect "build without sources" 1 '' wireguard-dkms build \
	<<<'! wireguard: no sources in /usr/src/wireguard-VERSION: install the package wireguard-dkms'
expect "status without sources" 0 '' wireguard-dkms status <<'OUTPUT'
wireguard: loaded: none
wireguard: modprobe loads: 1.0.0, /lib/modules/6.1.0-1/kernel/wireguard.ko
OUTPUT

# --- build: kernels that it is not built for

fresh
rm -r "$root/lib/modules/6.1.0-1/build"
expect "no headers of any kernel" 1 '' wireguard-dkms build \
	<<<'wireguard: not built: no kernel headers are installed: apt install linux-headers-6.1.0-1'
echo 'ID="rocky" ID_LIKE="rhel centos fedora"' >"$root/etc/os-release"
expect "no headers of any kernel, on a machine without apt" 1 '' wireguard-dkms build \
	<<<'wireguard: not built: no kernel headers are installed: dnf install kernel-devel-6.1.0-1'
echo ID=debian >"$root/etc/os-release"
echo kernel/drivers/net/wireguard/wireguard.ko >"$root/lib/modules/6.1.0-1/modules.builtin"
expect "nor needed, because WireGuard is built in" 0 '' wireguard-dkms build \
	<<<'wireguard: not built for 6.1.0-1: it has WireGuard built in (CONFIG_WIREGUARD=y), and no module can replace it'
rm "$root/lib/modules/6.1.0-1/modules.builtin"
expect "no headers of this kernel" 1 '' wireguard-dkms build 6.1.0-1 <<OUTPUT
wireguard: not built for 6.1.0-1: its headers are not installed: apt install linux-headers-6.1.0-1
$own_module_used
OUTPUT
rm "$root/lib/modules/6.1.0-1/kernel/wireguard.ko"
expect "nor a module of its own" 1 '' wireguard-dkms build 6.1.0-1 <<'OUTPUT'
wireguard: not built for 6.1.0-1: its headers are not installed: apt install linux-headers-6.1.0-1
wireguard: until the module is built, 6.1.0-1 has no WireGuard
OUTPUT
fresh
expect "a kernel that is not there" 1 '' wireguard-dkms build 9.9.9 \
	<<<'! wireguard: no kernel 9.9.9: /lib/modules/9.9.9 does not exist'
expect "a kernel that is not there, after one that is" 1 '' wireguard-dkms build 6.1.0-1 9.9.9 \
	<<<'! wireguard: no kernel 9.9.9: /lib/modules/9.9.9 does not exist'
never_called "nothing is built before all names are known" '^dkms install'
expect "a kernel without a name" 1 '' wireguard-dkms build '' \
	<<<"! wireguard: '' is not a kernel release, such as uname -r prints"
expect "a path for a kernel" 1 '' wireguard-dkms build 6.1.0-1/build \
	<<<"! wireguard: '6.1.0-1/build' is not a kernel release, such as uname -r prints"
fresh
sed -i /NET_UDP_TUNNEL/d "$root/lib/modules/6.1.0-1/build/include/config/auto.conf"
expect "a kernel that cannot have the module is no failure" 0 '' wireguard-dkms build 6.1.0-1 \
	<<<'wireguard: not built for 6.1.0-1: kernel 6.1.0-1 has no CONFIG_NET_UDP_TUNNEL: build it with CONFIG_VXLAN=m or CONFIG_WIREGUARD=m, which select it'
never_called "and DKMS is not asked to build" '^dkms install'

# WireGuard built in, by the only file that shows it.
built_in='it has WireGuard built in (CONFIG_WIREGUARD=y), and no module can replace it'
while read -r file line; do
	fresh
	by_wg_quick wg0
	[ "$line" != 1.0.0 ] || mkdir "$root/sys/module/wireguard"
	echo "$line" >>"$root/$file"
	expect "built in, by ${file##*/}: nothing to build, and no failure" 0 '' wireguard-dkms build \
		<<<"wireguard: not built for 6.1.0-1: $built_in"
	installed 6.1.0-1
	expect "built in, by ${file##*/}: status" 0 '' wireguard-dkms status <<'OUTPUT'
wireguard: loaded: none, because 6.1.0-1 has WireGuard built in
wireguard: modprobe loads: none, because no module can replace what is built in
wireguard: 6.1.0-1: not built: WireGuard is built in
OUTPUT
	expect "built in, by ${file##*/}: switch takes nothing down" 1 '' wireguard-dkms switch \
		<<<"! wireguard: nothing was changed: 6.1.0-1 cannot load a WireGuard module: $built_in; boot a kernel with CONFIG_WIREGUARD=m or without it"
done <<'FILES'
lib/modules/6.1.0-1/modules.builtin kernel/drivers/net/wireguard/wireguard.ko
lib/modules/6.1.0-1/build/include/config/auto.conf CONFIG_WIREGUARD=y
boot/config-6.1.0-1 CONFIG_WIREGUARD=y
sys/module/wireguard/version 1.0.0
FILES
fresh
echo CONFIG_WIREGUARD=m >>"$root/lib/modules/6.1.0-1/build/include/config/auto.conf"
loaded 1.0.0
expect "a kernel with its own module, loaded, has nothing built in" 0 '' wireguard-dkms status <<'OUTPUT'
wireguard: loaded: 1.0.0
wireguard: modprobe loads: 1.0.0, /lib/modules/6.1.0-1/kernel/wireguard.ko
wireguard: 6.1.0-1: not built
OUTPUT

# --- build: what succeeds, with what an earlier run left

built="+lib/modules/6.1.0-1/updates/dkms/wireguard.ko +var/lib/dkms/wireguard/2.0.0/6.1.0-1/log"
fresh
mkdir -p "$root/${log%/*}"
echo 'an earlier failure' >"$root/$log"
expect "a build that succeeds removes the log of one that failed" 0 "$built +${log%/*} -$log" wireguard-dkms build <<'OUTPUT'
wireguard: building for 6.1.0-1
wireguard: 2.0.0 installed for 6.1.0-1
OUTPUT
expect "what is installed is not built again" 0 '' wireguard-dkms build </dev/null
never_called "and depmod is not run" '^depmod'
answer modinfo <<<'echo /lib/modules/6.1.0-1/kernel/wireguard.ko'
expect "what is installed and not seen by depmod" 0 '' wireguard-dkms build </dev/null
called "depmod is run" "depmod 6.1.0-1"
answer depmod <<'A'
echo 'depmod: ERROR: could not write' >&2
exit 1
A
expect "depmod that fails" 1 '' wireguard-dkms build <<'OUTPUT'
wireguard: 2.0.0 is installed for 6.1.0-1, but modprobe does not find it: depmod failed
! depmod: ERROR: could not write
OUTPUT
fresh
installed 6.1.0-1
rm "$root/lib/modules/6.1.0-1/updates/dkms/wireguard.ko"
expect "what DKMS believes installed and is not there" 0 \
	"$built" wireguard-dkms build <<'OUTPUT'
wireguard: building for 6.1.0-1
wireguard: 2.0.0 installed for 6.1.0-1
OUTPUT
# Interrupted: half a module, a link to a build that is gone, the kernel's own put aside.
fresh
tree=$root/var/lib/dkms/wireguard
mkdir -p "$root/lib/modules/6.1.0-1/updates/dkms" "$tree/original_module/6.1.0-1/x86_64/collisions"
: >"$root/lib/modules/6.1.0-1/updates/dkms/wireguard.ko.xz"
ln -s 2.0.0/6.1.0-1/x86_64 "$tree/kernel-6.1.0-1-x86_64"
aside=$tree/original_module/6.1.0-1/x86_64/wireguard.ko
mv "$root/lib/modules/6.1.0-1/kernel/wireguard.ko" "$aside"
echo /lib/modules/6.1.0-1/kernel/drivers/wireguard.ko >"$aside.origin"
: >"${aside%/*}/other.ko"
echo /etc/other.ko >"${aside%/*}/other.ko.origin"
: >"${aside%/*}/gone.ko.origin"
expect "what an interrupted run left goes, the kernel's own module returns" 0 \
	"+lib/modules/6.1.0-1/kernel/drivers/wireguard.ko $built -lib/modules/6.1.0-1/updates/dkms/wireguard.ko.xz -var/lib/dkms/wireguard/kernel-6.1.0-1-x86_64 -var/lib/dkms/wireguard/original_module/6.1.0-1/x86_64/wireguard.ko -var/lib/dkms/wireguard/original_module/6.1.0-1/x86_64/wireguard.ko.origin" \
	wireguard-dkms build <<'OUTPUT'
wireguard: building for 6.1.0-1
wireguard: 2.0.0 installed for 6.1.0-1
OUTPUT

# Two builds at the same time. The first one waits in "dkms install" until the second one has
# printed its message.
together() { # FILE of the second one's output
	local start="env -i PATH=/stand-ins:/tools LC_ALL=C $chroot $root /usr/sbin/wireguard-dkms build" i
	$start </dev/null >"$work/first" 2>&1 &
	for ((i = 0; i < 600; i++)); do
		[ ! -e "$root/state/begun" ] || break
		sleep 0.1
	done
	$start </dev/null >"$1" 2>&1 &
	for ((i = 0; i < 600; i++)); do
		[ ! -s "$1" ] || break
		sleep 0.1
	done
	: >"$root/state/go-on"
	wait
}
fresh
{
	echo '[ ! -e /state/begun ] || echo "a second dkms" >>/state/calls'
	echo ': >/state/begun; while [ ! -e /state/go-on ]; do /tools/sleep 0.1; done'
	cat "$root/state/dkms-install"
} >"$work/install"
dkms_install <"$work/install"
together "$work/second"
printf '%s\n' 'wireguard: another wireguard-dkms build is running: waiting for it' >"$work/want"
point "$(cmp -s "$work/want" "$work/second"; echo $?)" "of two builds at a time, one waits, and has nothing left to do" "$work/second"
point "$(grep -q ' 2.0.0 installed for' "$work/first"; echo $?)" "and the other one succeeds" "$work/first"
never_called "DKMS runs once" '^a second dkms'
point "$([ "$(stat -c %a "$root/run/wireguard-dkms.lock")" = 600 ]; echo $?)" "no other user can hold the lock"
fresh
answer flock <<<'[ "$1" != -w ] || exit 1; /tools/flock "$@"'
install -m 755 "$work/stand-in" "$root/stand-ins/flock"
exec 8>>"$root/run/wireguard-dkms.lock"
flock 8
expect "a build that does not end" 1 '' wireguard-dkms build <<'OUTPUT'
wireguard: another wireguard-dkms build is running: waiting for it
! wireguard: not built: another wireguard-dkms build has been running for an hour
OUTPUT
exec 8>&-
rm "$root/stand-ins/flock"
mv "$root/tools/flock" "$work"
expect "a machine without flock" 0 "$built" wireguard-dkms build <<'OUTPUT'
wireguard: building for 6.1.0-1
wireguard: 2.0.0 installed for 6.1.0-1
OUTPUT
mv "$work/flock" "$root/tools"

# --- build: what fails, and the reason that is given

# reason NAME REASON: the build fails, with no other message and no other file
reason() {
	expect "$1" 1 "+$log" wireguard-dkms build <<OUTPUT
wireguard: building for 6.1.0-1
wireguard: the module was NOT built for 6.1.0-1: $2
$again
$own_module_used
OUTPUT
}
fresh
fails_with 10 <<'OUTPUT'
Error! Bad return status for module build on kernel: 6.1.0-1 (x86_64)
Consult /var/lib/dkms/wireguard/2.0.0/build/make.log for more information.
--
make: Entering directory '/lib/modules/6.1.0-1/build'
  CC [M]  /var/lib/dkms/wireguard/2.0.0/build/src/main.o
/var/lib/dkms/wireguard/2.0.0/build/src/main.c:7:2: error: #error "in main.c"
/var/lib/dkms/wireguard/2.0.0/build/src/main.c:9:2: error: another
make[1]: *** [src/main.o] Error 1
OUTPUT
reason "the reason is the first error of the compiler" 'src/main.c:7:2: error: #error "in main.c"'
holds "the log has what DKMS says" "$log" '^Error! Bad return status'
holds "and what make says" "$log" 'error: another'
fresh
fails_with 10 <<'OUTPUT'
Error! Bad return status for module build on kernel: 6.1.0-1 (x86_64)
--
main.c:1: error: before
wireguard: warning: the kernel was built by "another"
wireguard: KDIR=/lib/modules/6.1.0-1/build is not prepared
OUTPUT
reason "our own reason comes first, a warning is none" 'KDIR=/lib/modules/6.1.0-1/build is not prepared'
fresh
{ echo --; printf 'main.c: error: %0400d\n' 0; } | fails_with 10
reason "a long reason is cut" "main.c: error: $(printf '%0285d' 0)"
fresh
fails_with 10 <<'OUTPUT'
--
/bin/sh: line 1: 4242 Killed gcc -c main.c
OUTPUT
reason "a compiler that is killed" '/bin/sh: line 1: 4242 Killed gcc -c main.c'
fresh
fails_with 10 <<'OUTPUT'
--
make: *** [main.o] Error 127
OUTPUT
reason "a compiler that is not there" 'make: *** [main.o] Error 127'
fresh
fails_with 10 <<'OUTPUT'
--
fatal: cannot write main.o: No space left on device
OUTPUT
reason "a full disk, as the compiler says it" 'fatal: cannot write main.o: No space left on device'
fresh
answer df <<<'printf "%s\n" "a line of titles" "disk 9 9 4095 100% /"'
fails_with 10 <<<'Error! cannot do it'
reason "a full disk that nothing mentions" 'No space left in /var/lib/dkms/wireguard (4095 kB)'
answer df <<<'exit 1'
rm -f "$root/$log"
fails_with 10 <<<$'Error! cannot do it\n--\nnothing of use'
reason "an error of DKMS" 'Error! cannot do it'
fresh
fails_with 7 <<<'no reason'
reason "no reason at all" 'dkms ended with 7'
fresh
fails_with 0 <<<'not built, which is no error'
reason "DKMS is content, and nothing is installed" 'dkms ended with 0'
# DKMS itself ended before it called make: there is no second file to look into.
fresh
fails_with 1 <<'OUTPUT'
wireguard: the first reason
Error! the last one
make: *** Error 1
OUTPUT
reason "the reason is one, without make.log too" 'the first reason'
fresh
mkdir -p "$root/var/lib/dkms/wireguard/2.0.0/build"
echo 'main.c: error: of another kernel' >"$root/var/lib/dkms/wireguard/2.0.0/build/make.log"
dkms_install <<'A'
echo 'Error! DKMS ended before it called make'
exit 3
A
reason "make.log of another kernel's build is no reason" 'Error! DKMS ended before it called make'
cp "$root/$log" "$work/why"
point "$(! grep -q 'another kernel' "$root/$log"; echo $?)" "nor part of the log" "$work/why"
fresh
answer mktemp <<'A'
echo 'mktemp: failed to create file' >&2
exit 1
A
expect "no temporary file" 1 '' wireguard-dkms build <<OUTPUT
wireguard: building for 6.1.0-1
wireguard: the module was NOT built for 6.1.0-1: cannot make a temporary file in /tmp
wireguard: to try again: wireguard-dkms build 6.1.0-1
$own_module_used
! mktemp: failed to create file
OUTPUT
never_called "DKMS is not run then" '^dkms install'
fresh
: >"$root/${log%/*}"
fails_with 10 <<<'Error! cannot do it'
expect "a log that cannot be written is not named" 1 '' wireguard-dkms build <<OUTPUT
wireguard: building for 6.1.0-1
wireguard: the module was NOT built for 6.1.0-1: Error! cannot do it
wireguard: to try again: wireguard-dkms build 6.1.0-1
$own_module_used
OUTPUT
fresh
dkms_install <<'A'
kill -TERM "$PPID"
A
expect "killed while DKMS is at work, it leaves no temporary file" 143 '' wireguard-dkms build \
	<<<'wireguard: building for 6.1.0-1'
fresh
rm "$root/var/lib/dkms/wireguard/2.0.0/source"
answer dkms <<'A'
case $1 in
add) echo 'Error! cannot add it' >&2; exit 3 ;;
install) echo 'Error! Could not find module source directory.'; exit 2 ;;
esac
A
expect "DKMS does not take the sources" 1 "+$log" wireguard-dkms build <<OUTPUT
wireguard: building for 6.1.0-1
wireguard: the module was NOT built for 6.1.0-1: Error! Could not find module source directory.
$again
$own_module_used
! Error! cannot add it
OUTPUT
# The build fails for one of two kernels. The loaded module is the module of neither.
fresh
kernel 6.2.0-1 headers
loaded 1.0.0
{ cat "$root/state/dkms-install"; echo '[ "$kernel" != 6.2.0-1 ] || { rm -r "$tree/$kernel" "/lib/modules/$kernel/updates"; exit 10; }'; } >"$work/install"
dkms_install <"$work/install"
expect "one kernel fails, the other is built, the module that is loaded stays" 1 "$built +var/log/wireguard-dkms/6.2.0-1.log" \
	wireguard-dkms build 6.2.0-1 6.1.0-1 <<'OUTPUT'
wireguard: building for 6.2.0-1
wireguard: the module was NOT built for 6.2.0-1: dkms ended with 10
wireguard: log: /var/log/wireguard-dkms/6.2.0-1.log; to try again: wireguard-dkms build 6.2.0-1
wireguard: until the module is built, 6.2.0-1 has no WireGuard
wireguard: building for 6.1.0-1
wireguard: 2.0.0 installed for 6.1.0-1
wireguard: module 1.0.0 stays loaded; the next boot loads 2.0.0
wireguard: to switch now: wireguard-dkms switch
OUTPUT

# --- status

loaded 1.0.0
kernel 6.3.0-1
kernel 6.4.0-1 headers
expect "each state of a kernel" 0 '' wireguard-dkms status <<'OUTPUT'
wireguard: loaded: 1.0.0, but modprobe loads another one
wireguard: modprobe loads: 2.0.0, /lib/modules/6.1.0-1/updates/dkms/wireguard.ko
wireguard: 6.1.0-1: 2.0.0 installed
wireguard: 6.2.0-1: not built: see /var/log/wireguard-dkms/6.2.0-1.log
wireguard: 6.3.0-1: not built: no headers
wireguard: 6.4.0-1: not built
OUTPUT
loaded 2.0.0
answer uname <<<'echo 6.3.0-1'
answer modinfo <<<'exit 1'
expect "no module for the running kernel" 0 '' wireguard-dkms status <<'OUTPUT'
wireguard: loaded: 2.0.0
wireguard: modprobe loads: none, because none is installed for 6.3.0-1
wireguard: 6.1.0-1: 2.0.0 installed
wireguard: 6.2.0-1: not built: see /var/log/wireguard-dkms/6.2.0-1.log
wireguard: 6.3.0-1: not built: no headers
wireguard: 6.4.0-1: not built
OUTPUT

# --- switch: what changes nothing

expect "there is no module to switch to" 1 '' wireguard-dkms switch \
	<<<'! wireguard: no module is installed for 6.3.0-1: to build it: wireguard-dkms build 6.3.0-1'
switching() { # INTERFACE ...: from 1.0.0 to 2.0.0, with these, by wg-quick
	fresh
	installed 6.1.0-1
	loaded 1.0.0
	by_wg_quick "$@"
}
switching wg0
loaded 2.0.0
expect "the module is loaded already" 0 '' wireguard-dkms switch \
	<<<'wireguard: the installed module, 2.0.0, is already loaded'

# Also where a namespace has several paths.
switching wg0
echo wg1 >>"$root/proc/self/ns/net"
mkdir -p "$root/proc/1/ns"
ln "$root/proc/self/ns/net" "$root/proc/1/ns/net"
interfaces run/netns/elsewhere wg2
interfaces proc/77/ns/net wg3 wg4
mkdir -p "$root/proc/78/ns"
ln "$root/proc/77/ns/net" "$root/proc/78/ns/net"
expect "interfaces of others, here and elsewhere" 1 '' wireguard-dkms switch <<'OUTPUT'
! wireguard: unloading the module deletes these interfaces, which this command cannot restore:
!   wg1
!   wg3 (network namespace /proc/77/ns/net)
!   wg4 (network namespace /proc/77/ns/net)
!   wg2 (network namespace elsewhere)
! wireguard: nothing was changed: delete these interfaces first, or reboot
OUTPUT
never_called "nothing is taken down" '^wg-quick\|^modprobe -r'
switching wg0
answer nsenter <<'A'
echo 'nsenter: failed to execute ip: No such file or directory' >&2
exit 127
A
expect "interfaces that cannot be listed" 1 '' wireguard-dkms switch <<'OUTPUT'
! nsenter: failed to execute ip: No such file or directory
! wireguard: nothing was changed: the WireGuard interfaces in /proc/self/ns/net cannot be listed
OUTPUT
answer nsenter <<'A'
[ "$1" != --net=/run/netns/other ] || [ "$2" = true ] || { echo 'ip: no memory' >&2; exit 1; }
A
interfaces run/netns/other
expect "interfaces of another namespace that cannot be listed" 1 '' wireguard-dkms switch <<'OUTPUT'
! ip: no memory
! wireguard: nothing was changed: the WireGuard interfaces in /run/netns/other cannot be listed
OUTPUT
switching
interfaces run/netns/stale
answer nsenter <<'A'
case $1 in */stale) echo 'nsenter: reassociate failed: Invalid argument' >&2; exit 1 ;; esac
A
expect "a file that is no namespace any more is none" 0 '' wireguard-dkms switch --dry-run <<'OUTPUT'
wireguard: would take down and bring up again: no interface
wireguard: would unload 1.0.0 and load 2.0.0
OUTPUT
switching wg0 wg1
expect "a dry run" 0 '' wireguard-dkms switch --dry-run <<'OUTPUT'
wireguard: would take down and bring up again: wg0 wg1
wireguard: would unload 1.0.0 and load 2.0.0
OUTPUT
never_called "which takes nothing down" '^wg-quick\|^modprobe'

refused='! wireguard: nothing was changed: the kernel is in FIPS mode, in which 2.0.0 does not load; '\''options wireguard fips_allow=1'\'' in /etc/modprobe.d/ overrides this'
fips() { # RESULT OPTIONS: of modprobe
	switching wg0
	mkdir -p "$root/proc/sys/crypto"
	echo 1 >"$root/proc/sys/crypto/fips_enabled"
	echo "$2" >"$root/state/options"
	if [ "$1" = refused ]; then
		expect "FIPS mode, options '$2': refused" 1 '' wireguard-dkms switch --dry-run <<<"$refused"
	else
		expect "FIPS mode, options '$2': allowed" 0 '' wireguard-dkms switch --dry-run <<-'OUTPUT'
			wireguard: would take down and bring up again: wg0
			wireguard: would unload 1.0.0 and load 2.0.0
		OUTPUT
	fi
}
fips refused ''
fips refused 'fips_allow=0'
fips refused 'fips_allow=1 fips_allow=n'
fips refused 'fips_allow=off'
fips refused 'other_fips_allow=1'
fips allowed 'fips_allow'
fips allowed 'fips_allow=0 fips_allow=1'
fips allowed 'fips_allow=Y'
fips allowed 'fips_allow=on'
fips allowed 'fips_allow=1 other_fips_allow=0'
echo 0 >"$root/proc/sys/crypto/fips_enabled"
: >"$root/state/options"
expect "a kernel that could be in FIPS mode and is not" 0 '' wireguard-dkms switch --dry-run <<'OUTPUT'
wireguard: would take down and bring up again: wg0
wireguard: would unload 1.0.0 and load 2.0.0
OUTPUT
fips refused 'x'
sed -i /^parm/d "$root/lib/modules/6.1.0-1/updates/dkms/wireguard.ko"
expect "a module that FIPS mode does not concern" 0 '' wireguard-dkms switch --dry-run <<'OUTPUT'
wireguard: would take down and bring up again: wg0
wireguard: would unload 1.0.0 and load 2.0.0
OUTPUT

# --- switch: none is loaded

new=sys/module/wireguard
switching
rm -r "${root:?}/$new"
expect "a dry run, none is loaded" 0 '' wireguard-dkms switch --dry-run \
	<<<'wireguard: would load 2.0.0'
expect "none is loaded" 0 "+$new/initstate +$new/srcversion +$new/version" wireguard-dkms switch \
	<<<'wireguard: 2.0.0 loaded'
rm -r "${root:?}/$new"
answer modprobe <<'A'
[ "$1" = --show-depends ] || { echo 'modprobe: ERROR: Key was rejected by service' >&2; exit 1; }
A
expect "none is loaded, and none can be" 1 '' wireguard-dkms switch <<'OUTPUT'
! modprobe: ERROR: Key was rejected by service
! wireguard: the module cannot be loaded: see dmesg
OUTPUT

# --- switch: from one to the other

changed="~$new/srcversion ~$new/version"
switching wg0 wg1
expect "a switch" 0 "$changed" wireguard-dkms switch <<<'wireguard: 2.0.0 loaded'
called "interfaces are taken down" "wg-quick down wg1"
called "and brought up again" "wg-quick up wg1"
switching wg0
mkdir -p "$root/run/systemd/system"
echo wg0 >"$root/state/units"
expect "a switch with a unit of systemd" 0 "$changed" wireguard-dkms switch <<<'wireguard: 2.0.0 loaded'
called "which is stopped" "systemctl stop wg-quick@wg0.service"
called "and started again" "systemctl start wg-quick@wg0.service"

switching wg0 wg1
{ echo '[ "$1 $2" != "down wg0" ] || { echo "wg-quick: no" >&2; exit 1; }'; cat "$root/state/wg-quick"; } >"$work/quick"
answer wg-quick <"$work/quick"
expect "the first interface cannot be taken down" 1 '' wireguard-dkms switch <<'OUTPUT'
! wg-quick: no
! wireguard: the module was not changed: interface wg0 could not be taken down
OUTPUT
never_called "the module stays" '^modprobe'
switching wg0 wg1
interfaces proc/self/ns/net wg1 wg0
answer wg-quick <"$work/quick"
expect "the second interface cannot be taken down, the first comes up again" 1 '~proc/self/ns/net' wireguard-dkms switch <<'OUTPUT'
! wg-quick: no
! wireguard: the module was not changed: interface wg0 could not be taken down
OUTPUT
holds "the first is up" proc/self/ns/net '^wg1$'
never_called "the module stays then, too" '^modprobe'
switching wg0
mkdir -p "$root/run/systemd/system"
echo wg0 >"$root/state/units"
{ echo '[ "$1" != stop ] || { echo "systemctl: no" >&2; exit 1; }'; cat "$root/state/systemctl"; } >"$work/systemctl"
answer systemctl <"$work/systemctl"
expect "a unit that cannot be stopped" 1 '' wireguard-dkms switch <<'OUTPUT'
! systemctl: no
! wireguard: the module was not changed: interface wg0 could not be taken down
OUTPUT
never_called "the module stays as well" '^modprobe'

switching wg0
{ echo '[ "$1" != -r ] || { echo "modprobe: FATAL: Module wireguard is in use." >&2; exit 1; }'; cat "$root/state/modprobe"; } >"$work/modprobe"
answer modprobe <"$work/modprobe"
expect "the module cannot be unloaded" 1 '' wireguard-dkms switch <<'OUTPUT'
! modprobe: FATAL: Module wireguard is in use.
! wireguard: 1.0.0 is still loaded, because something uses it: reboot to switch
OUTPUT
called "the interfaces come up again" "wg-quick up wg0"
switching wg0
{ echo '[ "$1" != wireguard ] || { echo "modprobe: ERROR: Key was rejected by service" >&2; exit 1; }'; cat "$root/state/modprobe"; } >"$work/modprobe"
answer modprobe <"$work/modprobe"
expect "the new module cannot be loaded" 1 "~proc/self/ns/net +sys/module -$new/initstate -$new/srcversion -$new/version" wireguard-dkms switch <<'OUTPUT'
! modprobe: ERROR: Key was rejected by service
! wireguard: the module cannot be loaded: see dmesg; the interfaces are down: wg0
OUTPUT
switching wg0 wg1
{ echo '[ "$1 $2" != "up wg0" ] || { echo "wg-quick: no" >&2; exit 1; }'; cat "$root/state/wg-quick"; } >"$work/quick"
answer wg-quick <"$work/quick"
expect "an interface does not come up again" 1 "~proc/self/ns/net $changed" wireguard-dkms switch <<'OUTPUT'
wireguard: 2.0.0 loaded
! wg-quick: no
! wireguard: interface wg0 could not be brought up again
OUTPUT
holds "the others do" proc/self/ns/net '^wg1$'

# --- every message of wireguard-dkms was printed by one of these

grep -nE "(say|die) ['\"]|wrong_usage|usage >&2|\) usage" "$root/usr/sbin/wireguard-dkms" | while IFS=: read -r line text; do
	grep -qE "^@+$line (say|die|usage|wrong_usage)\b" "$work/trace" || echo "never reached: $line:$text"
done >"$work/why"
point "$([ ! -s "$work/why" ]; echo $?)" "no message of wireguard-dkms is without a point" "$work/why"

# --- dkms.conf, read by a function of DKMS

fresh
sed -i /NET_UDP_TUNNEL/d "$root/lib/modules/6.1.0-1/build/include/config/auto.conf"
# conf NAME FUNCTION EXPRESSION: standard input is the output
conf() {
	expect "$1" 0 '' /bin/bash -c "$2"'() {
		kernel_source_dir=/lib/modules/6.1.0-1/build
		. /usr/src/wireguard-2.0.0/dkms.conf
	}
	'"$2; $3"
}
excluded='[ "${BUILD_EXCLUSIVE_KERNEL:-}" = "^$" ]'
conf "dkms.conf passes over a kernel that cannot have the module, and says why" prepare_build "$excluded" \
	<<<'! wireguard: kernel 6.1.0-1 has no CONFIG_NET_UDP_TUNNEL: build it with CONFIG_VXLAN=m or CONFIG_WIREGUARD=m, which select it'
conf "and is silent where nothing is built" module_status "$excluded" </dev/null
fresh
echo CONFIG_WIREGUARD=y >>"$root/lib/modules/6.1.0-1/build/include/config/auto.conf"
conf "dkms.conf passes over a kernel with WireGuard built in" prepare_build "$excluded" \
	<<<'! wireguard: kernel 6.1.0-1 has WireGuard built in (CONFIG_WIREGUARD=y), and no module can replace it: use a kernel with CONFIG_WIREGUARD=m or without it'
fresh
conf "a module is for one kernel, weak-modules does not link it into others" prepare_build '[ -n "$NO_WEAK_MODULES" ]' </dev/null
conf "a kernel that can have it is not passed over" prepare_build '[ -z "${BUILD_EXCLUSIVE_KERNEL:-}" ]' </dev/null
rm "$root/lib/modules/6.1.0-1/build/Module.symvers"
conf "nor one whose headers are broken: the build says so" prepare_build '[ -z "${BUILD_EXCLUSIVE_KERNEL:-}" ]' </dev/null
mkdir -p "$root/etc/kernel/postinst.d"
install -m 755 "$top/debian/kernel-hook" "$root/etc/kernel/postinst.d/dkms-wireguard"
conf "DKMS's own hook builds it where there is no dpkg" autoinstall '[ "$AUTOINSTALL" = yes ]' </dev/null
environment=(DPKG_MAINTSCRIPT_PACKAGE=linux-image)
conf "under dpkg it leaves that to ours" autoinstall '[ -z "$AUTOINSTALL" ]' </dev/null
rm "$root/etc/kernel/postinst.d/dkms-wireguard"
conf "but not where ours is missing" autoinstall '[ "$AUTOINSTALL" = yes ]' </dev/null
environment=()

# --- the package's scripts

# script NAME RC-OF-THE-BUILD FILE ARGUMENT...: ends well and changes nothing, whatever
# wireguard-dkms does
script() {
	local name=$1
	answer wireguard-dkms <<-A
		echo "wireguard: a message"
		exit $2
	A
	: >"$root/state/calls"
	shift 2
	expect "$name" 0 '' /bin/sh "$@"
}
fresh
for folder in postinst.d header_postinst.d; do
	mkdir -p "$root/etc/kernel/$folder"
	cp "$top/debian/kernel-hook" "$root/etc/kernel/$folder/dkms-wireguard"
done
image=/etc/kernel/postinst.d/dkms-wireguard
headers=/etc/kernel/header_postinst.d/dkms-wireguard
cp "$top/debian/wireguard-dkms.postinst" "$top/debian/wireguard-dkms.postrm" "$root/tmp"
script "the kernel's hook does not fail with the build" 1 "$image" 6.1.0-1 <<<'! wireguard: a message'
called "and builds for that kernel" "wireguard-dkms build 6.1.0-1"
script "without a kernel the hook does nothing" 1 "$image" '' </dev/null
answer dpkg-query <<<'printf unpacked'
script "the image's hook leaves it to the headers' that come" 1 "$image" 6.1.0-1 </dev/null
script "which does it" 1 "$headers" 6.1.0-1 <<<'! wireguard: a message'
answer dpkg-query <<<'printf installed'
script "the image's hook builds where the headers are installed" 1 "$image" 6.1.0-1 <<<'! wireguard: a message'
chmod -x "$root/usr/sbin/wireguard-dkms"
script "the hook of a package that was removed does nothing" 1 "$headers" 6.1.0-1 </dev/null
never_called "and calls nothing" .
chmod +x "$root/usr/sbin/wireguard-dkms"
script "postinst does not fail with the build" 1 /tmp/wireguard-dkms.postinst configure <<<'! wireguard: a message'
called "and builds for all kernels" "wireguard-dkms build"
script "postinst has nothing to do but at configure" 0 /tmp/wireguard-dkms.postinst abort-upgrade </dev/null
mkdir -p "$root/etc/dkms"
: >"$root/etc/dkms/no-autoinstall"
script "postinst where DKMS is not to build" 0 /tmp/wireguard-dkms.postinst configure \
	<<<'! wireguard: not built: /etc/dkms/no-autoinstall says so'
never_called "does not build" .
script "the hook where DKMS is not to build" 0 "$headers" 6.1.0-1 </dev/null
mkdir -p "$root/${log%/*}"
: >"$root/$log"
script "postrm keeps the logs at an upgrade" 0 /tmp/wireguard-dkms.postrm upgrade </dev/null
: >"$root/run/wireguard-dkms.lock"
expect "postrm removes the logs with the package" 0 "+var/log -$log" /bin/sh /tmp/wireguard-dkms.postrm remove </dev/null
point "$([ -e "$root/run/wireguard-dkms.lock" ]; echo $?)" "and keeps the lock, which a build may hold"
