#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Small BPF programs for tc and XDP, assembled here, loaded by bpf(2), pinned, and attached
to a device by tc. load() raises OSError on kernels that cannot load a program.

usage: bpf.py NAME VALUE    loads and pins a program for tc that writes VALUE into all words
                            of __sk_buff.cb and lets the packet pass; prints its path.
                            Exit status 2: the kernel loads no such programs
"""

import ctypes
import os
import platform
import struct
import subprocess
import sys

BPF_FS = "/run/bpf"
SYS_BPF = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "i686": 357, "armv7l": 386, "s390x": 351,
           "ppc64le": 361}

PROG_LOAD, OBJ_PIN = 5, 6
SCHED_CLS, XDP = 3, 6
# Helpers.
CLONE_REDIRECT, SKB_SET_TSTAMP = 13, 192
# Verdicts of tc.
TC_UNSPEC, TC_OK, TC_SHOT, TC_STOLEN = -1, 0, 2, 4
# Offsets in struct __sk_buff.
LEN, PROTOCOL, TC_INDEX, CB, TSTAMP = 0, 16, 44, 48, 152
TSTAMP_MONO = 1


def insn(code, dst=0, src=0, off=0, imm=0):
    # The registers are bit fields of one byte.
    registers = dst | src << 4 if sys.byteorder == "little" else dst << 4 | src
    return struct.pack("=BBhi", code, registers, off, imm)


def mov(dst, imm):
    return insn(0xb7, dst, imm=imm)


def mov_reg(dst, src):
    return insn(0xbf, dst, src)


def load_word(dst, src, off):
    return insn(0x61, dst, src, off)


def load_double(dst, src, off):
    return insn(0x79, dst, src, off)


def store_word(dst, off, src):
    return insn(0x63, dst, src, off)


def load_imm64(dst, value):
    return (insn(0x18, dst, imm=ctypes.c_int32(value & 0xffffffff).value) +
            insn(0, imm=ctypes.c_int32(value >> 32).value))


def jump_if(reg, imm, off):
    """Skips the next @off instructions if the register has this value."""
    return insn(0x15, reg, off=off, imm=imm)


def jump_if_not(reg, imm, off):
    return insn(0x55, reg, off=off, imm=imm)


def jump_if_same(reg, other, off):
    return insn(0x1d, reg, other, off)


def jump_if_less(reg, imm, off):
    return insn(0xa5, reg, off=off, imm=imm)


def call(helper):
    return insn(0x85, imm=helper)


def done(verdict):
    return mov(0, verdict) + insn(0x95)


def htons(value):
    return int.from_bytes(value.to_bytes(2, "big"), sys.byteorder)


def bpf(command, attributes):
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    fd = libc.syscall(SYS_BPF[platform.machine()], command, buffer, 128)
    if fd < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return fd


def load_fd(code, kind=SCHED_CLS):
    """Loads a program and returns its file descriptor."""
    text = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"GPL")
    return bpf(PROG_LOAD, struct.pack("=IIQQ", kind, len(code) // 8,
                                      ctypes.addressof(text), ctypes.addressof(licence)))


def load(name, code):
    """Loads a program for tc, pins it and returns the path."""
    os.makedirs(BPF_FS, exist_ok=True)
    if not os.path.ismount(BPF_FS):
        subprocess.run(["mount", "-t", "bpf", "bpf", BPF_FS], check=True)
    fd = load_fd(code)
    path = f"{BPF_FS}/{name}"
    where = ctypes.create_string_buffer(path.encode())
    bpf(OBJ_PIN, struct.pack("=QI", ctypes.addressof(where), fd))
    os.close(fd)
    return path


def attach(netns, dev, path):
    """Attaches a pinned program to the egress of a device."""
    for words in (["qdisc", "replace", "dev", dev, "clsact"],
                  ["filter", "add", "dev", dev, "egress", "bpf", "da", "object-pinned", path]):
        subprocess.run(["tc", "-n", netns, *words], check=True)


def detach(netns, dev):
    subprocess.run(["tc", "-n", netns, "qdisc", "del", "dev", dev, "clsact"], check=True)


def copy_to(ifindex):
    return mov_reg(1, 6) + mov(2, ifindex) + mov(3, 0) + call(CLONE_REDIRECT)


def early_copy(tap, dummy):
    """Steals IPv4 packets and clones each to a tap. Then keeps the sending CPU busy for long
    with 5000 clones to a device that drops them."""
    loop = copy_to(dummy) + insn(0x07, 7, imm=-1)
    return (mov_reg(6, 1) +
            load_word(2, 6, PROTOCOL) + jump_if(2, htons(0x0800), 2) + done(TC_OK) +
            copy_to(tap) + mov(7, 5000) +
            loop + jump_if_not(7, 0, -len(loop) // 8 - 1) + done(TC_STOLEN))


def write_cb(value):
    """Writes @value to all words of __sk_buff.cb."""
    return (mov(2, value) +
            b"".join(store_word(1, CB + 4 * word, 2) for word in range(5)) + done(TC_OK))


if __name__ == "__main__":
    try:
        print(load(sys.argv[1], write_cb(int(sys.argv[2], 0))))
    except OSError as refused:
        print(f"bpf.py: {refused}", file=sys.stderr)
        sys.exit(2)
