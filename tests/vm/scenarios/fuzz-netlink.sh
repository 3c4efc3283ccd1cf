# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Valid configuration messages with random damage. A refused message changes nothing, an
# accepted one can be read back, and the kernel stays intact.
# timeout: 150
# plan: 8
# bears not: run -- it has no cable or tunnel to change

ns a
ip -n a link add wg0 type wireguard
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 on a python3 "$VM/scenarios/$SCENARIO.py"
check "the device can be deleted" ip -n a link del wg0
