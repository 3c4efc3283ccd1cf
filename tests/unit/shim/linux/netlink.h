/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: messages as in the UAPI, extack texts, a dump's state. */
#ifndef SHIM_LINUX_NETLINK_H
#define SHIM_LINUX_NETLINK_H

#include_next <linux/netlink.h>
#include <linux/capability.h>
#include <linux/skbuff.h>
#include <linux/types.h>

struct netlink_ext_ack {
	const char *_msg;
	const struct nlattr *bad_attr;
};

#define NL_SET_ERR_MSG_ATTR(extack, attr, msg) do {	\
	struct netlink_ext_ack *extack_ = (extack);	\
							\
	if (extack_) {					\
		extack_->_msg = (msg);			\
		extack_->bad_attr = (attr);		\
	}						\
} while (0)
#define NL_SET_ERR_MSG(extack, msg) NL_SET_ERR_MSG_ATTR(extack, NULL, msg)

struct netlink_skb_parms {
	u32 portid;
};

#define NETLINK_CB(skb) (*(struct netlink_skb_parms *)&(skb)->cb)

struct netlink_callback {
	struct sk_buff *skb;
	const struct nlmsghdr *nlh;
	struct netlink_ext_ack *extack;
	/* What the family reported about the request. */
	const void *data;
	unsigned int prev_seq, seq;
	union {
		u8 ctx[48];
		long args[6];
	};
};

static inline bool netlink_ns_capable(const struct sk_buff *skb, struct user_namespace *ns, int cap)
{
	(void)skb;
	(void)cap;
	return ns->capable;
}

#endif
