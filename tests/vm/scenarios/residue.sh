# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Kernel-wide state is the same before the module is loaded and after it was loaded, used and
# unloaded: see residue.py.
# bears not: run -- it has no cable or tunnel to change
# load: by itself
# timeout: 90
# plan: 6
# bears not: ipv6-off -- it uses both families

PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/residue.py"
