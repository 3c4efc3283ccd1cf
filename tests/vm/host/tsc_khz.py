#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Prints the frequency of this machine's time stamp counter in kHz, or nothing if it has
none. Emulated processors use the same counter, but their kernels measure it against an
emulated timer. On a busy machine some measured a twentieth of the frequency, and their
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
    """(the clock in ns, the counter) at one time: the fastest of 20 tries."""
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
