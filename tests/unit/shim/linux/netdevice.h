/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: the parts of a network device that the module uses; the only hook of its
 * header_ops that the module sets; and what the build puts before every source on older kernels
 * instead.
 */
#ifndef SHIM_LINUX_NETDEVICE_H
#define SHIM_LINUX_NETDEVICE_H

#include <linux/capability.h>
#include <linux/err.h>
/* Before <linux/if.h>: the header that comes first defines the address types. */
#include <linux/in6.h>
#include <linux/if.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

typedef int netdev_tx_t;

struct sk_buff;

struct header_ops {
	__be16 (*parse_protocol)(const struct sk_buff *skb);
};

#define COMPAT_HEADER_OPS_PARSE_PROTOCOL(fn) .parse_protocol = (fn),

struct net_device {
	struct net_device *next;
	int ifindex;
	char name[IFNAMSIZ];
	bool running, lltx;
	int pcpu_stat_type;
	void *priv;
	void (*priv_destructor)(struct net_device *dev);
	bool needs_free_netdev;
	unsigned int max_mtu;
	u64 rx_packets, rx_bytes;
};

struct net {
	struct user_namespace *user_ns;
	struct net_device *devices;
};

enum { NAPI_STATE_NO_BUSY_POLL };

struct napi_struct {
	unsigned long state;
	/* The device whose packets it was given. */
	void *context;
};

struct rtnl_link_stats64;

/* Called by an inline function of the compat layer that no test uses. */
void netif_napi_add(struct net_device *dev, struct napi_struct *napi,
		    int (*poll)(struct napi_struct *napi, int budget));

/* Defined by the test. */
void napi_gro_receive(struct napi_struct *napi, struct sk_buff *skb);

static inline void dev_sw_netstats_rx_add(struct net_device *dev, unsigned int len)
{
	dev->rx_packets++;
	dev->rx_bytes += len;
}

#define netdev_priv(dev) ((dev)->priv)
#define netif_running(dev) ((dev)->running)
#define synchronize_net() synchronize_rcu()

static inline struct net_device *__dev_get_by_index(struct net *net, int ifindex)
{
	struct net_device *dev = net->devices;

	while (dev && dev->ifindex != ifindex)
		dev = dev->next;
	return dev;
}

static inline struct net_device *__dev_get_by_name(struct net *net, const char *name)
{
	struct net_device *dev = net->devices;

	while (dev && strncmp(dev->name, name, IFNAMSIZ))
		dev = dev->next;
	return dev;
}

#endif
