// SPDX-License-Identifier: GPL-2.0
/*
 * WG_CMD_GET_DEVICE: dumps a device, its peers and their allowed IPs, over as many
 * messages as necessary. A dump changes nothing.
 *
 * No lock and no reference is held between two messages: a reader that stops reading
 * must not block the removal of a device or of a network namespace. The dump keeps its
 * position and looks it up again for each message:
 *
 * - The device, by index. If another device has that index by now, all peers of that
 *   device have greater ids.
 * - The peer, by key and id. Ids are not reused, so a peer that was removed and created
 *   again under the same key has another id. If the peer is gone, the dump continues with
 *   the first peer of a greater id: device->peers is sorted by id.
 * - The allowed IP, by a pointer, which is followed only if the sequence number of the
 *   trie is unchanged: then no node has been freed. After a change the dump omits the
 *   remaining allowed IPs of this peer.
 *
 * In each of these cases NLM_F_DUMP_INTR shows the reader that the dump is inconsistent.
 */
#include "netlink_dump.h"

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/wireguard.h>
#include <net/sock.h>
#include "device_ops.h"
#include "netlink_family.h"
#include "peer.h"

/* The position of a dump. */
struct wg_dump {
	int ifindex;
	/* The device's own attributes are in an earlier message. */
	bool begun;
	/* The peer to continue with was gone. */
	bool lost;
	bool finished;
	/* The peer to continue with; id 0: the first one. */
	u64 peer_id;
	u8 peer_key[WG_KEY_LEN];
	/* Its allowed IP to continue with, valid while the trie is at seq. NULL: the whole peer. */
	const struct wg_allowedips_node *node;
	u64 seq;
};

static struct wg_dump **wg_dump_of(struct netlink_callback *cb)
{
	return compat_netlink_ctx(cb);
}

/* Removes the part of a message from @from on. Wipes it, since it may contain keys. */
static void wg_take_back(struct sk_buff *skb, void *from)
{
	memzero_explicit(from, skb_tail_pointer(skb) - (unsigned char *)from);
	nlmsg_trim(skb, from);
}

static int wg_put_identity(struct sk_buff *skb, struct wg_device *device)
{
	const struct wg_identity *identity = &device->identity;
	int ret = 0;

	down_read(&device->identity_lock);
	if (identity->set &&
	    (nla_put(skb, WGDEVICE_A_PRIVATE_KEY, WG_KEY_LEN, identity->private_key) ||
	     nla_put(skb, WGDEVICE_A_PUBLIC_KEY, WG_KEY_LEN, identity->public_key)))
		ret = -EMSGSIZE;
	up_read(&device->identity_lock);
	return ret;
}

static int wg_put_device(struct sk_buff *skb, struct wg_device *device)
{
	if (nla_put_u32(skb, WGDEVICE_A_IFINDEX, device->dev->ifindex) ||
	    nla_put_string(skb, WGDEVICE_A_IFNAME, device->dev->name) ||
	    nla_put_u16(skb, WGDEVICE_A_LISTEN_PORT, device->sockets.port) ||
	    nla_put_u32(skb, WGDEVICE_A_FWMARK, device->sockets.fwmark))
		return -EMSGSIZE;
	return wg_put_identity(skb, device);
}

static int wg_put_preshared_key(struct sk_buff *skb, struct wg_peer *peer)
{
	int ret;

	mutex_lock(&peer->handshake_lock);
	ret = nla_put(skb, WGPEER_A_PRESHARED_KEY, WG_KEY_LEN, peer->handshake.preshared_key);
	mutex_unlock(&peer->handshake_lock);
	return ret;
}

static int wg_put_endpoint(struct sk_buff *skb, struct wg_peer *peer)
{
	struct wg_path path;

	wg_endpoint_get(&peer->endpoint, &path);
	switch (path.remote.any.sa_family) {
	case AF_INET:
		return nla_put(skb, WGPEER_A_ENDPOINT, sizeof(path.remote.v4), &path.remote.v4);
	case AF_INET6:
		return nla_put(skb, WGPEER_A_ENDPOINT, sizeof(path.remote.v6), &path.remote.v6);
	default:
		return 0;
	}
}

static int wg_put_last_handshake(struct sk_buff *skb, const struct wg_peer *peer)
{
	struct timespec64 at = ns_to_timespec64(atomic64_read(&peer->last_handshake_ns));
	struct __kernel_timespec wire = { .tv_sec = at.tv_sec, .tv_nsec = at.tv_nsec };

	return nla_put(skb, WGPEER_A_LAST_HANDSHAKE_TIME, sizeof(wire), &wire);
}

/* All attributes of a peer except its public key and its allowed IPs. */
static int wg_put_peer_facts(struct sk_buff *skb, struct wg_peer *peer)
{
	if (wg_put_preshared_key(skb, peer) ||
	    wg_put_endpoint(skb, peer) ||
	    nla_put_u16(skb, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL,
			READ_ONCE(peer->timers.persistent_interval)) ||
	    wg_put_last_handshake(skb, peer) ||
	    nla_put_u64_64bit(skb, WGPEER_A_RX_BYTES, atomic64_read(&peer->rx_bytes),
			      WGPEER_A_UNSPEC) ||
	    nla_put_u64_64bit(skb, WGPEER_A_TX_BYTES, atomic64_read(&peer->tx_bytes),
			      WGPEER_A_UNSPEC) ||
	    nla_put_u32(skb, WGPEER_A_PROTOCOL_VERSION, WG_PROTOCOL_VERSION))
		return -EMSGSIZE;
	return 0;
}

static int wg_put_allowedip(struct sk_buff *skb, const struct wg_allowedips_node *node)
{
	struct nlattr *nest;
	u8 addr[16], cidr;
	int family;

	nest = nla_nest_start(skb, 0);
	if (!nest)
		return -EMSGSIZE;
	family = wg_allowedips_node_read(node, addr, &cidr);
	if (nla_put_u16(skb, WGALLOWEDIP_A_FAMILY, family) ||
	    nla_put(skb, WGALLOWEDIP_A_IPADDR,
		    family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr), addr) ||
	    nla_put_u8(skb, WGALLOWEDIP_A_CIDR_MASK, cidr)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/*
 * Puts as many allowed IPs as fit, beginning at dump->node. Return: 0, or -EMSGSIZE if some did
 * not fit; dump->node is then the next one.
 */
static int wg_put_allowedips(struct sk_buff *skb, struct wg_dump *dump, struct wg_peer *peer)
{
	struct list_head *nodes = &peer->allowed.nodes;
	const struct wg_allowedips_node *node = dump->node;
	struct nlattr *nest;

	if (!node)
		node = list_first_entry_or_null(nodes, struct wg_allowedips_node, list);
	if (!node)
		return 0;
	dump->node = node;
	dump->seq = peer->device->allowedips.seq;
	nest = nla_nest_start(skb, WGPEER_A_ALLOWEDIPS);
	if (!nest)
		return -EMSGSIZE;
	list_for_each_entry_from(node, nodes, list) {
		if (wg_put_allowedip(skb, node)) {
			dump->node = node;
			nla_nest_end(skb, nest);
			return -EMSGSIZE;
		}
	}
	dump->node = NULL;
	nla_nest_end(skb, nest);
	return 0;
}

/* Return: 0 if all of the peer fits; else -EMSGSIZE, and dump->node is the position. */
static int wg_put_peer(struct sk_buff *skb, struct wg_dump *dump, struct wg_peer *peer)
{
	struct nlattr *nest;
	int ret;

	nest = nla_nest_start(skb, 0);
	if (!nest)
		return -EMSGSIZE;
	ret = nla_put(skb, WGPEER_A_PUBLIC_KEY, WG_KEY_LEN, peer->node.public_key);
	if (!ret && !dump->node)
		ret = wg_put_peer_facts(skb, peer);
	if (ret) {
		wg_take_back(skb, nest);
		return ret;
	}
	ret = wg_put_allowedips(skb, dump, peer);
	nla_nest_end(skb, nest);
	return ret;
}

static void wg_dump_remember(struct wg_dump *dump, const struct wg_peer *peer)
{
	dump->peer_id = peer->id;
	memcpy(dump->peer_key, peer->node.public_key, WG_KEY_LEN);
}

static struct wg_peer *wg_peer_after_id(struct wg_device *device, u64 id)
{
	struct wg_peer *peer;

	list_for_each_entry(peer, &device->peers, list) {
		if (peer->id > id)
			return peer;
	}
	return NULL;
}

/* Returns the peer to continue with, or NULL if none is left. Resets a stale dump->node. */
static struct wg_peer *wg_dump_resume(struct wg_dump *dump, struct wg_device *device)
{
	struct wg_peer *peer;
	bool same;

	if (!dump->peer_id)
		return list_first_entry_or_null(&device->peers, struct wg_peer, list);

	peer = wg_peer_by_key(device, dump->peer_key);
	same = peer && peer->id == dump->peer_id;
	/* Under device->config the configuration's reference keeps the peer. */
	wg_peer_put(peer);
	if (!same) {
		dump->lost = true;
		dump->node = NULL;
		return wg_peer_after_id(device, dump->peer_id);
	}
	if (!dump->node || dump->seq == device->allowedips.seq)
		return peer;
	dump->node = NULL;
	return list_is_last(&peer->list, &device->peers) ? NULL : list_next_entry(peer, list);
}

/* Puts as many peers as fit. */
static void wg_put_peers(struct sk_buff *skb, struct wg_dump *dump, struct wg_device *device)
{
	struct nlattr *nest;
	struct wg_peer *peer;

	peer = wg_dump_resume(dump, device);
	if (!peer) {
		dump->finished = true;
		return;
	}
	wg_dump_remember(dump, peer);
	nest = nla_nest_start(skb, WGDEVICE_A_PEERS);
	if (!nest)
		return;
	list_for_each_entry_from(peer, &device->peers, list) {
		if (wg_put_peer(skb, dump, peer)) {
			wg_dump_remember(dump, peer);
			nla_nest_end(skb, nest);
			return;
		}
	}
	dump->finished = true;
	nla_nest_end(skb, nest);
}

/* Builds one message. Fails if nothing new fits: else the dump would never end. */
static int wg_put_message(struct sk_buff *skb, struct netlink_callback *cb,
			  struct wg_dump *dump, struct wg_device *device)
{
	const struct wg_dump before = *dump;
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			     &wg_netlink_family, NLM_F_MULTI, WG_CMD_GET_DEVICE);
	if (!header)
		return -EMSGSIZE;
	/* Both only grow, so any change changes the sum. Netlink reserves 0. */
	cb->seq = (device->changes + (u32)device->allowedips.seq) ?: 1;
	genl_dump_check_consistent(cb, header);

	if (!dump->begun && wg_put_device(skb, device))
		goto err_cancel;
	dump->begun = true;
	wg_put_peers(skb, dump, device);
	if (before.begun && !dump->finished && dump->peer_id == before.peer_id &&
	    dump->node == before.node)
		goto err_cancel;
	/* If another device took the index, its sum, and thus cb->seq, may be the same. */
	if (dump->lost)
		genlmsg_nlhdr(header)->nlmsg_flags |= NLM_F_DUMP_INTR;
	dump->lost = false;
	genlmsg_end(skb, header);
	return skb->len;

err_cancel:
	wg_take_back(skb, genlmsg_nlhdr(header));
	return -EMSGSIZE;
}

/* As in the newest kernels, a dump request accepts only an interface index or name. */
static int wg_check_dump_attrs(struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = WGDEVICE_A_UNSPEC + 1; i <= WGDEVICE_A_MAX; i++) {
		if (!attrs[i] || i == WGDEVICE_A_IFINDEX || i == WGDEVICE_A_IFNAME)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, attrs[i],
				    "A dump request accepts only an interface index or name");
		return -EINVAL;
	}
	return 0;
}

/* The attributes of a request. @storage is used on kernels that do not keep them. */
static struct nlattr **wg_dump_attrs(struct netlink_callback *cb, struct nlattr **storage)
{
	struct nlattr **attrs = compat_genl_dump_attrs(cb, wg_device_levels, storage);
	int ret;

	if (IS_ERR(attrs))
		return attrs;
	ret = wg_check_dump_attrs(attrs, compat_netlink_extack(cb));
	return ret ? ERR_PTR(ret) : attrs;
}

static struct wg_dump *wg_dump_new(struct netlink_callback *cb)
{
	struct nlattr *storage[WGDEVICE_A_MAX + 1], **attrs;
	struct wg_device *device;
	struct wg_dump *dump;
	int ret = 0;

	attrs = wg_dump_attrs(cb, storage);
	if (IS_ERR(attrs))
		return ERR_CAST(attrs);
	dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	if (!dump)
		return ERR_PTR(-ENOMEM);
	rtnl_lock();
	device = wg_netlink_find(sock_net(cb->skb->sk), attrs, compat_netlink_extack(cb));
	if (IS_ERR(device))
		ret = PTR_ERR(device);
	else
		dump->ifindex = device->dev->ifindex;
	rtnl_unlock();
	if (ret) {
		kfree(dump);
		return ERR_PTR(ret);
	}
	return dump;
}

/*
 * Kernels before 4.16 ignore the error returned here and call the other two callbacks. A probe
 * cannot detect that, so the error is stored as well.
 */
int wg_netlink_dump_start(struct netlink_callback *cb)
{
	*wg_dump_of(cb) = wg_dump_new(cb);
	return PTR_ERR_OR_ZERO(*wg_dump_of(cb));
}

int wg_netlink_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wg_dump *dump = *wg_dump_of(cb);
	struct wg_device *device = NULL;
	struct net_device *dev;
	int ret = -ENODEV;

	if (IS_ERR(dump))
		return PTR_ERR(dump);
	if (dump->finished)
		return 0;
	rtnl_lock();
	dev = __dev_get_by_index(sock_net(cb->skb->sk), dump->ifindex);
	if (dev)
		device = wg_device_of(dev);
	if (device) {
		mutex_lock(&device->config);
		ret = wg_put_message(skb, cb, dump, device);
		mutex_unlock(&device->config);
	}
	rtnl_unlock();
	return ret;
}

int wg_netlink_dump_done(struct netlink_callback *cb)
{
	struct wg_dump *dump = *wg_dump_of(cb);

	if (!IS_ERR(dump))
		kfree(dump);
	return 0;
}
