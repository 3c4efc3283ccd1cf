/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: there are no routes to cache. */
#ifndef SHIM_NET_DST_CACHE_H
#define SHIM_NET_DST_CACHE_H

struct dst_cache {
	void *cache;
};

#endif
