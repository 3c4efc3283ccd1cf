# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A long run of mixed traffic, faults and churn: make soak. MINUTES= sets its length. SEED=
# repeats the actions, though not their times.
# timeout: 1200 + 120 * (MINUTES + 10)
# plan: 7
# speed: soak

PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 python3 "$VM/scenarios/soak.py"
