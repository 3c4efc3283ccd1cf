/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Limits how often one source may cause the costly part of a handshake under
 * load: a token bucket for each IPv4 address and each IPv6 /64, separately for
 * each scope (the network namespace). The time is an argument; the memory is
 * fixed.
 */
#ifndef WG_RATELIMIT_H
#define WG_RATELIMIT_H

#include <linux/types.h>

enum {
	WG_RATELIMIT_PER_SECOND = 20,
	WG_RATELIMIT_BURST = 5,
	/*
	 * Sources in the table: 512 KiB of 16 bytes each. Each allowed message
	 * keeps its source in the table for 50 ms. At 160,000 allowed messages
	 * per second, more initiations than ten cores can answer, the table is a
	 * quarter full, and one new source in a thousand finds its set full.
	 */
	WG_RATELIMIT_SOURCES = 32768,
};

struct wg_ratelimit;

/* Process context. Return: NULL if there is no memory. */
struct wg_ratelimit *wg_ratelimit_new(void);
/* Process context. wg_ratelimit_allow() must not run concurrently. */
void wg_ratelimit_free(struct wg_ratelimit *rl);

/*
 * Takes a token from the bucket of the source. Process context or softirq.
 * @addr: 4 or 16 bytes in network order, may be unaligned. @now_ns: nanoseconds
 * of any monotonic clock. Return: false if the bucket is empty, if the set of a
 * new source is full, or for a family other than AF_INET and AF_INET6; the caller
 * then drops the message.
 */
bool wg_ratelimit_allow(struct wg_ratelimit *rl, const void *scope, int family,
			const void *addr, u64 now_ns);

#endif /* WG_RATELIMIT_H */
