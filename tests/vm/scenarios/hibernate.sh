# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Hibernation: the image of the memory, and the machine that goes on while it is written,
# must not use one key and nonce each. See hibernate.host.py.
# boot: host
# timeout: 300
# plan: 6

modprobe virtio_net
wait_for 10 ip link show eth0
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/lib/obey.py"
