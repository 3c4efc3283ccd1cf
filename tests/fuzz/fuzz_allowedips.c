// SPDX-License-Identifier: GPL-2.0
/*
 * The cryptokey routing trie against a list of prefixes: insertions, moves between owners,
 * removals, lookups, and a comparison of all entries after each change.
 */
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/socket.h>
#include "allowedips.h"
#include "fuzz.h"

#define OWNERS 4
#define MOST 256

struct prefix {
	int family, owner;
	u8 addr[16], cidr;
};

static struct prefix list[MOST];
static size_t listed;
static struct mutex lock;

static bool covers(const struct prefix *p, int family, const u8 *addr, u8 bits)
{
	int whole = p->cidr / 8, rest = p->cidr % 8;

	if (p->family != family || bits < p->cidr || memcmp(p->addr, addr, whole))
		return false;
	return !rest || !((p->addr[whole] ^ addr[whole]) & (0xff00 >> rest) & 0xff);
}

static struct prefix *find(int family, const u8 *addr, u8 cidr)
{
	size_t i;

	for (i = 0; i < listed; i++)
		if (list[i].cidr == cidr && covers(&list[i], family, addr, cidr))
			return &list[i];
	return NULL;
}

static void drop(struct prefix *p)
{
	*p = list[--listed];
}

static int best(int family, const u8 *addr)
{
	int owner = -1, longest = -1;
	size_t i;

	for (i = 0; i < listed; i++) {
		if (list[i].cidr <= longest ||
		    !covers(&list[i], family, addr, family == AF_INET ? 32 : 128))
			continue;
		longest = list[i].cidr;
		owner = list[i].owner;
	}
	return owner;
}

static void insert(struct wg_allowedips *trie, struct wg_allowedips_owner *owners, int owner,
		   int family, const u8 *addr, u8 cidr)
{
	struct prefix *p;

	if (cidr > (family == AF_INET ? 32 : 128)) {
		claim(wg_allowedips_insert(trie, &owners[owner], family, addr, cidr) == -EINVAL);
		return;
	}
	p = find(family, addr, cidr);
	if (!p && listed == MOST)
		return;
	claim(!wg_allowedips_insert(trie, &owners[owner], family, addr, cidr));
	if (!p) {
		p = &list[listed++];
		*p = (struct prefix){ .family = family, .cidr = cidr };
		memcpy(p->addr, addr, cidr / 8);
		if (cidr % 8)
			p->addr[cidr / 8] = addr[cidr / 8] & (0xff00 >> cidr % 8);
	}
	p->owner = owner;
}

/* Replaces an owner's prefixes by every second one of them and one more. */
static void replace(struct wg_allowedips *trie, struct wg_allowedips_owner *owners, int owner,
		    int family, const u8 *addr, u8 cidr, bool all)
{
	bool kept[MOST] = { false };
	u64 seq = trie->seq;
	size_t i;

	wg_allowedips_mark_owner(trie, &owners[owner]);
	for (i = 0; i < listed; i++) {
		kept[i] = list[i].owner != owner || all || i % 2;
		if (kept[i] && list[i].owner == owner)
			claim(!wg_allowedips_insert(trie, &owners[owner], list[i].family,
						    list[i].addr, list[i].cidr));
	}
	for (i = listed; i-- > 0;) {
		if (kept[i])
			continue;
		/* drop() moves an entry here that has been visited. */
		drop(&list[i]);
	}
	if (!all)
		insert(trie, owners, owner, family, addr, cidr);
	wg_allowedips_remove_marked(trie, &owners[owner]);
	claim(!all || trie->seq == seq);
}

/* All prefixes of each owner, read as a dump reads them. */
static void compare(struct wg_allowedips_owner *owners)
{
	struct wg_allowedips_node *node;
	size_t seen = 0;
	struct prefix *p;
	u8 addr[16], cidr;
	int i, family;

	mutex_lock(&lock);
	for (i = 0; i < OWNERS; i++) {
		list_for_each_entry(node, &owners[i].nodes, list) {
			family = wg_allowedips_node_read(node, addr, &cidr);
			p = find(family, addr, cidr);
			claim(p && p->owner == i);
			seen++;
		}
	}
	claim(seen == listed);
	mutex_unlock(&lock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct wg_allowedips_owner owners[OWNERS], *got;
	struct wg_allowedips trie;
	struct prefix *p;
	int i, family, owner, expected;
	u8 op, cidr, addr[16];

	mutex_init(&lock);
	wg_allowedips_init(&trie, &lock);
	for (i = 0; i < OWNERS; i++)
		wg_allowedips_owner_init(&owners[i]);
	listed = 0;
	while (in.left) {
		op = fuzz_u8(&in);
		family = op & 0x80 ? AF_INET6 : AF_INET;
		owner = op >> 4 & (OWNERS - 1);
		cidr = fuzz_u8(&in);
		/* An address near a listed one, or any address. */
		if (op & 0x40 && listed) {
			p = &list[fuzz_u8(&in) % listed];
			family = p->family;
			memcpy(addr, p->addr, sizeof(addr));
			addr[cidr % (family == AF_INET ? 4 : 16)] ^= fuzz_u8(&in);
		} else {
			fuzz_bytes(&in, addr, family == AF_INET ? 4 : 16);
		}
		mutex_lock(&lock);
		switch (op & 0x0f) {
		case 0 ... 7:
			insert(&trie, owners, owner, family, addr,
			       cidr % (family == AF_INET ? 36 : 132));
			break;
		case 8 ... 10:
			cidr %= family == AF_INET ? 33 : 129;
			p = find(family, addr, cidr);
			claim(!wg_allowedips_remove(&trie, &owners[owner], family, addr, cidr));
			if (p && p->owner == owner)
				drop(p);
			break;
		case 11:
			wg_allowedips_remove_owner(&trie, &owners[owner]);
			for (i = listed; i-- > 0;)
				if (list[i].owner == owner)
					drop(&list[i]);
			break;
		case 12:
			replace(&trie, owners, owner, family, addr,
				cidr % (family == AF_INET ? 33 : 129), op & 0x40);
			break;
		case 13:
			wg_allowedips_destroy(&trie);
			listed = 0;
			break;
		}
		mutex_unlock(&lock);
		rcu_read_lock();
		got = wg_allowedips_lookup(&trie, family, addr);
		rcu_read_unlock();
		expected = best(family, addr);
		claim(got == (expected < 0 ? NULL : &owners[expected]));
		if ((op & 0x0f) >= 8)
			compare(owners);
	}
	compare(owners);
	mutex_lock(&lock);
	wg_allowedips_destroy(&trie);
	mutex_unlock(&lock);
	rcu_barrier();
	claim(!shim_allocations_live);
	return 0;
}
