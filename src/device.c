// SPDX-License-Identifier: GPL-2.0
/*
 * The network device: creation and destruction, up and down.
 */
#include "device_ops.h"

#include <linux/ethtool.h>
#include <linux/inetdevice.h>
#include <linux/if_arp.h>
#include <linux/list.h>
#include <linux/string.h>
#include <net/addrconf.h>
#include <net/rtnetlink.h>
#include "deliver.h"
#include "handshake_io.h"
#include "link_header.h"
#include "peer.h"
#include "receive.h"
#include "transmit.h"
#include "wg_limits.h"

/* Bytes that the tunnel adds to a packet: outer IPv6, UDP, message header and tag. */
#define WG_OVERHEAD (sizeof(struct ipv6hdr) + sizeof(struct udphdr) + WG_DATA_OVERHEAD)

#define WG_MAX_MTU (round_down(INT_MAX, WG_PADDING) - WG_OVERHEAD)

LIST_HEAD(wg_devices);

static struct wg_ratelimit *wg_handshake_ratelimit;
struct workqueue_struct *wg_crypt_wq;
static struct workqueue_struct *wg_handshake_wq;

void wg_device_start_peer(struct wg_peer *peer)
{
	if (!netif_running(peer->device->dev))
		return;
	wg_transmit_staged(peer);
	if (peer->timers.persistent_interval)
		wg_transmit_keepalive(peer);
}

/*
 * Stops timers, sockets, sessions and handshakes of all peers. Under config. Packets and
 * handshakes under way then find no sockets, disabled timers and a device that is down.
 */
static void wg_shut_down(struct wg_device *device)
{
	struct wg_peer *peer;

	list_for_each_entry(peer, &device->peers, list)
		wg_timers_disable(&peer->timers);
	wg_sockets_detach(&device->sockets);
	/* After a grace period no event arms a timer, and nothing uses the sockets. */
	if (!device->netns_quiesced)
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
		/* Forwarding between two peers uses the same interface for both directions. */
		IN_DEV_CONF_SET(in4, SEND_REDIRECTS, false);
		IPV4_DEVCONF_ALL(dev_net(dev), SEND_REDIRECTS) = false;
	}
	/* There is no link-layer address from which to generate a link-local address. */
	if (in6)
		compat_in6_set_addr_gen_mode(in6, IN6_ADDR_GEN_MODE_NONE);

	mutex_lock(&device->config);
	/* sysfs can bring the device up even while its namespace exits. */
	device->netns_quiesced = false;
	/* Before the sockets open: a message that arrives arms timers. */
	list_for_each_entry(peer, &device->peers, list)
		wg_timers_start(&peer->timers);
	ret = wg_sockets_open(&device->sockets, device->sockets.port);
	if (ret) {
		/* The first socket may have received messages before the second one failed. */
		wg_shut_down(device);
	} else {
		list_for_each_entry(peer, &device->peers, list)
			wg_device_start_peer(peer);
	}
	mutex_unlock(&device->config);
	return ret;
}

static int wg_stop(struct net_device *dev)
{
	struct wg_device *device = netdev_priv(dev);

	mutex_lock(&device->config);
	wg_shut_down(device);
	mutex_unlock(&device->config);
	return 0;
}

/*
 * The device is down and its sockets are closed, so the stack's tunnel code no longer reads
 * the type of the counters. The type is cleared because the core frees counters that have a
 * type before it calls wg_destruct(), while batches under way may still count.
 *
 * wg_netns_exit_batch() handles only the devices on wg_devices. Once this device is not on that
 * list, the namespace of the sockets may be freed while batches and handshake messages still
 * hold the device. Therefore this function releases cached routes and clears creating_net. No
 * route is cached after this: a grace period has passed since the sockets were closed.
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
	.ndo_start_xmit = wg_device_xmit,
	.ndo_get_stats64 = COMPAT_GET_STATS64(wg_get_stats64),
	COMPAT_NDO_MAX_MTU(wg_change_mtu)
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
	device->sockets.stats = device->stats;
	ret = wg_peer_table_init(&device->by_key);
	if (ret)
		goto err_stats;
	ret = wg_index_table_init(&device->indices);
	if (ret)
		goto err_by_key;
	ret = wg_crypt_queue_init(&device->encrypt, wg_crypt_wq, WG_MAX_QUEUED,
				  wg_transmit_process);
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
	 * Batches of data hold references to peers, so none is left when the last peer is
	 * freed. Batches of handshakes hold no peer: wg_crypt_queue_free() waits for them.
	 */
	wait_event(device->no_peers, !atomic_read(&device->live_peers));
	/* wg_peer_free(), an RCU callback, may not have returned yet after its wake-up. */
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
	pr_debug("%s: device freed\n", dev->name);
}

COMPAT_DEFINE_DESTRUCTOR(wg_destruct)

static void wg_setup(struct net_device *dev)
{
	const netdev_features_t features = NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_SG |
					   NETIF_F_GSO | NETIF_F_GSO_SOFTWARE | NETIF_F_HIGHDMA;
	/*
	 * With these, GSO packets of packet sockets reach wg_split() unsegmented. For a
	 * device without them the stack segments such packets, which fails in two cases:
	 * with PACKET_QDISC_BYPASS, which does not take a list of packets, and for
	 * packets without a protocol on kernels before 4.19.
	 */
	const netdev_features_t raw_gso = NETIF_F_GSO_ROBUST | NETIF_F_GSO_UDP;

	dev->netdev_ops = &wg_netdev_ops;
	dev->ethtool_ops = &wg_ethtool_ops;
	dev->header_ops = &wg_header_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	/* netpoll sends Ethernet frames, with interrupts off. This device supports neither. */
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DISABLE_NETPOLL;
	dev->hard_header_len = 0;
	dev->addr_len = 0;
	dev->needed_headroom = WG_DATA_HEADROOM;
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
	/* wg_split() reads the MTU of the route, which limits the padding. */
	netif_keep_dst(dev);
}

static int wg_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
		      struct netlink_ext_ack *extack)
{
	struct wg_device *device = netdev_priv(dev);
	int ret;

	/* Not allocated by the core, which would free them too early: see wg_uninit(). */
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
	/*
	 * The tunnel code of 7.2 reads the type. It is set after register_netdevice(), which
	 * allocates counters for a device that has a type.
	 */
	compat_dev_set_pcpu_stat_type(dev, NETDEV_PCPU_STAT_TSTATS);
	/* Set after register_netdevice(), which calls the destructor if it fails. */
	compat_dev_set_destructor(dev, wg_destruct);
	pr_debug("%s: device registered\n", dev->name);
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

struct wg_device *wg_device_of(struct net_device *dev)
{
	return dev->netdev_ops == &wg_netdev_ops ? netdev_priv(dev) : NULL;
}

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

int __init wg_device_module_init(void)
{
	int ret;

	ret = wg_queues_init();
	if (ret)
		return ret;
	ret = wg_notifier_module_init();
	if (ret)
		goto err_queues;
	ret = rtnl_link_register(&wg_link_ops);
	if (ret)
		goto err_notifier;
	return 0;

err_notifier:
	wg_notifier_module_exit();
err_queues:
	wg_queues_exit();
	return ret;
}

void wg_device_module_exit(void)
{
	rtnl_link_unregister(&wg_link_ops);
	wg_notifier_module_exit();
	wg_queues_exit();
}
