#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The answers of the driver's own probes on each form of an API in probe_forms.txt, without a
# kernel.  Run from tests/unit.
#
# usage: test_probe_forms.sh

set -euo pipefail
# shellcheck source=tests/unit/lib.sh
source ./lib.sh
here=$PWD
probes=$here/../../src/compat/probes
table=$here/probe_forms.txt
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-forms.XXXXXX")
trap 'rm -rf "$work"' EXIT

cat >"$work/types.h" <<'H'
typedef unsigned char u8, __u8;
typedef unsigned short u16, __be16;
typedef unsigned int u32, __be32, gfp_t;
typedef int s32;
typedef long long s64;
typedef unsigned long long u64;
typedef unsigned long size_t;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define offsetof(type, member) __builtin_offsetof(type, member)
#define this_cpu_ptr(pointer) (pointer)
#define this_cpu_read(variable) (variable)
struct net; struct sock; struct socket; struct flowi; struct flowi4; struct flowi6;
struct flowi_common; struct dst_entry; struct dst_cache; struct rtable; struct in6_addr;
struct rtnl_link_stats64; struct udp_tunnel_sock_cfg; struct notifier_block;
struct rhashtable; struct rhash_head; struct iphdr; struct in_device;
H

# Writes one kernel a folder: kernel K has form K of each API, or its last form.  A structure
# is written before the functions, in the order of the first lines that mention one.
awk -v work="$work" '
/^;/ || /^ *$/ { next }
$1 == "api" { api++; probes[api] = substr($0, 5); form[api] = 0; next }
$1 == "form" {
	f = ++form[api]
	if (f > kernels) kernels = f
	colon = index($0, ": ") ? index($0, ": ") : length($0)
	title[api, f] = substr($0, 6, colon - 6)
	yes[api, f] = " " substr($0, colon + 1) " "
	file = ""
	next
}
{
	key = api ? api SUBSEP form[api] : "base"
	if (/^[.]/) {
		name = substr($1, 2)
		if (!(name in seen)) { seen[name]; order[++structs] = name }
		members[key, name] = members[key, name] substr($0, length($1) + 1) "\n"
	} else if ($1 == "export") exports[key] = exports[key] substr($0, 8)  " "
	else if ($1 == "file") { file = $2; optional[file] }
	else if (file && api) files[key, file] = files[key, file] $0 "\n"
	else code[key] = code[key] $0 "\n"
}
END {
	for (k = 1; k <= kernels; k++) {
		dir = work "/" k
		system("mkdir -p " dir "/headers/generated " dir "/include/generated")
		out = dir "/kernel.h"
		for (s = 1; s <= structs; s++) print "struct " order[s] ";" > out
		for (s = 1; s <= structs; s++) {
			printf "struct %s {\n%s", order[s], members["base", order[s]] > out
			for (a = 1; a <= api; a++)
				printf "%s", members[a, (k < form[a] ? k : form[a]), order[s]] > out
			print "};" > out
		}
		printf "%s", code["base"] > out
		for (a = 1; a <= api; a++) {
			f = k < form[a] ? k : form[a]
			printf "%s", code[a, f] > out
			n = split(exports[a, f], symbol, " ")
			for (i = 1; i <= n; i++)
				print "0x0\t" symbol[i] "\tvmlinux\tEXPORT_SYMBOL" > (dir "/Module.symvers")
			for (name in optional)
				if ((a, f, name) in files) printf "%s", files[a, f, name] > (dir "/files." name2(name))
			if (k > form[a]) continue
			n = split(probes[a], probe, " ")
			line = ""
			for (i = 1; i <= n; i++)
				line = line probe[i] (index(yes[a, f], " " probe[i] " ") ? "=1 " : "=0 ")
			sub(/ $/, ": ", line)
			print line title[a, f] > (dir "/want")
		}
		close(out)
	}
	for (name in optional) print name > (work "/optional")
	for (a = 1; a <= api; a++) print probes[a] > (work "/listed")
	print kernels > (work "/kernels")
}
function name2(name) { gsub("/", "@", name); return name }
' "$table"
kernels=$(cat "$work/kernels")
mapfile -t headers < <(sed -n 's/^#include <\(.*\)>/\1/p' "$probes"/*.c | sort -u | grep -vxFf "$work/optional")
names=$(tr ' ' '\n' <"$work/listed" | sort | tr '\n' ' ')

# ask KERNEL: the answers are in out/answers of the kernel's folder.  The compiler gives only the
# error that gcc before 5 has, too.
ask() {
	local dir=$work/$1
	mkdir -p "$dir/out"
	sh "$here/../../src/compat/probe.sh" ask "$dir/out/answers" "$probes" "$names" "$dir/Module.symvers" \
		gcc -fsyntax-only -Wno-error -Werror=implicit-function-declaration \
		-nostdinc -include "$work/types.h" -include "$dir/kernel.h" -I"$dir/headers"
}

prepare() { # KERNEL: the headers that probes include; most are empty
	local dir=$work/$1 file
	(cd "$dir/headers" && printf '%s\0' "${headers[@]%/*}" | xargs -0 mkdir -p &&
		printf '%s\0' "${headers[@]}" | xargs -0 touch)
	for file in "$dir"/files.*; do
		[ -e "$file" ] || continue
		file=${file##*/files.}
		mkdir -p "$dir/headers/${file%@*}"
		{ echo '#pragma once'; cat "$dir/files.$file"; } >"$dir/headers/${file/@//}"
	done
}

echo "1..$(($(cat "$work"/*/want | wc -l) + kernels + 1))"
unlisted=$(printf "%s\n" "$probes"/*.c | sed "s,.*/,,; s,\.c$,,; /^CONTROL_/d" | sort |
	comm -3 - <(tr ' ' '\n' <<<"${names% }" | sed '/^$/d'))
point "$([ -z "$unlisted" ]; echo $?)" "each probe has a row in probe_forms.txt${unlisted:+: $unlisted}"
for ((kernel = 1; kernel <= kernels; kernel++)); do
	prepare "$kernel"
	ask "$kernel"
	while IFS= read -r line; do
		wrong=
		for want in ${line%%:*}; do
			grep -qx "${want%=*} ${want#*=}" "$work/$kernel/out/answers" || wrong+=" ${want%=*}"
		done
		point "$([ -z "$wrong" ]; echo $?)" "${line#*: }: ${line%%:*}${wrong:+ (wrong:$wrong)}"
	done <"$work/$kernel/want"
	# What was compiled last are the probes that answer yes.
	point "$(! grep -E 'warning: .*(incompatible|without a cast)' "$work/$kernel/out/yes.log" >&2; echo $?)" \
		"kernel $kernel: newer compilers find no wrong type in a probe that answers yes"
done
