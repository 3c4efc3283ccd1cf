// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to set a device, any bytes, given to the configuration interface twice: as
 * on a new kernel, whose parser validates the whole request, and as on an old kernel,
 * where compat/ does. The model parses the bytes by itself, keeps a device as plain lists
 * and predicts the result of each request: the errno, the device, and the calls of the
 * layers below. No secret stays in the request, and a refusal has a text. Dumps, in
 * messages of any size, have what the model has.
 *
 * An input is a list of steps: a request, a dump, or a change of the environment.
 */
#include <linux/genetlink.h>
#include <linux/random.h>
#include <linux/wireguard.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include "fuzz.h"
#include "netlink_model.h"
#include "netlink_words.h"
#include "world.h"
#include "wg_limits.h"

/* X25519 multiplications of one request, on one side. */
static unsigned int multiplications;

/* An X25519 that costs nothing, and lets an input contain the device's own key. */
void wg_curve25519_clamp(u8 secret[WG_KEY_LEN])
{
	secret[0] &= 248;
	secret[31] = (secret[31] & 127) | 64;
}

bool wg_curve25519(u8 out[WG_KEY_LEN], const u8 secret[WG_KEY_LEN], const u8 point[WG_KEY_LEN])
{
	bool good = memchr_inv(point, 0, WG_KEY_LEN);
	int i;

	multiplications++;
	for (i = 0; i < WG_KEY_LEN; i++)
		out[i] = secret[i] ^ point[i];
	return good;
}

bool wg_curve25519_public(u8 out[WG_KEY_LEN], const u8 secret[WG_KEY_LEN])
{
	multiplications++;
	if (!memchr_inv(secret, 0, WG_KEY_LEN))
		return false;
	memcpy(out, secret, WG_KEY_LEN);
	out[31] ^= 0xc0;
	return true;
}

static void read_endpoint_of(struct wg_peer *peer, struct m_peer *to)
{
	const struct wg_path *e = &peer->endpoint.path;

	to->endpoint.family = e->remote.any.sa_family;
	to->source = memchr_inv(&e->local, 0, sizeof(e->local)) || e->ingress;
	if (e->remote.any.sa_family == AF_INET) {
		to->endpoint.port = e->remote.v4.sin_port;
		memcpy(to->endpoint.addr, &e->remote.v4.sin_addr, 4);
		claim(!memchr_inv(e->remote.v4.sin_zero, 0, sizeof(e->remote.v4.sin_zero)));
	} else if (e->remote.any.sa_family == AF_INET6) {
		to->endpoint.port = e->remote.v6.sin6_port;
		to->endpoint.scope = e->remote.v6.sin6_scope_id;
		memcpy(to->endpoint.addr, &e->remote.v6.sin6_addr, 16);
		claim(!e->remote.v6.sin6_flowinfo);
	} else {
		claim(!memchr_inv(e, 0, sizeof(*e)));
	}
}

static void read_device(struct world *w, struct model *got)
{
	struct wg_device *device = &w->device;
	struct wg_allowedips_node *node;
	struct wg_peer *peer, *found;
	struct m_peer *to;
	u64 id = 0;

	memset(got, 0, sizeof(*got));
	got->set = device->identity.set;
	memcpy(got->private_key, device->identity.private_key, WG_KEY_LEN);
	memcpy(got->public_key, device->identity.public_key, WG_KEY_LEN);
	got->port = device->sockets.port;
	got->fwmark = device->sockets.fwmark;
	mutex_lock(&device->config);
	list_for_each_entry(peer, &device->peers, list) {
		claim(got->peer_count < MOST_PEERS);
		/* In the order of ids, as a dump relies on, and each in the table. */
		claim(peer->id > id && !peer->dead && peer->device == device);
		id = peer->id;
		found = wg_peer_by_key(device, peer->node.public_key);
		claim(found == peer && kref_read(&peer->refs) == 2);
		wg_peer_put(found);
		to = &got->peers[got->peer_count++];
		to->serial = got->peer_count;
		memcpy(to->key, peer->node.public_key, WG_KEY_LEN);
		memcpy(to->psk, peer->handshake.preshared_key, WG_KEY_LEN);
		to->keepalive = peer->timers.persistent_interval;
		read_endpoint_of(peer, to);
		/* Usable: the device has a key, and the key of the peer is not zero. */
		claim(peer->handshake.usable == (got->set && memchr_inv(to->key, 0, WG_KEY_LEN)));
		list_for_each_entry(node, &peer->allowed.nodes, list) {
			claim(got->ip_count < MOST_IPS);
			got->ips[got->ip_count].owner = to->serial;
			got->ips[got->ip_count].family =
				wg_allowedips_node_read(node, got->ips[got->ip_count].addr,
							&got->ips[got->ip_count].cidr);
			got->ip_count++;
		}
	}
	claim(device->peer_count == got->peer_count + env.pretended);
	claim(atomic_read(&device->live_peers) == (int)got->peer_count);
	mutex_unlock(&device->config);
}

/* The next allowed IP of this owner, starting at @at. */
static const struct m_ip *next_ip(const struct model *m, unsigned int owner, unsigned int *at)
{
	while (*at < m->ip_count && m->ips[*at].owner != owner)
		++*at;
	return *at < m->ip_count ? &m->ips[(*at)++] : NULL;
}

/* Whether @got is equal to the model. Sources are not in a dump. */
static void claim_same(const struct model *got, bool sources)
{
	const struct m_peer *a, *b;
	const struct m_ip *ip, *other;
	unsigned int i, at_a, at_b;

	claim(got->set == model.set);
	claim(!memcmp(got->private_key, model.private_key, WG_KEY_LEN));
	claim(!memcmp(got->public_key, model.public_key, WG_KEY_LEN));
	claim(got->port == model.port);
	claim(got->fwmark == model.fwmark);
	claim(got->peer_count == model.peer_count);
	claim(got->ip_count == model.ip_count);
	for (i = 0; i < model.peer_count; i++) {
		a = &got->peers[i];
		b = &model.peers[i];
		claim(!memcmp(a->key, b->key, WG_KEY_LEN));
		claim(!memcmp(a->psk, b->psk, WG_KEY_LEN));
		claim(a->endpoint.family == b->endpoint.family);
		claim(a->endpoint.port == b->endpoint.port);
		claim(a->endpoint.scope == b->endpoint.scope);
		claim(!memcmp(a->endpoint.addr, b->endpoint.addr, 16));
		claim(a->keepalive == b->keepalive);
		claim(!sources || a->source == b->source);
		at_a = at_b = 0;
		do {
			ip = next_ip(got, a->serial, &at_a);
			other = next_ip(&model, b->serial, &at_b);
			claim(!ip == !other);
			claim(!ip || same_prefix(ip, other));
		} while (ip);
	}
}

struct side {
	struct world world;
	struct genl_family *family;
	bool old;
};

static struct side sides[2];
extern struct genl_family old_netlink_family;
int old_netlink_module_init(void);
void old_netlink_module_exit(void);
int wg_netlink_module_init(void);
void wg_netlink_module_exit(void);
extern struct genl_family wg_netlink_family;

static const struct genl_ops *op_of(const struct side *s, u8 cmd)
{
	unsigned int i;

	for (i = 0; i < s->family->n_ops; i++)
		if (s->family->ops[i].cmd == cmd)
			return &s->family->ops[i];
	return NULL;
}

/* What each core does before it calls the family. */
static int core_parse(const struct side *s, const struct genl_ops *op, struct sk_buff *skb,
		      const struct nlmsghdr *nlh, struct nlattr **attrs,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rest, len = nlmsg_attrlen(nlh, GENL_HDRLEN);

	claim(s->family->maxattr == WGDEVICE_A_MAX && !strcmp(s->family->name, "wireguard"));
	claim(s->family->version == 1 && s->family->netnsok);
	if (!s->old) {
		claim(s->family->policy && op->flags == GENL_UNS_ADMIN_PERM);
		if (!netlink_ns_capable(skb, sock_net(skb->sk)->user_ns, CAP_NET_ADMIN))
			return -EPERM;
		return __nla_parse(attrs, WGDEVICE_A_MAX, nlmsg_attrdata(nlh, GENL_HDRLEN), len,
				   s->family->policy, extack);
	}
	claim(!s->family->policy && !op->flags);
	memset(attrs, 0, (WGDEVICE_A_MAX + 1) * sizeof(*attrs));
	nla_for_each_attr(attr, nlmsg_attrdata(nlh, GENL_HDRLEN), len, rest)
		if (nla_type(attr) && nla_type(attr) <= WGDEVICE_A_MAX)
			attrs[nla_type(attr)] = (struct nlattr *)attr;
	return 0;
}

/* Allocates the request in its exact size, and not from the driver's allocator. */
static struct nlmsghdr *make_request(u8 cmd, struct span attrs)
{
	size_t len = NLMSG_HDRLEN + GENL_HDRLEN + attrs.len;
	struct nlmsghdr *nlh = malloc(len);
	struct genlmsghdr header = { .cmd = cmd, .version = 1 };

	*nlh = (struct nlmsghdr){ .nlmsg_len = len, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK };
	memcpy((char *)nlh + NLMSG_HDRLEN, &header, sizeof(header));
	memcpy((char *)nlh + NLMSG_HDRLEN + GENL_HDRLEN, attrs.at, attrs.len);
	return nlh;
}

/* Puts zeros into @wiped where @attrs have a secret, as far as they can be parsed. */
static void wipe_secrets(struct span attrs, u8 *wiped)
{
	const u8 *start = attrs.at;
	struct span peers, peer;
	struct field f, element, inner;

	while (take(&attrs, &f)) {
		if (f.type == WGDEVICE_A_PRIVATE_KEY)
			memset(wiped + (f.data.at - start), 0, f.data.len);
		peers = f.data;
		while (f.type == WGDEVICE_A_PEERS && take(&peers, &element)) {
			peer = element.data;
			while (take(&peer, &inner))
				if (inner.type == WGPEER_A_PRESHARED_KEY)
					memset(wiped + (inner.data.at - start), 0, inner.data.len);
		}
	}
}

static int core_set(struct side *s, struct span attrs, const u8 *wiped)
{
	const struct genl_ops *op = op_of(s, WG_CMD_SET_DEVICE);
	struct sock sk = { .net = &s->world.net };
	struct sk_buff skb = { .sk = &sk };
	struct netlink_ext_ack extack = {};
	struct nlattr *parsed[WGDEVICE_A_MAX + 1];
	struct nlmsghdr *nlh;
	struct genl_info info;
	int ret;

	claim(op && op->doit && !op->dumpit);
	nlh = make_request(WG_CMD_SET_DEVICE, attrs);
	info = (struct genl_info){ nlh, parsed, &extack, &s->world.net };
	ret = core_parse(s, op, &skb, nlh, parsed, &extack);
	if (!ret) {
		ret = op->doit(&skb, &info);
		claim(!memcmp((char *)nlh + NLMSG_HDRLEN + GENL_HDRLEN, wiped, attrs.len));
		claim(s->old || !ret || ret == -ENOMEM || extack._msg);
	}
	free(nlh);
	rcu_barrier();
	return ret;
}

/* The value by which a dump detects a change. */
static u32 sequence_of(const struct side *s)
{
	return s->world.device.changes + (u32)s->world.device.allowedips.seq;
}

static void request(struct span attrs, long allocations)
{
	static struct model got, before;
	static u8 wiped[LONGEST];
	unsigned int cost[2];
	struct side *s;
	u32 sequence;
	int want, ret[2];

	before = model;
	memset(&expected, 0, sizeof(expected));
	want = predict(attrs);
	if (too_much) {
		model = before;
		return;
	}
	memcpy(wiped, attrs.at, attrs.len);
	wipe_secrets(attrs, wiped);
	for (s = sides; s < sides + 2; s++) {
		sequence = sequence_of(s);
		multiplications = 0;
		s->world.keepalives = s->world.staged = 0;
		shim_allocations_left = allocations;
		ret[s - sides] = core_set(s, attrs, wiped);
		shim_allocations_left = -1;
		s->world.changes = sequence_of(s) - sequence;
		cost[s - sides] = multiplications;
	}
	claim(ret[0] == ret[1]);
	if (ret[0] == -ENOMEM && allocations >= 0) {
		/* The request failed midway. The other side must have stopped at the same point. */
		read_device(&sides[0].world, &got);
		model = got;
		serials = got.peer_count;
	} else {
		claim(ret[0] == want);
		for (s = sides; s < sides + 2; s++) {
			claim(s->world.keepalives == expected.keepalives);
			claim(s->world.staged == expected.staged);
			/* A request that changes nothing does not interrupt a dump. */
			claim(!s->world.changes == !expected.changes);
			claim(cost[s - sides] == expected.multiplications);
		}
	}
	for (s = sides; s < sides + 2; s++) {
		read_device(&s->world, &got);
		claim_same(&got, true);
	}
}

static void hear_peer(struct model *got, struct span in)
{
	struct m_peer *peer = got->peer_count ? &got->peers[got->peer_count - 1] : NULL;
	struct fields p;
	struct span ips;
	struct field f;
	struct m_ip ip;
	bool remove;

	claim(!judge(IN_PEER, in));
	collect(in, &p);
	claim(p.has[1] && !p.has[3]);
	if (!peer || memcmp(peer->key, p.of[1].data.at, WG_KEY_LEN)) {
		/* A first part has all attributes. Otherwise it continues the last peer. */
		claim(p.has[2] && p.has[5] && p.has[6] && p.has[7] && p.has[8] &&
		      number(&p, 10) == 1);
		claim(got->peer_count < MOST_PEERS);
		peer = &got->peers[got->peer_count++];
		peer->serial = got->peer_count;
		memcpy(peer->key, p.of[1].data.at, WG_KEY_LEN);
		memcpy(peer->psk, p.of[2].data.at, WG_KEY_LEN);
		peer->keepalive = number(&p, 5);
		claim(!p.has[4] || read_endpoint(p.of[4].data, &peer->endpoint));
	} else {
		claim(!p.has[2] && !p.has[4] && !p.has[5] && p.has[9]);
	}
	ips = p.of[9].data;
	while (p.has[9] && take(&ips, &f)) {
		claim(!read_ip(&f, &ip, &remove) && !remove && got->ip_count < MOST_IPS);
		ip.owner = peer->serial;
		got->ips[got->ip_count++] = ip;
	}
}

/* One message of a dump into @got; true if it is marked as interrupted. */
static bool hear(struct model *got, const struct sk_buff *skb, bool first)
{
	const struct nlmsghdr *nlh = (const void *)skb->data;
	struct span peers, in = { skb->data + NLMSG_HDRLEN + GENL_HDRLEN,
				  skb->len - NLMSG_HDRLEN - GENL_HDRLEN };
	struct fields d;
	struct field f;

	claim(skb->len >= NLMSG_HDRLEN + GENL_HDRLEN && nlh->nlmsg_len == skb->len);
	claim(nlh->nlmsg_flags & NLM_F_MULTI);
	claim(!judge(IN_DEVICE, in));
	collect(in, &d);
	claim(d.has[1] == first && d.has[2] == first && d.has[6] == first && d.has[7] == first);
	claim(d.has[3] == d.has[4] && (first || !d.has[3]));
	if (first) {
		claim(!choose(&(struct fields){ .of = { [1] = d.of[1] }, .has = { [1] = true } }));
		claim(!strcmp((const char *)d.of[2].data.at, WORLD_NAME));
		got->port = number(&d, 6);
		got->fwmark = number(&d, 7);
		got->set = d.has[3];
	}
	if (d.has[3]) {
		memcpy(got->private_key, d.of[3].data.at, WG_KEY_LEN);
		memcpy(got->public_key, d.of[4].data.at, WG_KEY_LEN);
	}
	peers = d.of[8].data;
	while (d.has[8] && take(&peers, &f)) {
		claim(f.nested);
		hear_peer(got, f.data);
	}
	return nlh->nlmsg_flags & NLM_F_DUMP_INTR;
}

/* Removes a peer between two messages of a dump. Returns false if there is no such peer. */
static bool change_meanwhile(struct world *w, u8 which)
{
	struct wg_device *device = &w->device;
	struct wg_peer *peer;

	mutex_lock(&device->config);
	list_for_each_entry(peer, &device->peers, list) {
		if (which--)
			continue;
		world_remove_peer(peer);
		device->changes++;
		mutex_unlock(&device->config);
		rcu_barrier();
		return true;
	}
	mutex_unlock(&device->config);
	return false;
}

static int dump_start(struct side *s, const struct genl_ops *op, struct netlink_callback *cb,
		      struct genl_dumpit_info *info, struct nlattr **parsed)
{
	int ret;

	ret = core_parse(s, op, cb->skb, cb->nlh, parsed, cb->extack);
	if (ret)
		return ret;
	info->info = (struct genl_info){ .attrs = parsed, .net = &s->world.net };
	cb->data = info;
	return op->start(cb);
}

/* @room: space in each message; @meanwhile: the message before which something changes. */
static void dump(struct side *s, struct span attrs, unsigned int room, u8 meanwhile, u8 which)
{
	static struct model got;
	const struct genl_ops *op = op_of(s, WG_CMD_GET_DEVICE);
	struct sock sk = { .net = &s->world.net };
	struct sk_buff asking = { .sk = &sk }, *skb;
	struct nlattr *parsed[WGDEVICE_A_MAX + 1];
	struct netlink_ext_ack extack = {};
	struct nlmsghdr *nlh = make_request(WG_CMD_GET_DEVICE, attrs);
	struct netlink_callback cb = { .skb = &asking, .nlh = nlh, .extack = &extack };
	struct genl_dumpit_info info;
	bool changed = false, interrupted = false;
	unsigned int parts = 0, after = 0;
	struct fields d;
	int ret, want, type;

	claim(op && op->start && op->dumpit && op->done && !op->doit);
	want = env.sender_capable ? judge(IN_DEVICE, attrs) : -EPERM;
	if (!want) {
		collect(attrs, &d);
		for (type = WGDEVICE_A_IFNAME + 1; type <= WGDEVICE_A_MAX; type++)
			if (d.has[type])
				want = -EINVAL;
		want = want ?: choose(&d);
	}
	ret = dump_start(s, op, &cb, &info, parsed);
	claim(ret == want);
	memset(&got, 0, sizeof(got));
	while (!ret) {
		if (parts == meanwhile && parts)
			changed = change_meanwhile(&s->world, which);
		skb = calloc(1, sizeof(*skb));
		skb->head = skb->data = malloc(room);
		skb->size = room;
		ret = op->dumpit(skb, &cb);
		claim(ret >= 0 && (unsigned int)ret == skb->len);
		if (ret && hear(&got, skb, !parts))
			interrupted = true;
		parts += !!ret;
		after += ret && changed;
		free(skb->head);
		free(skb);
		claim(parts < 10000);
		if (!ret)
			break;
		ret = 0;
	}
	/* The oldest kernels call done() even if start() failed. */
	if (!want || (s->old && cb.args[0]))
		op->done(&cb);
	free(nlh);
	if (want)
		return;
	claim(interrupted == !!after);
	if (!changed)
		claim_same(&got, false);
}

static void learn_sources(void)
{
	struct wg_peer *peer;
	unsigned int i;
	struct side *s;

	for (i = 0; i < model.peer_count; i++)
		model.peers[i].source = model.peers[i].endpoint.family;
	for (s = sides; s < sides + 2; s++)
		list_for_each_entry(peer, &s->world.device.peers, list)
			if (peer->endpoint.path.remote.any.sa_family)
				peer->endpoint.path.local.v4 = htonl(INADDR_LOOPBACK);
}

static void surround(u8 how)
{
	struct side *s;

	env.running = how & 1;
	env.creating_net = !(how & 2);
	env.creating_net_capable = !(how & 4);
	env.sender_capable = (how & 0x18) != 0x18;
	env.port_taken = how & 0x20;
	for (s = sides; s < sides + 2; s++) {
		s->world.dev.running = env.running;
		s->world.user_ns.capable = env.sender_capable;
		s->world.creating_net_ns.capable = env.creating_net_capable;
		s->world.port_taken = env.port_taken;
		RCU_INIT_POINTER(s->world.device.sockets.creating_net,
				 env.creating_net ? &s->world.creating_net : NULL);
	}
	if (how & 0x40)
		learn_sources();
}

/* Leaves space for a few more peers, or for any number. */
static void pretend(u8 room)
{
	struct side *s;

	env.pretended = room < 16 ? WG_MAX_PEERS - room : 0;
	for (s = sides; s < sides + 2; s++)
		s->world.device.peer_count = env.pretended;
}

/* Every address of the model must lead to the peer with the longest prefix of it. */
static void claim_endpoints(struct world *w)
{
	const struct m_ip *best;
	struct wg_peer *peer;
	unsigned int i, k, bit;

	for (i = 0; i < model.ip_count; i++) {
		best = NULL;
		for (k = 0; k < model.ip_count; k++) {
			if (model.ips[k].family != model.ips[i].family)
				continue;
			for (bit = 0; bit < model.ips[k].cidr; bit++)
				if ((model.ips[k].addr[bit / 8] ^ model.ips[i].addr[bit / 8]) &
				    0x80 >> bit % 8)
					break;
			if (bit == model.ips[k].cidr && (!best || best->cidr < bit))
				best = &model.ips[k];
		}
		peer = wg_peer_by_destination(&w->device, model.ips[i].family, model.ips[i].addr);
		claim(peer);
		for (k = 0; model.peers[k].serial != best->owner; k++)
			;
		claim(!memcmp(peer->node.public_key, model.peers[k].key, WG_KEY_LEN));
		wg_peer_put(peer);
	}
}

static void step(struct fuzz_input *in)
{
	static struct draft draft;
	u8 op = fuzz_u8(in), room, meanwhile, which;
	static const u8 by_name[] = { 8, 0, WGDEVICE_A_IFNAME, 0, 'w', 'g', '0', 0 };
	struct span attrs = { by_name, sizeof(by_name) };

	switch (op & 7) {
	case 0:
	case 1:
	case 2:
		request(compose(in, &draft), -1);
		break;
	case 3:
		request(compose(in, &draft), op >> 3);
		break;
	case 4:
		request(given(in, &draft), -1);
		break;
	case 5:
		surround(fuzz_u8(in));
		break;
	case 6:
		room = fuzz_u8(in);
		if (op & 0x80)
			attrs = compose(in, &draft);
		dump(&sides[0], attrs, 400 + 8 * room, 0, 0);
		dump(&sides[1], attrs, 400 + 8 * room, 0, 0);
		break;
	case 7:
		room = fuzz_u8(in);
		meanwhile = 1 + (op >> 3 & 3);
		which = op >> 5;
		dump(&sides[0], attrs, 400 + 8 * room, meanwhile, which);
		dump(&sides[1], attrs, 400 + 8 * room, meanwhile, which);
		read_device(&sides[0].world, &model);
		serials = model.peer_count;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	static struct model got;
	struct side *s;

	fuzz_reset_random();
	wg_handshake_module_init();
	claim(!wg_peer_module_init() && !wg_session_module_init());
	sides[0].family = &wg_netlink_family;
	sides[1].family = &old_netlink_family;
	sides[1].old = true;
	claim(!wg_netlink_module_init() && !old_netlink_module_init());
	memset(&model, 0, sizeof(model));
	too_much = false;
	serials = 0;
	for (s = sides; s < sides + 2; s++)
		world_init(&s->world);
	surround(0);
	pretend(fuzz_u8(&in));
	while (in.left && !too_much)
		step(&in);
	for (s = sides; s < sides + 2; s++) {
		read_device(&s->world, &got);
		claim_same(&got, true);
		claim_endpoints(&s->world);
		world_end(&s->world);
	}
	wg_netlink_module_exit();
	old_netlink_module_exit();
	wg_peer_module_exit();
	wg_session_module_exit();
	claim(!shim_allocations_live);
	return 0;
}
