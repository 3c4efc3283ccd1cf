# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Valid configuration messages with random damage: what is refused changes nothing,
# what is accepted can be read back, and the kernel stays whole.
# timeout: 150
# plan: 8
# bears not: run -- it makes no cable or tunnel that could be changed

ns a
ip -n a link add wg0 type wireguard
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 on a python3 "$VM/scenarios/$SCENARIO.py"
check "the device can be deleted" ip -n a link del wg0
