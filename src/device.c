// SPDX-License-Identifier: GPL-2.0
/*
 * The network device: creation and end, up and down, the entry of transmit, and
 * what the rest of the kernel tells us (namespaces that end, suspend, VM forks).
 */
#include "device_ops.h"

#include <linux/ethtool.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <linux/if_arp.h>
#include <linux/list.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <net/addrconf.h>
#include <net/dst_metadata.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/ip_tunnels.h>
#include <net/netns/generic.h>
#include <net/rtnetlink.h>
#include "handshake_io.h"
#include "link_header.h"
#include "peer.h"
#include "receive.h"
#include "transmit.h"
#include "version.h"
#include "wg_limits.h"

/* What a tunnel adds to a packet: outer IPv6 and UDP, and the message around it. */
#define WG_OVERHEAD (sizeof(struct ipv6hdr) + sizeof(struct udphdr) + WG_DATA_OVERHEAD)

#define WG_MAX_MTU (round_down(INT_MAX, WG_PADDING) - WG_OVERHEAD)

/* All interfaces; under RTNL. */
static LIST_HEAD(wg_devices);

static struct wg_ratelimit *wg_handshake_ratelimit;
/* Encryption and decryption; bound to CPUs, since it is bulk work that should stay put. */
static struct workqueue_struct *wg_crypt_wq;
static struct workqueue_struct *wg_handshake_wq;

/* What waits for a session, and the keepalives that the user wants, begin one. */
static void wg_peer_begin(struct wg_peer *peer)
{
	if (!netif_running(peer->device->dev))
		return;
	wg_transmit_staged(peer);
	if (peer->timers.persistent_interval)
		wg_transmit_keepalive(peer);
}

/*
 * Ends all that an interface that is up does: under config. Packets and handshakes that are
 * under way find no sockets, no timers and no device that runs.
 */
static void wg_end(struct wg_device *device)
{
	struct wg_peer *peer;

	list_for_each_entry(peer, &device->peers, list)
		wg_timers_disable(&peer->timers);
	wg_sockets_detach(&device->sockets);
	/* No event arms a timer from here on, and nothing uses the sockets. */
	if (!device->quiet)
		synchronize_net();
	list_for_each_entry(peer, &device->peers, list) {
		wg_timers_stop(&peer->timers);
		cancel_work_sync(&peer->work);
		WRITE_ONCE(peer->work_flags, 0);
		wg_peer_drop_staged(peer, WG_DROP_TX_NO_HANDSHAKE);
		wg_peer_forget_keys(peer);
		cond_resched();
	}
	wg_sockets_release(&device->sockets);
}

static int wg_open(struct net_device *dev)
{
	struct wg_device *device = netdev_priv(dev);
	struct in_device *in4 = __in_dev_get_rtnl(dev);
	struct inet6_dev *in6 = __in6_dev_get(dev);
	struct wg_peer *peer;
	int ret;

	if (in4) {
		/* A packet may well leave by the interface that it came in by. */
		IN_DEV_CONF_SET(in4, SEND_REDIRECTS, false);
		IPV4_DEVCONF_ALL(dev_net(dev), SEND_REDIRECTS) = false;
	}
	/* There are no link-local addresses on a link without addresses. */
	if (in6)
		compat_in6_set_addr_gen_mode(in6, IN6_ADDR_GEN_MODE_NONE);

	mutex_lock(&device->config);
	/* By sysfs even in a namespace that ends. */
	device->quiet = false;
	/* Before the sockets: a message that arrives arms timers. */
	list_for_each_entry(peer, &device->peers, list)
		wg_timers_start(&peer->timers);
	ret = wg_sockets_open(&device->sockets, device->sockets.port);
	if (ret) {
		/* One of the two sockets may have received before the other could not be made. */
		wg_end(device);
	} else {
		list_for_each_entry(peer, &device->peers, list)
			wg_peer_begin(peer);
	}
	mutex_unlock(&device->config);
	return ret;
}

static int wg_stop(struct net_device *dev)
{
	struct wg_device *device = netdev_priv(dev);

	mutex_lock(&device->config);
	wg_end(device);
	mutex_unlock(&device->config);
	return 0;
}

/*
 * The functions that make ICMP errors read the control block as that of the IP layer: IP
 * options, offsets of extension headers. Here it holds what a queueing discipline or a BPF
 * program has written. icmp_send() trusts the option length found there and overwrites its
 * own stack with packet bytes. Newer kernels pass no options for a driver; older ones, and
 * the first versions of icmp_ndo_send(), do. They also misread a dst that is not a route,
 * such as a metadata dst.
 */
static void wg_tell_unreachable(struct sk_buff *skb)
{
	if (skb_dst(skb) && !skb_valid_dst(skb))
		return;
	memset(skb->cb, 0, sizeof(skb->cb));
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else if (skb->protocol == htons(ETH_P_IPV6))
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
}

/*
 * The packets of @skb, one or many; consumes it unless an error is returned.
 * Without NETIF_F_SG the segments are copies, so that none refers to fragments
 * that the owner of @skb may use again once it is consumed.
 */
static int wg_split(struct sk_buff *skb, struct net_device *dev, const struct wg_sending *around,
		    struct sk_buff_head *packets)
{
	struct wg_device *device = netdev_priv(dev);
	unsigned int mtu = READ_ONCE(dev->mtu);
	u8 tos = ip_tunnel_ecn_encap(0, ip_hdr(skb), skb);
	struct sk_buff *segments, *next;

	/* A packet that tc or a bridge hands over brings the route of another device. */
	if (skb_valid_dst(skb))
		mtu = min(mtu, dst_mtu(skb_dst(skb)));
	if (skb_is_gso(skb)) {
		segments = skb_gso_segment(skb, 0);
		if (IS_ERR(segments))
			return PTR_ERR(segments);
		/* NULL: a header that only claimed to be more than one packet. */
		if (segments) {
			consume_skb(skb);
			skb = segments;
		}
	} else if (unlikely(skb->len > WG_MAX_PACKET)) {
		return -EMSGSIZE;
	}
	skb_list_walk_safe(skb, skb, next) {
		skb_mark_not_on_list(skb);
		if (unlikely(skb->len > WG_MAX_PACKET)) {
			wg_count(device, WG_DROP_TX_TOO_LONG);
			kfree_skb(skb);
			continue;
		}
		skb_dst_drop(skb);
		wg_outer_cb_init(skb, tos, around);
		wg_transmit_cb(skb)->mtu = mtu;
		__skb_queue_tail(packets, skb);
	}
	return 0;
}

/* Why wg_split() failed. What cannot be segmented is not what it says it is. */
static enum wg_drop wg_split_failure(int err)
{
	switch (err) {
	case -ENOMEM:
		return WG_DROP_TX_NO_MEMORY;
	case -EMSGSIZE:
		return WG_DROP_TX_TOO_LONG;
	default:
		return WG_DROP_TX_BAD_PROTOCOL;
	}
}

static struct wg_peer *wg_peer_for(struct wg_device *device, const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return wg_peer_by_destination(device, AF_INET, &ip_hdr(skb)->daddr);
	return wg_peer_by_destination(device, AF_INET6, &ipv6_hdr(skb)->daddr);
}

static void wg_log_no_peer(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		net_dbg_ratelimited("%s: No peer has allowed IPs matching %pI4\n", skb->dev->name,
				    &ip_hdr(skb)->daddr);
	else
		net_dbg_ratelimited("%s: No peer has allowed IPs matching %pI6c\n", skb->dev->name,
				    &ipv6_hdr(skb)->daddr);
}

static bool wg_is_session(const struct wg_keypair *keypair, __le32 remote_index)
{
	return keypair && keypair->remote_index == remote_index;
}

/*
 * Whether @skb is a data message under a session with @peer itself. A queueing discipline on
 * the device can return such a message after wg_send() has returned, when no struct
 * wg_sending describes it. Only the receiver index is compared: the WireGuard packet of
 * another host matches by chance with at most 3 in 2^32, and is dropped. A handshake message
 * that loops is staged and cannot leave without a session, so it is not checked.
 */
static bool wg_is_message_to(struct wg_peer *peer, const struct sk_buff *skb)
{
	struct {
		struct udphdr udp;
		struct wg_msg_data data;
	} buf, *found;
	struct frag_hdr frag_buf, *frag;
	unsigned int offset;
	bool is;
	u8 next;

	if (skb->protocol == htons(ETH_P_IP)) {
		if (ip_hdr(skb)->protocol != IPPROTO_UDP ||
		    ip_hdr(skb)->frag_off & htons(IP_OFFSET))
			return false;
		offset = ip_hdrlen(skb);
	} else {
		offset = sizeof(struct ipv6hdr);
		next = ipv6_hdr(skb)->nexthdr;
		if (next == NEXTHDR_FRAGMENT) {
			frag = skb_header_pointer(skb, skb_network_offset(skb) + offset,
						  sizeof(frag_buf), &frag_buf);
			if (!frag || frag->frag_off & htons(IP6_OFFSET))
				return false;
			offset += sizeof(*frag);
			next = frag->nexthdr;
		}
		if (next != IPPROTO_UDP)
			return false;
	}
	found = skb_header_pointer(skb, skb_network_offset(skb) + offset, sizeof(buf), &buf);
	if (!found || likely(found->data.header.type != cpu_to_le32(WG_MSG_DATA)))
		return false;
	rcu_read_lock();
	is = wg_is_session(rcu_dereference(peer->keypairs.current_key), found->data.receiver) ||
	     wg_is_session(rcu_dereference(peer->keypairs.previous), found->data.receiver) ||
	     wg_is_session(rcu_dereference(peer->keypairs.next), found->data.receiver);
	rcu_read_unlock();
	return is;
}

static netdev_tx_t wg_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct wg_device *device = netdev_priv(dev);
	const struct wg_sending *around;
	struct sk_buff_head packets;
	enum wg_drop reason;
	struct wg_peer *peer;
	int ret;

	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb)) {
		wg_count(device, WG_DROP_TX_NO_MEMORY);
		return NETDEV_TX_OK;
	}
	if (unlikely(!wg_check_protocol(skb))) {
		net_dbg_ratelimited("%s: Invalid IP packet\n", dev->name);
		reason = WG_DROP_TX_BAD_PROTOCOL;
		ret = -EPROTONOSUPPORT;
		goto err;
	}
	if (unlikely(!skb_is_gso(skb) && !wg_check_length(skb))) {
		net_dbg_ratelimited("%s: Invalid length in IP header\n", dev->name);
		reason = WG_DROP_TX_BAD_LENGTH;
		ret = -EINVAL;
		goto err;
	}
	peer = wg_peer_for(device, skb);
	if (unlikely(!peer)) {
		wg_log_no_peer(skb);
		reason = WG_DROP_TX_NO_ALLOWED_IP;
		ret = -ENOKEY;
		goto err_icmp;
	}
	if (unlikely(!wg_endpoint_usable(&peer->endpoint))) {
		net_dbg_ratelimited("%s: No valid endpoint has been configured or discovered for peer %llu\n",
				    dev->name, peer->id);
		reason = WG_DROP_TX_NO_ENDPOINT;
		ret = -EDESTADDRREQ;
		goto err_peer;
	}
	around = wg_sending_around(dev, skb);
	if (unlikely(wg_sending_loops(around, &peer->endpoint) || wg_is_message_to(peer, skb))) {
		net_dbg_ratelimited("%s: Dropping a packet to peer %llu: routing loop, or too many nested tunnels\n",
				    dev->name, peer->id);
		wg_peer_put(peer);
		reason = WG_DROP_TX_ROUTING_LOOP;
		ret = -ELOOP;
		goto err;
	}
	__skb_queue_head_init(&packets);
	ret = wg_split(skb, dev, around, &packets);
	if (unlikely(ret)) {
		reason = wg_split_failure(ret);
		wg_peer_put(peer);
		goto err;
	}
	wg_transmit(peer, &packets);
	wg_peer_put(peer);
	return NETDEV_TX_OK;

err_peer:
	wg_peer_put(peer);
err_icmp:
	wg_tell_unreachable(skb);
err:
	wg_count(device, reason);
	kfree_skb(skb);
	return ret;
}

/*
 * The device is down and its sockets closed: no tunnel code looks at the type of the
 * counters any longer. The core, which frees counters that have a type, would do so
 * before it calls wg_destruct(), while batches may still be under way and count.
 *
 * Once off wg_devices, the device is not seen by wg_netns_exit_batch(), and the namespace
 * of the sockets may be freed while batches and handshake messages still hold the
 * device. So cached routes are released here, and the namespace is forgotten. Nothing is
 * cached again: a grace period has passed since the sockets were closed.
 */
static void wg_uninit(struct net_device *dev)
{
	struct wg_device *device = netdev_priv(dev);
	struct wg_peer *peer;

	compat_dev_set_pcpu_stat_type(dev, NETDEV_PCPU_STAT_NONE);
	list_del_init(&device->list);
	RCU_INIT_POINTER(device->sockets.creating_net, NULL);
	mutex_lock(&device->config);
	list_for_each_entry(peer, &device->peers, list)
		wg_endpoint_release(&peer->endpoint);
	mutex_unlock(&device->config);
}

static void wg_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	struct wg_device *device = netdev_priv(dev);

	dev_get_tstats64(dev, stats);
	wg_stats_add_to(device->stats, stats);
}

COMPAT_DEFINE_GET_STATS64(wg_get_stats64)
COMPAT_DEFINE_MAX_MTU(wg_change_mtu, WG_MAX_MTU)

static const struct net_device_ops wg_netdev_ops = {
	.ndo_uninit = wg_uninit,
	.ndo_open = wg_open,
	.ndo_stop = wg_stop,
	.ndo_start_xmit = wg_xmit,
	.ndo_get_stats64 = COMPAT_GET_STATS64(wg_get_stats64),
	COMPAT_NDO_MAX_MTU(wg_change_mtu)
};

static int wg_get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? wg_stats_strings(NULL) : -EOPNOTSUPP;
}

static void wg_get_strings(struct net_device *dev, u32 sset, u8 *buf)
{
	if (sset == ETH_SS_STATS)
		wg_stats_strings(buf);
}

static void wg_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *values)
{
	struct wg_device *device = netdev_priv(dev);

	wg_stats_values(device->stats, values);
}

/* Newer kernels would find the name themselves, but not which of two modules this is. */
static void wg_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->version, WIREGUARD_VERSION, sizeof(info->version));
}

static const struct ethtool_ops wg_ethtool_ops = {
	.get_drvinfo = wg_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = wg_get_sset_count,
	.get_strings = wg_get_strings,
	.get_ethtool_stats = wg_get_ethtool_stats,
};

static const struct device_type wg_device_type = { .name = KBUILD_MODNAME };

static int wg_device_init(struct wg_device *device, struct net_device *dev,
			  struct net *creating_net)
{
	int ret = -ENOMEM;

	device->dev = dev;
	init_rwsem(&device->identity_lock);
	mutex_init(&device->config);
	wg_cookie_checker_init(&device->checker);
	wg_allowedips_init(&device->allowedips, &device->config);
	INIT_LIST_HEAD(&device->peers);
	INIT_LIST_HEAD(&device->list);
	init_waitqueue_head(&device->no_peers);
	device->sockets.dev = dev;
	device->sockets.receive = wg_receive;
	RCU_INIT_POINTER(device->sockets.creating_net, creating_net);
	device->ratelimit = wg_handshake_ratelimit;
	device->handshake_wq = wg_handshake_wq;
	device->peer_tx_ops = &wg_transmit_peer_tx_ops;
	device->timer_ops = &wg_handshake_io_timer_ops;
	device->peer_work = wg_handshake_io_work;

	device->stats = wg_stats_new();
	if (!device->stats)
		return -ENOMEM;
	ret = wg_peer_table_init(&device->by_key);
	if (ret)
		goto err_stats;
	ret = wg_index_table_init(&device->indices);
	if (ret)
		goto err_by_key;
	ret = wg_crypt_queue_init(&device->encrypt, wg_crypt_wq, WG_MAX_QUEUED, wg_transmit_process);
	if (ret)
		goto err_indices;
	ret = wg_crypt_queue_init(&device->decrypt, wg_crypt_wq, WG_MAX_QUEUED, wg_receive_process);
	if (ret)
		goto err_encrypt;
	ret = wg_crypt_queue_init(&device->handshakes, wg_handshake_wq, WG_MAX_QUEUED_HANDSHAKES,
				  wg_handshake_io_process);
	if (ret)
		goto err_decrypt;
	ret = wg_napis_init(&device->napis, dev, &wg_receive_napi_ops);
	if (ret)
		goto err_handshakes;
	return 0;

err_handshakes:
	wg_crypt_queue_free(&device->handshakes);
err_decrypt:
	wg_crypt_queue_free(&device->decrypt);
err_encrypt:
	wg_crypt_queue_free(&device->encrypt);
err_indices:
	wg_index_table_destroy(&device->indices);
err_by_key:
	wg_peer_table_destroy(&device->by_key);
err_stats:
	wg_stats_free(device->stats);
	return ret;
}

/* Process context; the device is down, and its sockets closed. */
static void wg_device_destroy(struct wg_device *device)
{
	mutex_lock(&device->config);
	wg_peer_remove_all(device);
	wg_allowedips_destroy(&device->allowedips);
	mutex_unlock(&device->config);

	/*
	 * Batches of data hold peers: none is left when the last peer is freed. Batches of
	 * handshakes hold none: wg_crypt_queue_free() waits for them.
	 */
	wait_event(device->no_peers, !atomic_read(&device->live_peers));
	/* The callback that woke us may not have returned yet. */
	rcu_barrier();
	wg_napis_free(&device->napis);
	wg_crypt_queue_free(&device->handshakes);
	wg_crypt_queue_free(&device->decrypt);
	wg_crypt_queue_free(&device->encrypt);
	wg_index_table_destroy(&device->indices);
	wg_peer_table_destroy(&device->by_key);
	wg_stats_free(device->stats);
	memzero_explicit(&device->identity, sizeof(device->identity));
	memzero_explicit(&device->checker, sizeof(device->checker));
}

/* The core calls this at the end of unregistering, without RTNL. */
static void wg_destruct(struct net_device *dev)
{
	wg_device_destroy(netdev_priv(dev));
	free_percpu(dev->tstats);
	pr_debug("%s: Interface destroyed\n", dev->name);
}

COMPAT_DEFINE_DESTRUCTOR(wg_destruct)

static void wg_setup(struct net_device *dev)
{
	const netdev_features_t features = NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_SG |
					   NETIF_F_GSO | NETIF_F_GSO_SOFTWARE | NETIF_F_HIGHDMA;
	/*
	 * GSO packets of packet sockets come to wg_split() as they are. The stack
	 * would segment them on the way for a device without these, and that
	 * fails: with PACKET_QDISC_BYPASS, which takes no second packet, and on
	 * kernels before 4.19 for those without a protocol.
	 */
	const netdev_features_t raw_gso = NETIF_F_GSO_ROBUST | NETIF_F_GSO_UDP;

	dev->netdev_ops = &wg_netdev_ops;
	dev->ethtool_ops = &wg_ethtool_ops;
	dev->header_ops = &wg_header_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	/* netpoll sends Ethernet frames, with interrupts off: better refused at once. */
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DISABLE_NETPOLL;
	dev->hard_header_len = 0;
	dev->addr_len = 0;
	dev->needed_headroom = WG_OUTER_HEADROOM + sizeof(struct wg_msg_data);
	dev->needed_tailroom = WG_TAG_LEN + WG_PADDING;
	dev->features |= features | raw_gso;
	dev->hw_features |= features;
	dev->hw_enc_features |= features;
	compat_dev_set_lltx(dev);
	dev->mtu = ETH_DATA_LEN - WG_OVERHEAD;
	compat_dev_set_max_mtu(dev, WG_MAX_MTU);
	compat_dev_set_needs_free(dev);
	/* BIG TCP: wg_split() segments packets of any size. */
	netif_set_tso_max_size(dev, GSO_MAX_SIZE);
	SET_NETDEV_DEVTYPE(dev, &wg_device_type);
	/* Padding asks the route for its MTU. */
	netif_keep_dst(dev);
}

static int wg_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
		      struct netlink_ext_ack *extack)
{
	struct wg_device *device = netdev_priv(dev);
	int ret;

	/* Ours, not the core's to make and free: see wg_uninit(). */
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!dev->tstats)
		return -ENOMEM;
	ret = wg_device_init(device, dev, rtnl_newlink_link_net(params));
	if (ret)
		goto err_tstats;
	ret = register_netdevice(dev);
	if (ret)
		goto err_device;
	list_add_tail(&device->list, &wg_devices);
	/* Only now, lest the core makes counters too; the tunnel code of 7.2 wants it. */
	compat_dev_set_pcpu_stat_type(dev, NETDEV_PCPU_STAT_TSTATS);
	/* Only now, lest register_netdevice() calls it on failure, besides us. */
	compat_dev_set_destructor(dev, wg_destruct);
	pr_debug("%s: Interface created\n", dev->name);
	return 0;

err_device:
	wg_device_destroy(device);
err_tstats:
	free_percpu(dev->tstats);
	return ret;
}

COMPAT_DEFINE_NEWLINK(wg_newlink)

static struct rtnl_link_ops wg_link_ops __read_mostly = {
	.kind = KBUILD_MODNAME,
	.priv_size = sizeof(struct wg_device),
	.setup = wg_setup,
	.newlink = COMPAT_NEWLINK(wg_newlink),
};

/* wg_device_of - what is behind a device, or NULL if it is none of ours */
struct wg_device *wg_device_of(struct net_device *dev)
{
	return dev->netdev_ops == &wg_netdev_ops ? netdev_priv(dev) : NULL;
}

/*
 * First half, for a device whose sockets are in a namespace that ends, or that is in
 * such a namespace itself. Return: there is a second half.
 */
static bool wg_leave(struct wg_device *device)
{
	struct net *creating_net = rtnl_dereference(device->sockets.creating_net);
	bool orphaned = creating_net && !check_net(creating_net);
	bool ends = !device->quiet && !check_net(dev_net(device->dev));
	struct wg_peer *peer;

	if (!orphaned && !ends)
		return false;
	mutex_lock(&device->config);
	if (orphaned) {
		pr_debug("%s: Creating namespace exiting\n", device->dev->name);
		netif_carrier_off(device->dev);
		RCU_INIT_POINTER(device->sockets.creating_net, NULL);
	}
	if (ends) {
		list_for_each_entry(peer, &device->peers, list)
			wg_timers_disable(&peer->timers);
	}
	wg_sockets_detach(&device->sockets);
	mutex_unlock(&device->config);
	device->leaving = true;
	device->ends = ends;
	return true;
}

/* Second half, a grace period later. */
static void wg_left(struct wg_device *device)
{
	struct wg_peer *peer;

	mutex_lock(&device->config);
	wg_sockets_release(&device->sockets);
	list_for_each_entry(peer, &device->peers, list)
		wg_endpoint_release(&peer->endpoint);
	mutex_unlock(&device->config);
	device->leaving = false;
	device->quiet |= device->ends;
}

/*
 * Namespaces end, any number of them at a time: interfaces that were born there,
 * wherever they are now, lose their sockets. The core deletes those that are in them,
 * after this, and wg_stop() then has nothing to wait for.
 *
 * All of it is one RTNL section with one grace period, whatever the number of
 * namespaces and interfaces. .exit_rtnl would cost a grace period for each namespace.
 * Pernet operations are undone in reverse order of registration: this runs before
 * default_device_ops and before the protocols, which sockets and routes need.
 */
static void wg_netns_exit_batch(struct list_head *ending)
{
	struct wg_device *device;
	bool any = false;

	rtnl_lock();
	list_for_each_entry(device, &wg_devices, list)
		any |= wg_leave(device);
	if (any) {
		synchronize_net();
		list_for_each_entry(device, &wg_devices, list) {
			if (device->leaving)
				wg_left(device);
		}
	}
	rtnl_unlock();
}

static struct pernet_operations wg_pernet_ops = { .exit_batch = wg_netns_exit_batch };

/* All peers of all interfaces. */
static void wg_for_each_peer(void (*what)(struct wg_peer *peer))
{
	struct wg_device *device;
	struct wg_peer *peer;

	rtnl_lock();
	list_for_each_entry(device, &wg_devices, list) {
		mutex_lock(&device->config);
		list_for_each_entry(peer, &device->peers, list) {
			what(peer);
			cond_resched();
		}
		mutex_unlock(&device->config);
	}
	rtnl_unlock();
}

/* Ends the sessions of all peers of all interfaces: their keys may be known elsewhere. */
static void wg_forget_all_keys(void)
{
	wg_for_each_peer(wg_peer_forget_keys);
	/*
	 * Batches under way hold keys: those that a CPU encrypts in softirq, and those of the
	 * workers. A packet that is encrypted already is identical in each copy of the memory.
	 */
	synchronize_net();
	flush_workqueue(wg_crypt_wq);
	/* Keypairs are wiped by RCU callbacks. */
	rcu_barrier();
}

/*
 * An image of the memory is taken after the notice, and the machine goes on
 * sending while the image is written. A session in the image would send the same
 * counters again once the image is restored. Therefore no session exists between
 * PM_HIBERNATION_PREPARE and PM_POST_HIBERNATION. The same holds for suspend, unless
 * wg_keeps_sessions_over_suspend().
 */
static void wg_end_sessions(enum wg_session_block why)
{
	wg_sessions_block(why);
	wg_forget_all_keys();
}

static void wg_resume_sessions(enum wg_session_block why)
{
	/*
	 * After wg_end_sessions() no session is left. If the module was loaded between the
	 * notice and the image, they were not blocked, and the image contains its sessions.
	 */
	wg_forget_all_keys();
	wg_sessions_unblock(why);
	wg_for_each_peer(wg_peer_begin);
}

/*
 * Systems with autosleep, as phones, suspend so often that a handshake after each resume
 * costs too much. Suspend makes no copy of the memory, so keeping the keys is safe.
 * Hibernation makes one.
 */
static bool wg_keeps_sessions_over_suspend(void)
{
	return IS_ENABLED(CONFIG_PM_AUTOSLEEP) || IS_ENABLED(CONFIG_PM_USERSPACE_AUTOSLEEP) ||
	       IS_ENABLED(CONFIG_ANDROID);
}

static int wg_on_pm_event(struct notifier_block *nb, unsigned long action, void *data)
{
	switch (action) {
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		wg_end_sessions(WG_BLOCK_HIBERNATION);
		break;
	case PM_SUSPEND_PREPARE:
		if (!wg_keeps_sessions_over_suspend())
			wg_end_sessions(WG_BLOCK_SUSPEND);
		break;
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		wg_resume_sessions(WG_BLOCK_HIBERNATION);
		break;
	case PM_POST_SUSPEND:
		if (!wg_keeps_sessions_over_suspend())
			wg_resume_sessions(WG_BLOCK_SUSPEND);
		break;
	default:
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block wg_pm_notifier = { .notifier_call = wg_on_pm_event };

static void wg_forget_cookie_secrets(void)
{
	struct wg_device *device;

	rtnl_lock();
	list_for_each_entry(device, &wg_devices, list)
		wg_cookie_checker_forget(&device->checker);
	rtnl_unlock();
}

/*
 * This machine may now exist twice, with the same counters, ephemeral keys and cookie
 * secrets: none of them must be used by both. What peers send can still be decrypted, and
 * the answer to it begins a handshake. The kernel has reseeded its generator already.
 */
static int wg_on_vm_fork(struct notifier_block *nb, unsigned long action, void *data)
{
	/* At once: the loops below may wait for RTNL while other CPUs go on sending. */
	wg_session_retire_all();
	wg_for_each_peer(wg_peer_retire_keys);
	wg_forget_cookie_secrets();
	wg_for_each_peer(wg_peer_begin);
	return NOTIFY_DONE;
}

static struct notifier_block wg_vm_fork_notifier = { .notifier_call = wg_on_vm_fork };

static int __init wg_queues_init(void)
{
	wg_crypt_wq = alloc_workqueue("wg-crypt", WQ_CPU_INTENSIVE | WQ_MEM_RECLAIM | WQ_PERCPU, 0);
	if (!wg_crypt_wq)
		return -ENOMEM;
	wg_handshake_wq = alloc_workqueue("wg-handshake",
					  WQ_UNBOUND | WQ_FREEZABLE | WQ_MEM_RECLAIM, 0);
	if (!wg_handshake_wq)
		goto err_crypt;
	wg_handshake_ratelimit = wg_ratelimit_new();
	if (!wg_handshake_ratelimit)
		goto err_handshake;
	return 0;

err_handshake:
	destroy_workqueue(wg_handshake_wq);
err_crypt:
	destroy_workqueue(wg_crypt_wq);
	return -ENOMEM;
}

static void wg_queues_exit(void)
{
	wg_ratelimit_free(wg_handshake_ratelimit);
	destroy_workqueue(wg_handshake_wq);
	destroy_workqueue(wg_crypt_wq);
}

/* wg_device_module_init - let interfaces be made; 0 or why not, with all undone */
int __init wg_device_module_init(void)
{
	int ret;

	ret = wg_queues_init();
	if (ret)
		return ret;
	ret = register_pm_notifier(&wg_pm_notifier);
	if (ret)
		goto err_queues;
	ret = register_random_vmfork_notifier(&wg_vm_fork_notifier);
	if (ret)
		goto err_pm;
	ret = register_pernet_device(&wg_pernet_ops);
	if (ret)
		goto err_vm_fork;
	ret = rtnl_link_register(&wg_link_ops);
	if (ret)
		goto err_pernet;
	return 0;

err_pernet:
	unregister_pernet_device(&wg_pernet_ops);
err_vm_fork:
	unregister_random_vmfork_notifier(&wg_vm_fork_notifier);
err_pm:
	unregister_pm_notifier(&wg_pm_notifier);
err_queues:
	wg_queues_exit();
	return ret;
}

/* wg_device_module_exit - delete all interfaces, and let no more be made */
void wg_device_module_exit(void)
{
	rtnl_link_unregister(&wg_link_ops);
	unregister_pernet_device(&wg_pernet_ops);
	unregister_random_vmfork_notifier(&wg_vm_fork_notifier);
	unregister_pm_notifier(&wg_pm_notifier);
	wg_queues_exit();
}
