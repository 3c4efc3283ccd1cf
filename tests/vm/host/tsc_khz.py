#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Prints how fast this machine's time stamp counter runs, in kHz, and nothing where it has
none. It is the emulated processors', too, whose kernels measure it by a chip that is
emulated as well: on a busy machine some came out at a twentieth of what it is, and their
clocks ran twenty times too fast.

usage: tsc_khz.py"""

import ctypes
import mmap
import platform
import time

SECONDS = 0.1


def reader():
    """rdtsc; shl $32, %rdx; or %rdx, %rax; ret"""
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes.fromhex("0f31 48c1e220 4809d0 c3"))
    return page, ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(ctypes.c_char.from_buffer(page)))


def both(read):
    """(the clock in ns, the counter) at one time: of some tries the one that took least."""
    tries = []
    for _ in range(20):
        before, counter, after = time.monotonic_ns(), read(), time.monotonic_ns()
        tries.append((after - before, (before + after) // 2, counter))
    return min(tries)[1:]


def main():
    if platform.machine() not in ("x86_64", "AMD64"):
        return
    _page, read = reader()
    begin = both(read)
    time.sleep(SECONDS)
    end = both(read)
    print(round((end[1] - begin[1]) * 1e6 / (end[0] - begin[0])))


main()
