# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A long run of mixed traffic, faults and churn: make soak. MINUTES= is how long, SEED=
# repeats what is done, though not when.
# timeout: 1200 + 120 * (MINUTES + 10)
# speed: soak

PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/soak.py"
