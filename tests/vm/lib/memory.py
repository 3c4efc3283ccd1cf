# SPDX-License-Identifier: GPL-2.0
"""What the kernel holds: objects of the slab caches that the driver takes from, and pages.

A cache that is asked to shrink gives up what its processors have put by, after which the
number of its objects is exact: one object lost in each round of a test shows as that many.
The VM keeps caches unmerged (slab_nomerge), so that ours have names."""

import glob
import os
import time

import kcore
from points import SLOW, equal, point, skip

# Ours, and those whose objects we hold or make others hold: packets, routes, sockets.
CACHES = ("wg_", "kmalloc-", "skbuff_", "ip_dst_cache", "ip6_dst_cache", "UDP", "net_namespace",
          "inet_peer_cache")
SLABS = "/proc/slabinfo"
# What SLAB, where it serves instead of SLUB, keeps for its CPUs and counts as in use.
PUT_BY = 0 if glob.glob("/sys/kernel/slab/*/shrink") else 300
KMEMLEAK = os.path.exists("/sys/kernel/debug/kmemleak")


def napi_heads():
    """The heads of packets that NAPI keeps for its next, which count as in use."""
    return sum(kcore.of_each_cpu("napi_alloc_cache", "napi_alloc_cache", "skb_count", "I"))


# What else the kernel keeps for its next use, and how many objects of it at most.
KEPT = {}
HEADS = "skbuff_head_cache"
try:
    napi_heads()
except kcore.Absent:
    # Since 5.13 64 a processor, 128 by now (napi_skb_cache_put()). A packet that is lost shows
    # by its data, too, but not in copies that the driver makes, whose data is a fragment of a
    # page: there fewer than these are found by kmemleak only.
    KEPT[HEADS] = 128 * kcore.CPUS
if KMEMLEAK:
    # Our kernels with kmemleak track references, too: of each device and each namespace they
    # keep the last 128 trackers that are over, of 28 bytes. What nobody points to among
    # these kmemleak finds.
    KEPT["kmalloc-32"] = 2048
# What slabs and counters of the CPUs may grow by, in kB, with no cache that has more of
# anything.
SLABS_GROW, PERCPU_GROWS = 3000, 500
PAGES = ("MemAvailable", "Slab", "SUnreclaim", "Percpu")


def write(path, text):
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError:
        pass


# Opening and closing leaves objects behind that RCU frees later, and a write of few bytes
# takes an object of kmalloc-8: what looks is not to be seen. Such a one takes 4k.
OPEN, ONE, TAKES_FROM = {}, b"1" * 3000, "/sys/kernel/slab/kmalloc-4k/shrink"


def shrink(names=""):
    """With KASAN it also ends the quarantine of what was freed, to which each write adds;
    so the cache that the writes take from comes last."""
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
                # The cache went, perhaps, and one of its name has come.
                if path in OPEN:
                    os.close(OPEN.pop(path))


def slabs():
    """The words of each cache's line in /proc/slabinfo."""
    with open(SLABS, encoding="ascii") as info:
        return [line.split() for line in info]


def objects():
    """{cache: objects in use}; {} where the kernel does not tell."""
    found = {}
    if not os.path.exists(SLABS):
        return found
    kept = 0 if HEADS in KEPT else napi_heads()
    shrink(CACHES)
    for words in slabs():
        if words[0].startswith(CACHES):
            found[words[0]] = int(words[1])
    if kept:
        # Where a packet is on its way while this looks, the count is one too high rather
        # than too low; settled() takes the least.
        found[HEADS] -= min(kept, napi_heads())
    return found


def kmemleak_pages():
    """The kB of slabs that kmemleak has for its own objects, one for each that it watches. They
    come and go in another order than what they watch, and leave more and more slabs half full."""
    return sum(int(words[14]) * int(words[5]) * os.sysconf("SC_PAGESIZE") // 1024
               for words in slabs() if words[0] == "kmemleak_object")


def pages():
    """{name: kB} of what this kernel tells, without what kmemleak has for itself."""
    with open("/proc/meminfo", encoding="ascii") as info:
        lines = (line.split() for line in info)
        found = {words[0][:-1]: int(words[1]) for words in lines if words[0][:-1] in PAGES}
    if KMEMLEAK:
        found["SUnreclaim"] -= kmemleak_pages()
    return found


def settled(seconds=40, calm=6):
    """(objects, pages) once callbacks and caches have run dry. What a processor has begun
    to use since a cache was shrunk counts as in use whole; so each cache is looked at until
    for @calm seconds, longer than RCU keeps what it is to free, none has shown itself smaller
    than before, and the least that was seen is what it holds. Both are for kernels that are
    not slow; RCU's own clock is not that much slower on those that are."""
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
    # With KASAN, what all caches have put in quarantine since counts as pages.
    shrink()
    return least, pages()


def grown(before, after, least):
    """{cache: growth} of those that have @least objects more."""
    return {name: count - before.get(name, 0) for name, count in after.items()
            if count - before.get(name, 0) >= least + PUT_BY}


def no_growth(before, after, least, name):
    """A point: no cache has @least objects more, but for what the kernel may keep."""
    if os.path.exists(SLABS):
        more = grown(before, after, least)
        equal({cache: count for cache, count in more.items() if count > KEPT.get(cache, 0)}, {}, name)
    else:
        skip(name, "this kernel does not tell of its slab caches")


def no_pages_went(before, after):
    """A point: what settled() says of pages has not grown; the growth."""
    growth = {name: after[name] - before[name] for name in before}
    point(growth["SUnreclaim"] < SLABS_GROW and growth.get("Percpu", 0) < PERCPU_GROWS, "and no pages went", growth)
    return growth
