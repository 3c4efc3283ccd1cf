# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Many namespaces end at once, each with an interface that is up, while other processes take
# RTNL all the time: see namespace-ends.py. NAMESPACES= sets their number.
# timeout: 120
# plan: 5
# bears not: run -- it has no cable or tunnel to change

PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/namespace-ends.py"
