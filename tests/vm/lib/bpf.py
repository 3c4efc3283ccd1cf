#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Loads a BPF program for `tc filter ... bpf direct-action object-pinned PATH` that
writes one value into all five words of __sk_buff.cb and lets the packet pass: what any
program may leave in an skb's control block.  No compiler is needed for it.

usage: bpf.py PATH VALUE      PATH is in a BPF file system
"""

import ctypes
import os
import struct
import sys

SYS_BPF = 321  # x86-64
BPF_PROG_LOAD, BPF_OBJ_PIN = 5, 6
BPF_PROG_TYPE_SCHED_CLS = 3
CB_OFFSET = 48  # of __sk_buff.cb[0]


def instruction(code, dst=0, src=0, offset=0, value=0):
    return struct.pack("<BBhi", code, src << 4 | dst, offset, value)


def cb_writer(value):
    program = instruction(0xb4, dst=2, value=value)                     # w2 = value
    for word in range(5):
        program += instruction(0x63, dst=1, src=2, offset=CB_OFFSET + 4 * word)  # cb[word] = w2
    return program + instruction(0xb7, value=0) + instruction(0x95)     # return TC_ACT_OK


def bpf(command, attributes):
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    result = libc.syscall(SYS_BPF, command, buffer, len(attributes))
    if result < 0:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno))
    return result


def load(program):
    code = ctypes.create_string_buffer(program, len(program))
    license_name = ctypes.create_string_buffer(b"GPL")
    return bpf(BPF_PROG_LOAD, struct.pack(
        "<IIQQIIQI", BPF_PROG_TYPE_SCHED_CLS, len(program) // 8, ctypes.addressof(code),
        ctypes.addressof(license_name), 0, 0, 0, 0))


def pin(program, path):
    name = ctypes.create_string_buffer(path.encode())
    bpf(BPF_OBJ_PIN, struct.pack("<QI", ctypes.addressof(name), program))


if __name__ == "__main__":
    pin(load(cb_writer(int(sys.argv[2], 0))), sys.argv[1])
