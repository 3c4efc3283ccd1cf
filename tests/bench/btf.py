#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints name and size of each structure that a 64-bit little-endian kernel
module's BTF defines. It needs no vmlinux: structures that the module shares with
the kernel are left out, and members are not read.

usage: btf.py MODULE.ko
"""
import struct
import sys

KIND_STRUCT = 4
# Bytes after a type's header of 12: once, and for each of its members.
ONCE = {1: 4, 3: 12, 14: 4, 17: 4}
EACH = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}


def section(elf, name):
    table, = struct.unpack_from("<Q", elf, 0x28)
    count, names = struct.unpack_from("<HH", elf, 0x3C)
    headers = [struct.unpack_from("<IIQQQQ", elf, table + 64 * i) for i in range(count)]
    for h in headers:
        at = headers[names][4] + h[0]
        if elf[at:elf.index(b"\0", at)] == name:
            return elf[h[4]:h[4] + h[5]]
    return None


def types(data):
    at = 0
    while at < len(data):
        name, info, size = struct.unpack_from("<III", data, at)
        kind = info >> 24 & 31
        yield kind, name, size
        at += 12 + ONCE.get(kind, 0) + EACH.get(kind, 0) * (info & 0xFFFF)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: btf.py MODULE.ko")
    with open(sys.argv[1], "rb") as f:
        elf = f.read()
    btf = section(elf, b".BTF")
    if btf is None:
        sys.exit(f"btf.py: {sys.argv[1]} has no BTF")
    _, _, _, head, type_at, type_len, text_at, text_len = struct.unpack_from("<HBBIIIII", btf)
    found = list(types(btf[head + type_at:head + type_at + type_len]))
    text = btf[head + text_at:head + text_at + text_len]

    # Name offsets continue after vmlinux's strings, whose length is not known here. It is
    # the offset with which every name of the module begins at the start of a string. The
    # last name is the module's. A large offset leaves few names to match and may fit by
    # chance: take the smallest.
    starts = {0} | {i + 1 for i, c in enumerate(text) if c == 0}
    offsets = {name for _, name, _ in found if name}
    last = max(offsets, default=0)
    ends = sorted(last - s for s in starts if last >= s
                  and all(n - last + s in starts for n in offsets if n >= last - s))
    if not ends:
        sys.exit(f"btf.py: {sys.argv[1]}: the names do not fit")
    for kind, name, size in found:
        if kind == KIND_STRUCT and name >= ends[0]:
            at = name - ends[0]
            print(text[at:text.index(b"\0", at)].decode(), size)


main()
