# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Dumps of thousands of peers and allowed IPs over many messages, and the flag of a dump that a
# change of the configuration interrupts.
# timeout: 150
# plan: 92
# bears not: run -- it has no cable or tunnel to change

ns a
ip -n a link add wg0 type wireguard
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 on a python3 "$VM/scenarios/$SCENARIO.py"
