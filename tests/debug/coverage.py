#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Prints which lines of the module ran in any of the VMs: one line for each source file,
then each line that did not run, and at the end the share of all lines that ran.

usage: tests/debug/coverage.py MODULE GCOV...
  MODULE   the folder that the module was built in, with GCOV_PROFILE=y
  GCOV     what a VM left: .gcda files below the path that MODULE had
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile


def lines_of(module, folder):
    """{source: {line: count}} of one VM."""
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        base = folder / module.relative_to("/")
        for data in sorted(base.rglob("*.gcda")):
            note = (module / data.relative_to(base)).with_suffix(".gcno")
            if not note.exists():
                sys.exit(f"coverage: {module} has no object for {data.name}")
            for file in (data, note):
                shutil.copy(file, scratch)
            report = subprocess.run(["gcov", "--json-format", "--stdout", data.name], cwd=scratch,
                                  check=True, capture_output=True, text=True).stdout
            report = json.loads(report)
            for source in report["files"]:
                # Kernels before 6.13 give our files full paths, later ones relative paths.
                path = pathlib.Path(report["current_working_directory"], source["file"])
                if not path.is_relative_to(module):
                    continue
                counts = found.setdefault(path.relative_to(module), {})
                for line in source["lines"]:
                    number = line["line_number"]
                    counts[number] = counts.get(number, 0) + line["count"]
    return found


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__[__doc__.index("usage:"):].rstrip())
    module = pathlib.Path(sys.argv[1]).resolve()
    total = {}
    for folder in sys.argv[2:]:
        for source, counts in lines_of(module, pathlib.Path(folder)).items():
            sums = total.setdefault(source, {})
            for number, count in counts.items():
                sums[number] = sums.get(number, 0) + count
    if not total:
        sys.exit("coverage: no data from the VMs: was the module built with GCOV_PROFILE=y?")

    missed, reached, lines = [], 0, 0
    for source, counts in sorted(total.items()):
        text = (module / source).read_text().splitlines()
        here = sum(1 for count in counts.values() if count)
        reached, lines = reached + here, lines + len(counts)
        print(f"{source}: {here} of {len(counts)}, {100 * here / len(counts):.1f} %")
        missed += [f"{source}:{number}: {text[number - 1].strip()}"
                   for number, count in sorted(counts.items()) if not count]
    print("\nnot reached:", *missed, "", sep="\n")
    print(f"{100 * reached / lines:.1f} %")


main()
