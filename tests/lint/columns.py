#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Lines of C have at most 100 columns, with tabs of 8.

usage: columns.py TREE

A finding is a line FILE:LINE: TEXT.  String literals are not broken, so a line may be longer
if nothing but the name of a function comes before its string.  The question of a probe is one
line of any length.  checkpatch cannot check this: for files it reports long lines only with
--strict, and that enables many other checks.
"""

import re
import sys
from pathlib import Path

COLUMNS = 100
FOLDERS = ("src", "tests/unit", "tests/fuzz", "tests/packet")
STRING = re.compile(r'\s*(\w+\()?"(\\.|[^"\\])*"[,);]*')
QUESTION = re.compile(r"/\* .* \*/")


def main():
    """Prints the findings."""
    if len(sys.argv) != 2:
        print(__doc__.split("\n")[2], file=sys.stderr)
        return 2
    tree = Path(sys.argv[1])
    for path in sorted(p.relative_to(tree) for f in FOLDERS for p in (tree / f).rglob("*.[ch]")):
        # Made by the builds of the module and of the tests.
        if {"generated", "build"} & set(path.parts) or path.name.endswith(".mod.c"):
            continue
        for number, line in enumerate((tree / path).read_text().splitlines(), 1):
            columns = len(line.expandtabs(8))
            if columns <= COLUMNS or STRING.fullmatch(line):
                continue
            if not ("probes" in path.parts and QUESTION.fullmatch(line)):
                print(f"{path}:{number}: has {columns} columns, more than {COLUMNS}")
    return 0


sys.exit(main())
