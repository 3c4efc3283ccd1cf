# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Many namespaces end at once, each with an interface that is up, while others ask for RTNL
# all the time: see namespace-ends.py. NAMESPACES= is how many.
# timeout: 120
# plan: 5
# bears not: run -- it makes no cable or tunnel that could be changed

PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/namespace-ends.py"
