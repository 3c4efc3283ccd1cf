// SPDX-License-Identifier: GPL-2.0
/*
 * WG_CMD_SET_DEVICE: configures a device. netlink_dump.c reads the configuration.
 *
 * A request that fails validation changes nothing. The core rejects a malformed request, since
 * the policies cover all nested attributes. The driver checks the whole request for invalid
 * values (an unknown flag, an address that does not match its family) before the first change.
 * Three errors occur only while the request is applied: no memory, too many peers, and a port
 * that is in use. The changes before the error then stay. The order is: port, fwmark, removal
 * of peers, private key, and then each peer: preshared key, endpoint, allowed IPs, keepalive.
 *
 * A request that repeats the configuration ends no session and computes no public key. It does
 * not increment device->changes, so dumps detect no change. A repeated endpoint or fwmark has
 * one effect: it clears the learned source address and the cached route, so that the routing
 * tables choose again.
 *
 * WGDEVICE_F_REPLACE_PEERS keeps existing peers that the same request adds. A kept peer gets
 * the configuration of a new peer and keeps its state: sessions, the handshake under way,
 * timestamps of handshakes, cookie, staged packets, counters, time of the last handshake, id
 * and place in the list. A different preshared key ends its sessions and the handshake under
 * way. With a different endpoint, a handshake with the new endpoint begins at once. A client
 * that splits a list of peers over several requests sets the flag only in the first one. That
 * request removes the peers that only later requests name, and the later requests create them
 * again.
 *
 * A request is applied under RTNL, which guards the existence of the device and of its
 * sockets, and under device->config.
 */
#include "netlink_set.h"

#include <linux/capability.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/stringify.h>
#include <linux/wireguard.h>
#include <net/genetlink.h>
#include "memneq.h"
#include "netlink_family.h"
#include "peer.h"
#include "transmit.h"
#include "wg_limits.h"

/* The state of a request while it is applied to a device. */
struct wg_change {
	struct wg_device *device;
	struct netlink_ext_ack *extack;
	/* The device is up: peers may send. */
	bool running;
	/* The endpoint of the current peer has changed: wg_peer_try_endpoint() is due. */
	bool endpoint_changed;
	/* The current peer is kept, but its preshared key changed and its sessions ended. */
	bool kept_psk_changed;
	/* The current peer is kept with another endpoint: a new handshake is due in any case. */
	bool kept_endpoint_changed;
	/* Peers removed so far. They share one grace period. */
	struct list_head unlinked;
};

/* Returns -EOPNOTSUPP for an unknown flag. @attr may be NULL: no flags. */
static int wg_get_flags(const struct nlattr *attr, u32 known, u32 *flags,
			struct netlink_ext_ack *extack)
{
	*flags = attr ? nla_get_u32(attr) : 0;
	if (*flags & ~known) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "Unknown flag");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* An allowed IP in a request. */
struct wg_wanted_ip {
	/* Points into the request. Its length is that of the family. */
	const void *addr;
	int family;
	u32 flags;
	u8 cidr;
};

static int wg_parse_allowedip(struct wg_wanted_ip *ip, const struct nlattr *attr,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[WGALLOWEDIP_A_MAX + 1], *addr;
	int ret;

	ret = nla_parse_nested(attrs, WGALLOWEDIP_A_MAX, attr, wg_allowedip_policy, extack);
	if (ret)
		return ret;
	ret = wg_get_flags(attrs[WGALLOWEDIP_A_FLAGS], __WGALLOWEDIP_F_ALL, &ip->flags, extack);
	if (ret)
		return ret;
	if (!attrs[WGALLOWEDIP_A_FAMILY] || !attrs[WGALLOWEDIP_A_IPADDR] ||
	    !attrs[WGALLOWEDIP_A_CIDR_MASK]) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "An allowed IP needs a family, an address and a mask");
		return -EINVAL;
	}
	addr = attrs[WGALLOWEDIP_A_IPADDR];
	ip->addr = nla_data(addr);
	ip->family = nla_get_u16(attrs[WGALLOWEDIP_A_FAMILY]);
	ip->cidr = nla_get_u8(attrs[WGALLOWEDIP_A_CIDR_MASK]);
	if (ip->family != AF_INET && ip->family != AF_INET6) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[WGALLOWEDIP_A_FAMILY],
				    "An allowed IP is neither IPv4 nor IPv6");
		return -EINVAL;
	}
	if (nla_len(addr) != (ip->family == AF_INET ? sizeof(struct in_addr) :
						      sizeof(struct in6_addr))) {
		NL_SET_ERR_MSG_ATTR(extack, addr, "Address length does not match the family");
		return -EINVAL;
	}
	if (ip->cidr > nla_len(addr) * BITS_PER_BYTE) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[WGALLOWEDIP_A_CIDR_MASK],
				    "Mask is longer than the address");
		return -EINVAL;
	}
	return 0;
}

static int wg_set_allowedip(struct wg_change *change, struct wg_peer *peer,
			    const struct nlattr *attr)
{
	struct wg_allowedips *trie = &change->device->allowedips;
	struct wg_wanted_ip ip;
	int ret;

	ret = wg_parse_allowedip(&ip, attr, change->extack);
	if (ret)
		return ret;
	if (ip.flags & WGALLOWEDIP_F_REMOVE_ME)
		return wg_allowedips_remove(trie, &peer->allowed, ip.family, ip.addr, ip.cidr);
	return wg_allowedips_insert(trie, &peer->allowed, ip.family, ip.addr, ip.cidr);
}

static int wg_set_allowedips(struct wg_change *change, struct wg_peer *peer,
			     const struct nlattr *allowedips)
{
	struct nlattr *attr;
	int remaining, ret;

	nla_for_each_nested(attr, allowedips, remaining) {
		ret = wg_set_allowedip(change, peer, attr);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

/*
 * Copies field by field: endpoints are compared as bytes with those of received packets, and
 * must not differ by what a program leaves in the padding. Return: false if @attr is not a
 * socket address of IPv4 or IPv6. The caller ignores that, as the in-tree driver does.
 */
static bool wg_parse_endpoint(struct wg_path *path, const struct nlattr *attr)
{
	struct sockaddr_in6 addr6;
	struct sockaddr_in addr4;
	sa_family_t family;

	memset(path, 0, sizeof(*path));
	nla_memcpy(&family, attr, sizeof(family));
	if (family == AF_INET && nla_len(attr) == sizeof(addr4)) {
		nla_memcpy(&addr4, attr, sizeof(addr4));
		path->remote.v4.sin_family = AF_INET;
		path->remote.v4.sin_port = addr4.sin_port;
		path->remote.v4.sin_addr = addr4.sin_addr;
	} else if (family == AF_INET6 && nla_len(attr) == sizeof(addr6)) {
		nla_memcpy(&addr6, attr, sizeof(addr6));
		path->remote.v6.sin6_family = AF_INET6;
		path->remote.v6.sin6_port = addr6.sin6_port;
		path->remote.v6.sin6_addr = addr6.sin6_addr;
		path->remote.v6.sin6_scope_id = addr6.sin6_scope_id;
	} else {
		return false;
	}
	return true;
}

/* Whether @path has the remote address of the peer's endpoint. Ignores the local address. */
static bool wg_same_remote(struct wg_peer *peer, const struct wg_path *path)
{
	struct wg_path now;

	wg_endpoint_get(&peer->endpoint, &now);
	/* The bytes of the union behind an IPv4 address are zero. */
	return !memcmp(&now.remote, &path->remote, sizeof(now.remote));
}

/* If the endpoint is the same, only lets the routing tables choose the local address again. */
static void wg_set_endpoint(struct wg_change *change, struct wg_peer *peer,
			    const struct wg_path *path)
{
	if (wg_same_remote(peer, path)) {
		wg_endpoint_forget_source(&peer->endpoint);
		return;
	}
	wg_peer_set_endpoint(peer, path);
	change->device->changes++;
	change->endpoint_changed = true;
}

/* Existing sessions continue; the key is used from the next handshake on. */
static void wg_set_preshared_key(struct wg_change *change, struct wg_peer *peer,
				 const u8 preshared_key[WG_KEY_LEN])
{
	bool differs;

	mutex_lock(&peer->handshake_lock);
	differs = wg_memneq(peer->handshake.preshared_key, preshared_key, WG_KEY_LEN);
	if (differs)
		memcpy(peer->handshake.preshared_key, preshared_key, WG_KEY_LEN);
	mutex_unlock(&peer->handshake_lock);
	if (differs)
		change->device->changes++;
}

/* Turning keepalives on sends a packet, which arms the timer. */
static void wg_set_persistent(struct wg_change *change, struct wg_peer *peer, u16 seconds)
{
	u16 before = peer->timers.persistent_interval;

	if (seconds == before)
		return;
	wg_timers_set_persistent(&peer->timers, seconds);
	change->device->changes++;
	if (!before && change->running)
		wg_transmit_keepalive(peer);
}

/*
 * If this request has removed a peer with this key, completes the removal before the new peer
 * with the same key is created.
 */
static void wg_end_predecessor(struct wg_change *change, const u8 *public_key)
{
	struct wg_peer *peer;

	list_for_each_entry(peer, &change->unlinked, list) {
		if (!memcmp(peer->node.public_key, public_key, WG_KEY_LEN)) {
			wg_peers_finish_removal(&change->unlinked);
			return;
		}
	}
}

/* The preshared key that a new peer gets. */
static const u8 *wg_wanted_preshared_key(struct nlattr **attrs)
{
	static const u8 none[WG_KEY_LEN];

	return attrs[WGPEER_A_PRESHARED_KEY] ? nla_data(attrs[WGPEER_A_PRESHARED_KEY]) : none;
}

static struct wg_peer *wg_new_peer(struct wg_change *change, struct nlattr **attrs)
{
	const u8 *public_key = nla_data(attrs[WGPEER_A_PUBLIC_KEY]);
	struct wg_peer *peer;

	wg_end_predecessor(change, public_key);
	peer = wg_peer_create(change->device, public_key, wg_wanted_preshared_key(attrs));
	if (IS_ERR(peer)) {
		if (PTR_ERR(peer) == -ERANGE)
			NL_SET_ERR_MSG(change->extack,
				       "Peer limit reached (" __stringify(WG_PEERS) ")");
		return peer;
	}
	change->device->changes++;
	/* A reference for the caller, as a lookup returns it. */
	return wg_peer_get(peer);
}

/*
 * Resets the configuration of a kept peer to that of a new peer, where the request has no
 * attribute for it. The caller replaces the allowed IPs.
 */
static void wg_renew_peer(struct wg_change *change, struct wg_peer *peer, struct nlattr **attrs)
{
	static const struct wg_path nowhere;
	struct wg_path path;

	peer->keep_pending = false;
	if (wg_peer_replace_preshared_key(peer, wg_wanted_preshared_key(attrs))) {
		change->device->changes++;
		change->kept_psk_changed = true;
	}
	if (!attrs[WGPEER_A_ENDPOINT] || !wg_parse_endpoint(&path, attrs[WGPEER_A_ENDPOINT]))
		wg_set_endpoint(change, peer, &nowhere);
	else if (!wg_same_remote(peer, &path))
		change->kept_endpoint_changed = true;
	if (!attrs[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
		wg_set_persistent(change, peer, 0);
}

/* Applies the attributes of a request to an existing peer. */
static int wg_update_peer(struct wg_change *change, struct wg_peer *peer, struct nlattr **attrs,
			  u32 flags)
{
	struct wg_allowedips *trie = &change->device->allowedips;
	struct wg_path path;
	int ret;

	if (attrs[WGPEER_A_PRESHARED_KEY])
		wg_set_preshared_key(change, peer, nla_data(attrs[WGPEER_A_PRESHARED_KEY]));
	if (attrs[WGPEER_A_ENDPOINT] && wg_parse_endpoint(&path, attrs[WGPEER_A_ENDPOINT]))
		wg_set_endpoint(change, peer, &path);
	if (flags & WGPEER_F_REPLACE_ALLOWEDIPS)
		wg_allowedips_mark_owner(trie, &peer->allowed);
	if (attrs[WGPEER_A_ALLOWEDIPS]) {
		ret = wg_set_allowedips(change, peer, attrs[WGPEER_A_ALLOWEDIPS]);
		if (ret)
			return ret;
	}
	if (flags & WGPEER_F_REPLACE_ALLOWEDIPS)
		wg_allowedips_remove_marked(trie, &peer->allowed);
	if (attrs[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
		wg_set_persistent(change, peer,
				  nla_get_u16(attrs[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL]));
	return 0;
}

static int wg_parse_peer(struct wg_change *change, const struct nlattr *attr,
			 struct nlattr **attrs, u32 *flags)
{
	int ret;

	ret = nla_parse_nested(attrs, WGPEER_A_MAX, attr, wg_peer_policy, change->extack);
	if (ret)
		return ret;
	if (!attrs[WGPEER_A_PUBLIC_KEY]) {
		NL_SET_ERR_MSG_ATTR(change->extack, attr, "A peer needs a public key");
		return -EINVAL;
	}
	ret = wg_get_flags(attrs[WGPEER_A_FLAGS], __WGPEER_F_ALL, flags, change->extack);
	if (ret)
		return ret;
	if (attrs[WGPEER_A_PROTOCOL_VERSION] &&
	    nla_get_u32(attrs[WGPEER_A_PROTOCOL_VERSION]) != WG_PROTOCOL_VERSION) {
		NL_SET_ERR_MSG_ATTR(change->extack, attrs[WGPEER_A_PROTOCOL_VERSION],
				    "Protocol version is not 1");
		return -EPFNOSUPPORT;
	}
	return 0;
}

static bool wg_adds_peer(u32 flags)
{
	return !(flags & (WGPEER_F_REMOVE_ME | WGPEER_F_UPDATE_ONLY));
}

static void wg_unlink_peer(struct wg_change *change, struct wg_peer *peer)
{
	wg_peer_unlink(peer, &change->unlinked);
	change->device->changes++;
}

static int wg_set_peer(struct wg_change *change, const struct nlattr *attr)
{
	/* identity changes only under device->config, so identity_lock is not needed. */
	const struct wg_identity *identity = &change->device->identity;
	unsigned int before = change->device->changes;
	struct nlattr *attrs[WGPEER_A_MAX + 1];
	struct wg_peer *peer;
	const u8 *public_key;
	u32 flags;
	int ret;

	ret = wg_parse_peer(change, attr, attrs, &flags);
	if (ret)
		return ret;
	public_key = nla_data(attrs[WGPEER_A_PUBLIC_KEY]);
	/*
	 * An entry with the device's own public key is ignored, so that all members of a
	 * network can be given the same list.
	 */
	if (identity->set && !memcmp(identity->public_key, public_key, WG_KEY_LEN))
		return 0;

	change->endpoint_changed = false;
	change->kept_psk_changed = false;
	change->kept_endpoint_changed = false;
	peer = wg_peer_by_key(change->device, public_key);
	/*
	 * A kept peer counts as absent until an entry of this request adds it: an entry with
	 * UPDATE_ONLY or REMOVE_ME before that does nothing.
	 */
	if ((!peer || peer->keep_pending) && !wg_adds_peer(flags))
		goto out;
	if (!peer) {
		peer = wg_new_peer(change, attrs);
		if (IS_ERR(peer))
			return PTR_ERR(peer);
	} else if (peer->keep_pending) {
		wg_renew_peer(change, peer, attrs);
		flags |= WGPEER_F_REPLACE_ALLOWEDIPS;
	}
	if (flags & WGPEER_F_REMOVE_ME)
		wg_unlink_peer(change, peer);
	else
		ret = wg_update_peer(change, peer, attrs, flags);
	/*
	 * The change may have made the peer reachable. Without a change, the handshake attempts
	 * under way continue.
	 */
	if (!ret && !peer->dead && change->running && change->device->changes != before) {
		wg_transmit_staged(peer);
		if (change->endpoint_changed)
			wg_peer_try_endpoint(peer);
		/* Another host may be at the new endpoint, which does not have these sessions. */
		if (change->kept_endpoint_changed && wg_peer_can_initiate(peer))
			wg_peer_queue_work(peer, WG_WORK_INITIATE);
		/* As for a new peer: see wg_set_persistent(). */
		if (change->kept_psk_changed && peer->timers.persistent_interval)
			wg_transmit_keepalive(peer);
	}
out:
	wg_peer_put(peer);
	return ret;
}

/* First step of WGDEVICE_F_REPLACE_PEERS: removes all peers except those that @peers adds. */
static int wg_replace_peers(struct wg_change *change, const struct nlattr *peers)
{
	struct nlattr *attrs[WGPEER_A_MAX + 1], *attr;
	struct wg_peer *peer, *next;
	int remaining, ret;
	u32 flags;

	if (peers) {
		nla_for_each_nested(attr, peers, remaining) {
			ret = wg_parse_peer(change, attr, attrs, &flags);
			if (ret)
				return ret;
			if (!wg_adds_peer(flags))
				continue;
			peer = wg_peer_by_key(change->device, nla_data(attrs[WGPEER_A_PUBLIC_KEY]));
			if (peer)
				peer->keep_pending = true;
			wg_peer_put(peer);
			cond_resched();
		}
	}
	list_for_each_entry_safe(peer, next, &change->device->peers, list) {
		if (!peer->keep_pending)
			wg_unlink_peer(change, peer);
		cond_resched();
	}
	wg_peers_finish_removal(&change->unlinked);
	return 0;
}

/* Called after an error: kept peers whose entry was not processed remain unchanged. */
static void wg_end_replacement(struct wg_device *device)
{
	struct wg_peer *peer;

	list_for_each_entry(peer, &device->peers, list)
		peer->keep_pending = false;
}

/* The other attributes of a peer being removed are not validated. */
static int wg_check_peer(struct wg_change *change, const struct nlattr *attr)
{
	struct nlattr *attrs[WGPEER_A_MAX + 1];
	struct wg_wanted_ip ip;
	int remaining, ret;
	u32 flags;

	ret = wg_parse_peer(change, attr, attrs, &flags);
	if (ret || flags & WGPEER_F_REMOVE_ME)
		return ret;
	if (!attrs[WGPEER_A_ALLOWEDIPS])
		return 0;
	nla_for_each_nested(attr, attrs[WGPEER_A_ALLOWEDIPS], remaining) {
		ret = wg_parse_allowedip(&ip, attr, change->extack);
		if (ret)
			return ret;
	}
	return 0;
}

static int wg_check_peers(struct wg_change *change, const struct nlattr *peers)
{
	const struct nlattr *attr;
	int remaining, ret;

	nla_for_each_nested(attr, peers, remaining) {
		ret = wg_check_peer(change, attr);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

static int wg_set_peers(struct wg_change *change, const struct nlattr *peers)
{
	struct nlattr *attr;
	int remaining, ret;

	nla_for_each_nested(attr, peers, remaining) {
		ret = wg_set_peer(change, attr);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

static void wg_forget_sources(struct wg_device *device)
{
	struct wg_peer *peer;

	list_for_each_entry(peer, &device->peers, list)
		wg_endpoint_forget_source(&peer->endpoint);
}

/*
 * The core has checked CAP_NET_ADMIN for the namespace of the request. The sockets are in the
 * creating namespace, for which this checks it as well.
 */
static int wg_check_creating_net(struct wg_change *change, struct sk_buff *skb)
{
	struct net *net = rtnl_dereference(change->device->sockets.creating_net);

	if (!net) {
		NL_SET_ERR_MSG(change->extack,
			       "The namespace in which the device was created is gone");
		return -ENONET;
	}
	if (!netlink_ns_capable(skb, net->user_ns, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(change->extack,
			       "Port and fwmark need CAP_NET_ADMIN in the namespace in which the device was created");
		return -EPERM;
	}
	return 0;
}

/* Policy rules may select another source address for the new mark. */
static void wg_set_fwmark(struct wg_device *device, u32 fwmark)
{
	if (fwmark != device->sockets.fwmark) {
		device->changes++;
		WRITE_ONCE(device->sockets.fwmark, fwmark);
	}
	wg_forget_sources(device);
}

static int wg_set_port(struct wg_change *change, const struct nlattr *attr)
{
	struct wg_sockets *sockets = &change->device->sockets;
	u16 port = nla_get_u16(attr);
	int ret;

	if (port == sockets->port)
		return 0;
	if (!change->running) {
		sockets->port = port;
	} else {
		ret = wg_sockets_open(sockets, port);
		if (ret) {
			NL_SET_ERR_MSG_ATTR(change->extack, attr, "Cannot listen on this port");
			return ret;
		}
	}
	change->device->changes++;
	wg_forget_sources(change->device);
	return 0;
}

/* Ends handshakes under way. Sessions stop sending, but receive until they expire. */
static void wg_change_identity(struct wg_device *device, const struct wg_identity *identity)
{
	struct wg_peer *peer;

	down_write(&device->identity_lock);
	device->identity = *identity;
	list_for_each_entry(peer, &device->peers, list) {
		wg_peer_take_identity(peer, identity);
		cond_resched();
	}
	wg_cookie_checker_rekey(&device->checker, identity->set ? identity->public_key : NULL);
	up_write(&device->identity_lock);
}

/* Packets may be staged because the device had no private key. */
static void wg_transmit_all_staged(struct wg_device *device)
{
	struct wg_peer *peer;

	list_for_each_entry(peer, &device->peers, list)
		wg_transmit_staged(peer);
}

static void wg_set_private_key(struct wg_change *change, const struct nlattr *attr)
{
	struct wg_device *device = change->device;
	struct wg_identity identity;
	struct wg_peer *self;

	/* Clients repeat the key in each request. Avoid the scalar multiplication under RTNL. */
	if (wg_identity_is(&device->identity, nla_data(attr)))
		return;
	wg_identity_set(&identity, nla_data(attr));
	self = identity.set ? wg_peer_by_key(device, identity.public_key) : NULL;
	if (self) {
		wg_unlink_peer(change, self);
		wg_peer_put(self);
	}
	wg_change_identity(device, &identity);
	device->changes++;
	if (change->running)
		wg_transmit_all_staged(device);
	memzero_explicit(&identity, sizeof(identity));
}

/* Validates the request, and applies it in the order that the top of this file gives. */
static int wg_apply(struct wg_change *change, struct sk_buff *skb, struct nlattr **attrs)
{
	struct wg_device *device = change->device;
	u32 flags;
	int ret;

	ret = wg_get_flags(attrs[WGDEVICE_A_FLAGS], __WGDEVICE_F_ALL, &flags, change->extack);
	if (ret)
		return ret;
	if (attrs[WGDEVICE_A_FWMARK] || attrs[WGDEVICE_A_LISTEN_PORT]) {
		ret = wg_check_creating_net(change, skb);
		if (ret)
			return ret;
	}
	if (attrs[WGDEVICE_A_PEERS]) {
		ret = wg_check_peers(change, attrs[WGDEVICE_A_PEERS]);
		if (ret)
			return ret;
	}
	if (attrs[WGDEVICE_A_LISTEN_PORT]) {
		ret = wg_set_port(change, attrs[WGDEVICE_A_LISTEN_PORT]);
		if (ret)
			return ret;
	}
	if (attrs[WGDEVICE_A_FWMARK])
		wg_set_fwmark(device, nla_get_u32(attrs[WGDEVICE_A_FWMARK]));
	if (flags & WGDEVICE_F_REPLACE_PEERS)
		ret = wg_replace_peers(change, attrs[WGDEVICE_A_PEERS]);
	if (!ret && attrs[WGDEVICE_A_PRIVATE_KEY])
		wg_set_private_key(change, attrs[WGDEVICE_A_PRIVATE_KEY]);
	if (!ret && attrs[WGDEVICE_A_PEERS])
		ret = wg_set_peers(change, attrs[WGDEVICE_A_PEERS]);
	if (ret && flags & WGDEVICE_F_REPLACE_PEERS)
		wg_end_replacement(device);
	return ret;
}

/* Wipes every copy of a key in the request, also in duplicates, which parsing ignores. */
static void wg_wipe_keys(const struct nlmsghdr *request)
{
	struct nlattr *attr, *peer, *inner;
	int remaining, in_peers, in_peer;

	nlmsg_for_each_attr(attr, request, GENL_HDRLEN, remaining) {
		if (nla_type(attr) == WGDEVICE_A_PRIVATE_KEY)
			memzero_explicit(nla_data(attr), nla_len(attr));
		if (nla_type(attr) != WGDEVICE_A_PEERS)
			continue;
		nla_for_each_nested(peer, attr, in_peers) {
			nla_for_each_nested(inner, peer, in_peer) {
				if (nla_type(inner) == WGPEER_A_PRESHARED_KEY)
					memzero_explicit(nla_data(inner), nla_len(inner));
			}
		}
	}
}

int wg_netlink_set(struct sk_buff *skb, struct genl_info *info)
{
	struct wg_change change = { .extack = compat_genl_extack(info) };
	struct wg_device *device;
	int ret;

	ret = compat_genl_check(skb, info->nlhdr, wg_device_levels, change.extack);
	if (ret)
		goto wipe;
	INIT_LIST_HEAD(&change.unlinked);
	rtnl_lock();
	device = wg_netlink_find(genl_info_net(info), info->attrs, change.extack);
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
	} else {
		change.device = device;
		change.running = netif_running(device->dev);
		mutex_lock(&device->config);
		ret = wg_apply(&change, skb, info->attrs);
		wg_peers_finish_removal(&change.unlinked);
		mutex_unlock(&device->config);
	}
	rtnl_unlock();
wipe:
	wg_wipe_keys(info->nlhdr);
	return ret;
}
