# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the kernel has of its own is the same before the module is loaded and after it was
# loaded, used and unloaded: see residue.py.
# bears not: run -- it makes no cable or tunnel that could be changed
# load: by itself
# timeout: 90
# plan: 6

PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/residue.py"
