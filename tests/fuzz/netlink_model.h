/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A second implementation of what a request to set a device must do, for fuzz_netlink.c: from
 * the bytes, by the tables of the interface's header, to a device of plain lists.
 */
#ifndef WG_FUZZ_NETLINK_MODEL_H
#define WG_FUZZ_NETLINK_MODEL_H

#include "fuzz.h"
#include "world.h"

#define MOST_PEERS 64
#define MOST_IPS 512

struct m_endpoint {
	u16 family;
	__be16 port;
	u8 addr[16];
	u32 scope;
};

struct m_ip {
	unsigned int owner;
	u8 family, cidr, addr[16];
	/* The owner's allowed IPs are being replaced, and the request has not named this one. */
	bool stale;
};

struct m_peer {
	/* The number by which allowed IPs refer to this peer. */
	unsigned int serial;
	u8 key[WG_KEY_LEN], psk[WG_KEY_LEN];
	struct m_endpoint endpoint;
	bool source;
	/* All peers are being replaced, and the request has not named this one yet. */
	bool replaced;
	u16 keepalive;
};

struct model {
	bool set;
	u8 private_key[WG_KEY_LEN], public_key[WG_KEY_LEN];
	u16 port;
	u32 fwmark;
	/* Peers, oldest first. The allowed IPs of each peer are in the same order. */
	struct m_peer peers[MOST_PEERS];
	unsigned int peer_count;
	struct m_ip ips[MOST_IPS];
	unsigned int ip_count;
};

static struct model model;
static unsigned int serials;
/* The input needs more than the model can hold: the run ends. */
static bool too_much;

/* The environment of the device. */
static struct {
	bool running, sender_capable, creating_net, creating_net_capable, port_taken;
	/* Peers that the device counts but does not have. */
	unsigned int pretended;
} env;

/* The effects of one request. */
static struct {
	unsigned int keepalives, staged, changes, multiplications;
} expected;

static struct m_peer *m_find(const u8 *key)
{
	unsigned int i;

	for (i = 0; i < model.peer_count; i++)
		if (!memcmp(model.peers[i].key, key, WG_KEY_LEN))
			return &model.peers[i];
	return NULL;
}

static void m_drop_ip(struct m_ip *ip)
{
	memmove(ip, ip + 1, (model.ips + model.ip_count - ip - 1) * sizeof(*ip));
	model.ip_count--;
}

static void m_mark_ips(unsigned int owner)
{
	unsigned int i;

	for (i = 0; i < model.ip_count; i++)
		if (model.ips[i].owner == owner)
			model.ips[i].stale = true;
}

static void m_drop_marked_ips(unsigned int owner)
{
	unsigned int i;

	for (i = model.ip_count; i-- > 0;) {
		if (model.ips[i].owner != owner || !model.ips[i].stale)
			continue;
		m_drop_ip(&model.ips[i]);
		expected.changes++;
	}
}

static void m_drop(struct m_peer *peer)
{
	m_mark_ips(peer->serial);
	m_drop_marked_ips(peer->serial);
	expected.changes++;
	memmove(peer, peer + 1, (model.peers + model.peer_count - peer - 1) * sizeof(*peer));
	model.peer_count--;
}

static void m_forget_sources(void)
{
	unsigned int i;

	for (i = 0; i < model.peer_count; i++)
		model.peers[i].source = false;
}

static bool same_prefix(const struct m_ip *a, const struct m_ip *b)
{
	return a->family == b->family && a->cidr == b->cidr &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr));
}

static void m_set_ip(const struct m_ip *ip, bool remove)
{
	unsigned int i;

	for (i = 0; i < model.ip_count && !same_prefix(&model.ips[i], ip); i++)
		;
	if (i < model.ip_count) {
		if (!remove && model.ips[i].owner == ip->owner)
			model.ips[i].stale = false;
		if (remove ? model.ips[i].owner != ip->owner : model.ips[i].owner == ip->owner)
			return;
		m_drop_ip(&model.ips[i]);
		expected.changes++;
	}
	if (remove)
		return;
	if (model.ip_count == MOST_IPS) {
		too_much = true;
		return;
	}
	model.ips[model.ip_count++] = *ip;
	expected.changes++;
}

static void m_set_psk(struct m_peer *peer, const u8 *psk)
{
	expected.changes += !!memcmp(peer->psk, psk, WG_KEY_LEN);
	memcpy(peer->psk, psk, WG_KEY_LEN);
}

static void m_set_endpoint(struct m_peer *peer, const struct m_endpoint *endpoint)
{
	peer->source = false;
	if (peer->endpoint.family == endpoint->family && peer->endpoint.port == endpoint->port &&
	    peer->endpoint.scope == endpoint->scope &&
	    !memcmp(peer->endpoint.addr, endpoint->addr, sizeof(endpoint->addr)))
		return;
	peer->endpoint = *endpoint;
	expected.changes++;
}

static void m_set_keepalive(struct m_peer *peer, u16 seconds)
{
	expected.changes += peer->keepalive != seconds;
	expected.keepalives += env.running && seconds && !peer->keepalive;
	peer->keepalive = seconds;
}

struct span {
	const u8 *at;
	size_t len;
};

struct field {
	struct span data;
	u16 type;
	bool nested;
};

static bool take(struct span *from, struct field *f)
{
	size_t len;

	if (from->len < 4)
		return false;
	len = from->at[0] | from->at[1] << 8;
	if (len < 4 || len > from->len)
		return false;
	f->type = (from->at[2] | from->at[3] << 8) & 0x3fff;
	f->nested = from->at[3] & 0x80;
	f->data = (struct span){ from->at + 4, len - 4 };
	len = min((len + 3) & ~(size_t)3, from->len);
	from->at += len;
	from->len -= len;
	return true;
}

enum depth {
	IN_DEVICE,
	IN_PEER,
	IN_IP,
};

enum kind {
	NUMBER,
	DATA,
	TEXT,
	ARRAY,
};

struct rule {
	enum kind kind;
	unsigned int least, most;
};

/* Rules by attribute type, from 1 on, as in the interface's header. */
static const struct rule rules[3][10] = {
	[IN_DEVICE] = { { NUMBER, 4, 4 }, { TEXT, 1, 15 }, { DATA, 32, 32 }, { DATA, 32, 32 },
			{ NUMBER, 4, 4 }, { NUMBER, 2, 2 }, { NUMBER, 4, 4 }, { ARRAY } },
	[IN_PEER] = { { DATA, 32, 32 }, { DATA, 32, 32 }, { NUMBER, 4, 4 }, { DATA, 16, 28 },
		      { NUMBER, 2, 2 }, { DATA, 16, 16 }, { NUMBER, 8, 8 }, { NUMBER, 8, 8 },
		      { ARRAY }, { NUMBER, 4, 4 } },
	[IN_IP] = { { NUMBER, 2, 2 }, { DATA, 4, 16 }, { NUMBER, 1, 1 }, { NUMBER, 4, 4 } },
};
static const unsigned int most_type[3] = { 8, 10, 4 };

static int judge(enum depth depth, struct span in);

static int judge_array(enum depth depth, struct span in)
{
	struct field f;
	int ret;

	if (in.len && in.len < 4)
		return -ERANGE;
	while (take(&in, &f)) {
		if (f.data.len && f.data.len < 4)
			return -ERANGE;
		ret = judge(depth, f.data);
		if (ret)
			return ret;
	}
	return 0;
}

static int judge_text(struct span in, size_t most)
{
	size_t end = 0;

	while (end < in.len && in.at[end])
		end++;
	if (end == in.len || end > most)
		return -EINVAL;
	/* One zero at the very end does not count, any other does. */
	return in.len - !in.at[in.len - 1] > most ? -ERANGE : 0;
}

/* The first error in a list of attributes, in the order of its bytes. */
static int judge(enum depth depth, struct span in)
{
	const struct rule *r;
	struct field f;
	int ret = 0;

	while (take(&in, &f)) {
		if (!f.type || f.type > most_type[depth])
			return -EINVAL;
		r = &rules[depth][f.type - 1];
		if (r->kind == NUMBER && f.data.len != r->least)
			return -EINVAL;
		if (f.nested != (r->kind == ARRAY))
			return -EINVAL;
		if (r->kind == DATA && (f.data.len < r->least || f.data.len > r->most))
			return -ERANGE;
		if (r->kind == TEXT)
			ret = judge_text(f.data, r->most);
		if (r->kind == ARRAY)
			ret = judge_array(depth + 1, f.data);
		if (ret)
			return ret;
	}
	return in.len ? -EINVAL : 0;
}

/* Attributes by type. If a type occurs twice, the last one counts. */
struct fields {
	struct field of[11];
	bool has[11];
};

static void collect(struct span in, struct fields *all)
{
	struct field f;

	memset(all, 0, sizeof(*all));
	while (take(&in, &f)) {
		all->of[f.type] = f;
		all->has[f.type] = true;
	}
}

static u32 number(const struct fields *all, int type)
{
	const u8 *at = all->of[type].data.at;
	u32 value = 0;
	size_t i;

	if (!all->has[type])
		return 0;
	for (i = all->of[type].data.len; i-- > 0;)
		value = value << 8 | at[i];
	return value;
}

/* An allowed IP, 0 or an error. @remove is set if it is to be removed. */
static int read_ip(const struct field *element, struct m_ip *ip, bool *remove)
{
	struct fields a;
	unsigned int i, family, bits, mask;

	if (!element->nested)
		return -EINVAL;
	collect(element->data, &a);
	if (number(&a, 4) & ~1u)
		return -EOPNOTSUPP;
	*remove = number(&a, 4);
	if (!a.has[1] || !a.has[2] || !a.has[3])
		return -EINVAL;
	family = number(&a, 1);
	if (family != AF_INET && family != AF_INET6)
		return -EINVAL;
	bits = family == AF_INET ? 32 : 128;
	mask = number(&a, 3);
	if (a.of[2].data.len != bits / 8 || mask > bits)
		return -EINVAL;
	*ip = (struct m_ip){ .family = family, .cidr = mask };
	for (i = 0; i < mask; i++)
		ip->addr[i / 8] |= a.of[2].data.at[i / 8] & (0x80 >> i % 8);
	return 0;
}

/* An invalid endpoint is ignored. */
static bool read_endpoint(struct span in, struct m_endpoint *endpoint)
{
	unsigned int family = in.at[0] | in.at[1] << 8;

	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->family = family;
	memcpy(&endpoint->port, in.at + 2, 2);
	if (family == AF_INET && in.len == 16) {
		memcpy(endpoint->addr, in.at + 4, 4);
	} else if (family == AF_INET6 && in.len == 28) {
		memcpy(endpoint->addr, in.at + 8, 16);
		memcpy(&endpoint->scope, in.at + 24, 4);
	} else {
		return false;
	}
	return true;
}

static int read_peer(const struct field *element, struct fields *p, u32 *flags)
{
	if (!element->nested)
		return -EINVAL;
	collect(element->data, p);
	if (!p->has[1])
		return -EINVAL;
	*flags = number(p, 3);
	if (*flags & ~7u)
		return -EOPNOTSUPP;
	return p->has[10] && number(p, 10) != 1 ? -EPFNOSUPPORT : 0;
}

static int check_peer(const struct field *element)
{
	struct span ips;
	struct fields p;
	struct field f;
	struct m_ip ip;
	bool remove;
	u32 flags;
	int ret;

	ret = read_peer(element, &p, &flags);
	if (ret || flags & 1)
		return ret;
	ips = p.of[9].data;
	while (!ret && p.has[9] && take(&ips, &f))
		ret = read_ip(&f, &ip, &remove);
	return ret;
}

static void update_peer(struct m_peer *peer, const struct fields *p, u32 flags)
{
	struct m_endpoint endpoint;
	struct span ips = p->of[9].data;
	struct field f;
	struct m_ip ip;
	bool remove;

	if (p->has[2])
		m_set_psk(peer, p->of[2].data.at);
	if (p->has[4] && read_endpoint(p->of[4].data, &endpoint))
		m_set_endpoint(peer, &endpoint);
	if (flags & 2)
		m_mark_ips(peer->serial);
	while (p->has[9] && take(&ips, &f)) {
		read_ip(&f, &ip, &remove);
		ip.owner = peer->serial;
		m_set_ip(&ip, remove);
	}
	if (flags & 2)
		m_drop_marked_ips(peer->serial);
	if (p->has[5])
		m_set_keepalive(peer, number(p, 5));
}

/* A peer that stays while all are replaced: except for its sessions it is like new. */
static void renew_peer(struct m_peer *peer, const struct fields *p)
{
	static const struct m_endpoint nowhere;
	static const u8 no_psk[WG_KEY_LEN];
	struct m_endpoint endpoint;

	peer->replaced = false;
	if (!p->has[2])
		m_set_psk(peer, no_psk);
	if (!p->has[4] || !read_endpoint(p->of[4].data, &endpoint))
		m_set_endpoint(peer, &nowhere);
	if (!p->has[5])
		m_set_keepalive(peer, 0);
}

/* Attributes other than allowed IPs. After a change of these the staged packets are checked. */
static bool facts_differ(const struct m_peer *a, const struct m_peer *b)
{
	return memcmp(a->psk, b->psk, WG_KEY_LEN) || a->keepalive != b->keepalive ||
	       memcmp(&a->endpoint, &b->endpoint, sizeof(a->endpoint));
}

static int set_peer(const struct field *element)
{
	struct m_peer *peer, before;
	bool made = false;
	struct fields p;
	const u8 *key;
	u32 flags;

	read_peer(element, &p, &flags);
	key = p.of[1].data.at;
	if (model.set && !memcmp(key, model.public_key, WG_KEY_LEN))
		return 0;
	peer = m_find(key);
	if ((!peer || peer->replaced) && flags & 5)
		return 0;
	if (!peer) {
		if (model.peer_count + env.pretended >= WG_MAX_PEERS)
			return -ERANGE;
		if (model.peer_count == MOST_PEERS) {
			too_much = true;
			return 0;
		}
		peer = &model.peers[model.peer_count++];
		*peer = (struct m_peer){ .serial = ++serials };
		memcpy(peer->key, key, WG_KEY_LEN);
		/* The preshared key of a new peer does not count as a second change. */
		if (p.has[2])
			memcpy(peer->psk, p.of[2].data.at, WG_KEY_LEN);
		expected.changes++;
		expected.multiplications += model.set;
		made = true;
	}
	if (flags & 1) {
		m_drop(peer);
		return 0;
	}
	before = *peer;
	if (peer->replaced) {
		renew_peer(peer, &p);
		flags |= 2;
	}
	update_peer(peer, &p, flags);
	/* Another preshared key ends the sessions of a peer that stays, so it needs a handshake. */
	if (before.replaced && memcmp(before.psk, peer->psk, WG_KEY_LEN))
		expected.keepalives += env.running && peer->keepalive;
	expected.staged += env.running && (made || facts_differ(&before, peer));
	return 0;
}

/* Peers that no entry adds are removed. The others follow. */
static void replace_peers(const struct fields *d)
{
	struct span peers = d->of[8].data;
	struct m_peer *peer;
	struct fields p;
	struct field f;
	unsigned int i;
	u32 flags;

	while (d->has[8] && take(&peers, &f)) {
		read_peer(&f, &p, &flags);
		peer = m_find(p.of[1].data.at);
		if (peer && !(flags & 5))
			peer->replaced = true;
	}
	for (i = model.peer_count; i-- > 0;)
		if (!model.peers[i].replaced)
			m_drop(&model.peers[i]);
}

static void set_private_key(const u8 *key)
{
	u8 private_key[WG_KEY_LEN];
	struct m_peer *self;
	bool set = memchr_inv(key, 0, WG_KEY_LEN);

	memcpy(private_key, key, WG_KEY_LEN);
	if (set)
		wg_curve25519_clamp(private_key);
	if (!memcmp(private_key, model.private_key, WG_KEY_LEN))
		return;
	expected.changes++;
	memcpy(model.private_key, private_key, WG_KEY_LEN);
	memset(model.public_key, 0, WG_KEY_LEN);
	model.set = set;
	if (set) {
		claim(wg_curve25519_public(model.public_key, private_key));
		self = m_find(model.public_key);
		if (self)
			m_drop(self);
		expected.multiplications += 1 + model.peer_count;
	}
	if (env.running)
		expected.staged += model.peer_count;
}

/* Whether the request names the device: 0, or an error. */
static int choose(const struct fields *d)
{
	bool ours, other;

	if (d->has[1] == d->has[2])
		return -EBADR;
	ours = d->has[1] ? number(d, 1) == WORLD_INDEX :
			   !strcmp((const char *)d->of[2].data.at, WORLD_NAME);
	other = d->has[1] ? number(d, 1) == 1 : !strcmp((const char *)d->of[2].data.at, "lo");
	if (other)
		return -EOPNOTSUPP;
	return ours ? 0 : -ENODEV;
}

static int check_device(const struct fields *d)
{
	struct span peers = d->of[8].data;
	struct field f;
	int ret = 0;

	if (number(d, 5) & ~1u)
		return -EOPNOTSUPP;
	if (d->has[6] || d->has[7]) {
		if (!env.creating_net)
			return -ENONET;
		if (!env.creating_net_capable)
			return -EPERM;
	}
	while (!ret && d->has[8] && take(&peers, &f))
		ret = check_peer(&f);
	return ret;
}

/* Returns the result of a request, and updates the model's device. */
static int predict(struct span attrs)
{
	struct span peers;
	struct fields d;
	struct field f;
	unsigned int i;
	int ret;

	if (!env.sender_capable)
		return -EPERM;
	ret = judge(IN_DEVICE, attrs);
	if (ret)
		return ret;
	collect(attrs, &d);
	ret = choose(&d);
	if (!ret)
		ret = check_device(&d);
	if (ret)
		return ret;

	if (d.has[6] && number(&d, 6) != model.port) {
		if (env.running && env.port_taken)
			return -EADDRINUSE;
		model.port = number(&d, 6) || !env.running ? number(&d, 6) : 40000;
		expected.changes++;
		m_forget_sources();
	}
	if (d.has[7]) {
		expected.changes += number(&d, 7) != model.fwmark;
		model.fwmark = number(&d, 7);
		m_forget_sources();
	}
	if (number(&d, 5))
		replace_peers(&d);
	if (d.has[3])
		set_private_key(d.of[3].data.at);
	peers = d.of[8].data;
	while (!ret && d.has[8] && take(&peers, &f))
		ret = set_peer(&f);
	for (i = 0; i < model.peer_count; i++)
		model.peers[i].replaced = false;
	return ret;
}

#endif
