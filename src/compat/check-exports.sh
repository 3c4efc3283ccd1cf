#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Checks that the kernel exports every symbol that the module needs: those that are undefined
# in the module. Prints in one line what is missing and what to do. kbuild runs this before
# modpost, which lists the symbols without a reason or a remedy, and only warns before 5.6.
#
# usage: check-exports.sh OBJTREE NM MODULE.o BACKEND.o|'' [SYMVERS ...]
#   OBJTREE     build tree or headers of the kernel
#   BACKEND.o   the object that calls the kernel's crypto library
#   SYMVERS     lists of exported symbols beside Module.symvers in OBJTREE
set -eu

[ $# -ge 4 ] || {
	echo "usage: check-exports.sh OBJTREE NM MODULE.o BACKEND.o|'' [SYMVERS ...]" >&2
	exit 2
}
objtree=$1 nm=$2 module=$3 backend=$4 symvers=$1/Module.symvers
shift 4

# Succeed without a check if there is no list, or if the module is not an ELF object. With LTO,
# 5.12 to 6.0 have an archive of LLVM objects here, whose symbols include unused ones.
[ -s "$symvers" ] || exit 0
[ "$(head -c 4 "$module" | tail -c 3)" = ELF ] || exit 0

# undefined OBJECT: prints its undefined symbols, except those that the final link or the loader
# provides. On ppc64 the symbol of a function's code has a dot before the name.
undefined()
{
	"$nm" -u "$1" | awk '
	$1 != "U" { next }
	$2 ~ /^(__this_module|_GLOBAL_OFFSET_TABLE_|[.]TOC[.])$/ { next }
	$2 ~ /^(_(rest|save)(32)?(gpr[01]?|fpr|vr)_|__s390_indirect_jump_)/ { next }
	{ sub(/^[.]/, "", $2); print $2 }'
}

missing=$(undefined "$module" | awk '
	FILENAME != "-" { exported[$2]; next }
	!($1 in exported)' "$symvers" "$@" - | sort -u)
[ -n "$missing" ] || exit 0

# config OPTION: whether the kernel has it
config()
{
	grep -q -s "^CONFIG_$1=" "$objtree/include/config/auto.conf"
}

release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$objtree/include/generated/utsrelease.h" 2> /dev/null) || :
kernel="kernel ${release:-in $objtree}"
crypto=
# Without what all objects need: memcpy(), and what the compiler calls.
[ -z "$backend" ] || crypto=$(undefined "$backend" | grep -v -E '^(_|mem|str)') || :
if ! printf '%s\n' "$missing" | grep -q -v -x -F -e "${crypto:-/}"; then
	reason="$kernel does not export all of its crypto library: build with CRYPTO=vendored"
elif config TRIM_UNUSED_KSYMS; then
	reason="$kernel was built with CONFIG_TRIM_UNUSED_KSYMS=y and does not export what the module needs:"
	reason="$reason use a kernel without that option, or build it with these names in the file of"
	reason="$reason CONFIG_UNUSED_KSYMS_WHITELIST"
elif config MODULES && ! awk '$3 != "vmlinux" { other = 1 } END { exit !other }' "$symvers"; then
	reason="$symvers has no symbol of a module: build the modules of $kernel there first (make modules)"
else
	reason="$kernel does not export what the module needs: please report it"
fi
# The names are last: wireguard-dkms shows the beginning of a long line.
# shellcheck disable=SC2086 # one line of words
echo "wireguard: $reason; missing:" $missing >&2
exit 1
