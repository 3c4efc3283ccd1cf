// SPDX-License-Identifier: GPL-2.0
/*
 * Nested tunnels: detects loops of messages that enter a device of this module while they
 * are being sent.
 *
 * A peer may be reached through another peer of the same device, or through
 * another device of this module, but not through itself. A loop cannot be
 * predicted from the routing tables: netfilter may route a message again after
 * the lookup. So a loop is detected when a message enters a device of this
 * module while the message is being sent: see struct wg_sending.
 */
#include "nesting.h"

#include <linux/bug.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <linux/thread_info.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sch_generic.h>

/* dev_recursion_level() in wg_device_xmit() if no other ndo_start_xmit() is on the stack. */
#define WG_OWN_RECURSION 1

/*
 * The messages that tasks on this CPU are sending, newest first. A task sends with
 * softirqs disabled, so it stays on the CPU. On PREEMPT_RT another task can preempt
 * it while it sends, and send as well. Therefore each task looks only for its own
 * entries, and the list changes with preemption disabled.
 */
static DEFINE_PER_CPU(struct hlist_head, wg_sendings);

void wg_sending_begin(struct wg_sending *sending, const struct wg_path *to)
{
	sending->task = current;
	sending->to = to;
	sending->nested = 0;
	preempt_disable();
	hlist_add_head(&sending->node, this_cpu_ptr(&wg_sendings));
	preempt_enable();
}

void wg_sending_end(struct wg_sending *sending)
{
	preempt_disable();
	hlist_del(&sending->node);
	preempt_enable();
}

void wg_sending_next(struct wg_sending *sending, const struct wg_endpoint *endpoint,
		     struct sk_buff *skb)
{
	const struct wg_outer_cb *cb = wg_outer_cb(skb);

	sending->nested = cb->nested;
	memcpy(sending->ids, cb->ids, cb->nested * sizeof(cb->ids[0]));
	if (likely(endpoint))
		sending->ids[sending->nested++] = endpoint->id;
}

/* The innermost message that this task is sending, or NULL. With softirqs disabled. */
static const struct wg_sending *wg_sending_innermost(void)
{
	const struct wg_sending *sending;

	preempt_disable();
	hlist_for_each_entry(sending, this_cpu_ptr(&wg_sendings), node)
		if (sending->task == current)
			break;
	preempt_enable();
	return sending;
}

/*
 * Encryption with vector instructions uses 4.6 KiB, of a stack of 16 KiB. A file system that
 * writes to a network file system may leave less. The stack that softirqs have on some
 * architectures is not checked: the difference is larger than any stack there.
 */
static bool wg_has_stack(void)
{
#ifdef CONFIG_STACK_GROWSUP
	return true;
#else
	unsigned long here = (unsigned long)__builtin_frame_address(0);

	return here - (unsigned long)end_of_stack(current) >= THREAD_SIZE / 8 * 3;
#endif
}

/*
 * Nested tunnels would put the call chains of both messages on one kernel
 * stack. The kernel limits the nesting depth of ndo_start_xmit(), and the
 * devices above would leave too few levels for the devices below.
 */
bool wg_may_send_here(void)
{
	return !wg_sending_innermost() && dev_recursion_level() <= WG_OWN_RECURSION &&
	       wg_has_stack();
}

static bool wg_addressed_to(const struct sk_buff *skb, const struct wg_path *path)
{
	if (path->remote.any.sa_family == AF_INET)
		return skb->protocol == htons(ETH_P_IP) &&
		       ip_hdr(skb)->daddr == path->remote.v4.sin_addr.s_addr;
	return skb->protocol == htons(ETH_P_IPV6) &&
	       ipv6_addr_equal(&ipv6_hdr(skb)->daddr, &path->remote.v6.sin6_addr);
}

static bool wg_has_queue(const struct net_device *dev)
{
	return rcu_dereference_bh(netdev_get_tx_queue(dev, 0)->qdisc)->enqueue;
}

/*
 * If @dev has a queueing discipline, sending a message can dequeue unrelated
 * packets. So @skb must then have the message's destination address.
 */
const struct wg_sending *wg_outer_sending(const struct net_device *dev,
					  const struct sk_buff *skb)
{
	const struct wg_sending *sending = wg_sending_innermost();

	if (likely(!sending))
		return NULL;
	return !wg_has_queue(dev) || wg_addressed_to(skb, sending->to) ? sending : NULL;
}

bool wg_sending_loops(const struct wg_sending *around, const struct wg_endpoint *endpoint)
{
	unsigned int i;

	if (likely(!around))
		return false;
	for (i = 0; i < around->nested; i++)
		if (around->ids[i] == endpoint->id)
			return true;
	return around->nested == WG_MAX_NESTED;
}

void wg_outer_cb_init(struct sk_buff *skb, u8 tos, const struct wg_sending *around)
{
	struct wg_outer_cb *cb = wg_outer_cb(skb);

	cb->tos = tos;
	cb->nested = 0;
	if (likely(!around))
		return;
	cb->nested = around->nested;
	memcpy(cb->ids, around->ids, around->nested * sizeof(cb->ids[0]));
}
