#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Shims for old kernels, compiled over headers that are made here and have just what such a
# kernel has: the warnings of W=1, and what the shims do. Run from tests/unit.
#
# usage: test_compat.sh

set -euo pipefail
# shellcheck source=tests/unit/lib.sh
source ./lib.sh
src=$PWD/../../src
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-compat.XXXXXX")
trap 'rm -rf "$work"' EXIT

skip() { # NAME REASON
	number=$((number + 1))
	printf 'ok %d - %s # SKIP %s\n' "$number" "$1" "$2"
}
header() { # NAME: its text is standard input
	mkdir -p "$work/headers/${1%/*}"
	{ echo '#pragma once'; cat; } >"$work/headers/$1"
}

echo "1..6"

# --- timers before 4.15: the callback takes an unsigned long

for name in bug compiler jiffies spinlock; do header "linux/$name.h" </dev/null; done
header linux/timer.h <<'H'
struct timer_list { void (*function)(unsigned long); unsigned long data; unsigned int flags; };
#define __setup_timer(timer, fn, arg, how) \
	((timer)->function = (fn), (timer)->data = (arg), (timer)->flags = (how))
H
cat >"$work/config.h" <<'H'
#include <stdbool.h>
#define HAVE_TIMER_SETUP 0
#define HAVE_TIMER_REDUCE 1
#define HAVE_TIMER_DELETE 1
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile typeof(x) *)&(x) = (value))
extern int warnings;
#define WARN_ON_ONCE(condition) ((condition) ? warnings++ : 0)
H
cat >"$work/main.c" <<'C'
#include <stddef.h>
#include <linux/timer.h>

int warnings;
static struct timer_list first, second, *fired;

static void callback(struct timer_list *timer)
{
	fired = timer;
}

static void other(struct timer_list *timer)
{
	fired = NULL;
}

/* What the kernel does when a timer expires. */
static bool expires(struct timer_list *timer)
{
	timer->function(timer->data);
	return fired == timer;
}

int main(int argc, char **argv)
{
	timer_setup(&first, callback, 0);
	timer_setup(&second, callback, 3);
	if (!expires(&first) || !expires(&second) || second.flags != 3 || warnings)
		return 1;
	timer_setup(&first, other, 0);
	return argc > 1 && !warnings;
}
C
timers() { # NAME COMPILER FLAG...: builds it and runs it
	local name=$1 rc=0
	shift
	"$@" -o "$work/timers" -std=gnu11 -O2 -include "$work/config.h" -I"$src/compat/include" \
		-I"$work/headers" "$work/main.c" "$src/compat/timer.c" >"$work/output" 2>&1 &&
		"$work/timers" >>"$work/output" 2>&1 || rc=1
	point $rc "$name" "$work/output"
}
timers "a timer gets to its callback, without a cast between functions" \
	gcc -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Werror
cfi=(clang -flto -fvisibility=hidden -fuse-ld=lld -fsanitize=cfi-icall -fsanitize-trap=cfi-icall)
if "${cfi[@]}" -xc -o "$work/cfi" - <<<'int main(void) { return 0; }' 2>/dev/null; then
	timers "and with control-flow integrity" "${cfi[@]}"
else
	skip "and with control-flow integrity" "no clang with CFI and lld"
fi
rc=0
"$work/timers" more >"$work/output" 2>&1 || rc=1
point $rc "a second callback is a warning" "$work/output"

# --- the name before 6.15

cat >"$work/config.h" <<'H'
#define HAVE_TIMER_SETUP 1
#define HAVE_TIMER_REDUCE 1
#define HAVE_TIMER_DELETE 0
H
header linux/timer.h <<'H'
struct timer_list { int pending; };
static inline int del_timer_sync(struct timer_list *timer) { return timer->pending + 1; }
H
cat >"$work/main.c" <<'C'
#include <linux/timer.h>

int main(void)
{
	struct timer_list timer = { .pending = 1 };

	return timer_delete_sync(&timer) == 2 ? 0 : 1;
}
C
timers "timer_delete_sync() under its old name" gcc -Wall -Wextra -Werror

# --- inet_confirm_addr() of RHEL 7: with RT_SCOPE_LINK it ignores the device

cat >"$work/config.h" <<'H'
#define HAVE_INET_CONFIRM_ADDR_NET 0
#define HAVE_TIMER_SETUP 1
#define HAVE_TIMER_REDUCE 1
#define HAVE_TIMER_DELETE 1
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
H
header linux/inetdevice.h <<'H'
#include <stddef.h>
typedef unsigned int __be32;
enum { RT_SCOPE_LINK = 253, RT_SCOPE_HOST };
struct in_ifaddr { struct in_ifaddr *ifa_next; __be32 ifa_local; unsigned char ifa_scope; };
struct in_device { struct in_ifaddr *ifa_list; };
struct net_device { struct net_device *next; struct in_device *in; };
struct net { struct net_device *first; };
#define for_each_netdev_rcu(net, dev) for ((dev) = (net)->first; (dev); (dev) = (dev)->next)
#define __in_dev_get_rcu(dev) ((dev)->in)
static inline __be32 inet_confirm_addr(struct in_device *in, __be32 dst, __be32 local, int scope)
{
	return scope == RT_SCOPE_LINK ? 99 : local == in->ifa_list->ifa_local ? local : 0;
}
H
cat >"$work/main.c" <<'C'
#include <linux/inetdevice.h>

int main(void)
{
	struct in_ifaddr two = { .ifa_local = 2 }, one = { &two, 1, RT_SCOPE_HOST };
	struct in_device in = { &one }, other = { &two }, none = { NULL };
	struct net_device third = { NULL, &other }, second = { &third, &in }, first = { &second, NULL };
	struct net net = { &first };

	if (inet_confirm_addr(&net, &in, 0, 0, RT_SCOPE_LINK) != 2 ||
	    inet_confirm_addr(&net, &none, 0, 0, RT_SCOPE_LINK) != 0)
		return 1;
	return !(inet_confirm_addr(&net, &in, 0, 1, RT_SCOPE_HOST) == 1 &&
		 inet_confirm_addr(&net, &in, 0, 2, RT_SCOPE_HOST) == 0 &&
		 inet_confirm_addr(&net, NULL, 0, 2, RT_SCOPE_HOST) == 2 &&
		 inet_confirm_addr(&net, NULL, 0, 3, RT_SCOPE_HOST) == 0);
}
C
timers "an address of this device, not of another" gcc -Wall -Wextra -Wno-unused-parameter -Werror

# --- struct sk_buff of RHEL 7: head_frag is among the members that are cleared, priority is not

cat >"$work/config.h" <<'H'
#define HAVE_TIMER_SETUP 1
#define HAVE_TIMER_REDUCE 1
#define HAVE_TIMER_DELETE 1
#define HAVE_SKB_PUT_DATA 1
#define HAVE_SKB_MARK_NOT_ON_LIST 1
#define HAVE_SKB_HEADERS_GROUP 0
#define HAVE_SKB_ALLOC_CPU 0
#define HAVE_SKB_TSTAMP_TYPE 0
#define HAVE_SKB_MONO_DELIVERY_TIME 0
#define HAVE_SKB_TSKEY 0
#define HAVE_SKB_HW_TSTAMP_NETDEV 0
H
header linux/skbuff.h <<'H'
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
struct sk_buff {
	struct sk_buff *next;
	u32 priority;
	u8 cloned:1, ip_summed:2;
	u32 headers_start[0];
	u16 vlan_tci;
	u8 ooo_okay:1, head_frag:1, l4_hash:1;
	u32 mark;
	u32 headers_end[0];
	u32 truesize;
};
struct skb_shared_info { u8 tx_flags; u32 hwtstamps; };
#define skb_shinfo(skb) ((struct skb_shared_info *)(skb)->next)
#define skb_list_walk_safe(first, skb, next_skb)
#define SKBTX_ANY_TSTAMP 0
H
cat >"$work/main.c" <<'C'
#include <linux/skbuff.h>

int main(void)
{
	const struct sk_buff full = {
		.priority = 1, .cloned = 1, .ip_summed = 3, .vlan_tci = 1, .ooo_okay = 1,
		.l4_hash = 1, .mark = 1, .truesize = 1,
	};
	struct sk_buff skb;
	int frag;

	for (frag = 0; frag < 2; frag++) {
		skb = full;
		skb.head_frag = frag;
		compat_skb_clear_headers(&skb);
		if (skb.head_frag != frag || skb.cloned != 1 || skb.truesize != 1)
			return 1;
		if (skb.priority || skb.ip_summed || skb.vlan_tci || skb.ooo_okay || skb.l4_hash || skb.mark)
			return 1;
	}
	return 0;
}
C
timers "a packet is cleared, and its buffer freed as before" gcc -Wall -Wextra -Wno-unused-parameter -Werror
