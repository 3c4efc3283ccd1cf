# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A VM is restored from one snapshot several times. No instance may use a key and a nonce that
# another instance uses. See snapshot.host.py.
# boot: host
# machine: amd64 -- its bench gives the VM vmgenid, which other machines lack
# timeout: 600
# plan: 1

modprobe virtio_net
wait_for 10 ip link show eth0
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/lib/host_commands.py"
