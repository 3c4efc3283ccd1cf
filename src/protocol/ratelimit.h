/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often one source may make us do the costly part of a handshake while we
 * are under load: a token bucket for each IPv4 address and each IPv6 /64, kept
 * apart by scope (the network namespace). Time is an argument, memory is fixed.
 */
#ifndef WG_RATELIMIT_H
#define WG_RATELIMIT_H

#include <linux/types.h>

enum {
	WG_RATELIMIT_PER_SECOND = 20,
	WG_RATELIMIT_BURST = 5,
	/*
	 * Sources remembered at a time; 16 bytes each make 512 KiB. One is
	 * remembered for 50 ms for each of its messages that was let through. At
	 * 160,000 of those a second, more than ten cores can do the Diffie-Hellman
	 * operations for, the table is a quarter full and one new source in a
	 * thousand finds no room.
	 */
	WG_RATELIMIT_SOURCES = 32768,
};

struct wg_ratelimit;

/* Process context. NULL: no memory. free: no call of allow may be under way. */
struct wg_ratelimit *wg_ratelimit_new(void);
void wg_ratelimit_free(struct wg_ratelimit *rl);

/*
 * Process context or softirq. Takes a token from the source's bucket; false when
 * there is none, when there is no room for a new source, or for a family other
 * than AF_INET and AF_INET6: drop the message. addr: 4 or 16 bytes in network
 * order, unaligned. now_ns: any clock that does not go back.
 */
bool wg_ratelimit_allow(struct wg_ratelimit *rl, const void *scope, int family,
			const void *addr, u64 now_ns);

#endif /* WG_RATELIMIT_H */
