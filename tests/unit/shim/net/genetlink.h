/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a generic netlink family, which a test can find and call. */
#ifndef SHIM_NET_GENETLINK_H
#define SHIM_NET_GENETLINK_H

#include <linux/err.h>
#include <linux/genetlink.h>
#include <linux/init.h>
#include <linux/netdevice.h>
#include <net/netlink.h>

#define THIS_MODULE NULL

struct genl_info {
	struct nlmsghdr *nlhdr;
	struct nlattr **attrs;
	struct netlink_ext_ack *extack;
	struct net *net;
};

struct genl_dumpit_info {
	struct genl_info info;
};

struct genl_ops {
	u8 cmd, flags;
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	int (*start)(struct netlink_callback *cb);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	int (*done)(struct netlink_callback *cb);
};

struct genl_family {
	const char *name;
	unsigned int version, maxattr;
	const struct nla_policy *policy;
	const struct genl_ops *ops;
	unsigned int n_ops;
	u8 resv_start_op;
	bool netnsok, registered;
	void *module;
};

static inline int genl_register_family(struct genl_family *family)
{
	SHIM_CHECK(!family->registered, "family registered twice");
	family->registered = true;
	return 0;
}

static inline int genl_unregister_family(struct genl_family *family)
{
	SHIM_CHECK(family->registered, "family not registered");
	family->registered = false;
	return 0;
}

static inline struct net *genl_info_net(const struct genl_info *info)
{
	return info->net;
}

static inline const struct genl_dumpit_info *genl_dumpit_info(struct netlink_callback *cb)
{
	return cb->data;
}

static inline void *genlmsg_put(struct sk_buff *skb, u32 portid, u32 seq,
				const struct genl_family *family, int flags, u8 cmd)
{
	struct genlmsghdr *header;
	struct nlmsghdr *nlh;

	if (skb_tailroom(skb) < (int)(NLMSG_HDRLEN + GENL_HDRLEN))
		return NULL;
	nlh = skb_put(skb, NLMSG_HDRLEN + GENL_HDRLEN);
	*nlh = (struct nlmsghdr){ .nlmsg_flags = flags, .nlmsg_seq = seq, .nlmsg_pid = portid };
	header = (struct genlmsghdr *)((char *)nlh + NLMSG_HDRLEN);
	*header = (struct genlmsghdr){ .cmd = cmd, .version = family->version };
	return (char *)header + GENL_HDRLEN;
}

static inline struct nlmsghdr *genlmsg_nlhdr(void *header)
{
	return (struct nlmsghdr *)((char *)header - GENL_HDRLEN - NLMSG_HDRLEN);
}

static inline void genlmsg_end(struct sk_buff *skb, void *header)
{
	struct nlmsghdr *nlh = genlmsg_nlhdr(header);

	nlh->nlmsg_len = skb_tail_pointer(skb) - (unsigned char *)nlh;
}

static inline void genl_dump_check_consistent(struct netlink_callback *cb, void *header)
{
	nl_dump_check_consistent(cb, genlmsg_nlhdr(header));
}

#endif
