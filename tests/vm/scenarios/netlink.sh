# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Malformed and well-formed netlink messages, attribute by attribute: errnos, extack texts,
# flags, and that what is refused changes nothing.
# timeout: 120
# plan: 249
# bears not: run -- it makes no cable or tunnel that could be changed

ns a
ip -n a link add wg0 type wireguard
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 on a python3 "$VM/scenarios/$SCENARIO.py"
