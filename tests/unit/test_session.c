// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: the three slots against a separate model in every order of up to six events;
 * references and lifetimes (the sanitizer detects what is freed early, the stand-ins what is
 * never freed); nonces; ages to the nanosecond; and the replay window at its edges and against a
 * plain list of the counters seen.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <cmocka.h>

#include "session.h"
#include "wg_limits.h"

#define SEC WG_SEC_NS
#define START (1000 * SEC)
/* The last counter of all, and the size of the window. */
#define LAST 0xffffffffffffdffeULL
/*
 * Including the newest one: as many behind it as all words of the bitmap but one have bits, as in
 * the in-tree driver. That is 8128, on 32-bit machines 8160.
 */
#define WINDOW (8192 - BITS_PER_LONG + 1)

static struct wg_index_table indices;
static struct wg_keypairs slots;
static long allocations_of_setup;

static u64 dropped[8];
static unsigned int drops;

static void note_dropped(const struct wg_keypairs *from, u64 id)
{
	assert_ptr_equal(from, &slots);
	assert_true(drops < ARRAY_SIZE(dropped));
	dropped[drops++] = id;
}

static int setup(void **state)
{
	(void)state;
	shim_cache_wiped = true;
	drops = 0;
	if (wg_session_module_init() || wg_index_table_init(&indices))
		return -1;
	wg_keypairs_init(&slots, &indices, note_dropped);
	allocations_of_setup = shim_allocations_live;
	return 0;
}

/* Whatever a test leaves in the slots, ending the sessions must free. */
static int teardown(void **state)
{
	(void)state;
	drops = 0;
	wg_keypairs_clear(&slots);
	rcu_barrier();
	if (shim_allocations_live != allocations_of_setup)
		return -1;
	wg_session_module_exit();
	wg_index_table_destroy(&indices);
	return 0;
}

static struct wg_keypair *make(bool initiator)
{
	struct wg_session_keys keys = { .remote_index = cpu_to_le32(77), .initiator = initiator };
	struct wg_keypair *keypair;

	memset(keys.sending, 0xaa, sizeof(keys.sending));
	memset(keys.receiving, 0xbb, sizeof(keys.receiving));
	keypair = wg_keypair_new(&keys, wg_session_epoch(), START);
	assert_non_null(keypair);
	return keypair;
}

/* A handshake ends: its index goes to a new keypair in the slots. */
static struct wg_keypair *install(bool initiator)
{
	struct wg_handshake hs = {};
	struct wg_keypair *keypair = make(initiator);

	assert_int_equal(wg_index_insert(&indices, &hs.index, WG_INDEX_HANDSHAKE), 0);
	assert_true(wg_keypairs_install(&slots, keypair, &hs));
	assert_false(hs.index.hashed);
	return keypair;
}

static struct wg_index_node *find(__le32 index, unsigned int kinds)
{
	struct wg_index_node *node;

	rcu_read_lock();
	node = wg_index_lookup(&indices, index, kinds);
	rcu_read_unlock();
	return node;
}

static void assert_slots(const struct wg_keypair *previous, const struct wg_keypair *current_key,
			 const struct wg_keypair *next)
{
	assert_ptr_equal(slots.previous, previous);
	assert_ptr_equal(slots.current_key, current_key);
	assert_ptr_equal(slots.next, next);
}

/* ---- keypairs */

static void a_new_keypair(void **state)
{
	struct wg_keypair *first = make(true), *second = make(false);

	(void)state;
	assert_true(second->id == first->id + 1);
	assert_int_equal(sizeof(first->sending), 32);
	assert_null(memchr_inv(first->sending, 0xaa, 32));
	assert_null(memchr_inv(first->receiving, 0xbb, 32));
	assert_int_equal(le32_to_cpu(first->remote_index), 77);
	assert_true(first->initiator && !second->initiator);
	assert_true(first->created_ns == START);
	assert_true(first->sendable);
	assert_int_equal(kref_read(&first->refs), 1);
	assert_false(first->index.hashed);
	wg_keypair_put(first);
	wg_keypair_put(second);
	wg_keypair_put(NULL);
	assert_null(wg_keypair_get(NULL));

	shim_allocations_left = 0;
	assert_null(wg_keypair_new(&(struct wg_session_keys){}, 0, START));
	shim_allocations_left = -1;
}

static void references(void **state)
{
	struct wg_keypair *keypair = install(true);
	const __le32 index = keypair->index.index;

	(void)state;
	assert_ptr_equal(wg_keypair_get(keypair), keypair);
	assert_ptr_equal(wg_keypair_get(keypair), keypair);
	assert_int_equal(kref_read(&keypair->refs), 3);
	wg_keypairs_clear(&slots);
	assert_null(find(index, WG_INDEX_KEYPAIR | WG_INDEX_HANDSHAKE));
	assert_int_equal(drops, 1);
	/* Batches in flight hold a reference to it, and its keys. */
	rcu_barrier();
	assert_int_equal(keypair->sending[0], 0xaa);
	wg_keypair_put(keypair);
	rcu_barrier();
	assert_int_equal(keypair->receiving[31], 0xbb);

	/* A reader may hold the pointer after the last put, but cannot get a new reference. */
	rcu_read_lock();
	wg_keypair_put(keypair);
	assert_null(wg_keypair_get(keypair));
	assert_int_equal(keypair->sending[0], 0xaa);
	rcu_read_unlock();
	rcu_barrier();
}

/* ---- the slots */

static void initiators_keys(void **state)
{
	struct wg_keypair *a, *b, *c;

	(void)state;
	a = install(true);
	assert_slots(NULL, a, NULL);
	assert_false(wg_keypairs_confirm(&slots, a));
	b = install(true);
	assert_slots(a, b, NULL);
	assert_int_equal(drops, 0);
	c = install(true);
	assert_slots(b, c, NULL);
	assert_int_equal(drops, 1);
}

static void responders_keys(void **state)
{
	struct wg_keypair *a, *b, *c, *d;

	(void)state;
	a = install(false);
	assert_slots(NULL, NULL, a);
	assert_true(wg_keypairs_confirm(&slots, a));
	assert_slots(NULL, a, NULL);
	assert_false(wg_keypairs_confirm(&slots, a));
	b = install(false);
	assert_slots(NULL, a, b);
	/* Data under the old key continues, and does not confirm the new one. */
	assert_false(wg_keypairs_confirm(&slots, a));
	assert_slots(NULL, a, b);
	assert_true(wg_keypairs_confirm(&slots, b));
	assert_slots(a, b, NULL);
	assert_int_equal(drops, 0);
	c = install(false);
	assert_slots(NULL, b, c);
	assert_int_equal(drops, 1);
	/* A second handshake before the first one was confirmed. */
	d = install(false);
	assert_slots(NULL, b, d);
	assert_int_equal(drops, 2);
	assert_true(dropped[1] == d->id - 1);
}

static void initiator_over_unconfirmed(void **state)
{
	struct wg_keypair *a = install(true), *b = install(false), *c;
	const u64 id = a->id;

	(void)state;
	assert_slots(NULL, a, b);
	c = install(true);
	/* b is the newest one under which the other side may still send. */
	assert_slots(b, c, NULL);
	assert_int_equal(drops, 1);
	assert_true(dropped[0] == id);
	assert_false(wg_keypairs_confirm(&slots, b));
	assert_slots(b, c, NULL);
}

static void clear_slots(void)
{
	wg_keypairs_clear(&slots);
}

static void install_over_it(void)
{
	install(false);
}

/* Another CPU changes the slots between the first look at it and the lock. */
static void confirming_too_late(void **state)
{
	struct wg_keypair *a, *b;

	(void)state;
	a = wg_keypair_get(install(false));
	shim_before_spin_lock = clear_slots;
	assert_false(wg_keypairs_confirm(&slots, a));
	assert_null(shim_before_spin_lock);
	assert_slots(NULL, NULL, NULL);
	assert_int_equal(kref_read(&a->refs), 1);
	assert_int_equal(drops, 1);
	wg_keypair_put(a);

	a = wg_keypair_get(install(false));
	shim_before_spin_lock = install_over_it;
	assert_false(wg_keypairs_confirm(&slots, a));
	b = slots.next;
	assert_ptr_not_equal(a, b);
	assert_slots(NULL, NULL, b);
	wg_keypair_put(a);
}

/* Data is far more frequent than new keys: confirming normally takes no lock. */
static void confirming_is_cheap(void **state)
{
	struct wg_keypair *a = install(true), *b = install(false);

	(void)state;
	shim_before_spin_lock = clear_slots;
	assert_false(wg_keypairs_confirm(&slots, a));
	assert_ptr_equal(shim_before_spin_lock, clear_slots);
	shim_before_spin_lock = NULL;
	assert_slots(NULL, a, b);
}

/*
 * The expected slots, by numbers; 0 means empty. The rules: the initiator's new key is current
 * at once, and the newest of the other keys becomes previous. The responder's new key waits in
 * next, beside the current key only. A confirmed key becomes current, and the former current key
 * becomes previous.
 */
struct model {
	unsigned int previous, current_key, next;
};

static struct model model_step(struct model m, char op, unsigned int fresh)
{
	switch (op) {
	case 'I':
		return (struct model){ m.next ? m.next : m.current_key, fresh, 0 };
	case 'R':
		return (struct model){ 0, m.current_key, fresh };
	case 'C':
		return m.next ? (struct model){ m.current_key, m.next, 0 } : m;
	case 'X':
		return (struct model){ 0, 0, 0 };
	default:
		return m;
	}
}

static bool model_has(struct model m, unsigned int n)
{
	return n && (m.previous == n || m.current_key == n || m.next == n);
}

/* One sequence of events, each compared with the model. */
static void play(const char *ops, unsigned int count)
{
	struct wg_keypair *pairs[9] = {}, *held[9] = {};
	u64 ids[9] = {};
	__le32 index[9] = {};
	struct model now = {}, before;
	unsigned int i, n, k, fresh, gone;

	for (i = 0; i < count; i++) {
		before = now;
		drops = 0;
		fresh = i + 1;
		now = model_step(before, ops[i], fresh);
		switch (ops[i]) {
		case 'I':
		case 'R':
			pairs[fresh] = install(ops[i] == 'I');
			ids[fresh] = pairs[fresh]->id;
			index[fresh] = pairs[fresh]->index.index;
			/* A batch uses every second one as well. */
			if (fresh % 2)
				held[fresh] = wg_keypair_get(pairs[fresh]);
			break;
		case 'C':
			if (before.next)
				assert_true(wg_keypairs_confirm(&slots, pairs[before.next]));
			break;
		case 'O':
			/* Data under keys that need no confirmation. */
			if (before.current_key)
				assert_false(wg_keypairs_confirm(&slots,
								 pairs[before.current_key]));
			if (before.previous)
				assert_false(wg_keypairs_confirm(&slots, pairs[before.previous]));
			break;
		case 'X':
			wg_keypairs_clear(&slots);
			break;
		}
		assert_slots(pairs[now.previous], pairs[now.current_key], pairs[now.next]);
		gone = 0;
		for (n = 1; n <= fresh; n++) {
			if (!ids[n])
				continue;
			assert_ptr_equal(find(index[n], WG_INDEX_KEYPAIR),
					 model_has(now, n) ? &pairs[n]->index : NULL);
			if (model_has(now, n)) {
				assert_int_equal(kref_read(&pairs[n]->refs), held[n] ? 2 : 1);
				assert_ptr_equal(pairs[n]->slots, &slots);
			}
			if (!model_has(before, n) || model_has(now, n))
				continue;
			for (k = 0; k < drops && dropped[k] != ids[n]; k++)
				;
			assert_true(k < drops);
			if (held[n])
				assert_int_equal(kref_read(&pairs[n]->refs), 1);
			gone++;
		}
		assert_int_equal(drops, gone);
		rcu_barrier();
	}
	for (n = 1; n <= count; n++)
		wg_keypair_put(held[n]);
	drops = 0;
	wg_keypairs_clear(&slots);
	rcu_barrier();
	assert_int_equal(atomic_read(&indices.ht.nelems), 0);
}

static void all_orders_of_events(void **state)
{
	static const char ops[] = "IRCOX";
	const unsigned int length = 6;
	unsigned int n, rest, i, total = 1;
	char sequence[6];

	(void)state;
	for (i = 0; i < length; i++)
		total *= sizeof(ops) - 1;
	for (n = 0; n < total; n++) {
		for (i = 0, rest = n; i < length; i++, rest /= sizeof(ops) - 1)
			sequence[i] = ops[rest % (sizeof(ops) - 1)];
		play(sequence, length);
	}
}

static void install_takes_the_index_over(void **state)
{
	struct wg_handshake hs = {};
	struct wg_keypair *keypair = make(true);
	__le32 index;

	(void)state;
	assert_int_equal(wg_index_insert(&indices, &hs.index, WG_INDEX_HANDSHAKE), 0);
	index = hs.index.index;
	assert_ptr_equal(find(index, WG_INDEX_HANDSHAKE), &hs.index);
	assert_true(wg_keypairs_install(&slots, keypair, &hs));
	assert_null(find(index, WG_INDEX_HANDSHAKE));
	assert_ptr_equal(find(index, WG_INDEX_KEYPAIR), &keypair->index);
	assert_int_equal(keypair->index.index, index);
	/* The slots have the caller's reference, no more. */
	assert_int_equal(kref_read(&keypair->refs), 1);
	/* The handshake can begin again, under another index. */
	assert_int_equal(wg_index_insert(&indices, &hs.index, WG_INDEX_HANDSHAKE), 0);
	assert_int_not_equal(hs.index.index, index);
	assert_ptr_equal(find(index, WG_INDEX_KEYPAIR), &keypair->index);
	wg_index_remove(&indices, &hs.index);
}

static void install_without_index(void **state)
{
	struct wg_keypair *a = install(true), *b = install(false), *c;
	struct wg_handshake hs = {};
	int initiator;

	(void)state;
	for (initiator = 0; initiator < 2; initiator++) {
		c = make(initiator);
		assert_int_equal(wg_index_insert(&indices, &hs.index, WG_INDEX_HANDSHAKE), 0);
		wg_index_remove(&indices, &hs.index);
		assert_false(wg_keypairs_install(&slots, c, &hs));
		assert_slots(NULL, a, b);
		assert_int_equal(drops, 0);
		assert_int_equal(kref_read(&c->refs), 1);
		assert_false(c->index.hashed);
		/* The reference is still the caller's. */
		wg_keypair_put(c);
	}
	/* A keypair that is installed is not installed again. */
	assert_int_equal(wg_index_insert(&indices, &hs.index, WG_INDEX_HANDSHAKE), 0);
	assert_false(wg_keypairs_install(&slots, a, &hs));
	assert_slots(NULL, a, b);
	assert_ptr_equal(find(hs.index.index, WG_INDEX_HANDSHAKE), &hs.index);
	wg_index_remove(&indices, &hs.index);
}

static void retiring_a_ring(void **state)
{
	struct wg_keypair *a, *b, *c;
	u64 first;

	(void)state;
	wg_keypairs_retire(&slots);
	install(true);
	a = install(true);
	b = slots.previous;
	wg_keypairs_retire(&slots);
	assert_false(wg_keypair_can_send(a, START));
	/* A transmit path that has checked it before gets no nonce afterwards. */
	assert_false(wg_keypair_take_nonces(a, 1, &first));
	assert_true(wg_keypair_can_receive(a, START));
	assert_true(wg_keypair_can_receive(b, START));
	c = install(false);
	assert_true(wg_keypair_can_send(c, START));
	wg_keypairs_retire(&slots);
	assert_false(wg_keypair_can_send(c, START));
	assert_true(wg_keypair_can_receive(c, START));
	assert_slots(NULL, a, c);
	/* What comes after is not concerned. */
	assert_true(wg_keypairs_confirm(&slots, c));
	assert_false(wg_keypair_can_send(c, START));
	a = install(true);
	assert_true(wg_keypair_can_send(a, START));
}

/* A session whose ephemeral key is older than wg_session_retire_all() must not send either. */
static void retiring_all(void **state)
{
	struct wg_session_keys keys = { .initiator = true };
	int epoch = wg_session_epoch();
	struct wg_keypair *a, *late;
	u64 first;

	(void)state;
	a = install(true);
	wg_session_retire_all();
	assert_false(wg_keypair_can_send(a, START));
	assert_false(wg_keypair_take_nonces(a, 1, &first));
	assert_true(wg_keypair_can_receive(a, START));

	late = wg_keypair_new(&keys, epoch, START);
	assert_non_null(late);
	assert_false(wg_keypair_can_send(late, START));
	assert_false(wg_keypair_take_nonces(late, 1, &first));
	assert_true(wg_keypair_can_receive(late, START));
	wg_keypair_put(late);
	assert_true(wg_keypair_can_send(install(true), START));
}

/* ---- nonces */

static void runs_of_nonces(void **state)
{
	static const unsigned int runs[] = { 1, 1, 64, 3, 128, 1, 1024, 7 };
	struct wg_keypair *keypair = make(true);
	u64 first, expected = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		assert_true(wg_keypair_take_nonces(keypair, runs[i], &first));
		assert_true(first == expected);
		expected += runs[i];
	}
	assert_true(keypair->sendable);
	wg_keypair_put(keypair);
}

static void last_nonces(void **state)
{
	struct wg_keypair *keypair;
	unsigned int room, count;
	u64 first;

	(void)state;
	for (room = 0; room < 5; room++) {
		for (count = 1; count < 8; count++) {
			keypair = make(true);
			atomic64_set(&keypair->next_nonce, LAST + 1 - room);
			first = 4711;
			assert_int_equal(wg_keypair_take_nonces(keypair, count, &first),
					 count <= room);
			assert_true(first == (count <= room ? LAST + 1 - room : 4711));
			assert_int_equal(wg_keypair_can_send(keypair, START), count <= room);
			assert_true(wg_keypair_can_receive(keypair, START));
			/* A refused run does not leave its nonces to a smaller one. */
			if (count > room)
				assert_false(wg_keypair_take_nonces(keypair, 1, &first));
			wg_keypair_put(keypair);
		}
	}
	/* The very last one can still be received. */
	keypair = make(false);
	atomic64_set(&keypair->next_nonce, LAST);
	assert_true(wg_keypair_take_nonces(keypair, 1, &first));
	assert_true(first == LAST);
	assert_true(wg_replay_check(&keypair->replay, first));
	wg_keypair_put(keypair);
}

/* Not even after many attempts: the number would wrap after 2^13 refusals. */
static void refused_nonces_stay_refused(void **state)
{
	struct wg_keypair *keypair = make(true);
	unsigned int i;
	u64 first;

	(void)state;
	atomic64_set(&keypair->next_nonce, LAST);
	for (i = 0; i < 20000; i++)
		assert_false(wg_keypair_take_nonces(keypair, 2 + i % 128, &first));
	assert_true(wg_keypair_wants_rekey_to_send(keypair, START));
	wg_keypair_put(keypair);
}

/* A batch that exceeds the reserve must not carry the counter past its end. */
static void retired_keys_give_no_nonces(void **state)
{
	static const unsigned int counts[] = { 1, 8192, 8193, 10000, 65535, 1 << 20, UINT_MAX };
	struct wg_keypair *keypair;
	unsigned int i;
	u64 first;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		keypair = install(true);
		assert_true(wg_keypair_take_nonces(keypair, 3, &first));
		wg_keypairs_retire(&slots);
		assert_false(wg_keypair_take_nonces(keypair, counts[i], &first));
		assert_false(wg_keypair_take_nonces(keypair, 1, &first));
		wg_keypairs_clear(&slots);

		/* Nor does one that is used up. */
		keypair = make(true);
		atomic64_set(&keypair->next_nonce, LAST + 1);
		assert_false(wg_keypair_take_nonces(keypair, counts[i], &first));
		wg_keypair_put(keypair);
	}
}

struct taker {
	struct wg_keypair *keypair;
	pthread_barrier_t *start;
	pthread_t thread;
	u64 *firsts;
};

#define TAKES 2000000
#define TAKE 3

static void *take_many(void *arg)
{
	struct taker *taker = arg;
	unsigned int i;

	pthread_barrier_wait(taker->start);
	for (i = 0; i < TAKES; i++)
		if (!wg_keypair_take_nonces(taker->keypair, TAKE, &taker->firsts[i]))
			return NULL;
	return NULL;
}

static void no_nonce_is_taken_twice(void **state)
{
	struct taker takers[3];
	const size_t runs = ARRAY_SIZE(takers) * TAKES;
	struct wg_keypair *keypair = make(true);
	u8 *taken = kzalloc(runs, GFP_KERNEL);
	pthread_barrier_t start;
	size_t i, k;
	u64 first;

	(void)state;
	pthread_barrier_init(&start, NULL, ARRAY_SIZE(takers));
	for (i = 0; i < ARRAY_SIZE(takers); i++) {
		takers[i].keypair = keypair;
		takers[i].start = &start;
		takers[i].firsts = kzalloc(TAKES * sizeof(u64), GFP_KERNEL);
		assert_int_equal(pthread_create(&takers[i].thread, NULL, take_many, &takers[i]), 0);
	}
	for (i = 0; i < ARRAY_SIZE(takers); i++)
		assert_int_equal(pthread_join(takers[i].thread, NULL), 0);
	pthread_barrier_destroy(&start);
	/* Each run belongs to exactly one taker. */
	for (i = 0; i < ARRAY_SIZE(takers); i++) {
		for (k = 0; k < TAKES; k++) {
			first = takers[i].firsts[k];
			if (first % TAKE || first / TAKE >= runs || taken[first / TAKE]++)
				fail_msg("a run beside others: %#llx", first);
		}
		kfree(takers[i].firsts);
	}
	assert_true((u64)atomic64_read(&keypair->next_nonce) == runs * TAKE);
	kfree(taken);
	wg_keypair_put(keypair);
}

/* ---- ages */

static void ages(void **state)
{
	struct wg_keypair *i = install(true), *r = make(false);

	(void)state;
	assert_true(wg_keypair_can_send(i, START));
	assert_true(wg_keypair_can_receive(i, START));
	assert_true(wg_keypair_can_send(r, START + 180 * SEC - 1));
	assert_true(wg_keypair_can_receive(r, START + 180 * SEC - 1));
	assert_false(wg_keypair_can_send(r, START + 180 * SEC));
	assert_false(wg_keypair_can_receive(r, START + 180 * SEC));

	assert_false(wg_keypair_wants_rekey_to_send(i, START));
	assert_false(wg_keypair_wants_rekey_to_send(i, START + 120 * SEC - 1));
	assert_true(wg_keypair_wants_rekey_to_send(i, START + 120 * SEC));
	assert_false(wg_keypair_wants_rekey_on_receive(i, START + 165 * SEC - 1));
	assert_true(wg_keypair_wants_rekey_on_receive(i, START + 165 * SEC));
	/* The responder leaves rekeying to the initiator. */
	assert_false(wg_keypair_wants_rekey_to_send(r, START + 179 * SEC));
	assert_false(wg_keypair_wants_rekey_on_receive(r, START + 179 * SEC));

	/* By number of messages either side does. */
	atomic64_set(&r->next_nonce, 1ULL << 60);
	assert_false(wg_keypair_wants_rekey_to_send(r, START));
	atomic64_set(&r->next_nonce, (1ULL << 60) + 1);
	assert_true(wg_keypair_wants_rekey_to_send(r, START));
	/* Also if the number is too great for a signed one. */
	atomic64_set(&r->next_nonce, LAST);
	assert_true(wg_keypair_wants_rekey_to_send(r, START));

	/* At the counter's end no other message can arrive. */
	i->replay.next = LAST;
	assert_true(wg_keypair_can_receive(i, START));
	assert_true(wg_replay_check(&i->replay, LAST));
	assert_false(wg_keypair_can_receive(i, START));
	i->replay.next = 0;
	assert_true(wg_keypair_can_send(i, START));
	wg_keypairs_retire(&slots);
	assert_false(wg_keypair_can_send(i, START));
	wg_keypair_put(r);
}

/* ---- replay */

static struct wg_replay replay;

static void accepts(u64 counter)
{
	assert_true(wg_replay_check(&replay, counter));
}

static void refuses(u64 counter)
{
	struct wg_replay before = replay;

	assert_false(wg_replay_check(&replay, counter));
	assert_memory_equal(&replay, &before, sizeof(replay));
}

static void restart(void)
{
	memset(&replay, 0, sizeof(replay));
}

static void first_counters(void **state)
{
	u64 i;

	(void)state;
	restart();
	accepts(0);
	refuses(0);
	accepts(1);
	refuses(1);
	refuses(0);
	restart();
	accepts(1);
	accepts(0);
	refuses(0);
	refuses(1);
	/* All counters of a whole window, downwards. */
	restart();
	for (i = WINDOW; i-- > 0;)
		accepts(i);
	for (i = 0; i < WINDOW; i++)
		refuses(i);
}

static void edges_of_the_window(void **state)
{
	/* The greatest accepted counter: every position in a word, and round the bitmap. */
	u64 top;

	(void)state;
	for (top = WINDOW; top < WINDOW + 3 * 8192; top += 61) {
		restart();
		accepts(top);
		refuses(top - WINDOW);
		accepts(top - WINDOW + 1);
		refuses(top - WINDOW + 1);
		accepts(top - WINDOW + 2);
		accepts(top - 1);
		refuses(top - 1);
		if (top > WINDOW)
			refuses(top - WINDOW - 1);
		refuses(0);
		refuses(top);
		/* The window moves by one. */
		accepts(top + 1);
		refuses(top - WINDOW + 1);
		refuses(top - WINDOW + 2);
		accepts(top - WINDOW + 3);
	}
}

static void jumps(void **state)
{
	static const u64 sizes[] = {
		1, 2, 63, 64, 65, 127, 128, 129, WINDOW - 1, WINDOW, WINDOW + 1, 8191, 8192, 8193,
		8192 + 64, 2 * 8192 - 1, 2 * 8192, 2 * 8192 + 1, 1 << 20, 1ULL << 32, 1ULL << 60,
	};
	u64 base, to, i;
	size_t n;

	(void)state;
	for (base = 8192; base < 8192 + 128; base += 9) {
		for (n = 0; n < ARRAY_SIZE(sizes); n++) {
			restart();
			/* Set all bits, so that a bit that is not cleared shows. */
			replay.next = base + 1;
			memset(replay.seen, 0xff, sizeof(replay.seen));
			replay.seen[base / BITS_PER_LONG % ARRAY_SIZE(replay.seen)] =
				~0UL >> (BITS_PER_LONG - 1 - base % BITS_PER_LONG);
			to = base + sizes[n];
			accepts(to);
			refuses(to);
			/* Each counter in the window after the jump's start is new. */
			for (i = to - 1; i > base && i + WINDOW > to; i--) {
				accepts(i);
				refuses(i);
			}
			if (base + WINDOW > to)
				refuses(base);
			refuses(to - WINDOW);
		}
	}
}

static void end_of_the_counter(void **state)
{
	u64 i;

	(void)state;
	restart();
	refuses(LAST + 1);
	refuses(UINT64_MAX);
	refuses(UINT64_MAX - 8192);
	accepts(0);
	accepts(LAST - 1);
	accepts(LAST - WINDOW);
	accepts(LAST);
	refuses(LAST);
	refuses(LAST - 1);
	refuses(LAST - WINDOW);
	accepts(LAST + 1 - WINDOW);
	for (i = LAST + 1; i; i++)
		refuses(i);
	refuses(0);
	refuses(1);
}

/* The counters seen, in a list as long as needed, without the window's tricks. */
#define SPAN (1ULL << 25)

static void walk(u64 base, unsigned int steps)
{
	u8 *seen = kzalloc(SPAN, GFP_KERNEL);
	unsigned int i, accepted = 0, kind;
	u64 greatest = base, counter, back;
	bool any = false, expected;

	restart();
	for (i = 0; i < steps; i++) {
		kind = get_random_u32() % 1000;
		if (kind < 400)
			counter = greatest + 1 + get_random_u32() % 3;
		else if (kind < 500)
			counter = greatest + get_random_u32() % 200;
		else if (kind < 503)
			counter = greatest + get_random_u32() % 20000;
		else {
			/* Behind: close, anywhere in the window, or near its far edge. */
			back = kind < 800 ? get_random_u32() % 130 :
			       kind < 950 ? get_random_u32() % 9000 :
					    WINDOW - 70 + get_random_u32() % 140;
			counter = greatest - base > back ? greatest - back : base;
		}
		/* Counters beyond the end may be tried, but must be refused. */
		if (counter < base || counter - base >= SPAN)
			break;
		expected = counter <= LAST && !seen[counter - base] &&
			   !(any && greatest >= WINDOW && counter <= greatest - WINDOW);
		if (wg_replay_check(&replay, counter) != expected)
			fail_msg("base %#llx step %u: counter %#llx, greatest %#llx: expected %d",
				 base, i, counter, greatest, expected);
		if (!expected)
			continue;
		seen[counter - base] = 1;
		greatest = any ? max(greatest, counter) : counter;
		any = true;
		accepted++;
	}
	/* Enough counters were accepted: the run has tested something. */
	assert_true(accepted > steps / 100);
	kfree(seen);
}

static void random_counters(void **state)
{
	u64 seed;

	(void)state;
	walk(0, 400000);
	walk(0, 3000);
	walk((1ULL << 32) - 100000, 200000);
	walk((1ULL << 63) - 100000, 200000);
	for (seed = 1; seed <= 20; seed++)
		walk(LAST - 3000 * seed, 20000);
}

#define session_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		session_test(a_new_keypair),
		session_test(references),
		session_test(initiators_keys),
		session_test(responders_keys),
		session_test(initiator_over_unconfirmed),
		session_test(confirming_too_late),
		session_test(confirming_is_cheap),
		session_test(all_orders_of_events),
		session_test(install_takes_the_index_over),
		session_test(install_without_index),
		session_test(retiring_a_ring),
		session_test(retiring_all),
		session_test(runs_of_nonces),
		session_test(last_nonces),
		session_test(refused_nonces_stay_refused),
		session_test(retired_keys_give_no_nonces),
		session_test(no_nonce_is_taken_twice),
		session_test(ages),
		session_test(first_counters),
		session_test(edges_of_the_window),
		session_test(jumps),
		session_test(end_of_the_counter),
		session_test(random_counters),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
