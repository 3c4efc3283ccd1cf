# SPDX-License-Identifier: GPL-2.0
"""Test points for scenarios written in Python. The lines and their descriptor, 3, are the same
as in lib/scenario.sh."""

import os
import signal
import sys
import time
import traceback

SCENARIO = os.environ.get("SCENARIO", "python")
IN_TREE = os.environ.get("MODULE_KIND") == "in-tree"
# Factor for time limits: how much slower this kernel is than others.
SLOW = int(os.environ.get("SLOW", "1"))

# A scenario that takes too long gets SIGTERM. Run the atexit functions and finally blocks, which
# restore the machine for the next scenario.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def tap(line):
    try:
        os.write(3, (line + "\n").encode())
    except OSError:
        print(line, flush=True)


def point(good, name, why="", in_tree_todo=None):
    """One test point; why is printed if it fails."""
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
    """Polls until condition() is true or the time is over; returns its last value. The limit
    is @seconds times SLOW."""
    end = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value or time.monotonic() >= end:
            return value
        time.sleep(step)


def run_steps(*steps, before=None):
    """Runs each step. An exception is a failed point, and the next step runs."""
    for step in steps:
        try:
            if before:
                before()
            step()
        except Exception:  # pylint: disable=broad-except
            point(False, f"{step.__name__} ran to its end",
                  traceback.format_exc(limit=4))
    sys.exit(0)
