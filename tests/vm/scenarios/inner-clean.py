# SPDX-License-Identifier: GPL-2.0
"""Actions of inner-clean.sh:
    napi-known        fails if the kernel has no SO_INCOMING_NAPI_ID
    napi              datagrams from a to b through the tunnel and outside: fails if their sockets
                      get different NAPI IDs (0 unless the cable has NAPI)
    xdp NS DEV WHAT   a generic XDP program on a device: drop, or none"""

import errno
import os
import socket
import struct
import sys

import bpf
from rtnl import Rtnl, inside
from wgnl import attr, nest, u32

SO_INCOMING_NAPI_ID = 56
XDP_DROP = 1
IFLA_XDP, IFLA_XDP_FD, IFLA_XDP_FLAGS, XDP_FLAGS_SKB_MODE = 43, 1, 3, 2


def napi_of_arrival(address):
    """The NAPI ID of a socket in b, after a datagram from a to that address."""
    with inside("b"):
        there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        there.bind((address, 999))
    with inside("a"):
        here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    there.settimeout(10 * int(os.environ.get("SLOW", "1")))
    here.sendto(b"x", (address, 999))
    there.recv(10)
    return there.getsockopt(socket.SOL_SOCKET, SO_INCOMING_NAPI_ID)


def napi_known():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.getsockopt(socket.SOL_SOCKET, SO_INCOMING_NAPI_ID)
        except OSError as error:
            print(error)
            return error.errno == errno.ENOPROTOOPT
    return False


def napi():
    inner, outer = napi_of_arrival("192.168.241.2"), napi_of_arrival("10.0.0.2")
    print(f"NAPI inside {inner}, outside {outer}")
    return inner != outer


def xdp(netns, device, what):
    fd = bpf.load_fd(bpf.done(XDP_DROP), bpf.XDP) if what == "drop" else -1
    try:
        Rtnl(netns).change(device, nest(IFLA_XDP, attr(IFLA_XDP_FD, struct.pack("=i", fd)),
                                        u32(IFLA_XDP_FLAGS, XDP_FLAGS_SKB_MODE)))
    except OSError as error:
        print(error)
        return True
    return False


sys.exit({"napi-known": napi_known, "napi": napi, "xdp": xdp}[sys.argv[1]](*sys.argv[2:]))
