# SPDX-License-Identifier: GPL-2.0
"""Test points for scenarios written in Python: the same lines, on the same
descriptor 3, as lib/scenario.sh writes."""

import os
import sys
import time
import traceback

SCENARIO = os.environ.get("SCENARIO", "python")
IN_TREE = os.environ.get("MODULE_KIND") == "in-tree"
# So many times slower is this kernel than others.
SLOW = int(os.environ.get("SLOW", "1"))


def tap(line):
    try:
        os.write(3, (line + "\n").encode())
    except OSError:
        print(line, flush=True)


def point(good, name, why="", in_tree_todo=None):
    """One test point; why is shown when it fails."""
    todo = f" # TODO in-tree: {in_tree_todo}" if in_tree_todo and IN_TREE else ""
    tap(f"{'ok' if good else 'not ok'} - {SCENARIO}: {name}{todo}")
    if not good and why:
        for line in str(why).splitlines():
            tap(f"#   {line}")
    return good


def equal(got, want, name, in_tree_todo=None):
    return point(got == want, name, f"got {got!r}, want {want!r}", in_tree_todo)


def skip(name, why):
    tap(f"ok - {SCENARIO}: {name} # SKIP {why}")


def wait_until(condition, seconds=10.0, step=0.05):
    """Polls until condition() is true; its last value is returned. So many seconds are
    for kernels that are not slow."""
    end = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value or time.monotonic() >= end:
            return value
        time.sleep(step)


def run_steps(*steps, before=None):
    """Runs each step; an exception in one is a failed point, not the end."""
    for step in steps:
        try:
            if before:
                before()
            step()
        except Exception:  # pylint: disable=broad-except
            point(False, f"{step.__name__} ran to its end",
                  traceback.format_exc(limit=4))
    sys.exit(0)
