# SPDX-License-Identifier: GPL-2.0
"""Reads variables of the running kernel: addresses from /proc/kallsyms, layouts of structures
from BTF, values from /proc/kcore. All are in the byte order of the processor. Raises Absent if
the kernel lacks one of these."""

import functools
import os
import struct

STRUCT = 4
# The kernel's unsigned long.
LONG = "Q" if struct.calcsize("P") == 8 else "I"
# Offline CPUs count, since they have per-CPU memory. Read once, since sysconf() opens a file,
# which allocates slab objects.
CPUS = os.sysconf("SC_NPROCESSORS_CONF")


class Absent(Exception):
    """This kernel does not expose the information."""


@functools.lru_cache(None)
def symbols(*names):
    """The addresses of the named symbols of the kernel itself. Searches the text, since a loop over
    its 150,000 lines takes seconds in an emulated machine."""
    try:
        with open("/proc/kallsyms", "rb") as file:
            text = file.read()
    except FileNotFoundError as error:
        raise Absent("/proc/kallsyms") from error
    found = []
    for name in names:
        # A line is "address type name"; those of modules go on.
        at = text.find(f" {name}\n".encode())
        address = int(text[text.rfind(b"\n", 0, at) + 1:at].split()[0], 16) if at >= 0 else 0
        # Unprivileged readers get zeros.
        if not address:
            raise Absent(name)
        found.append(address)
    return found


@functools.lru_cache(None)
def offset(structure, member):
    """The offset of @member in @structure, in bytes. Searches for the words with the offsets of
    both names, since walking all 100,000 types is slow."""
    try:
        with open("/sys/kernel/btf/vmlinux", "rb") as file:
            btf = file.read()
    except FileNotFoundError as error:
        raise Absent("BTF") from error
    _, _, _, head, types, types_size, names, names_size = struct.unpack_from("=HBBIIIII", btf)
    types, names = head + types, head + names

    def name(text):
        at = btf.find(b"\0" + text.encode() + b"\0", names, names + names_size)
        if at < 0:
            raise Absent(text)
        return at + 1 - names

    wanted, within = name(member), name(structure)
    at = btf.find(struct.pack("=I", within), types, types + types_size)
    while at >= 0:
        info, = struct.unpack_from("=I", btf, at + 4)
        if (at - types) % 4 == 0 and info >> 24 & 31 == STRUCT:
            for n in range(info & 0xFFFF):
                named, _, bits = struct.unpack_from("=III", btf, at + 12 + 12 * n)
                if named == wanted:
                    # In a structure with bit fields (bit 31) the upper eight bits are a size.
                    return (bits & 0xFFFFFF if info >> 31 else bits) // 8
        at = btf.find(struct.pack("=I", within), at + 1, types + types_size)
    raise Absent(f"{structure}.{member}")


@functools.lru_cache(None)
def memory():
    """(file, [(address, size, offset in the file)]). The file stays open: opening it would
    allocate slab objects, which callers count."""
    try:
        file = os.open("/proc/kcore", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Absent("/proc/kcore") from error
    elf = os.pread(file, 64, 0)
    # The class of the file: 32 or 64 bits.
    wide = elf[4] == 2
    at, = struct.unpack_from("=Q" if wide else "=I", elf, 32 if wide else 28)
    size, count = struct.unpack_from("=HH", elf, 54 if wide else 42)
    table = os.pread(file, size * count, at)
    headers = [struct.unpack_from("=IIQQQQQQ" if wide else "=IIIIIIII", table, size * n)
               for n in range(count)]
    if wide:
        return file, [(h[3], h[5], h[2]) for h in headers if h[0] == 1]
    return file, [(h[2], h[4], h[1]) for h in headers if h[0] == 1]


def word(address, form):
    """The value at @address; @form is a format character of struct."""
    size = struct.calcsize("=" + form)
    file, segments = memory()
    for start, length, at in segments:
        if start <= address <= start + length - size:
            return struct.unpack("=" + form, os.pread(file, size, at + address - start))[0]
    raise Absent(hex(address))


def of_each_cpu(variable, structure, member, form):
    """[@member of the per-CPU @variable for each CPU]; the variable is a @structure."""
    at, offsets = symbols(variable, "__per_cpu_offset")
    member = offset(structure, member)
    size = struct.calcsize("P")
    # On some architectures the offsets are negative.
    return [word((at + word(offsets + size * cpu, LONG)) % (1 << 8 * size) + member, form)
            for cpu in range(CPUS)]
