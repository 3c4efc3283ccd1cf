# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Everything that can be changed about a tunnel is changed again and again while traffic
# runs both ways: it flows again each time, and the kernel is left holding nothing.
# ROUNDS= is how often each.
# timeout: 900 + 40 * ROUNDS
# speed: soak

two_peers
ping4 a 192.168.241.2
PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/churn.py"
