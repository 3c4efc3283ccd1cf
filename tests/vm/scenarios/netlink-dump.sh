# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Dumps of thousands of peers and allowed IPs over many messages, and their mark when the
# configuration changes meanwhile.
# timeout: 150
# plan: 92
# bears not: run -- it makes no cable or tunnel that could be changed

ns a
ip -n a link add wg0 type wireguard
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 on a python3 "$VM/scenarios/$SCENARIO.py"
