#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The messages of the build about kernel trees that it cannot use: one line each. The test
# makes trees with the few files that the build checks.  Run from tests/unit.
#
# usage: test_build.sh

set -euo pipefail
# shellcheck source=tests/unit/lib.sh
source ./lib.sh
top=$PWD/../..
# The build is tested without the options of the run that this test belongs to.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES ARCH CROSS_COMPILE CC LD LLVM CRYPTO PROBE_OFF KDIR OUT
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-build.XXXXXX")
trap 'rm -rf "$work"' EXIT

options="MODULES NET INET NET_UDP_TUNNEL DST_CACHE"
# tree NAME RELEASE [OPTION ...]: makes a tree that seems to be complete
tree() {
	local dir=$work/$1 release=$2 option
	shift 2
	mkdir -p "$dir"/{scripts,include/config,include/generated}
	echo 'modules: ; @echo kbuild ran' >"$dir/Makefile"
	for option in $options "$@"; do echo "CONFIG_$option=y"; done >"$dir/include/config/auto.conf"
	: >"$dir/include/generated/autoconf.h"
	: >"$dir/Module.symvers"
	echo "#define UTS_RELEASE \"$release\"" >"$dir/include/generated/utsrelease.h"
}
build() { # KDIR: writes the output of make, without the lines of make itself
	rm -rf "$work/out"
	make --no-print-directory -C "$top" module KDIR="$1" OUT="$work/out" 2>&1 |
		grep -v '^make' >"$work/output"
}
# check RC PATTERN [ARGUMENT ...]: check-kdir.sh prints one line that matches, and ends with RC
check() {
	local want=$1 pattern=$2 rc=0
	shift 2
	"$top/src/compat/check-kdir.sh" "$@" >"$work/out.txt" 2>"$work/output" || rc=$?
	[ "$rc" = "$want" ] && [ ! -s "$work/out.txt" ] && [ "$(wc -l <"$work/output")" = 1 ] &&
		grep -q -E "^wireguard: .*$pattern" "$work/output"
}
# refused NAME KDIR PATTERN [RC]: the build fails, its only output is one line, and it makes no
# file; check-kdir.sh ends with 1, or with 77 for a kernel that cannot have the module
refused() {
	local rc=0
	build "$2" && rc=1
	[ "$(wc -l <"$work/output")" = 1 ] || rc=1
	grep -q -E "^wireguard: .*$3" "$work/output" || rc=1
	[ ! -e "$work/out" ] || rc=1
	check "${4:-1}" "$3" "$2" || rc=1
	point $rc "$1" "$work/output"
}

echo "1..155"
tree good 6.1.0
build "$work/good" || :
point "$(grep -q 'kbuild ran' "$work/output"; echo $?)" "a tree that has it all is built against" "$work/output"

# An archive without mode bits, or a file system that is mounted with noexec.
mkdir -p "$work/plain/src/compat"
cp "$top/Makefile" "$work/plain"
cp "$top/src/version.h" "$work/plain/src"
install -m 644 "$top/src/compat/"*.sh "$work/plain/src/compat"
make --no-print-directory -C "$work/plain" module KDIR="$work/good" >"$work/output" 2>&1 || :
point "$(grep -q 'kbuild ran' "$work/output"; echo $?)" "scripts that cannot be executed" "$work/output"

# Four processors, and so much memory.
mkdir "$work/bin"
printf '#!/bin/sh\necho 4\n' >"$work/bin/nproc"
chmod +x "$work/bin/nproc"
tree jobs 6.1.0
# shellcheck disable=SC2016 # make expands it
echo 'modules: ; @echo $(filter -j%,$(MAKEFLAGS))' >"$work/jobs/Makefile"
# jobs WANT NAME [-jN]: how many jobs the kernel's makefile gets
jobs() {
	PATH=$work/bin:$PATH MEMINFO=$work/meminfo \
		make --no-print-directory -C "$top" module KDIR="$work/jobs" OUT="$work/out" "${@:3}" >"$work/output" 2>&1 || :
	point "$(grep -qx -- "-j$1" "$work/output"; echo $?)" "$2" "$work/output"
}
echo 'MemAvailable: 4000000 kB' >"$work/meminfo"
jobs 4 "a job for each processor"
jobs 3 "or as many as DKMS asks for" -j3
jobs 4 "and not without a limit" -j
echo 'MemAvailable: 600000 kB' >"$work/meminfo"
jobs 2 "and for each 256 MB"
jobs 2 "where DKMS asks for more" -j4
echo 'MemAvailable: 90000 kB' >"$work/meminfo"
jobs 1 "and at least one"

refused "KDIR that does not exist" "$work/nothing" 'does not exist: give the build tree or the headers'
# A kernel that clang built, and which of the tools are installed.
tree clang 6.1.0 CC_IS_CLANG LD_IS_LLD
# shellcheck disable=SC2016 # make expands it
echo 'modules: ; @echo $(LLVM),$(CC),$(LD)' >"$work/clang/Makefile"
cp -r "$work/clang" "$work/by-gcc"
sed -i /IS_CLANG/d "$work/by-gcc/include/config/auto.conf"
mkdir "$work/llvm" "$work/only-clang"
for tool in cat cp cut dirname echo env find grep head make mkdir mv nproc awk rm sed sh sort uname xargs comm; do
	ln -s "$(type -P "$tool")" "$work/only-clang/$tool"
done
ln -s /bin/true "$work/only-clang/clang"
cp -r "$work/only-clang/." "$work/llvm"
for tool in ld.lld llvm-ar llvm-nm llvm-objcopy; do ln -s /bin/true "$work/llvm/$tool"; done
# Two versions, of which "clang" is the older one.
cp -r "$work/llvm/." "$work/llvm-17"
for tool in ld.lld llvm-ar llvm-nm llvm-objcopy; do ln -s /bin/true "$work/llvm-17/$tool-17"; done
ln -s /bin/true "$work/llvm-17/clang-17"
rm "$work/llvm-17/clang"
printf '#!/bin/sh\necho "Debian clang version 14.0.6"\n' >"$work/llvm-17/clang"
chmod +x "$work/llvm-17/clang"
# tools WANT NAME KDIR PATH [VARIABLE=VALUE]: what the kernel's makefile gets
tools() {
	PATH=$4 make --no-print-directory -C "$top" module KDIR="$3" OUT="$work/out" "${@:5}" >"$work/output" 2>&1 || :
	point "$(grep -qx "$1" "$work/output"; echo $?)" "$2" "$work/output"
}
tools 1,clang,ld.lld "a kernel that clang built is built against with LLVM's tools" "$work/clang" "$work/llvm"
tools ,clang,ld "or clang alone, if there is no more" "$work/clang" "$work/only-clang"
tools ,gcc-9,ld "unless CC is given" "$work/clang" "$work/llvm" CC=gcc-9
tools 1,clang,ld "a linker that is given is taken" "$work/clang" "$work/llvm" LD=ld
for version in 17 14; do
	cp -r "$work/clang" "$work/clang-$version"
	echo "CONFIG_CLANG_VERSION=${version}0006" >>"$work/clang-$version/include/config/auto.conf"
done
tools 1,clang-17,ld.lld-17 "tools of the kernel's version" "$work/clang-17" "$work/llvm-17"
tools 1,clang,ld.lld "which can be the usual ones" "$work/clang-14" "$work/llvm-17"
tools 1,clang,ld.lld "or there is only another version" "$work/clang-17" "$work/llvm"
rm "$work/llvm-17"/llvm-*-17 "$work/llvm-17/ld.lld-17"
tools 1,clang-17,ld.lld "or the usual ones beside clang of that version" "$work/clang-17" "$work/llvm-17"
# A kernel that clang built and GNU ld linked. Only the linker of clang's version is installed.
cp -r "$work/llvm-17" "$work/one-lld"
mv "$work/one-lld/ld.lld" "$work/one-lld/ld.lld-17"
cp -r "$work/clang-17" "$work/by-ld"
sed -i /LD_IS_LLD/d "$work/by-ld/include/config/auto.conf"
tools 1,clang-17,ld.lld-17 "or these with a linker of that version" "$work/clang-17" "$work/one-lld"
tools 1,clang-17,ld.lld-17 "the same without GNU ld, which linked the kernel" "$work/by-ld" "$work/one-lld"
ln -s /bin/true "$work/one-lld/ld"
tools ,clang-17,ld "and with GNU ld" "$work/by-ld" "$work/one-lld"
tools 1,clang-17,ld.lld-17 "which a kernel that lld linked does not get" "$work/clang-17" "$work/one-lld"
for tool in llvm-nm llvm-strip; do ln -s /bin/true "$work/one-lld/$tool-17"; done
# shellcheck disable=SC2016 # make expands it
echo 'modules: ; @echo $(AR),$(NM),$(OBJCOPY),$(STRIP),$(HOSTCC)' >"$work/clang-17/Makefile"
tools llvm-ar,llvm-nm-17,llvm-objcopy,llvm-strip-17,clang-17 "other tools with and without the version" \
	"$work/clang-17" "$work/one-lld"
tools ,cc,ld "a kernel that gcc built is not" "$work/by-gcc" "$work/llvm"
rm "$work/only-clang/clang"
tools ,cc,ld "nor where there is no clang" "$work/clang" "$work/only-clang"

export OS_RELEASE=$work/os-release
echo ID=debian >"$OS_RELEASE"
refused "no headers for a kernel" /lib/modules/0.0.0-none/build \
	'no headers for kernel 0\.0\.0-none .*apt install linux-headers-0\.0\.0-none'
# How each distribution names the headers: RELEASE, WHAT TO DO, and its os-release
while IFS='|' read -r release want os; do
	echo "$os" >"$OS_RELEASE"
	sh "$top/src/compat/install-command.sh" headers "$release" >"$work/output" 2>&1 || :
	point "$([ "$(cat "$work/output")" = "$want" ]; echo $?)" "headers, $os: $want" "$work/output"
done <<'TABLE'
6.8.0-40-generic|apt install linux-headers-6.8.0-40-generic|ID=ubuntu ID_LIKE=debian
6.1.0-rpi7-rpi-v8|apt install linux-headers-6.1.0-rpi7-rpi-v8|ID=raspbian ID_LIKE=debian
6.9.7-200.fc40.x86_64|dnf install kernel-devel-6.9.7-200.fc40.x86_64|ID=fedora
5.14.0-427.el9.x86_64|dnf install kernel-devel-5.14.0-427.el9.x86_64|ID="rocky" ID_LIKE="rhel centos fedora"
5.14.0-427.el9.aarch64+64k|dnf install kernel-64k-devel-5.14.0-427.el9.aarch64|ID="rhel"
5.14.0-427.el9.x86_64+rt-debug|dnf install kernel-rt-debug-devel-5.14.0-427.el9.x86_64|ID="rhel"
4.18.0-553.rt7.342.el8_10.x86_64+debug|dnf install kernel-rt-debug-devel-4.18.0-553.rt7.342.el8_10.x86_64|ID="rhel"
6.9.0+|dnf install kernel-devel-6.9.0+|ID=fedora
5.15.0-209.el8uek.x86_64|dnf install kernel-uek-devel-5.15.0-209.el8uek.x86_64|ID="ol" ID_LIKE="fedora"
5.14.21-150500.55-default|zypper install kernel-default-devel|ID="sles" ID_LIKE="suse"
6.6.40-1-lts|pacman -S linux-lts-headers|ID=arch
6.10.1-arch1-1|pacman -S linux-headers|ID=manjaro ID_LIKE=arch
6.6.40-0-virt|apk add linux-virt-dev|ID=alpine
4.19.110+|install the headers of kernel 4.19.110+, from where the kernel comes|ID=buildroot
TABLE
echo ID=debian >"$OS_RELEASE"
OS_RELEASE="$work/none $OS_RELEASE" sh "$top/src/compat/install-command.sh" headers 6.1.0 >"$work/output" 2>&1 || :
point "$(grep -qx 'apt install linux-headers-6.1.0' "$work/output"; echo $?)" "headers, the second place of os-release" "$work/output"
# How each distribution names a compiler: NAME, WHAT TO DO, and its os-release
while IFS='|' read -r name want os; do
	echo "$os" >"$OS_RELEASE"
	sh "$top/src/compat/install-command.sh" compiler "$name" >"$work/output" 2>&1 || :
	point "$([ "$(cat "$work/output")" = "$want" ]; echo $?)" "compiler, $os: $want" "$work/output"
done <<TABLE
gcc-12|apt install gcc-12|ID=debian
/usr/bin/$(uname -m)-linux-gnu-gcc-13|apt install gcc-13|ID=ubuntu ID_LIKE=debian
mips64_abi-linux-gnu-gcc-13|apt install gcc-13-mips64-abi-linux-gnu|ID=ubuntu
clang-17|apt install clang-17 lld-17 llvm-17|ID=debian
gcc-11|dnf install gcc|ID="almalinux" ID_LIKE="rhel centos fedora"
clang-17|dnf install clang lld llvm|ID=fedora
mips64-linux-gnu-gcc|dnf install gcc-mips64-linux-gnu|ID=fedora
gcc-12|zypper install gcc12|ID="opensuse-leap"
mips64-linux-gnu-gcc-13|zypper install cross-mips64-gcc13|ID="sles"
clang-17|zypper install clang lld llvm|ID="sles"
gcc|pacman -S gcc|ID=arch
clang|pacman -S clang lld llvm|ID=arch
gcc|apk add gcc|ID=alpine
mips64-linux-gnu-gcc|install mips64-linux-gnu-gcc|ID=alpine
gcc-4.9|install gcc-4.9|ID=buildroot
TABLE
# Compilers on machines, and for machines, whose triplet does not begin with what uname prints: MACHINE,
# NAME, WHAT TO DO, and the ID of os-release
mkdir "$work/machine"
# shellcheck disable=SC2016 # for the stand-in
printf '#!/bin/sh\necho "$MACHINE"\n' >"$work/machine/uname"
chmod +x "$work/machine/uname"
while IFS='|' read -r machine name want os; do
	echo "ID=$os" >"$OS_RELEASE"
	MACHINE=$machine PATH=$work/machine:$PATH \
		sh "$top/src/compat/install-command.sh" compiler "$name" >"$work/output" 2>&1 || :
	point "$([ "$(cat "$work/output")" = "$want" ]; echo $?)" "compiler $name, $os on $machine: $want" "$work/output"
done <<'TABLE'
ppc64le|powerpc64le-linux-gnu-gcc-12|apt install gcc-12|debian
ppc64le|powerpc64le-suse-linux-gcc-13|zypper install gcc13|opensuse-leap
ppc64le|aarch64-linux-gnu-gcc-12|apt install gcc-12-aarch64-linux-gnu|debian
armv7l|arm-linux-gnueabihf-gcc-12|apt install gcc-12|debian
armv7l|arm-linux-gnueabi-gcc-12|apt install gcc-12-arm-linux-gnueabi|debian
i686|i686-linux-gnu-gcc-12|apt install gcc-12|debian
x86_64|powerpc64le-linux-gnu-gcc-12|apt install gcc-12-powerpc64le-linux-gnu|debian
x86_64|x86_64-suse-linux-gcc-13|zypper install gcc13|opensuse-leap
x86_64|aarch64-suse-linux-gcc-13|zypper install cross-aarch64-gcc13|opensuse-leap
x86_64|powerpc64le-linux-gnu-gcc-13|zypper install cross-ppc64le-gcc13|opensuse-leap
x86_64|arm-linux-gnueabihf-gcc-13|zypper install cross-arm-gcc13|sles
x86_64|aarch64-linux-gnu-gcc|zypper install aarch64-suse-linux-gcc|opensuse-tumbleweed
x86_64|powerpc64le-suse-linux-gcc|zypper install powerpc64le-suse-linux-gcc|opensuse-tumbleweed
x86_64|arm-linux-gnueabihf-gcc|zypper install arm-suse-linux-gnueabi-gcc|opensuse-tumbleweed
TABLE
for words in '' headers 'package gcc' 'headers 6.1.0 6.2.0'; do
	rc=0
	# shellcheck disable=SC2086 # words
	sh "$top/src/compat/install-command.sh" $words >"$work/output" 2>&1 || rc=$?
	point "$([ $rc = 2 ] && grep -q '^usage: .*install-command.sh headers RELEASE$' "$work/output"; echo $?)" \
		"install-command.sh '$words'" "$work/output"
done
echo ID=debian >"$OS_RELEASE"
mkdir "$work/empty"
refused "KDIR that is no kernel tree" "$work/empty" 'is not a kernel tree'
mkdir -p "$work/unprepared/scripts"
touch "$work/unprepared/Makefile"
refused "KDIR that was not configured" "$work/unprepared" 'not configured or not prepared'
tree half 6.1.0
for missing in Makefile scripts include/config/auto.conf include/generated/autoconf.h; do
	mv "$work/half/$missing" "$work/aside"
	case $missing in
	include/*) why='not configured or not prepared' ;;
	*) why='is not a kernel tree' ;;
	esac
	refused "a tree without $missing" "$work/half" "$why"
	mv "$work/aside" "$work/half/$missing"
done
point "$(check 1 'usage: check-kdir.sh KDIR$'; echo $?)" "check-kdir.sh without a tree" "$work/output"
point "$(check 1 'usage: check-kdir.sh KDIR$' "$work/good" "$work/good"; echo $?)" "check-kdir.sh with two" "$work/output"
tree symvers 6.1.0
rm "$work/symvers/Module.symvers"
refused "no Module.symvers" "$work/symvers" 'no Module\.symvers.*build the kernel there first'
for release in 3.16.85 4.3.0 2.6.32-754.el6.x86_64; do
	tree old $release
	refused "kernel $release" "$work/old" "kernel $release is too old.*4\\.4" 77
done
for release in 4.4.0 4.18.0-80.el8.x86_64 4.30.1 10.3.0; do
	tree "young-$release" $release
	build "$work/young-$release" || :
	point "$(grep -q 'kbuild ran' "$work/output"; echo $?)" "kernel $release is not too old" "$work/output"
done
# rhel_tree NAME RELEASE CODE: the tree of a kernel with this RHEL_RELEASE_CODE
rhel_tree() {
	tree "$1" "$2"
	mkdir -p "$work/$1/include/generated/uapi/linux"
	printf '#define RHEL_MAJOR 7\n#define RHEL_RELEASE_CODE %s\n#define RHEL_RELEASE "1160"\n' "$3" \
		>"$work/$1/include/generated/uapi/linux/version.h"
}
rhel_tree rhel-7.9 3.10.0-1160.el7.x86_64 1801
build "$work/rhel-7.9" || :
point "$(grep -q 'kbuild ran' "$work/output"; echo $?)" "but RHEL 7.9's 3.10 is not" "$work/output"
rhel_tree rhel-7.8 3.10.0-1127.el7.x86_64 1800
refused "kernel 3.10 of RHEL 7.8" "$work/rhel-7.8" "kernel 3\.10\.0-1127.* is too old" 77
tree named-rhel 3.10.0-1160.el7.x86_64
refused "kernel 3.10 that is only called like RHEL's" "$work/named-rhel" "kernel 3\.10\.0-1160.* is too old" 77
rhel_tree rhel-8 4.3.0-1.el8.x86_64 1801
refused "an old kernel that is not 3.10 with that code" "$work/rhel-8" "kernel 4\.3\.0.* is too old" 77
for option in $options; do
	tree lacking 6.1.0
	sed -i "/^CONFIG_$option=/d" "$work/lacking/include/config/auto.conf"
	refused "kernel without $option" "$work/lacking" "has no CONFIG_$option: .*(use|build)" 77
done
tree built-in 6.1.0 WIREGUARD
refused "kernel with WireGuard built in" "$work/built-in" \
	'kernel 6\.1\.0 has WireGuard built in \(CONFIG_WIREGUARD=y\), and no module can replace it: use' 77
tree own 6.1.0
echo CONFIG_WIREGUARD=m >>"$work/own/include/config/auto.conf"
build "$work/own" || :
point "$(grep -q 'kbuild ran' "$work/output"; echo $?)" "but not one with a module of its own" "$work/output"
tree nameless 6.1.0
sed -i /^CONFIG_NET=/d "$work/nameless/include/config/auto.conf"
: >"$work/nameless/include/generated/utsrelease.h"
refused "kernel whose headers name no release" "$work/nameless" "kernel in $work/nameless has no CONFIG_NET: " 77
rm "$work/nameless/include/generated/utsrelease.h"
refused "kernel without the header of its release" "$work/nameless" "kernel in $work/nameless has no CONFIG_NET: " 77
tree ipv6 6.1.0
echo '# CONFIG_IPV6 is not set' >>"$work/ipv6/include/config/auto.conf"
build "$work/ipv6" || :
point "$(grep -q 'kbuild ran' "$work/output"; echo $?)" "a kernel without IPv6 will do" "$work/output"
for path in "KDIR=$work/o'clock" "OUT=$work/o'clock"; do
	make --no-print-directory -C "$top" module KDIR="$work/good" "$path" >"$work/output" 2>&1 || :
	point "$([ "$(wc -l <"$work/output")" = 1 ] && grep -q 'a path with an apostrophe' "$work/output"; echo $?)" \
		"an apostrophe in ${path%%=*}" "$work/output"
done

# Symbols that the kernel does not export. The module needs one of the kernel, one of a kernel's
# module, and what the final link or the loader provides.
mkdir "$work/objects"
cat >"$work/objects/module.s" <<'S'
	.globl here
	.weak optional
here:
	.long of_kernel, of_module, crypto_one, crypto_two, memcpy, optional
	.long __this_module, _GLOBAL_OFFSET_TABLE_, .TOC., _restgpr_14, _rest32gpr_30_x, __s390_indirect_jump_r1
	.long .dotted
S
printf '\t.long crypto_one, crypto_two, memcpy\n' >"$work/objects/backend.s"
for name in module backend; do as -o "$work/objects/$name.o" "$work/objects/$name.s"; done
ar rc "$work/objects/archive.o" "$work/objects/module.o"
# symvers FILE NAME:MODULE ...: a list of exported symbols
symvers() {
	local file=$1 word
	shift
	for word; do printf '0x00000000\t%s\t%s\tEXPORT_SYMBOL\n' "${word%:*}" "${word#*:}"; done >"$file"
}
# exports WANT NAME "WITHOUT ..." [MODULE [BACKEND [SYMVERS]]]: the result of check-exports.sh for
# a kernel that does not export these; nothing, or one line
exports() {
	local want=$1 name=$2 rc=0 word list=()
	for word in of_kernel:vmlinux of_module:udp_tunnel crypto_one:vmlinux crypto_two:lib dotted:vmlinux memcpy:vmlinux; do
		case " $3 " in *" ${word%:*} "*) ;; *) list+=("$word") ;; esac
	done
	[ "$3" = "no list" ] || symvers "$work/exports/Module.symvers" "${list[@]}"
	sh "$top/src/compat/check-exports.sh" "$work/exports" nm "$work/objects/${4:-module}.o" \
		"${5-$work/objects/backend.o}" ${6:+"$6"} >"$work/output" 2>&1 || rc=$?
	if [ -z "$want" ]; then
		point "$([ $rc = 0 ] && [ ! -s "$work/output" ]; echo $?)" "$name" "$work/output"
	else
		point "$([ $rc = 1 ] && [ "$(wc -l <"$work/output")" = 1 ] && grep -qx "wireguard: $want" "$work/output"; echo $?)" \
			"$name" "$work/output"
	fi
}
tree exports 4.19.1
exports '' "all symbols are exported" ''
exports 'kernel 4.19.1 does not export what the module needs: please report it; missing: dotted of_kernel of_module' \
	"three are not" 'of_module of_kernel dotted'
exports '.*please report it; missing: crypto_two of_kernel' "one of them of the crypto library" 'of_kernel crypto_two'
exports 'kernel 4.19.1 does not export all of its crypto library: build with CRYPTO=vendored; missing: crypto_two' \
	"only one of the crypto library" crypto_two
exports '.*please report it; missing: memcpy' "a function that the crypto library calls, as all objects do" memcpy
exports '.*please report it; missing: crypto_two' "our own cryptography is no remedy for itself" crypto_two module ''
exports "$work/exports/Module.symvers has no symbol of a module: build the modules of kernel 4.19.1 there first .*; missing: .*" \
	"a list of the kernel alone" 'of_module crypto_two'
symvers "$work/more" of_module:other
exports '' "another list has the rest" of_module module '' "$work/more"
exports '' "an archive of objects for LTO" of_kernel archive
echo CONFIG_TRIM_UNUSED_KSYMS=y >>"$work/exports/include/config/auto.conf"
exports 'kernel 4.19.1 was built with CONFIG_TRIM_UNUSED_KSYMS=y and does not export .*WHITELIST; missing: of_kernel' \
	"a kernel with trimmed exports" of_kernel
exports '.*build with CRYPTO=vendored; missing: crypto_one crypto_two' "and without its crypto library" 'crypto_one crypto_two'
: >"$work/exports/Module.symvers"
exports '' "an empty list proves nothing" 'no list'
rm "$work/exports/Module.symvers"
exports '' "nor does a missing one" 'no list'
rc=0
sh "$top/src/compat/check-exports.sh" "$work/exports" nm >"$work/output" 2>&1 || rc=$?
point "$([ $rc = 2 ] && grep -q '^usage: check-exports.sh OBJTREE' "$work/output"; echo $?)" "check-exports.sh without objects" "$work/output"

# Whose cryptography is built. Half of a primitive is not enough.
cat >"$work/crypto.mk" <<MK
include $top/src/crypto/Kbuild.crypto
all: ; @echo \$(wg-crypto-backend)
MK
library="chacha20poly1305_encrypt chacha20poly1305_decrypt xchacha20poly1305_encrypt xchacha20poly1305_decrypt
	blake2s_update blake2s_final curve25519_generic"
registers="irq_fpu_usable cpu_has_xfeatures kernel_fpu_begin_mask kernel_fpu_end"
# backend "WITHOUT ..." [ARGUMENT]: what is built for a kernel that exports all of the library and
# the functions of vector registers, but these
backend() {
	local name list=()
	for name in $library $registers; do
		case " $1 " in *" $name "*) ;; *) list+=("$name:vmlinux") ;; esac
	done
	symvers "$work/exports/Module.symvers" "${list[@]}"
	make -s -f "$work/crypto.mk" objtree="$work/exports" CONFIG_MODULES=y "${@:2}" 2>&1
}
# chosen WANT NAME "WITHOUT ..." [ARGUMENT]
chosen() {
	backend "${@:3}" >"$work/output" || :
	point "$(grep -qx "$1" "$work/output"; echo $?)" "$2" "$work/output"
}
chosen kernel "the kernel's cryptography" none
for name in $library; do backend "$name"; done >"$work/output"
point "$([ "$(sort "$work/output" | uniq -c | tr -d ' ')" = 7vendored ]; echo $?)" \
	"our own where the kernel lacks one function" "$work/output"
backend blake2s_final CRYPTO=kernel >"$work/output" || :
point "$(grep -q 'CRYPTO=kernel: this kernel lacks .*: use CRYPTO=vendored' "$work/output"; echo $?)" \
	"CRYPTO=kernel is refused then" "$work/output"
# Our own where its vector code can be built, although the kernel has a library.
printf '#!/bin/sh\necho 4.9\n' >"$work/gcc-4.9"
chmod +x "$work/gcc-4.9"
# shellcheck disable=SC2016 # make expands it
x86=(CONFIG_X86_64=y CONFIG_ARCH_SUPPORTS_INT128=y 'cc-option=$(1)')
chosen vendored "x86-64: our own, by vector instructions" none "${x86[@]}"
chosen vendored "and so with CRYPTO=auto" none "${x86[@]}" CRYPTO=auto
chosen vendored "and with CRYPTO=" none "${x86[@]}" CRYPTO=
chosen kernel "x86-64: CRYPTO=kernel" none "${x86[@]}" CRYPTO=kernel
chosen vendored "another architecture: CRYPTO=vendored" none CRYPTO=vendored
for name in $registers; do backend "$name" "${x86[@]}"; done >"$work/output"
point "$([ "$(sort "$work/output" | uniq -c | tr -d ' ')" = 4kernel ]; echo $?)" \
	"x86-64: the kernel's where it does not export the functions of vector registers" "$work/output"
chosen vendored "but our own if it has no library either" "kernel_fpu_end curve25519_generic" "${x86[@]}"
chosen kernel "x86-64: the kernel's where the compiler cannot build ours" none "${x86[@]}" cc-option= CC="$work/gcc-4.9"
chosen kernel "x86-64: the kernel's in user-mode Linux" none "${x86[@]}" CONFIG_UML=y

# What the module says that vector code lacks.
cat >>"$work/crypto.mk" <<'MK'
lacks: ; @echo $(patsubst -DWG_VECTOR_LACKS=%,%,$(filter -DWG_VECTOR_LACKS=%,$(ccflags-y)))
MK
x86+=(lacks obj=. CRYPTO=vendored)
for name in $registers; do backend "$name" "${x86[@]}"; done >"$work/output"
point "$(diff -w <(echo "${registers/_mask/}" | tr ' ' '\n') "$work/output" >&2; echo $?)" \
	"x86-64: the function that the kernel does not export is named" "$work/output"
chosen gcc-5.3 "x86-64: a compiler without vector code" none "${x86[@]}" cc-option= CC="$work/gcc-4.9"
chosen CONFIG_ARCH_SUPPORTS_INT128 "x86-64: a kernel without 128-bit products" none "${x86[@]}" CONFIG_ARCH_SUPPORTS_INT128=
chosen '' "x86-64: nothing is lacking" none "${x86[@]}"

# NEON on arm64. Which sets are built is printed, none is an empty line.
cat >>"$work/crypto.mk" <<'MK'
sets: ; @echo $(patsubst crypto/vector_%.o,%,$(filter crypto/vector_%,$(wg-crypto-objs)))
MK
mkdir -p "$work/arm64/arch/arm64/include/asm"
asm=$work/arm64/arch/arm64/include/asm
echo 'void kernel_neon_begin(void);' >"$asm/neon.h"
echo 'static inline bool may_use_simd(void)' >"$asm/simd.h"
arm64=(sets obj=. "srctree=$work/arm64" CONFIG_ARM64=y CONFIG_KERNEL_MODE_NEON=y CRYPTO=vendored)
registers="kernel_neon_begin kernel_neon_end neon_busy kernel_neon_begin_partial"
chosen neon "arm64: NEON" none "${arm64[@]}"
chosen '' "arm64 without kernel mode NEON: portable code" none "${arm64[@]}" CONFIG_KERNEL_MODE_NEON=
chosen '' "big-endian arm64: portable code" none "${arm64[@]}" CONFIG_CPU_BIG_ENDIAN=y
chosen '' "another architecture: portable code" none "${arm64[@]}" CONFIG_ARM64=
chosen '' "arm64 without the end of a section" kernel_neon_end "${arm64[@]}"
chosen '' "arm64 without its begin" "kernel_neon_begin kernel_neon_begin_partial" "${arm64[@]}"
chosen neon "arm64: NEON, the begin by its old name" kernel_neon_begin "${arm64[@]}"
echo '#define kernel_neon_begin() kernel_neon_begin_partial(32)' >"$asm/neon.h"
chosen neon "arm64: NEON, the begin as a macro" kernel_neon_begin "${arm64[@]}"
echo 'DECLARE_PER_CPU(bool, neon_busy);' >>"$asm/simd.h"
chosen neon "arm64: NEON, with a variable for each CPU" none "${arm64[@]}"
chosen '' "arm64 with such a variable that is not exported: portable code" neon_busy "${arm64[@]}"
echo 'void kernel_neon_begin(struct user_fpsimd_state *);' >"$asm/neon.h"
chosen '' "arm64 with a begin that takes a buffer: portable code" none "${arm64[@]}"
chosen kernel_neon_begin-without-arguments "and the module says so" none lacks "${arm64[@]:1}"
rm "$asm/neon.h"
chosen '' "arm64 without the header: portable code" none "${arm64[@]}"
echo 'void kernel_neon_begin(void);' >"$asm/neon.h"
arm64[0]=all
chosen kernel "arm64: the kernel's cryptography all the same" none "${arm64[@]}" CRYPTO=auto
registers="irq_fpu_usable cpu_has_xfeatures kernel_fpu_begin_mask kernel_fpu_end"

# The tests build with the other cryptography as well, if the kernel has a library.
# with WANT NAME [KDIR]: make's variables of the build "fallbacks"
with() {
	(cd "$top" && bash -euc 'source tests/lib/steps.sh; build_variables fallbacks "$@"' bash "${@:3}") >"$work/output" 2>&1 || :
	point "$([ "$(<"$work/output")" = "PROBE_OFF=all CRYPTO=$1" ]; echo $?)" "$2" "$work/output"
}
symvers "$work/exports/Module.symvers" chacha20poly1305_encrypt:vmlinux
with vendored "a build of the tests for a kernel without a library" "$work/exports"
backend none >/dev/null
with kernel "for one with a library" "$work/exports"
with vendored "for another architecture"
# Any other word is refused, before anything is built.
for word in vendord "it's" 'kernel vendored'; do
	rc=0
	make --no-print-directory -C "$top" module KDIR="$work/good" OUT="$work/word" CRYPTO="$word" 2>&1 |
		grep -v '^make' >"$work/output" || :
	[ "$(<"$work/output")" = "wireguard: CRYPTO=$word is not supported: use auto, kernel or vendored" ] || rc=1
	[ ! -e "$work/word" ] || rc=1
	point $rc "CRYPTO=$word" "$work/output"
done
