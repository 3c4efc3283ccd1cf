// SPDX-License-Identifier: GPL-2.0
/*
 * Data messages from two peers, whole and broken, laid out in any way, decrypted by
 * workers in any order and delivered by polls of any budget, against a model.
 *
 * The packets of a peer are delivered in the order of arrival, each counter of a session
 * once. A delivered packet is the inner packet that was encrypted, has the length in its
 * own header and an allowed source, and its ECN is combined with the outer one. Each lost
 * packet is counted under its reason. Shared bytes are not written to. A handshake
 * message is queued only if it has the right mac1, or answers an index of ours.
 */
#include <linux/cpumask.h>
#include <linux/random.h>
#include <net/inet_ecn.h>
#include "chacha20poly1305.h"
#include "deliver.h"
#include "fuzz.h"
#include "packet.h"
#include "receive.h"
#include "world.h"
#include "wg_limits.h"

#define PEERS 2
#define MOST_SESSIONS 16
#define MOST_MESSAGES 512
#define LONGEST 128
#define HEADROOM 48
#define WINDOW (WG_REPLAY_BITS - BITS_PER_LONG + 1)
/* The most messages of one session in a batch. */
#define MOST_IN_BATCH 16

struct session {
	struct wg_keypair *keypair;
	unsigned int peer;
	__le32 index;
	bool initiator;
	u64 created_ns;
	u8 key[WG_KEY_LEN];
	/* Counters that were accepted. */
	u64 accepted[MOST_MESSAGES], greatest;
	unsigned int count;
};

struct message {
	unsigned int session;
	u64 counter;
	u8 inner[LONGEST], tos, from;
	unsigned int len;
	/* Unchanged; dropped before decryption; the session was too old at decryption. */
	bool authentic, overflow, expired;
};

struct peer {
	struct wg_peer *peer;
	bool removed;
	/* Messages in the order of arrival, their number, and how many have been handled. */
	unsigned int line[MOST_MESSAGES], in_line, through;
	/* Sessions by slot, or -1. */
	int previous, current_key, next;
	u64 rx_bytes;
	/* The expected endpoint: the source of the last accepted message; -1 if there is none. */
	int at;
};

static struct world world;
static struct session sessions[MOST_SESSIONS];
static struct message messages[MOST_MESSAGES];
static struct peer peers[PEERS];
static unsigned int session_count, message_count;
static struct list_head decryption;
static bool queue_full;
static unsigned long expected[WG_DROPS];
static unsigned int staged;
static u64 rx_packets;

/* What a poll hands to the stack. */
static struct sk_buff *delivered[MOST_MESSAGES];
static unsigned int delivered_count;

static const u8 *handshake;
/* Makes right macs, as a sender does that has our public key. */
static struct wg_cookie_jar jar;

void napi_gro_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	struct peer *p = napi->context;

	claim(p->peer && delivered_count < MOST_MESSAGES);
	delivered[delivered_count++] = skb;
}

/* Marks the queue as scheduled. The NAPI instance holds one reference to a scheduled queue. */
void wg_peer_rx_schedule(struct wg_peer_rx *rx)
{
	if (!test_and_set_bit(WG_PEER_RX_SCHEDULED, &rx->flags))
		wg_receive_napi_ops.get(rx);
}

bool wg_crypt_queue_push(struct wg_crypt_queue *queue, struct wg_batch *batch)
{
	struct sk_buff *skb = batch->packets.next;
	u8 bytes[sizeof(struct wg_msg_initiation)];
	unsigned int i;

	if (queue == &world.device.handshakes) {
		claim(!batch->peer && !batch->keypair && skb_queue_len(&batch->packets) == 1);
		if (queue_full)
			return false;
		claim(!skb_is_nonlinear(skb) && !skb_copy_bits(skb, 0, bytes, skb->len));
		claim(!memcmp(bytes, handshake, skb->len));
		wg_peer_end_batch(batch);
		return true;
	}
	claim(queue == &world.device.decrypt && batch->peer && batch->keypair);
	if (!queue_full) {
		list_add_tail(&batch->work, &decryption);
		return true;
	}
	for (i = skb_queue_len(&batch->packets); i--; skb = skb->next)
		messages[skb->mark].overflow = true;
	return false;
}

static bool set_path(struct wg_path *path, u8 from)
{
	memset(path, 0, sizeof(*path));
	if (from & 1) {
		path->remote.v6.sin6_family = AF_INET6;
		path->remote.v6.sin6_addr.s6_addr[15] = from;
	} else {
		path->remote.v4.sin_family = AF_INET;
		path->remote.v4.sin_addr.s_addr = htonl(from);
	}
	return true;
}

int wg_path_from_skb(struct wg_path *path, const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		set_path(path, ntohl(ip_hdr(skb)->saddr));
	else if (skb->protocol == htons(ETH_P_IPV6))
		set_path(path, ipv6_hdr(skb)->saddr.s6_addr[15]);
	else
		return -EINVAL;
	return 0;
}

bool wg_path_equal(const struct wg_path *a, const struct wg_path *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/*
 * The rule for inner packets. 10/8 and fd00::/8 belong to the first peer, but 10.1/16 and
 * fd01::/16 to the second peer as long as it exists. Return: the length, or 0 and the reason for
 * the drop.
 */
static unsigned int judge_inner(const struct message *m, unsigned int peer, enum wg_drop *reason)
{
	unsigned int len, owner = PEERS, tos;
	const u8 *p = m->inner;

	*reason = WG_DROP_RX_BAD_INNER_LENGTH;
	if (m->len >= 20 && p[0] >> 4 == 4) {
		len = p[2] << 8 | p[3];
		if (len < 20)
			return 0;
		if (p[12] == 10)
			owner = p[13] == 1 && !peers[1].removed;
		tos = p[1];
	} else if (m->len >= 40 && p[0] >> 4 == 6) {
		len = (p[4] << 8 | p[5]) + 40;
		if (p[8] == 0xfd)
			owner = p[9] == 1 && !peers[1].removed;
		tos = p[0] << 4 | p[1] >> 4;
	} else {
		*reason = WG_DROP_RX_BAD_INNER_PACKET;
		return 0;
	}
	if (len > m->len)
		return 0;
	*reason = WG_DROP_RX_SOURCE_NOT_ALLOWED;
	if (owner != peer || peers[peer].removed)
		return 0;
	/* This counter is not a drop: the packet is delivered. */
	expected[WG_DROP_RX_ECN_CE_NOT_ECT] += (m->tos & 3) == 3 && !(tos & 3);
	return len;
}

static bool replayed(struct session *s, u64 counter)
{
	unsigned int i;

	if (counter >= WG_REJECT_AFTER_MESSAGES ||
	    (s->count && s->greatest >= WINDOW && counter <= s->greatest - WINDOW))
		return true;
	for (i = 0; i < s->count; i++)
		if (s->accepted[i] == counter)
			return true;
	s->accepted[s->count++] = counter;
	if (s->count == 1 || counter > s->greatest)
		s->greatest = counter;
	return false;
}

/* The inner packet as it must be delivered. */
static void claim_inner(const struct sk_buff *skb, const struct message *m, unsigned int len)
{
	unsigned int inner, outer = m->tos & 3;
	bool v6 = m->inner[0] >> 4 == 6;
	u8 want[LONGEST];

	memcpy(want, m->inner, len);
	inner = v6 ? want[1] >> 4 & 3 : want[1] & 3;
	claim(skb->len == len && !skb->data_len && skb->dev == &world.dev);
	claim(skb->protocol == htons(v6 ? ETH_P_IPV6 : ETH_P_IP));
	claim(skb->head + skb->network_header == skb->data);
	claim(!skb->mark && skb->ip_summed == CHECKSUM_UNNECESSARY);
	claim(!skb->priority && !skb->hash && !skb->tc_index && !skb->queue_mapping);
	/* Whether it was decrypted in place or into a copy. */
	claim(!skb->gso_size && !skb->gso_segs && !skb->gso_type);
	claim(skb->tskey == 8 && skb->hwtstamps == 9 &&
	      (skb->tx_flags & (SKBTX_ANY_TSTAMP | SKBTX_HW_TSTAMP_NETDEV)) ==
	       SKBTX_HW_TSTAMP_NETDEV);
	if (inner && (outer == 3 || (outer == 1 && inner == 2))) {
		want[1] = v6 ? (want[1] & ~0x30) | outer << 4 : (want[1] & ~3) | outer;
		/* The stand-in of the ECN functions changes the IPv4 checksum: accept its value. */
		if (!v6)
			memcpy(want + 10, skb->data + 10, 2);
	}
	claim(!memcmp(skb->data, want, len));
}

static void confirm(struct peer *p, int session)
{
	if (p->next != session)
		return;
	p->previous = p->current_key;
	p->current_key = session;
	p->next = -1;
	staged++;
}

/*
 * The next message of the peer that is not dropped before the replay check; NULL if there is
 * none. Counts the dropped messages before it.
 */
static struct message *next_through(struct peer *p)
{
	struct message *m;

	while (p->through < p->in_line) {
		m = &messages[p->line[p->through++]];
		if (m->overflow)
			expected[WG_DROP_RX_QUEUE_FULL]++;
		else if (m->expired)
			expected[WG_DROP_RX_EXPIRED_KEY]++;
		else if (!m->authentic)
			expected[WG_DROP_RX_NOT_AUTHENTIC]++;
		else
			return m;
	}
	return NULL;
}

/* Called before a worker or a poll decrypts the batch. Notes whether its session is too old. */
static void note_decryption(const struct wg_batch *batch)
{
	const struct sk_buff *skb = batch->packets.next;
	unsigned int i;

	for (i = skb_queue_len(&batch->packets); i--; skb = skb->next)
		messages[skb->mark].expired = !wg_keypair_can_receive(batch->keypair,
								      shim_boottime_ns);
}

static unsigned int arrived(const struct wg_peer_rx *rx)
{
	const struct wg_batch *batch;
	unsigned int count = 0;

	list_for_each_entry(batch, &rx->arrivals, order)
		count += skb_queue_len(&batch->packets);
	return count;
}

/* The number of decrypted packets that polls have processed, delivered or dropped. */
static unsigned int looked_at(void)
{
	static const enum wg_drop after[] = { WG_DROP_RX_REPLAYED, WG_DROP_RX_INTERFACE_DOWN,
					      WG_DROP_RX_BAD_INNER_PACKET,
					      WG_DROP_RX_BAD_INNER_LENGTH,
					      WG_DROP_RX_SOURCE_NOT_ALLOWED };
	unsigned int i, count = world.dev.rx_packets;

	for (i = 0; i < ARRAY_SIZE(after); i++)
		count += world_stats.dropped[after[i]];
	return count;
}

static void poll(unsigned int which, int budget)
{
	struct peer *p = &peers[which];
	struct wg_peer_rx *rx = &p->peer->rx;
	struct napi_struct napi = { .context = p };
	unsigned int i, len, handed = 0, before = looked_at(), came = arrived(rx), looked;
	bool more, want = false;
	struct wg_batch *batch;
	enum wg_drop reason;
	struct message *m;
	int done;

	if (!(rx->flags & BIT(WG_PEER_RX_SCHEDULED)))
		return;
	/* This poll may decrypt any of these. A worker that decrypts one notes it again. */
	list_for_each_entry(batch, &rx->arrivals, order)
		note_decryption(batch);
	delivered_count = 0;
	clear_bit(WG_PEER_RX_SCHEDULED, &rx->flags);
	done = wg_receive_napi_ops.poll(rx, &napi, budget, &more);
	looked = looked_at() - before;
	claim(done >= 0 && done <= budget && (unsigned int)done >= looked);
	/* A single CPU decrypts no more than it may deliver, rounded up to a whole batch. */
	claim(shim_cpus > 1 || came - arrived(rx) < (u64)budget + MOST_IN_BATCH);
	claim(more || list_empty(&rx->arrivals));
	for (i = 0; i < looked; i++) {
		m = next_through(p);
		claim(m);
		if (replayed(&sessions[m->session], m->counter)) {
			expected[WG_DROP_RX_REPLAYED]++;
			continue;
		}
		p->at = m->from;
		confirm(p, m->session);
		want |= sessions[m->session].initiator &&
			shim_boottime_ns - sessions[m->session].created_ns >= 165 * WG_SEC_NS;
		len = 0;
		reason = WG_DROP_RX_INTERFACE_DOWN;
		if (m->len && world.dev.running)
			len = judge_inner(m, which, &reason);
		if (m->len && !len) {
			expected[reason]++;
			continue;
		}
		p->rx_bytes += m->len + WG_DATA_OVERHEAD;
		rx_packets++;
		if (!m->len)
			continue;
		claim(handed < delivered_count);
		claim_inner(delivered[handed], m, len);
		kfree_skb(delivered[handed++]);
	}
	claim(handed == delivered_count);
	claim(!want || p->removed || p->peer->work.queued);
	p->peer->work.queued = 0;
	if (more)
		wg_peer_rx_schedule(rx);
	claim((u64)atomic64_read(&p->peer->rx_bytes) == p->rx_bytes);
	wg_receive_napi_ops.put(rx);
}

/* A worker takes one of the batches. */
static void work(u8 which)
{
	struct wg_batch *batch;

	while (!list_empty(&decryption)) {
		list_for_each_entry(batch, &decryption, work) {
			if (which--)
				continue;
			list_del(&batch->work);
			note_decryption(batch);
			wg_receive_process(batch);
			return;
		}
	}
}

/* Works and polls until nothing is in flight. Each lost packet has then been counted. */
static void drain(void)
{
	struct wg_path path;
	unsigned int i, reason;
	struct peer *p;

	for (i = 0; i < PEERS; i++)
		poll(i, INT_MAX);
	while (!list_empty(&decryption))
		work(0);
	for (p = peers; p < peers + PEERS; p++) {
		for (i = 0; p->peer->rx.flags; i++) {
			claim(i < MOST_MESSAGES);
			poll(p - peers, 64);
		}
		claim(!next_through(p));
		claim(!atomic_read(&p->peer->rx.packets));
		set_path(&path, p->at);
		claim(p->at < 0 || wg_path_equal(&path, &p->peer->endpoint.path));
	}
	for (reason = 0; reason < WG_DROPS; reason++)
		claim(world_stats.dropped[reason] == expected[reason]);
	claim(world.staged == staged && world.dev.rx_packets == rx_packets);
	claim(world.dev.rx_bytes == peers[0].rx_bytes + peers[1].rx_bytes);
}

static void new_session(unsigned int which, bool initiator)
{
	struct wg_session_keys keys = { .initiator = initiator };
	struct peer *p = &peers[which];
	struct wg_handshake hs = {};
	struct session *s;
	int n = session_count;

	if (n == MOST_SESSIONS || p->removed)
		return;
	s = &sessions[session_count++];
	memset(s->key, n + 1, sizeof(s->key));
	memcpy(keys.receiving, s->key, WG_KEY_LEN);
	claim(!wg_index_insert(&world.device.indices, &hs.index, WG_INDEX_HANDSHAKE));
	s->keypair = wg_keypair_new(&keys, wg_session_epoch(), shim_boottime_ns);
	claim(s->keypair && wg_keypairs_install(&p->peer->keypairs, s->keypair, &hs));
	s->index = s->keypair->index.index;
	s->peer = which;
	s->initiator = initiator;
	s->created_ns = shim_boottime_ns;
	s->count = 0;
	if (initiator) {
		p->previous = p->next >= 0 ? p->next : p->current_key;
		p->current_key = n;
		p->next = -1;
	} else {
		p->next = n;
		p->previous = -1;
	}
}

static bool alive(unsigned int session)
{
	const struct peer *p = &peers[sessions[session].peer];
	int n = session;

	return p->previous == n || p->current_key == n || p->next == n;
}

/* An inner packet that is mostly valid, or any bytes. */
static void make_inner(struct fuzz_input *in, struct message *m)
{
	u8 how = fuzz_u8(in), source = fuzz_u8(in);

	m->len = fuzz_u8(in) % LONGEST;
	if (how & 0x80) {
		fuzz_bytes(in, m->inner, m->len);
		return;
	}
	memset(m->inner, 0x33, m->len);
	if (m->len < 40 || how & 0x40)
		return;
	if (how & 1) {
		m->inner[0] = 0x60;
		m->inner[1] = how << 3 & 0x30;
		m->inner[4] = 0;
		m->inner[5] = m->len - 40 - (source >> 4) + (how >> 4 & 2);
		m->inner[8] = source & 2 ? 0xfd : 0xfc;
		m->inner[9] = source & 1;
	} else {
		m->inner[0] = 0x45;
		m->inner[1] = how >> 1 & 3;
		m->inner[2] = 0;
		m->inner[3] = m->len - (source >> 4) + (how >> 4 & 2);
		m->inner[12] = source & 2 ? 10 : 11;
		m->inner[13] = source & 1;
	}
}

/* A datagram with its outer headers, as the socket passes it on. */
static struct sk_buff *make_skb(struct fuzz_input *in, const u8 *bytes, size_t len, u8 tos, u8 from)
{
	struct sk_buff *skb = kzalloc(sizeof(*skb), GFP_KERNEL);
	u8 layout = fuzz_u8(in), *outer;

	packet_make(skb, bytes, len, HEADROOM, layout & 1 ? fuzz_u8(in) % (len + 1) : len,
		    16 + (layout >> 4));
	if (from & 1) {
		skb->protocol = htons(ETH_P_IPV6);
		skb->network_header = HEADROOM - 48;
		outer = skb->head + skb->network_header;
		outer[0] = 0x60 | tos >> 4;
		outer[1] = tos << 4;
		outer[23] = from;
	} else {
		skb->protocol = htons(ETH_P_IP);
		skb->network_header = HEADROOM - 28;
		outer = skb->head + skb->network_header;
		outer[0] = 0x45;
		outer[1] = tos;
		memset(outer + 12, 0, 3);
		outer[15] = from;
	}
	skb->priority = 7;
	skb->hash = skb->tc_index = skb->queue_mapping = 7;
	skb->tskey = 8;
	skb->hwtstamps = 9;
	/* A guest may have set these. */
	skb->gso_size = skb->gso_segs = 5;
	skb->gso_type = SKB_GSO_UDP;
	/* The other flag describes the fragments. */
	skb->tx_flags = SKBTX_HW_TSTAMP_NETDEV | 8;
	skb->cloned = layout & 2;
	skb->cloned_sum = shim_skb_sum(skb);
	return skb;
}

static u64 choose_counter(struct fuzz_input *in, const struct session *s)
{
	u64 from = s->count ? s->greatest : 0;

	switch (fuzz_u8(in) % 8) {
	case 0:
		return from - fuzz_u8(in);
	case 1:
		return from - WINDOW + fuzz_u8(in) % 4;
	case 2:
		return fuzz_u64(in);
	case 3:
		return WG_REJECT_AFTER_MESSAGES - 3 + fuzz_u8(in) % 6;
	case 4:
		return from + fuzz_u16(in);
	default:
		/* @from does not include counters of messages in flight. */
		return from + 1 + fuzz_u8(in) % 4;
	}
}

static void data_message(struct fuzz_input *in)
{
	u8 which = fuzz_u8(in), damage = fuzz_u8(in),
	   bytes[sizeof(struct wg_msg_data) + LONGEST + WG_TAG_LEN];
	struct wg_msg_data *msg = (struct wg_msg_data *)bytes;
	struct message *m = &messages[message_count];
	struct session *s;
	struct sk_buff *skb;
	unsigned int at;
	size_t len;

	m->session = which % session_count;
	s = &sessions[m->session];
	m->counter = choose_counter(in, s);
	m->tos = damage >> 4;
	m->from = 1 + (which >> 5);
	m->authentic = true;
	m->overflow = m->expired = false;
	make_inner(in, m);
	*msg = (struct wg_msg_data){ .header.type = cpu_to_le32(WG_MSG_DATA), .receiver = s->index,
				     .counter = cpu_to_le64(m->counter) };
	wg_aead_encrypt(msg->ciphertext, m->inner, m->len, NULL, 0, m->counter, s->key);
	len = m->len + WG_DATA_OVERHEAD;
	if (!(damage & 7)) {
		/* Behind the receiver's index, so that it is still a message of this session. */
		at = 8 + fuzz_u8(in) % (len - 8);
		bytes[at] ^= 1 << (damage >> 3 & 1);
		m->authentic = false;
	} else if ((damage & 7) == 1) {
		/* Shorter, but long enough for a message. */
		at = fuzz_u8(in) % (m->len + 1);
		m->authentic = at == m->len;
		len = at + WG_DATA_OVERHEAD;
	}
	skb = make_skb(in, bytes, len, m->tos, m->from);
	if (!alive(m->session)) {
		expected[WG_DROP_RX_UNKNOWN_RECEIVER]++;
	} else {
		skb->mark = message_count++;
		/* Unchanged: nothing has written to it since. */
		peers[s->peer].line[peers[s->peer].in_line++] = skb->mark;
	}
	wg_receive(&world.device.sockets, skb);
}

static struct wg_keypairs *ending;

static void end_sessions(void)
{
	wg_keypairs_clear(ending);
}

/* A message of a session that ends between the lookup of its index and the reference to it. */
static void dying_message(struct fuzz_input *in)
{
	struct wg_msg_data msg = { .header.type = cpu_to_le32(WG_MSG_DATA) };
	u8 bytes[sizeof(msg) + WG_TAG_LEN] = {};
	unsigned int n = fuzz_u8(in) % session_count;
	struct peer *p = &peers[sessions[n].peer];

	if (!alive(n))
		return;
	msg.receiver = sessions[n].index;
	memcpy(bytes, &msg, sizeof(msg));
	ending = &p->peer->keypairs;
	shim_before_spin_lock = end_sessions;
	expected[WG_DROP_RX_UNKNOWN_RECEIVER]++;
	wg_receive(&world.device.sockets, make_skb(in, bytes, sizeof(bytes), 0, 1));
	claim(!shim_before_spin_lock);
	p->previous = p->current_key = p->next = -1;
}

/*
 * Makes a handshake message one that is queued, or not: with the right mac1, or as an answer to
 * an index of ours.
 */
static bool place_for(u8 *bytes, size_t len, unsigned int type, u8 how)
{
	unsigned int session = (how >> 1) % session_count;
	bool good = how & 1;

	if (type == 3) {
		good &= alive(session);
		memcpy(bytes + 4, good ? &sessions[session].index : &(__le32){ 0 }, 4);
		return good;
	}
	wg_cookie_stamp(&jar, bytes, len, shim_boottime_ns);
	if (!good)
		bytes[4 + how % (len - 4 - WG_MAC_LEN)] ^= 1;
	return good;
}

/* Any message that is not data of a session. */
static void other_message(struct fuzz_input *in)
{
	static const size_t lengths[] = { 148, 92, 64, 32, 31, 16, 0, 100 };
	u8 bytes[sizeof(struct wg_msg_initiation)], how = fuzz_u8(in);
	size_t len = lengths[how & 7];
	unsigned int type = how >> 3 & 7;
	enum wg_drop reason = WG_DROP_RX_MALFORMED;
	struct sk_buff *skb;
	bool counted = true;

	fuzz_bytes(in, bytes, sizeof(bytes));
	if (how < 0xc0)
		memcpy(bytes, (u8[4]){ type }, 4);
	type = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (u32)bytes[3] << 24;
	if (len >= 4 &&
	    ((type == 1 && len == 148) || (type == 2 && len == 92) || (type == 3 && len == 64))) {
		reason = WG_DROP_HANDSHAKE_QUEUE_FULL;
		counted = queue_full;
		if (!place_for(bytes, len, type, fuzz_u8(in))) {
			reason = type == 3 ? WG_DROP_HANDSHAKE_BAD_COOKIE :
					     WG_DROP_HANDSHAKE_WRONG_MAC;
			counted = true;
		}
	} else if (type == WG_MSG_DATA && len >= 32) {
		/* The index of no session: zero is never used. */
		memset(bytes + 4, 0, 4);
		reason = WG_DROP_RX_UNKNOWN_RECEIVER;
	}
	handshake = bytes;
	skb = make_skb(in, bytes, len, 0, 1);
	expected[reason] += counted;
	wg_receive(&world.device.sockets, skb);
}

static void remove_peer(struct peer *p)
{
	if (p->removed)
		return;
	/* Its sessions end. Its messages in flight are still handled. */
	p->removed = true;
	p->previous = p->current_key = p->next = -1;
	mutex_lock(&world.device.config);
	world_remove_peer(p->peer);
	mutex_unlock(&world.device.config);
	rcu_barrier();
}

static void step(struct fuzz_input *in)
{
	u8 op = fuzz_u8(in);

	switch (op & 15) {
	case 0 ... 6:
		data_message(in);
		break;
	case 7:
		other_message(in);
		break;
	case 8:
	case 9:
		poll(op >> 4 & 1, 1 + (op >> 5));
		break;
	case 10:
	case 11:
		work(op >> 4);
		break;
	case 12:
		new_session(op >> 4 & 1, op >> 5 & 1);
		break;
	case 13:
		/* The model does not follow which messages in flight are decrypted when. */
		drain();
		shim_boottime_ns += (op >> 4) * 15 * WG_SEC_NS;
		break;
	case 14:
		drain();
		shim_cpus = 1 + (op >> 4 & 1);
		queue_full = op >> 5 & 1;
		world.dev.running = !(op & 0xc0);
		break;
	case 15:
		if (op >= 0xf0) {
			remove_peer(&peers[op & 1]);
			break;
		}
		drain();
		if (op == 0xef)
			dying_message(in);
		break;
	}
}

static void begin(void)
{
	static const u8 any[WG_KEY_LEN], v4[2][4] = { { 10 }, { 10, 1 } },
			v6[2][16] = { { 0xfd }, { 0xfd, 1 } };
	struct wg_device *device = &world.device;
	struct peer *p;
	u8 key[WG_KEY_LEN] = { 1 };

	world_init(&world);
	memset(&world_stats, 0, sizeof(world_stats));
	memset(peers, 0, sizeof(peers));
	memset(expected, 0, sizeof(expected));
	session_count = message_count = staged = 0;
	rx_packets = 0;
	INIT_LIST_HEAD(&decryption);
	queue_full = false;
	shim_cpus = 2;
	shim_boottime_ns = WG_SEC_NS;
	world.dev.running = true;
	wg_cookie_jar_init(&jar, any);
	wg_cookie_checker_rekey(&device->checker, any);
	mutex_lock(&device->config);
	for (p = peers; p < peers + PEERS; p++) {
		key[1]++;
		p->peer = wg_peer_create(device, key, any);
		claim(!IS_ERR(p->peer));
		/* As on a device with a private key: handshakes can begin. */
		p->peer->handshake.usable = true;
		/* The reference of the harness. */
		wg_peer_get(p->peer);
		p->previous = p->current_key = p->next = p->at = -1;
		claim(!wg_allowedips_insert(&device->allowedips, &p->peer->allowed, AF_INET,
					    v4[p - peers], 8 + 8 * (p - peers)));
		claim(!wg_allowedips_insert(&device->allowedips, &p->peer->allowed, AF_INET6,
					    v6[p - peers], 8 + 8 * (p - peers)));
	}
	mutex_unlock(&device->config);
	new_session(0, true);
	new_session(1, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	unsigned int i;

	fuzz_reset_random();
	claim(!wg_peer_module_init() && !wg_session_module_init());
	begin();
	while (in.left && message_count < MOST_MESSAGES)
		step(&in);
	drain();
	for (i = 0; i < PEERS; i++) {
		remove_peer(&peers[i]);
		wg_peer_put(peers[i].peer);
	}
	world_end(&world);
	wg_peer_module_exit();
	wg_session_module_exit();
	claim(!shim_allocations_live);
	return 0;
}
