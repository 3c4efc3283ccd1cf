# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Hibernation: no key is used twice with the same nonce, once by the machine while it writes the
# memory image, and once after it was resumed from the image. See hibernate.host.py.
# boot: host
# machine: amd64 -- its bench gives the VM devices of a PC: a swap disk by PCI, and vmgenid
# timeout: 300
# plan: 6

modprobe virtio_net
wait_for 10 ip link show eth0
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/lib/host_commands.py"
