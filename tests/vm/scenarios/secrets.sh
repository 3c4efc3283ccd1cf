# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# No secret remains in the machine's memory after its use. The host, which is the peer as well,
# searches all of the memory. See secrets.host.py.
# boot: host
# machine: amd64 -- its bench gives the VM devices of a PC, and searches the memory of one
# timeout: 600
# plan: 26

modprobe virtio_net
wait_for 10 ip link show eth0
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/lib/host_commands.py"
