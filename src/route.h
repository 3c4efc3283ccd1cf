/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Routes to peers, and the source address of messages to them.
 */
#ifndef WG_ROUTE_H
#define WG_ROUTE_H

#include <net/flow.h>
#include <net/ip6_fib.h>
#include <net/route.h>
#include "socket.h"

/* Fills in the flow of messages on @path. */
void wg_flow4(struct flowi4 *fl, const struct wg_sockets *sockets, struct sock *sk,
	      const struct wg_path *path);
void wg_flow6(struct flowi6 *fl, const struct wg_sockets *sockets, struct sock *sk,
	      const struct wg_path *path);

/*
 * Under RCU. Return: a route with a reference, and its addresses in @fl; or an error:
 * -EADDRNOTAVAIL if the tunnel has the only source address, or the error of the lookup.
 */
struct rtable *wg_find_route4(struct wg_sockets *sockets, struct sock *sk,
			      const struct wg_path *path, struct flowi4 *fl);
struct dst_entry *wg_find_route6(struct wg_sockets *sockets, struct sock *sk,
				 const struct wg_path *path, struct flowi6 *fl);

#endif
