# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Changes everything that can be changed about a tunnel, again and again, with traffic both
# ways. Traffic flows again after each change, and no kernel object is left over. ROUNDS= sets
# the repetitions.
# timeout: 900 + 40 * ROUNDS
# plan: 24
# speed: soak

two_peers
ping4 a 192.168.241.2
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/churn.py"
