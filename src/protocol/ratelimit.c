// SPDX-License-Identifier: GPL-2.0
/*
 * Token buckets by source, for handshake messages under load. The caller
 * decides when there is load and asks about each message. Memory is allocated
 * at creation only, and there is no timer or worker.
 *
 * A bucket is stored as the time at which it is full again. Each token taken
 * delays that time by the interval of one token. A message is allowed if the
 * bucket is then full within the time that a whole bucket needs. A full bucket
 * is equal to an unused one, so its place is free without a clean-up.
 *
 * The table is an array of small sets. A keyed hash of 64 bits selects the set
 * of a source and also identifies the source in it. Sources with the same hash
 * share a bucket. Without the key an attacker can neither find such sources nor
 * aim at a set. A full set refuses new sources, so that an attacker cannot
 * displace limited sources by new ones.
 */
#include "ratelimit.h"

#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/vmalloc.h>
#include <asm/byteorder.h>
#include "wg_limits.h"

enum {
	WG_RATELIMIT_WAYS = 8,	/* a set is two cache lines */
	WG_RATELIMIT_SETS = WG_RATELIMIT_SOURCES / WG_RATELIMIT_WAYS,
	WG_RATELIMIT_LOCKS = 16,
};

static const u64 wg_token_ns = WG_SEC_NS / WG_RATELIMIT_PER_SECOND;

struct wg_bucket {
	u64 source;	/* the whole hash; not valid once the bucket is full */
	u64 full_at;	/* ns */
};

struct wg_bucket_lock {
	spinlock_t lock;	/* of the sets with this index modulo WG_RATELIMIT_LOCKS */
} ____cacheline_aligned_in_smp;

struct wg_ratelimit {
	siphash_key_t key;
	struct wg_bucket_lock locks[WG_RATELIMIT_LOCKS];
	struct wg_bucket sets[WG_RATELIMIT_SETS][WG_RATELIMIT_WAYS];
};

/* The IPv4 address or the IPv6 /64 as a number, only for hashing. */
static bool wg_source_network(int family, const void *addr, u64 *network)
{
	size_t len;

	switch (family) {
	case AF_INET:
		len = 4;
		break;
	case AF_INET6:
		len = 8;
		break;
	default:
		return false;
	}
	*network = 0;
	memcpy(network, addr, len);
	return true;
}

static struct wg_bucket *wg_bucket_find(struct wg_bucket *set, u64 source,
					u64 now_ns)
{
	struct wg_bucket *place = NULL;
	int i;

	for (i = 0; i < WG_RATELIMIT_WAYS; i++) {
		if (set[i].full_at <= now_ns)
			place = &set[i];
		else if (set[i].source == source)
			return &set[i];
	}
	if (place) {
		place->source = source;
		place->full_at = now_ns;
	}
	return place;
}

struct wg_ratelimit *wg_ratelimit_new(void)
{
	struct wg_ratelimit *rl;
	int i;

	BUILD_BUG_ON(WG_RATELIMIT_SETS % WG_RATELIMIT_LOCKS);

	rl = vzalloc(sizeof(*rl));
	if (!rl)
		return NULL;
	get_random_bytes(&rl->key, sizeof(rl->key));
	for (i = 0; i < WG_RATELIMIT_LOCKS; i++)
		spin_lock_init(&rl->locks[i].lock);
	return rl;
}

void wg_ratelimit_free(struct wg_ratelimit *rl)
{
	vfree(rl);
}

bool wg_ratelimit_allow(struct wg_ratelimit *rl, const void *scope, int family,
			const void *addr, u64 now_ns)
{
	struct wg_bucket *bucket;
	struct wg_bucket_lock *guard;
	u64 source, network;
	bool allowed = false;

	if (!wg_source_network(family, addr, &network))
		return false;
	source = siphash_3u64((unsigned long)scope, family, network, &rl->key);
	guard = &rl->locks[source % WG_RATELIMIT_LOCKS];

	spin_lock_bh(&guard->lock);
	bucket = wg_bucket_find(rl->sets[source % WG_RATELIMIT_SETS], source, now_ns);
	if (bucket &&
	    bucket->full_at <= now_ns + (WG_RATELIMIT_BURST - 1) * wg_token_ns) {
		bucket->full_at += wg_token_ns;
		allowed = true;
	}
	spin_unlock_bh(&guard->lock);
	return allowed;
}
