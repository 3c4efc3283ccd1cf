# SPDX-License-Identifier: GPL-2.0
"""The VM's end of host/bench.py: sends the scenario's name to the host, then executes the
host's commands until the command "end"."""

import base64
import glob
import json
import os
import struct
import subprocess
import sys
import time

from points import SCENARIO, point, skip, tap
from wgnl import NLM_F_ACK, NLM_F_REQUEST, SET, Netlink


def port_to_host():
    for name in glob.glob("/sys/class/virtio-ports/*/name"):
        with open(name, encoding="ascii") as f:
            if f.read().strip() == "host":
                return os.open("/dev/" + name.split("/")[4], os.O_RDWR)
    sys.exit("no port to the host: this VM was not started by host/bench.py")


class Port:
    def __init__(self):
        self.fd, self.buffer = port_to_host(), b""

    def write(self, what):
        data = json.dumps(what).encode() + b"\n"
        while data:
            data = data[os.write(self.fd, data):]

    def line(self):
        while b"\n" not in self.buffer:
            more = os.read(self.fd, 65536)
            if not more:
                # No host is connected while a snapshot is being restored.
                time.sleep(0.1)
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)


def set_masked(masked, mask):
    """Sends a masked WG_CMD_SET_DEVICE. Outside the kernel, the unmasked keys are in no other
    memory of this VM than this array, which is wiped after sending."""
    netlink = Netlink()
    masked, mask = base64.b64decode(masked), base64.b64decode(mask)
    message = bytearray(struct.pack("=IHHIIBBH", 20 + len(masked), netlink.family,
                                    NLM_F_REQUEST | NLM_F_ACK, 1, 0, SET, 1, 0) + masked)
    netlink.seq = 1
    for i, bits in enumerate(mask):
        message[20 + i] ^= bits
    try:
        netlink.sock.send(message)
    finally:
        for i in range(20, len(message)):
            message[i] = 0
    return netlink.result()


def sh(command):
    done = subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def main():
    port = Port()
    port.write(SCENARIO)
    while True:
        order = port.line()
        what = order.pop("do")
        if what == "end":
            return
        if what == "set":
            answer = set_masked(**order)
        elif what == "sh":
            answer = sh(**order)
        elif what == "point":
            answer = point(**order)
        elif what == "skip":
            answer = skip(**order)
        else:
            answer = tap(**order)
        port.write(answer)


main()
