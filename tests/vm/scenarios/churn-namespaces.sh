# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A device with its sockets in one namespace and its packets in another. Both namespaces end
# under traffic in either order, or the module is unloaded with both. ROUNDS= sets the
# repetitions.
# timeout: 600 + 60 * ROUNDS
# plan: 9
# speed: soak

PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/churn-namespaces.py"
