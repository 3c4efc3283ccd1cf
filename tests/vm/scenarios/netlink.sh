# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Malformed and well-formed netlink messages, attribute by attribute: errnos, extack texts,
# flags. A refused message changes nothing.
# timeout: 120
# plan: 249
# bears not: run -- it has no cable or tunnel to change
# bears not: ipv6-off -- it uses both families

ns a
ip -n a link add wg0 type wireguard
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 on a python3 "$VM/scenarios/$SCENARIO.py"
