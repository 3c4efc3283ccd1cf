# SPDX-License-Identifier: GPL-2.0
"""Runs in the partner VM of a pair: executes shell commands that the scenarios in the
first VM send over the cable, one for each connection. The partner VM has no other
network."""

import json
import socket
import subprocess

subprocess.run("modprobe virtio_net; ip link set eth0 up; ip addr add 10.99.0.2/24 dev eth0; "
               "sysctl -qw net.ipv6.conf.eth0.accept_dad=0; ip addr add fd99::2/64 dev eth0",
               shell=True, check=True)
server = socket.create_server(("10.99.0.2", 7000))
print("agent: listening", flush=True)
while True:
    client, _ = server.accept()
    with client, client.makefile("rw") as stream:
        command = json.loads(stream.readline())
        done = subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        json.dump({"rc": done.returncode, "out": done.stdout}, stream)
