#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Combines the tables that packet-forms printed in runs of the scenario raw-table into one for the
notes of a release, with one column a run. docs/RAW-SOCKETS.md has its summary.

usage: table.py OUT.tap...

A run's output is LOGDIR/plain/out.tap, or what make check keeps in build/check/."""

import re
import sys

# The columns of packet-forms' table, grouped by their results.
GROUPS = (("none, ETH_P_ALL or right", (0, 1, 2)), ("wrong", (3, 4)))


def read_run(path):
    """The name of the run's kernel, and {(socket, by): [counts by outcome, a claim each]}."""
    kernel, rows = None, {}
    for line in open(path, encoding="utf-8"):
        up = re.match(r"# guest: up .* kernel (\S+), module: (\S+)", line)
        if up:
            kernel = re.sub(r"-(cloud-)?amd64$", "", up[1])
            if up[2] != "ours":
                kernel += ", " + up[2]
        fields = [field.strip() for field in line.strip("# \n").split("|")[1:-1]]
        if line.startswith("# | ") and fields[0] in ("RAW", "DGRAM"):
            rows[fields[0], fields[1]] = [
                {outcome: int(count) for count, outcome in
                 (part.split(" ", 1) for part in cell.split(", "))} for cell in fields[2:]]
    if not kernel or not rows:
        sys.exit(f"table.py: {path}: no table in it: was it a run of raw-table?")
    return kernel, rows


def cell(claims):
    total = {}
    for counts in claims:
        for outcome, count in counts.items():
            total[outcome] = total.get(outcome, 0) + count
    return ", ".join(f"{count} {outcome}" for outcome, count in total.items())


def table(runs):
    yield "| socket, sent by | protocol | " + " | ".join(kernel for kernel, _ in runs) + " |"
    yield "| --- " * (2 + len(runs)) + "|"
    for form in runs[0][1]:
        rows = [(name, [cell([run[form][i] for i in group]) for _, run in runs])
                for name, group in GROUPS]
        # One row is enough for a form that no kernel has.
        if all(re.fullmatch(r"\d+ refused by the kernel", c) for _, cells in rows for c in cells):
            rows = [("any", [cell(run[form]) for _, run in runs])]
        for name, cells in rows:
            yield f"| {form[0]}, {form[1]} | {name} | " + " | ".join(cells) + " |"


def main():
    files = sys.argv[1:]
    if not files or files[0].startswith("-"):
        sys.exit(__doc__)
    print("\n".join(table([read_run(path) for path in files])))


main()
