# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A device between two namespaces, that of its sockets and that of its packets, which end
# under traffic in either order, or the module with both. ROUNDS= is how often each.
# timeout: 600 + 60 * ROUNDS
# speed: soak

PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/churn-namespaces.py"
