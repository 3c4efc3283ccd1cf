// SPDX-License-Identifier: GPL-2.0
/*
 * The cryptokey routing trie: single cases at its edges, many random changes against a linear
 * list of prefixes, and changes with readers in other threads.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <cmocka.h>

#include "allowedips.h"

#define OWNERS 8

static struct wg_allowedips trie;
static struct wg_allowedips_owner owners[OWNERS];
static struct mutex lock;

/* ---- the linear list: prefixes in the order in which they were added */

struct prefix {
	int family, owner;
	u8 addr[16], cidr;
};

#define LIST_MAX 4096
static struct prefix list[LIST_MAX];
static int listed;

static bool bit_of(const u8 *addr, int at)
{
	return addr[at / 8] & 0x80 >> at % 8;
}

static bool same_bits(const u8 *a, const u8 *b, int bits)
{
	int i;

	for (i = 0; i < bits; i++)
		if (bit_of(a, i) != bit_of(b, i))
			return false;
	return true;
}

static int list_find(int family, const u8 *addr, u8 cidr)
{
	int i;

	for (i = 0; i < listed; i++)
		if (list[i].family == family && list[i].cidr == cidr &&
		    same_bits(list[i].addr, addr, cidr))
			return i;
	return -1;
}

static void list_drop(int at)
{
	listed--;
	memmove(&list[at], &list[at + 1], (listed - at) * sizeof(list[0]));
}

static void list_set(int owner, int family, const u8 *addr, u8 cidr)
{
	int at = list_find(family, addr, cidr), i;

	if (at >= 0 && list[at].owner == owner)
		return;
	if (at >= 0)
		list_drop(at);
	assert_in_range(listed, 0, LIST_MAX - 1);
	list[listed] = (struct prefix){ .family = family, .owner = owner, .cidr = cidr };
	for (i = 0; i < cidr; i++)
		if (bit_of(addr, i))
			list[listed].addr[i / 8] |= 0x80 >> i % 8;
	listed++;
}

static int list_lookup(int family, const u8 *addr)
{
	int i, best = -1;

	for (i = 0; i < listed; i++)
		if (list[i].family == family &&
		    same_bits(list[i].addr, addr, list[i].cidr) &&
		    (best < 0 || list[i].cidr > list[best].cidr))
			best = i;
	return best < 0 ? -1 : list[best].owner;
}

/* ---- the trie, by owner numbers and text */

static int setup(void **state)
{
	int i;

	(void)state;
	mutex_init(&lock);
	wg_allowedips_init(&trie, &lock);
	for (i = 0; i < OWNERS; i++)
		wg_allowedips_owner_init(&owners[i]);
	listed = 0;
	return 0;
}

static int teardown(void **state)
{
	int i;

	(void)state;
	mutex_lock(&lock);
	wg_allowedips_destroy(&trie);
	mutex_unlock(&lock);
	for (i = 0; i < OWNERS; i++)
		if (!list_empty(&owners[i].nodes))
			return -1;
	rcu_barrier();
	return shim_allocations_live ? -1 : 0;
}

static int parse(const char *text, u8 addr[16])
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	assert_int_equal(inet_pton(family, text, addr), 1);
	return family;
}

static int insert_raw(int owner, int family, const u8 *addr, u8 cidr)
{
	int err;

	mutex_lock(&lock);
	err = wg_allowedips_insert(&trie, &owners[owner], family, addr, cidr);
	mutex_unlock(&lock);
	return err;
}

static int remove_raw(int owner, int family, const u8 *addr, u8 cidr)
{
	int err;

	mutex_lock(&lock);
	err = wg_allowedips_remove(&trie, &owners[owner], family, addr, cidr);
	mutex_unlock(&lock);
	return err;
}

static void remove_owner(int owner)
{
	mutex_lock(&lock);
	wg_allowedips_remove_owner(&trie, &owners[owner]);
	mutex_unlock(&lock);
}

static int lookup_raw(int family, const u8 *addr)
{
	struct wg_allowedips_owner *owner;

	rcu_read_lock();
	owner = wg_allowedips_lookup(&trie, family, addr);
	rcu_read_unlock();
	return owner ? owner - owners : -1;
}

static int insert(int owner, const char *text, u8 cidr)
{
	u8 addr[16];
	int family = parse(text, addr);

	return insert_raw(owner, family, addr, cidr);
}

static int drop(int owner, const char *text, u8 cidr)
{
	u8 addr[16];
	int family = parse(text, addr);

	return remove_raw(owner, family, addr, cidr);
}

static int lookup(const char *text)
{
	u8 addr[16];
	int family = parse(text, addr);

	return lookup_raw(family, addr);
}

static int count_of(int owner)
{
	struct wg_allowedips_node *node;
	int n = 0;

	list_for_each_entry(node, &owners[owner].nodes, list)
		n++;
	return n;
}

/* The shape that allowedips.c promises. Returns the number of owned nodes. */
static int check_subtree(const struct wg_allowedips_node *node,
			 const struct wg_allowedips_node *parent, int side)
{
	u8 addr[16], above[16], cidr, above_cidr;
	int family;

	if (!node)
		return 0;
	family = wg_allowedips_node_read(node, addr, &cidr);
	assert_in_range(cidr, 0, family == AF_INET ? 32 : 128);
	if (parent) {
		assert_int_equal(wg_allowedips_node_read(parent, above, &above_cidr), family);
		assert_true(cidr > above_cidr);
		assert_true(same_bits(addr, above, above_cidr));
		assert_int_equal(bit_of(addr, above_cidr), side);
	}
	if (!node->owner)
		assert_true(node->child[0] && node->child[1]);
	return !!node->owner + check_subtree(node->child[0], node, 0) +
	       check_subtree(node->child[1], node, 1);
}

static void check_against_list(void)
{
	struct wg_allowedips_node *node;
	int i, owner;
	u8 addr[16], cidr;

	assert_int_equal(check_subtree(trie.root4, NULL, 0) +
			 check_subtree(trie.root6, NULL, 0), listed);
	for (owner = 0; owner < OWNERS; owner++) {
		i = 0;
		list_for_each_entry(node, &owners[owner].nodes, list) {
			while (i < listed && list[i].owner != owner)
				i++;
			assert_in_range(i, 0, listed - 1);
			assert_int_equal(wg_allowedips_node_read(node, addr, &cidr),
					 list[i].family);
			assert_int_equal(cidr, list[i].cidr);
			assert_memory_equal(addr, list[i].addr,
					    list[i].family == AF_INET ? 4 : 16);
			i++;
		}
		for (; i < listed; i++)
			assert_int_not_equal(list[i].owner, owner);
	}
}

/* ---- single cases */

static void empty(void **state)
{
	u8 addr[16] = { 0 };

	(void)state;
	assert_int_equal(lookup("192.0.2.1"), -1);
	assert_int_equal(lookup("2001:db8::1"), -1);
	assert_int_equal(lookup_raw(AF_UNIX, addr), -1);
	assert_int_equal(drop(0, "192.0.2.1", 32), 0);
	remove_owner(0);
	assert_int_equal(trie.seq, 0);
}

static void longest_prefix_wins(void **state)
{
	(void)state;
	assert_int_equal(insert(0, "10.0.0.0", 8), 0);
	assert_int_equal(insert(1, "10.1.0.0", 16), 0);
	assert_int_equal(insert(2, "10.1.2.0", 24), 0);
	assert_int_equal(insert(3, "10.1.2.3", 32), 0);
	assert_int_equal(lookup("10.1.2.3"), 3);
	assert_int_equal(lookup("10.1.2.2"), 2);
	assert_int_equal(lookup("10.1.3.3"), 1);
	assert_int_equal(lookup("10.2.2.3"), 0);
	assert_int_equal(lookup("11.1.2.3"), -1);
	assert_int_equal(lookup("a01:203::"), -1);
	/* The shortest one last, above all others. */
	assert_int_equal(insert(4, "0.0.0.0", 0), 0);
	assert_int_equal(lookup("11.1.2.3"), 4);
	assert_int_equal(lookup("10.1.2.3"), 3);
}

static void cidr_edges(void **state)
{
	u8 addr[16] = { 0 };

	(void)state;
	assert_int_equal(insert(0, "0.0.0.0", 0), 0);
	assert_int_equal(insert(1, "255.255.255.255", 32), 0);
	assert_int_equal(insert(2, "128.0.0.0", 1), 0);
	assert_int_equal(insert(3, "255.255.255.254", 31), 0);
	assert_int_equal(lookup("0.0.0.0"), 0);
	assert_int_equal(lookup("127.255.255.255"), 0);
	assert_int_equal(lookup("128.0.0.0"), 2);
	assert_int_equal(lookup("255.255.255.255"), 1);
	assert_int_equal(lookup("255.255.255.254"), 3);
	assert_int_equal(lookup("255.255.255.253"), 2);

	assert_int_equal(insert(0, "::", 0), 0);
	assert_int_equal(insert(1, "::1", 128), 0);
	assert_int_equal(insert(2, "ffff::", 1), 0);
	assert_int_equal(insert(3, "::", 64), 0);
	assert_int_equal(insert(4, "0:0:0:1::", 63), 0);
	assert_int_equal(insert(5, "0:0:0:1:8000::", 65), 0);
	assert_int_equal(insert(6, "::2", 127), 0);
	assert_int_equal(lookup("::"), 3);
	assert_int_equal(lookup("::1"), 1);
	assert_int_equal(lookup("::2"), 6);
	assert_int_equal(lookup("::3"), 6);
	assert_int_equal(lookup("::4"), 3);
	assert_int_equal(lookup("0:0:0:1::"), 4);
	assert_int_equal(lookup("0:0:0:1:7fff::"), 4);
	assert_int_equal(lookup("0:0:0:1:8000::"), 5);
	assert_int_equal(lookup("0:0:0:2::"), 0);
	assert_int_equal(lookup("8000::"), 2);

	assert_int_equal(insert_raw(0, AF_INET, addr, 33), -EINVAL);
	assert_int_equal(insert_raw(0, AF_INET, addr, 255), -EINVAL);
	assert_int_equal(insert_raw(0, AF_INET6, addr, 129), -EINVAL);
	assert_int_equal(insert_raw(0, AF_INET6, addr, 255), -EINVAL);
	assert_int_equal(insert_raw(0, AF_UNIX, addr, 0), -EINVAL);
	assert_int_equal(remove_raw(0, AF_INET, addr, 33), -EINVAL);
	assert_int_equal(remove_raw(0, AF_INET6, addr, 129), -EINVAL);
	assert_int_equal(remove_raw(0, AF_UNIX, addr, 0), -EINVAL);
}

static void host_bits_do_not_count(void **state)
{
	struct wg_allowedips_node *node;
	u8 addr[16], want[16], cidr;

	(void)state;
	assert_int_equal(insert(0, "192.0.2.77", 24), 0);
	node = list_first_entry(&owners[0].nodes, struct wg_allowedips_node, list);
	assert_int_equal(wg_allowedips_node_read(node, addr, &cidr), AF_INET);
	assert_int_equal(cidr, 24);
	parse("192.0.2.0", want);
	assert_memory_equal(addr, want, 4);
	assert_int_equal(lookup("192.0.2.255"), 0);
	assert_int_equal(insert(0, "192.0.2.78", 24), 0);
	assert_int_equal(count_of(0), 1);
	assert_int_equal(drop(0, "192.0.2.99", 24), 0);
	assert_int_equal(count_of(0), 0);

	assert_int_equal(insert(0, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 66), 0);
	node = list_first_entry(&owners[0].nodes, struct wg_allowedips_node, list);
	assert_int_equal(wg_allowedips_node_read(node, addr, &cidr), AF_INET6);
	assert_int_equal(cidr, 66);
	parse("2001:db8:ffff:ffff:c000::", want);
	assert_memory_equal(addr, want, 16);
}

static void adding_moves_a_prefix(void **state)
{
	(void)state;
	assert_int_equal(insert(0, "10.0.0.0", 8), 0);
	assert_int_equal(insert(0, "10.1.0.0", 16), 0);
	assert_int_equal(insert(1, "10.1.0.0", 16), 0);
	assert_int_equal(lookup("10.1.0.1"), 1);
	assert_int_equal(count_of(0), 1);
	assert_int_equal(count_of(1), 1);
	/* The former owner can no longer remove it. */
	assert_int_equal(drop(0, "10.1.0.0", 16), 0);
	assert_int_equal(lookup("10.1.0.1"), 1);
	remove_owner(0);
	assert_int_equal(lookup("10.1.0.1"), 1);
	assert_int_equal(lookup("10.2.0.1"), -1);
}

static void a_fork_can_become_a_prefix_and_a_fork_again(void **state)
{
	(void)state;
	assert_int_equal(insert(0, "10.0.0.0", 24), 0);
	assert_int_equal(insert(1, "10.0.1.0", 24), 0);
	assert_int_equal(lookup("10.0.2.1"), -1);
	assert_int_equal(shim_allocations_live, 3);
	assert_int_equal(insert(2, "10.0.0.0", 23), 0);
	assert_int_equal(shim_allocations_live, 3);
	assert_int_equal(drop(2, "10.0.0.0", 23), 0);
	assert_int_equal(lookup("10.0.0.1"), 0);
	assert_int_equal(lookup("10.0.1.1"), 1);
	assert_int_equal(count_of(2), 0);
	/* The fork is removed with the first of its branches. */
	assert_int_equal(drop(0, "10.0.0.0", 24), 0);
	rcu_barrier();
	assert_int_equal(shim_allocations_live, 1);
	assert_int_equal(lookup("10.0.1.1"), 1);
	assert_int_equal(drop(1, "10.0.1.0", 24), 0);
	rcu_barrier();
	assert_int_equal(shim_allocations_live, 0);
	assert_null(trie.root4);
}

static void seq_moves_with_changes_only(void **state)
{
	u64 seq = trie.seq;

	(void)state;
	insert(0, "10.0.0.0", 8);
	assert_true(trie.seq != seq);
	seq = trie.seq;
	insert(0, "10.0.0.0", 8);
	drop(1, "10.0.0.0", 8);
	drop(0, "10.0.0.0", 9);
	remove_owner(1);
	assert_true(trie.seq == seq);
	insert(1, "10.0.0.0", 8);
	assert_true(trie.seq != seq);
	seq = trie.seq;
	drop(1, "10.0.0.0", 8);
	assert_true(trie.seq != seq);
	insert(1, "10.0.0.0", 8);
	seq = trie.seq;
	remove_owner(1);
	assert_true(trie.seq != seq);
}

static void mark(int owner)
{
	mutex_lock(&lock);
	wg_allowedips_mark_owner(&trie, &owners[owner]);
	mutex_unlock(&lock);
}

static void remove_marked(int owner)
{
	mutex_lock(&lock);
	wg_allowedips_remove_marked(&trie, &owners[owner]);
	mutex_unlock(&lock);
}

static void replacing_keeps_what_is_named(void **state)
{
	u64 seq;

	(void)state;
	insert(0, "10.0.0.0", 8);
	insert(0, "10.1.0.0", 16);
	insert(0, "fd00::", 16);
	insert(1, "10.2.0.0", 16);
	seq = trie.seq;

	/* The same again, in any order: nothing changes at any time. */
	mark(0);
	assert_int_equal(lookup("10.1.2.3"), 0);
	insert(0, "fd00::", 16);
	insert(0, "10.1.0.0", 16);
	insert(0, "10.0.0.0", 8);
	remove_marked(0);
	assert_int_equal(trie.seq, seq);
	assert_int_equal(count_of(0), 3);

	/* One is removed, one is new, one comes from another owner, one is added and removed. */
	mark(0);
	insert(0, "10.0.0.0", 8);
	insert(0, "10.2.0.0", 16);
	insert(0, "10.3.0.0", 16);
	insert(0, "fd00::", 16);
	drop(0, "fd00::", 16);
	assert_int_equal(lookup("10.1.2.3"), 0);
	assert_int_equal(count_of(0), 4);
	remove_marked(0);
	assert_true(trie.seq != seq);
	assert_int_equal(count_of(0), 3);
	assert_int_equal(count_of(1), 0);
	assert_int_equal(lookup("fd00::1"), -1);

	/* A mark is not passed to the next owner of a prefix, and does not stay in a fork. */
	insert(2, "10.128.0.0", 16);
	insert(2, "10.0.0.0", 9);
	mark(0);
	insert(1, "10.2.0.0", 16);
	remove_marked(1);
	assert_int_equal(lookup("10.2.0.1"), 1);
	remove_marked(0);
	assert_int_equal(count_of(0), 0);
	insert(0, "10.0.0.0", 8);
	seq = trie.seq;
	remove_marked(0);
	assert_int_equal(trie.seq, seq);
	assert_int_equal(lookup("10.200.0.1"), 0);
}

static void no_memory_changes_nothing(void **state)
{
	u64 seq;
	long left;

	(void)state;
	assert_int_equal(insert(0, "10.0.0.0", 24), 0);
	seq = trie.seq;
	for (left = 0; left < 2; left++) {
		shim_allocations_left = left;
		assert_int_equal(insert(1, "10.0.1.0", 24), -ENOMEM);
		shim_allocations_left = -1;
		assert_int_equal(lookup("10.0.1.1"), -1);
		assert_int_equal(lookup("10.0.0.1"), 0);
		assert_int_equal(shim_allocations_live, 1);
		assert_true(list_empty(&owners[1].nodes));
		assert_true(trie.seq == seq);
	}
	/* A move to another owner needs no allocation. */
	shim_allocations_left = 0;
	assert_int_equal(insert(1, "10.0.0.0", 24), 0);
	shim_allocations_left = -1;
	assert_int_equal(lookup("10.0.0.1"), 1);
}

static void destroy_leaves_a_usable_trie(void **state)
{
	(void)state;
	insert(0, "10.0.0.0", 8);
	insert(1, "10.0.0.0", 16);
	insert(2, "2001:db8::", 32);
	mutex_lock(&lock);
	wg_allowedips_destroy(&trie);
	mutex_unlock(&lock);
	assert_int_equal(lookup("10.0.0.1"), -1);
	assert_int_equal(lookup("2001:db8::1"), -1);
	assert_true(list_empty(&owners[0].nodes));
	assert_true(list_empty(&owners[1].nodes));
	assert_true(list_empty(&owners[2].nodes));
	assert_int_equal(insert(3, "10.0.0.0", 8), 0);
	assert_int_equal(lookup("10.0.0.1"), 3);
}

static void unaligned_addresses(void **state)
{
	u8 bytes[17] = { 0xff, 0x20, 0x01, 0x0d, 0xb8 };

	(void)state;
	assert_int_equal(insert_raw(0, AF_INET6, bytes + 1, 32), 0);
	assert_int_equal(insert_raw(1, AF_INET, bytes + 1, 32), 0);
	assert_int_equal(lookup_raw(AF_INET6, bytes + 1), 0);
	assert_int_equal(lookup_raw(AF_INET, bytes + 1), 1);
}

/* ---- depth and cost */

/* An address of ones up to bit `at`, and zeros from there on. */
static void ones(u8 addr[16], int at)
{
	int i;

	memset(addr, 0, 16);
	for (i = 0; i < at; i++)
		addr[i / 8] |= 0x80 >> i % 8;
}

static void check_deepest(int family, int width, int first, int step)
{
	int i, at;
	u8 addr[16];

	/* All prefixes of one address, in an order that step shuffles. */
	for (i = 0; i <= width; i++) {
		at = (first + i * step) % (width + 1);
		ones(addr, width);
		assert_int_equal(insert_raw(at % OWNERS, family, addr, at), 0);
	}
	assert_int_equal(shim_allocations_live, width + 1);
	for (at = 0; at <= width; at++) {
		ones(addr, at);
		assert_int_equal(lookup_raw(family, addr), at % OWNERS);
	}
	/* Every third is removed. Shorter ones then match for it. */
	ones(addr, width);
	for (at = 0; at <= width; at += 3)
		assert_int_equal(remove_raw(at % OWNERS, family, addr, at), 0);
	for (at = 0; at <= width; at++) {
		ones(addr, at);
		assert_int_equal(lookup_raw(family, addr),
				 at % 3 ? at % OWNERS : at ? (at - 1) % OWNERS : -1);
	}
	for (i = 0; i < OWNERS; i++)
		remove_owner(i);
	rcu_barrier();
	assert_int_equal(shim_allocations_live, 0);
}

static void deepest(void **state)
{
	u8 addr[16];
	int i;

	(void)state;
	/* 33 and 129 nodes in a row, from the top, from the bottom, mixed. */
	check_deepest(AF_INET, 32, 0, 1);
	check_deepest(AF_INET, 32, 32, 32);
	check_deepest(AF_INET, 32, 5, 7);
	check_deepest(AF_INET6, 128, 0, 1);
	check_deepest(AF_INET6, 128, 128, 128);
	check_deepest(AF_INET6, 128, 77, 50);
	/* Also with a branch at each level, left for the teardown to destroy. */
	for (i = 0; i <= 128; i++) {
		ones(addr, i);
		assert_int_equal(insert_raw(i % OWNERS, AF_INET6, addr, 128), 0);
		assert_int_equal(insert_raw(i % OWNERS, AF_INET6, addr, i), 0);
	}
}

static void removing_an_owner_costs_its_own_prefixes(void **state)
{
	const int others = 50000, own = 16;
	unsigned long steps;
	u8 addr[16];
	int i;

	(void)state;
	for (i = 0; i < others; i++) {
		get_random_bytes(addr, sizeof(addr));
		assert_int_equal(insert_raw(1, AF_INET, addr, 32), 0);
		assert_int_equal(insert_raw(1, AF_INET6, addr, 128), 0);
	}
	for (i = 0; i < own; i++) {
		get_random_bytes(addr, sizeof(addr));
		assert_int_equal(insert_raw(0, AF_INET6, addr, 128), 0);
	}
	steps = shim_rcu_writer_steps;
	remove_owner(0);
	assert_in_range(shim_rcu_writer_steps - steps, own, own * (129 + 4));
	assert_true(list_empty(&owners[0].nodes));
}

/* ---- random changes */

/* Few distinct values at each position, so that prefixes collide and nest. */
static void random_address(u8 addr[16])
{
	int i, shared = get_random_u32() % 17;

	memset(addr, 0, 16);
	for (i = 0; i < 16; i++) {
		if (i < shared)
			addr[i] = 0x0a + i;
		else if (get_random_u32() % 4 == 0)
			addr[i] = get_random_u32();
	}
	/* Or a neighbour, one bit away, of a prefix that exists. */
	if (listed && get_random_u32() % 3) {
		memcpy(addr, list[get_random_u32() % listed].addr, 16);
		i = get_random_u32() % 128;
		addr[i / 8] ^= 0x80 >> i % 8;
	}
}

static u8 random_cidr(int width)
{
	static const u8 favoured[] = { 0, 1, 8, 16, 24, 31, 32, 63, 64, 65, 96, 127, 128 };
	u8 cidr = favoured[get_random_u32() % sizeof(favoured)];

	if (get_random_u32() % 2 || cidr > width)
		cidr = get_random_u32() % (width + 1);
	return cidr;
}

static void random_change(const int *families, int n_families, int target)
{
	int owner = get_random_u32() % OWNERS;
	int family = families[get_random_u32() % n_families];
	int what = get_random_u32() % 1000, at, i;
	u8 addr[16], cidr;

	random_address(addr);
	cidr = random_cidr(family == AF_INET ? 32 : 128);
	if (what < 2) {
		remove_owner(owner);
		for (i = listed - 1; i >= 0; i--)
			if (list[i].owner == owner)
				list_drop(i);
	} else if (what < (listed < target ? 700 : 300)) {
		assert_int_equal(insert_raw(owner, family, addr, cidr), 0);
		list_set(owner, family, addr, cidr);
	} else {
		/* Mostly a prefix that exists, and then mostly by its owner. */
		if (listed && what % 8) {
			at = get_random_u32() % listed;
			family = list[at].family;
			cidr = list[at].cidr;
			memcpy(addr, list[at].addr, 16);
			if (what % 8 > 1)
				owner = list[at].owner;
		}
		assert_int_equal(remove_raw(owner, family, addr, cidr), 0);
		at = list_find(family, addr, cidr);
		if (at >= 0 && list[at].owner == owner)
			list_drop(at);
	}
}

static void run_against_list(const int *families, int n_families, int target,
			     int changes)
{
	int i, j, family, found = 0, most = 0;
	u8 addr[16];

	for (i = 0; i < changes; i++) {
		random_change(families, n_families, target);
		for (j = 0; j < 4; j++) {
			family = families[get_random_u32() % n_families];
			random_address(addr);
			assert_int_equal(lookup_raw(family, addr),
					 list_lookup(family, addr));
			found += lookup_raw(family, addr) >= 0;
		}
		if (i % 64 == 0)
			check_against_list();
		if (i % 256 == 0)
			rcu_barrier();
		most = max(most, listed);
	}
	check_against_list();
	/* Without enough matches the run would have shown nothing. */
	assert_true(most > target / 2);
	assert_true(found > changes);
}

static void random_ipv4(void **state)
{
	static const int families[] = { AF_INET };

	(void)state;
	run_against_list(families, 1, 300, 40000);
}

static void random_ipv6(void **state)
{
	static const int families[] = { AF_INET6 };

	(void)state;
	run_against_list(families, 1, 600, 40000);
}

static void random_both_small(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };

	/* Small tries often become empty again. */
	(void)state;
	run_against_list(families, 2, 12, 60000);
}

/* ---- with concurrent readers */

/*
 * Three addresses have known results for readers at all times:
 *   10.0.0.1   owner 0 by 10.0.0.0/8, or the short-lived owner of 10.0.0.1/32
 *   10.9.9.9   owner 1 or 2, between which its /32 is moved
 *   2001:db8:: owner 3
 * while other prefixes are added and removed around and between them.
 */
struct passing_owner {
	struct wg_allowedips_owner owner;
	struct rcu_head rcu;
	int alive;
};

static bool stop;
static unsigned long wrong_answers, lookups_done, passing_seen;

static bool answers_are_right(void)
{
	static const u8 flicker[4] = { 10, 0, 0, 1 }, moved[4] = { 10, 9, 9, 9 };
	static const u8 steady[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct wg_allowedips_owner *owner;
	bool right = true;

	rcu_read_lock();
	owner = wg_allowedips_lookup(&trie, AF_INET, flicker);
	if (owner != &owners[0]) {
		right = owner && container_of(owner, struct passing_owner, owner)->alive == 1;
		__atomic_add_fetch(&passing_seen, 1, __ATOMIC_RELAXED);
	}
	owner = wg_allowedips_lookup(&trie, AF_INET, moved);
	right = right && (owner == &owners[1] || owner == &owners[2]);
	owner = wg_allowedips_lookup(&trie, AF_INET6, steady);
	right = right && owner == &owners[3];
	rcu_read_unlock();
	return right;
}

static void *reader(void *arg)
{
	while (!READ_ONCE(stop)) {
		if (!answers_are_right())
			__atomic_add_fetch(&wrong_answers, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&lookups_done, 1, __ATOMIC_RELAXED);
	}
	return arg;
}

static void free_passing_owner(struct rcu_head *head)
{
	struct passing_owner *passing = container_of(head, struct passing_owner, rcu);

	passing->alive = 0;
	kfree(passing);
}

static void one_owner_passes(void)
{
	struct passing_owner *passing = kzalloc(sizeof(*passing), GFP_KERNEL);
	static const u8 flicker[4] = { 10, 0, 0, 1 };

	assert_non_null(passing);
	passing->alive = 1;
	wg_allowedips_owner_init(&passing->owner);
	mutex_lock(&lock);
	assert_int_equal(wg_allowedips_insert(&trie, &passing->owner, AF_INET, flicker, 32), 0);
	mutex_unlock(&lock);
	mutex_lock(&lock);
	wg_allowedips_remove_owner(&trie, &passing->owner);
	mutex_unlock(&lock);
	call_rcu(&passing->rcu, free_passing_owner);
}

static void readers_during_changes(void **state)
{
	u8 addr[16] = { 10 }, v6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	pthread_t threads[3];
	int i, round = 0;

	(void)state;
	stop = false;
	wrong_answers = 0;
	lookups_done = 0;
	passing_seen = 0;
	insert(0, "10.0.0.0", 8);
	insert(1, "10.9.9.9", 32);
	insert(3, "2001:db8::", 126);
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, NULL), 0);

	/*
	 * Continue until the readers have seen enough, even on a busy machine: they find a
	 * short-lived owner only while it exists.
	 */
	for (; round < 60000 || (round < 6000000 && (READ_ONCE(lookups_done) < 20000 ||
						     !READ_ONCE(passing_seen))); round++) {
		insert(1 + round % 2, "10.9.9.9", 32);
		one_owner_passes();
		i = get_random_u32() % 22 + 9;
		addr[1] = 0x80 | get_random_u32() % 10;
		addr[2] = get_random_u32() % 10;
		insert_raw(4, AF_INET, addr, i);
		v6[15] = 4 | get_random_u32();
		v6[9] = get_random_u32();
		insert_raw(5, AF_INET6, v6, 127);
		if (round % 16 == 15)
			remove_owner(4 + round / 16 % 2);
		if (round % 64 == 0)
			rcu_barrier();
	}
	WRITE_ONCE(stop, true);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(wrong_answers, 0);
	assert_true(lookups_done >= 20000);
	assert_true(passing_seen > 0);
}

#define trie_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		trie_test(empty),
		trie_test(longest_prefix_wins),
		trie_test(cidr_edges),
		trie_test(host_bits_do_not_count),
		trie_test(adding_moves_a_prefix),
		trie_test(a_fork_can_become_a_prefix_and_a_fork_again),
		trie_test(seq_moves_with_changes_only),
		trie_test(replacing_keeps_what_is_named),
		trie_test(no_memory_changes_nothing),
		trie_test(destroy_leaves_a_usable_trie),
		trie_test(unaligned_addresses),
		trie_test(deepest),
		trie_test(removing_an_owner_costs_its_own_prefixes),
		trie_test(random_ipv4),
		trie_test(random_ipv6),
		trie_test(random_both_small),
		trie_test(readers_during_changes),
	};

	return cmocka_run_group_tests_name("allowedips", tests, NULL, NULL);
}
