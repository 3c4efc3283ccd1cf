# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Hibernation: the memory image and the machine that runs on while it is written must not both
# use one key with one nonce. See hibernate.host.py.
# boot: host
# timeout: 300
# plan: 6

modprobe virtio_net
wait_for 10 ip link show eth0
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/lib/host_commands.py"
