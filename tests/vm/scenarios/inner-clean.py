# SPDX-License-Identifier: GPL-2.0
"""For inner-clean.sh:
    napi              a datagram from a to b through the tunnel: fails if its socket is told of a NAPI
    xdp NS DEV WHAT   a generic XDP program on a device: drop, or none"""

import ctypes
import os
import socket
import struct
import sys

from rtnl import Rtnl, inside
from wgnl import attr, nest, u32

SO_INCOMING_NAPI_ID = 56
BPF, PROG_LOAD, PROG_TYPE_XDP, XDP_DROP = 321, 5, 6, 1
IFLA_XDP, IFLA_XDP_FD, IFLA_XDP_FLAGS, XDP_FLAGS_SKB_MODE = 43, 1, 3, 2


def napi():
    with inside("b"):
        there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        there.bind(("192.168.241.2", 999))
    with inside("a"):
        here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    there.settimeout(10 * int(os.environ.get("SLOW", "1")))
    here.sendto(b"x", ("192.168.241.2", 999))
    there.recv(10)
    number = there.getsockopt(socket.SOL_SOCKET, SO_INCOMING_NAPI_ID)
    print("NAPI", number)
    return number != 0


def program(verdict):
    """r0 = verdict; exit"""
    code = struct.pack("<BBhi", 0xb7, 0, 0, verdict) + struct.pack("<BBhi", 0x95, 0, 0, 0)
    text, name = ctypes.create_string_buffer(code), ctypes.create_string_buffer(b"GPL")
    request = struct.pack("<IIQQ", PROG_TYPE_XDP, 2, ctypes.addressof(text), ctypes.addressof(name))
    request += bytes(120 - len(request))
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(BPF, PROG_LOAD, ctypes.create_string_buffer(request, len(request)), 48)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return fd


def xdp(netns, device, what):
    fd = program(XDP_DROP) if what == "drop" else -1
    try:
        Rtnl(netns).change(device, nest(IFLA_XDP, attr(IFLA_XDP_FD, struct.pack("<i", fd)),
                                        u32(IFLA_XDP_FLAGS, XDP_FLAGS_SKB_MODE)))
    except OSError as error:
        print(error)
        return True
    return False


sys.exit({"napi": napi, "xdp": xdp}[sys.argv[1]](*sys.argv[2:]))
