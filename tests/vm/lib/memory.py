# SPDX-License-Identifier: GPL-2.0
"""Memory use of the kernel: objects of the slab caches that the driver allocates from, and pages.

Shrinking a cache flushes its per-CPU lists, after which the number of its objects is exact: an
object lost in each round of a test shows as that many objects. The VM keeps caches unmerged
(slab_nomerge), so that ours have names."""

import glob
import os
import time

import kcore
from points import SLOW, equal, point, skip

# The driver's caches, and caches of objects that the driver holds or causes to be held:
# packets, routes, sockets.
CACHES = ("wg_", "kmalloc-", "skbuff_", "ip_dst_cache", "ip6_dst_cache", "UDP", "net_namespace",
          "inet_peer_cache")
SLABS = "/proc/slabinfo"
# Objects that SLAB, unlike SLUB, keeps per CPU and counts as in use.
PUT_BY = 0 if glob.glob("/sys/kernel/slab/*/shrink") else 300
KMEMLEAK = os.path.exists("/sys/kernel/debug/kmemleak")


def napi_heads():
    """The number of skb heads that NAPI caches for reuse; slabs count them as in use."""
    return sum(kcore.of_each_cpu("napi_alloc_cache", "napi_alloc_cache", "skb_count", "I"))


# Maximum numbers of objects that the kernel keeps for reuse, by cache.
KEPT = {}
HEADS = "skbuff_head_cache"
try:
    napi_heads()
except kcore.Absent:
    # 64 for each processor since 5.13, 128 in newer kernels (napi_skb_cache_put()). A lost packet
    # also shows by its data, except for the driver's copies, whose data is a page fragment: if
    # fewer of those are lost, only kmemleak finds them.
    KEPT[HEADS] = 128 * kcore.CPUS
if KMEMLEAK:
    # Debug kernels also track references: for each device and namespace they keep the last 128
    # released trackers, of 28 bytes. kmemleak finds unreferenced objects among these.
    KEPT["kmalloc-32"] = 2048
# Areas that vfree() has unmapped wait for a common purge, of 32 MB at least. Before 5.2 they have no
# cache of their own. On RHEL 7.9 80 of them were left after 60 rounds of churn.
VMAP_AREAS = 256
# Limits for the growth of slab pages and of per-CPU memory, in kB, when no cache has grown.
SLABS_GROW, PERCPU_GROWS = 3000, 500
PAGES = ("MemAvailable", "Slab", "SUnreclaim", "Percpu")


def write(path, text):
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError:
        pass


# The measurement must not change the counts. Opening and closing a file leaves objects that
# RCU frees later, so files stay open. A short write allocates from kmalloc-8; a write of
# 3000 bytes allocates from kmalloc-4k.
OPEN, ONE, TAKES_FROM = {}, b"1" * 3000, "/sys/kernel/slab/kmalloc-4k/shrink"


def shrink(names=""):
    """Shrinks the caches with names that begin so. With KASAN that also frees their quarantined
    objects. Each write adds one, so the cache that writes allocate from comes last."""
    for path in sorted(glob.glob("/sys/kernel/slab/*/shrink"), key=TAKES_FROM.__eq__):
        if not path.split("/")[4].startswith(names):
            continue
        for _ in range(2):
            try:
                if path not in OPEN:
                    OPEN[path] = os.open(path, os.O_WRONLY)
                os.write(OPEN[path], ONE)
                break
            except OSError:
                # The cache may have been destroyed and created again.
                if path in OPEN:
                    os.close(OPEN.pop(path))


def slabs():
    """The words of each cache's line in /proc/slabinfo."""
    with open(SLABS, encoding="ascii") as info:
        return [line.split() for line in info]


def objects():
    """{cache: objects in use}; {} if the kernel has no /proc/slabinfo."""
    found = {}
    if not os.path.exists(SLABS):
        return found
    kept = 0 if HEADS in KEPT else napi_heads()
    shrink(CACHES)
    for words in slabs():
        if words[0].startswith(CACHES):
            found[words[0]] = int(words[1])
    if kept:
        # With packets in flight the count is too high rather than too low; settled() takes
        # the minimum.
        found[HEADS] -= min(kept, napi_heads())
    return found


def kmemleak_pages():
    """The kB of slabs with kmemleak's own objects, one for each tracked object. They are freed in
    another order than the tracked objects, and leave more and more slabs partly used."""
    return sum(int(words[14]) * int(words[5]) * os.sysconf("SC_PAGESIZE") // 1024
               for words in slabs() if words[0] == "kmemleak_object")


def pages():
    """{name: kB} of the fields PAGES that this kernel has, without kmemleak's own memory."""
    with open("/proc/meminfo", encoding="ascii") as info:
        lines = (line.split() for line in info)
        found = {words[0][:-1]: int(words[1]) for words in lines if words[0][:-1] in PAGES}
    if KMEMLEAK:
        found["SUnreclaim"] -= kmemleak_pages()
    return found


def settled(seconds=40, calm=6):
    """(objects, pages) after pending callbacks have run and caches are flushed. A slab that a
    processor has started to use since a cache was shrunk counts as in use completely. So the
    counts are sampled until no cache has reached a new minimum for @calm seconds, which is
    longer than an RCU grace period. The result has the minima. Both times grow with SLOW, but
    @calm at most threefold, since grace periods slow down less than the kernel."""
    seconds, calm = seconds * SLOW, calm * min(SLOW, 3)
    write("/proc/sys/vm/drop_caches", "3")
    shrink()
    end, least, since = time.monotonic() + seconds, {}, time.monotonic()
    while time.monotonic() < min(end, since + calm):
        now = {name: min(count, least.get(name, count)) for name, count in objects().items()}
        if now != least:
            since = time.monotonic()
        least = now
        time.sleep(.3)
    # With KASAN, objects quarantined since then count as pages.
    shrink()
    return least, pages()


def grown(before, after, least):
    """{cache: growth} of the caches that have grown by @least objects or more."""
    return {name: count - before.get(name, 0) for name, count in after.items()
            if count - before.get(name, 0) >= least + PUT_BY}


def no_growth(before, after, least, name):
    """A point: no cache has grown by @least objects, except for KEPT objects."""
    if os.path.exists(SLABS):
        more = grown(before, after, least)
        if not any(words[0] == "vmap_area" for words in slabs()):
            KEPT["kmalloc-128"] = VMAP_AREAS
        equal({cache: count for cache, count in more.items() if count > KEPT.get(cache, 0)}, {}, name)
    else:
        skip(name, "this kernel has no slab statistics")


def check_page_growth(before, after):
    """A point: the pages of settled() have not grown. Returns the growth."""
    growth = {name: after[name] - before[name] for name in before}
    point(growth["SUnreclaim"] < SLABS_GROW and growth.get("Percpu", 0) < PERCPU_GROWS, "pages have not grown", growth)
    return growth
