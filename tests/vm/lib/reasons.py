# SPDX-License-Identifier: GPL-2.0
"""Reads the module's counters of `ethtool -S` by ioctl, which is faster than a process for each
sample. FIELD has the field of `ip -s link` that each counter adds to, as in src/stats.h."""

import ctypes
import fcntl
import socket
import struct

from rtnl import inside

# Counters that are not listed add to no field.
FIELD = {
    "tx_bad_protocol": "tx_errors",
    "tx_bad_length": "tx_errors",
    "tx_no_allowed_ip": "tx_errors",
    "tx_no_endpoint": "tx_errors",
    "tx_bad_checksum": "tx_errors",
    "tx_too_long": "tx_errors",
    "tx_routing_loop": "tx_errors",
    "tx_no_memory": "tx_dropped",
    "tx_staged_overflow": "tx_dropped",
    "tx_no_handshake": "tx_dropped",
    "tx_queue_full": "tx_dropped",
    "rx_bad_inner_packet": "rx_frame_errors",
    "rx_source_not_allowed": "rx_frame_errors",
    "rx_bad_inner_length": "rx_length_errors",
    "rx_interface_down": "rx_dropped",
}
# Counters of packets that are delivered.
NO_LOSS = {"rx_ecn_ce_not_ect"}

SIOCETHTOOL, GDRVINFO, GSTRINGS, GSTATS, SS_STATS = 0x8946, 0x3, 0x1b, 0x1d, 1


class Reasons:
    """Each call returns {reason: packets} of a device, or {} if it has no such counters."""

    def __init__(self, netns, device="wg0"):
        self.device = device.encode()
        with inside(netns):
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        info = self._ask(bytearray(struct.pack("=I", GDRVINFO) + bytes(192)))
        self.count = struct.unpack_from("=I", info, 180)[0]
        self.names = []
        if self.count:
            words = self._ask(bytearray(struct.pack("=III", GSTRINGS, SS_STATS, self.count) +
                                        bytes(32 * self.count)))[12:]
            self.names = [bytes(words[at:at + 32]).split(b"\0")[0].decode()
                          for at in range(0, 32 * self.count, 32)]

    def _ask(self, buffer):
        there = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
        fcntl.ioctl(self.sock, SIOCETHTOOL, struct.pack("16sQ16x", self.device, there))
        return buffer

    def __call__(self):
        if not self.names:
            return {}
        values = self._ask(bytearray(struct.pack("=II", GSTATS, self.count) + bytes(8 * self.count)))
        return dict(zip(self.names, struct.unpack_from(f"={self.count}Q", values, 8)))
