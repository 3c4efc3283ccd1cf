// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of peers and of indices: what may be in them twice, what replaces what, and what
 * happens if the hash table or the random numbers refuse. The kernel's resizable table itself is
 * not tested.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <cmocka.h>

#include "lookup.h"
#include "wg_limits.h"

#define BOTH (WG_INDEX_HANDSHAKE | WG_INDEX_KEYPAIR)

static struct wg_peer_table peers;
static struct wg_index_table indices;

static int setup(void **state)
{
	(void)state;
	shim_draws_left = 0;
	shim_rhashtable_failures = 0;
	return wg_peer_table_init(&peers) | wg_index_table_init(&indices);
}

static int teardown(void **state)
{
	(void)state;
	wg_peer_table_destroy(&peers);
	wg_index_table_destroy(&indices);
	return shim_allocations_live ? -1 : 0;
}

static void draw(const u32 *values, size_t n)
{
	shim_draws = values;
	shim_draws_left = n;
}

static struct wg_peer_node *find_peer(const u8 *key)
{
	struct wg_peer_node *node;

	rcu_read_lock();
	node = wg_peer_table_lookup(&peers, key);
	rcu_read_unlock();
	return node;
}

static struct wg_index_node *find(__le32 index, unsigned int kinds)
{
	struct wg_index_node *node;

	rcu_read_lock();
	node = wg_index_lookup(&indices, index, kinds);
	rcu_read_unlock();
	return node;
}

/* ---- peers */

static void peer_is_found_by_its_whole_key(void **state)
{
	struct wg_peer_node peer = { .public_key = { 1, 2, 3 } };
	u8 key[33];
	int i;

	(void)state;
	assert_null(find_peer(peer.public_key));
	assert_int_equal(wg_peer_table_insert(&peers, &peer), 0);
	memcpy(key + 1, peer.public_key, 32);
	assert_ptr_equal(find_peer(key + 1), &peer);
	for (i = 1; i <= 32; i++) {
		key[i] ^= 0x80;
		assert_null(find_peer(key + 1));
		key[i] ^= 0x80;
	}
	wg_peer_table_remove(&peers, &peer);
	assert_null(find_peer(key + 1));
}

static void peer_key_is_there_once(void **state)
{
	struct wg_peer_node a = { .public_key = { 7 } }, b = { .public_key = { 7 } };

	(void)state;
	assert_int_equal(wg_peer_table_insert(&peers, &a), 0);
	assert_int_equal(wg_peer_table_insert(&peers, &b), -EEXIST);
	assert_int_equal(wg_peer_table_insert(&peers, &a), -EEXIST);
	assert_ptr_equal(find_peer(a.public_key), &a);
	/* A node with the same key outside of the table does not remove the one in it. */
	wg_peer_table_remove(&peers, &b);
	assert_ptr_equal(find_peer(a.public_key), &a);
	wg_peer_table_remove(&peers, &a);
	wg_peer_table_remove(&peers, &a);
	assert_null(find_peer(a.public_key));
	assert_int_equal(wg_peer_table_insert(&peers, &b), 0);
	assert_ptr_equal(find_peer(a.public_key), &b);
}

static void peer_errors_are_handed_on(void **state)
{
	static const int errors[] = { -ENOMEM, -EBUSY, -E2BIG };
	struct wg_peer_node peer = { .public_key = { 9 } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		shim_rhashtable_error = errors[i];
		shim_rhashtable_failures = 1;
		assert_int_equal(wg_peer_table_insert(&peers, &peer), errors[i]);
		assert_null(find_peer(peer.public_key));
	}
	assert_int_equal(wg_peer_table_insert(&peers, &peer), 0);
}

static void many_peers(void **state)
{
	const int n = 20000;
	struct wg_peer_node *nodes = kzalloc(n * sizeof(*nodes), GFP_KERNEL);
	int i;

	(void)state;
	for (i = 0; i < n; i++) {
		get_random_bytes(nodes[i].public_key, 32);
		assert_int_equal(wg_peer_table_insert(&peers, &nodes[i]), 0);
	}
	assert_int_equal(atomic_read(&peers.ht.nelems), n);
	for (i = 0; i < n; i += 2)
		wg_peer_table_remove(&peers, &nodes[i]);
	for (i = 0; i < n; i++)
		assert_ptr_equal(find_peer(nodes[i].public_key), i % 2 ? &nodes[i] : NULL);
	kfree(nodes);
}

/* ---- indices */

static void index_is_found_by_its_kind(void **state)
{
	struct wg_index_node hs = { 0 }, kp = { 0 };

	(void)state;
	assert_int_equal(wg_index_insert(&indices, &hs, WG_INDEX_HANDSHAKE), 0);
	assert_int_equal(wg_index_insert(&indices, &kp, WG_INDEX_KEYPAIR), 0);
	assert_int_not_equal(hs.index, kp.index);
	assert_ptr_equal(find(hs.index, WG_INDEX_HANDSHAKE), &hs);
	assert_ptr_equal(find(hs.index, BOTH), &hs);
	assert_null(find(hs.index, WG_INDEX_KEYPAIR));
	assert_ptr_equal(find(kp.index, WG_INDEX_KEYPAIR), &kp);
	assert_ptr_equal(find(kp.index, BOTH), &kp);
	assert_null(find(kp.index, WG_INDEX_HANDSHAKE));
	assert_null(find(kp.index, 0));
}

static void used_and_zero_draws_are_passed_over(void **state)
{
	static const u32 draws[] = { 5, 0, 5, 5, 0, 6 };
	struct wg_index_node a = { 0 }, b = { 0 };

	(void)state;
	draw(draws, ARRAY_SIZE(draws));
	assert_int_equal(wg_index_insert(&indices, &a, WG_INDEX_HANDSHAKE), 0);
	assert_int_equal((u32)a.index, 5);
	assert_int_equal(wg_index_insert(&indices, &b, WG_INDEX_KEYPAIR), 0);
	assert_int_equal((u32)b.index, 6);
	assert_int_equal(shim_draws_left, 0);
	assert_ptr_equal(find(a.index, BOTH), &a);
	assert_ptr_equal(find(b.index, BOTH), &b);
	assert_null(find(0, BOTH));
}

static void broken_random_numbers_end(void **state)
{
	static u32 draws[1000];
	struct wg_index_node a = { 0 }, b = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(draws); i++)
		draws[i] = 5;
	draw(draws, ARRAY_SIZE(draws));
	assert_int_equal(wg_index_insert(&indices, &a, WG_INDEX_HANDSHAKE), 0);
	assert_int_equal(wg_index_insert(&indices, &b, WG_INDEX_HANDSHAKE), -EBUSY);
	assert_ptr_equal(find(a.index, BOTH), &a);
	memset(draws, 0, sizeof(draws));
	draw(draws, ARRAY_SIZE(draws));
	assert_int_equal(wg_index_insert(&indices, &b, WG_INDEX_HANDSHAKE), -EBUSY);
	shim_draws_left = 0;
	/* A refused node is not in the table, and can be inserted. */
	wg_index_remove(&indices, &b);
	assert_ptr_equal(find(a.index, BOTH), &a);
	assert_int_equal(wg_index_insert(&indices, &b, WG_INDEX_HANDSHAKE), 0);
	assert_ptr_equal(find(b.index, BOTH), &b);
}

static void index_table_errors(void **state)
{
	static const int lasting[] = { -ENOMEM, -E2BIG };
	struct wg_index_node a = { 0 }, b = { 0 };
	size_t i;

	(void)state;
	/* Another index is in another chain, so that -EBUSY causes another draw. */
	shim_rhashtable_error = -EBUSY;
	shim_rhashtable_failures = 3;
	assert_int_equal(wg_index_insert(&indices, &a, WG_INDEX_KEYPAIR), 0);
	assert_ptr_equal(find(a.index, BOTH), &a);
	for (i = 0; i < ARRAY_SIZE(lasting); i++) {
		shim_rhashtable_error = lasting[i];
		shim_rhashtable_failures = 1;
		assert_int_equal(wg_index_insert(&indices, &a, WG_INDEX_KEYPAIR), lasting[i]);
		assert_int_equal(atomic_read(&indices.ht.nelems), 0);
		assert_null(find(a.index, BOTH));
		wg_index_remove(&indices, &a);
		assert_int_equal(wg_index_insert(&indices, &a, WG_INDEX_KEYPAIR), 0);
	}
	/* A refused node can take over another's index. */
	shim_rhashtable_failures = 1;
	assert_int_equal(wg_index_insert(&indices, &b, WG_INDEX_KEYPAIR), -E2BIG);
	assert_true(wg_index_replace(&indices, &a, &b, WG_INDEX_KEYPAIR));
	assert_ptr_equal(find(a.index, BOTH), &b);
}

static void inserting_again_changes_the_index(void **state)
{
	static const u32 draws[] = { 1, 2 };
	struct wg_index_node a = { 0 };

	(void)state;
	draw(draws, ARRAY_SIZE(draws));
	assert_int_equal(wg_index_insert(&indices, &a, WG_INDEX_HANDSHAKE), 0);
	assert_int_equal(wg_index_insert(&indices, &a, WG_INDEX_KEYPAIR), 0);
	assert_null(find((__le32)1, BOTH));
	assert_ptr_equal(find((__le32)2, WG_INDEX_KEYPAIR), &a);
	assert_int_equal(atomic_read(&indices.ht.nelems), 1);
}

static void replace_takes_the_index_over(void **state)
{
	struct wg_index_node hs = { 0 }, kp = { 0 };
	__le32 index;

	(void)state;
	assert_int_equal(wg_index_insert(&indices, &hs, WG_INDEX_HANDSHAKE), 0);
	index = hs.index;
	assert_true(wg_index_replace(&indices, &hs, &kp, WG_INDEX_KEYPAIR));
	assert_int_equal(kp.index, index);
	assert_ptr_equal(find(index, BOTH), &kp);
	assert_null(find(index, WG_INDEX_HANDSHAKE));
	/* hs is not in the table: removing it again does not remove kp. */
	wg_index_remove(&indices, &hs);
	assert_ptr_equal(find(index, WG_INDEX_KEYPAIR), &kp);
	/* And it may be used again. */
	assert_int_equal(wg_index_insert(&indices, &hs, WG_INDEX_HANDSHAKE), 0);
	assert_int_not_equal(hs.index, index);
	assert_int_equal(atomic_read(&indices.ht.nelems), 2);
}

static void replace_needs_old_inside_and_new_outside(void **state)
{
	struct wg_index_node a = { 0 }, b = { 0 }, c = { 0 };
	__le32 index;

	(void)state;
	assert_false(wg_index_replace(&indices, &a, &b, WG_INDEX_KEYPAIR));
	assert_int_equal(wg_index_insert(&indices, &a, WG_INDEX_HANDSHAKE), 0);
	index = a.index;
	wg_index_remove(&indices, &a);
	assert_false(wg_index_replace(&indices, &a, &b, WG_INDEX_KEYPAIR));
	assert_null(find(index, BOTH));
	assert_int_equal(b.index, 0);

	assert_int_equal(wg_index_insert(&indices, &a, WG_INDEX_HANDSHAKE), 0);
	assert_true(wg_index_replace(&indices, &a, &b, WG_INDEX_KEYPAIR));
	assert_false(wg_index_replace(&indices, &a, &c, WG_INDEX_KEYPAIR));
	assert_int_equal(wg_index_insert(&indices, &c, WG_INDEX_HANDSHAKE), 0);
	assert_false(wg_index_replace(&indices, &c, &b, WG_INDEX_KEYPAIR));
	assert_false(wg_index_replace(&indices, &c, &c, WG_INDEX_KEYPAIR));
	assert_ptr_equal(find(b.index, WG_INDEX_KEYPAIR), &b);
	assert_ptr_equal(find(c.index, WG_INDEX_HANDSHAKE), &c);
	assert_int_equal(atomic_read(&indices.ht.nelems), 2);
}

static void remove_is_idempotent(void **state)
{
	struct wg_index_node never = { 0 }, a = { 0 }, b = { 0 };

	(void)state;
	wg_index_remove(&indices, &never);
	assert_int_equal(wg_index_insert(&indices, &a, WG_INDEX_HANDSHAKE), 0);
	assert_int_equal(wg_index_insert(&indices, &b, WG_INDEX_HANDSHAKE), 0);
	wg_index_remove(&indices, &a);
	wg_index_remove(&indices, &a);
	assert_null(find(a.index, BOTH));
	assert_ptr_equal(find(b.index, BOTH), &b);
	assert_int_equal(atomic_read(&indices.ht.nelems), 1);
}

/* Many nodes on few indices, with all operations on them, against an array. */
static void random_changes(void **state)
{
	enum { NODES = 64, VALUES = 200 };
	struct wg_index_node nodes[NODES] = { 0 }, *a, *b, *at[VALUES] = { NULL };
	u32 draws[64], value;
	int i, j, what;
	bool expected;

	(void)state;
	for (i = 0; i < 50000; i++) {
		a = &nodes[get_random_u32() % NODES];
		b = &nodes[get_random_u32() % NODES];
		what = get_random_u32() % 4;
		if (what < 2) {
			shim_draws_left = 0;
			for (j = 0; j < 64; j++)
				draws[j] = get_random_u32() % VALUES;
			draw(draws, 64);
			if (at[(u32)a->index] == a)
				at[(u32)a->index] = NULL;
			assert_int_equal(wg_index_insert(&indices, a, WG_INDEX_HANDSHAKE), 0);
			assert_null(at[(u32)a->index]);
			at[(u32)a->index] = a;
		} else if (what == 2) {
			if (at[(u32)a->index] == a)
				at[(u32)a->index] = NULL;
			wg_index_remove(&indices, a);
		} else {
			expected = at[(u32)a->index] == a && at[(u32)b->index] != b;
			assert_int_equal(wg_index_replace(&indices, a, b, WG_INDEX_KEYPAIR),
					 expected);
			if (expected)
				at[(u32)a->index] = b;
		}
		value = get_random_u32() % VALUES;
		assert_ptr_equal(find((__le32)value, BOTH), at[value]);
	}
	for (value = 0; value < VALUES; value++)
		assert_ptr_equal(find((__le32)value, BOTH), at[value]);
	shim_draws_left = 0;
}

static void many_indices(void **state)
{
	const int n = 50000;
	struct wg_index_node *nodes = kzalloc(n * sizeof(*nodes), GFP_KERNEL);
	int i;

	(void)state;
	for (i = 0; i < n; i++)
		assert_int_equal(wg_index_insert(&indices, &nodes[i], WG_INDEX_KEYPAIR), 0);
	for (i = 0; i < n; i++)
		assert_ptr_equal(find(nodes[i].index, WG_INDEX_KEYPAIR), &nodes[i]);
	for (i = 0; i < n; i++)
		wg_index_remove(&indices, &nodes[i]);
	assert_int_equal(atomic_read(&indices.ht.nelems), 0);
	kfree(nodes);
}

static void no_memory_for_tables(void **state)
{
	struct wg_peer_table peer_table;
	struct wg_index_table index_table;

	(void)state;
	shim_allocations_left = 0;
	assert_int_equal(wg_peer_table_init(&peer_table), -ENOMEM);
	assert_int_equal(wg_index_table_init(&index_table), -ENOMEM);
	shim_allocations_left = -1;
}

#define table_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		table_test(peer_is_found_by_its_whole_key),
		table_test(peer_key_is_there_once),
		table_test(peer_errors_are_handed_on),
		table_test(many_peers),
		table_test(index_is_found_by_its_kind),
		table_test(used_and_zero_draws_are_passed_over),
		table_test(broken_random_numbers_end),
		table_test(index_table_errors),
		table_test(inserting_again_changes_the_index),
		table_test(replace_takes_the_index_over),
		table_test(replace_needs_old_inside_and_new_outside),
		table_test(remove_is_idempotent),
		table_test(random_changes),
		table_test(many_indices),
		table_test(no_memory_for_tables),
	};

	return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
