#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints a line for each fault of the documents: a link to a missing file or heading, a reference
in another file to a missing page, a table of counters that is out of date, and each warning of
man about the manual page, which is not checked without man. Exits with 1 if there is a fault.

usage: documents.py"""

import glob
import os
import re
import shutil
import subprocess
import sys

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
MANUAL = "tools/wireguard-dkms.8"
# Files outside docs/ that refer to pages.
OTHERS = ("src", "tests", "tools", "debian", "Makefile", ".ci")


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def pages():
    found = glob.glob("*.md", root_dir=TOP) + glob.glob("docs/*.md", root_dir=TOP)
    return sorted(found)


def without_code(text):
    """The page with code replaced by spaces, so that offsets stay."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])

    text = re.sub(r"^```.*?^```", blank, text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", blank, text)


def anchors(path):
    """The anchors that GitHub makes from headings."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", read(path), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        while slug in found:
            slug += "-1"
        found.add(slug)
    return found


# [text](target), [text](<target>), [text](target "title"), and the definition [name]: target.
INLINE = re.compile(r"""\]\(\s*<?([^()<>\s]+)>?(?:\s+["'(][^\n]*?["')])?\s*\)""")
DEFINITION = re.compile(r"^ {0,3}\[([^]\n]+)\]:\s*<?([^<>\s]+)>?", re.MULTILINE)
# [text][name] and [name][].
USE = re.compile(r"\[([^][\n]+)\]\[([^][\n]*)\]")


def targets(text):
    """(offset, target) of each link."""
    yield from ((match.start(), match[1]) for match in INLINE.finditer(text))
    yield from ((match.start(), match[2]) for match in DEFINITION.finditer(text))


def links(path):
    text = without_code(read(path))
    defined = {match[1].lower() for match in DEFINITION.finditer(text)}
    for match in USE.finditer(text):
        name = match[2] or match[1]
        if name.lower() not in defined:
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path}:{line}: no such reference: [{name}]"
    for offset, target in targets(text):
        if re.match(r"[a-z]+:", target):
            continue
        line = text.count("\n", 0, offset) + 1
        name, _, anchor = target.partition("#")
        there = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        if not os.path.exists(os.path.join(TOP, there)):
            yield f"{path}:{line}: no such file: {target}"
        elif anchor and (not there.endswith(".md") or anchor not in anchors(there)):
            yield f"{path}:{line}: no such heading: {target}"


def references():
    found = subprocess.run(["grep", "-rnIoE", r"docs/[A-Z][A-Z-]*\.md", "--exclude-dir=build",
                            "--exclude-dir=generated", *OTHERS],
                           cwd=TOP, stdout=subprocess.PIPE, text=True, check=False).stdout
    for line in found.splitlines():
        name = line.rsplit(":", 1)[1]
        if not os.path.exists(os.path.join(TOP, name)):
            yield f"{line}: no such page"


def manual():
    if not shutil.which("man"):
        print(f"documents: no man (apt install man-db): {MANUAL} is not checked", file=sys.stderr)
        return
    shown = subprocess.run(["man", "--warnings", "-l", MANUAL], cwd=TOP, check=False, text=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}).stderr
    for line in shown.splitlines():
        yield f"{MANUAL}:1: {line}"


def main():
    if sys.argv[1:]:
        help_asked = sys.argv[1:] in (["-h"], ["--help"])
        print(__doc__ if help_asked else "documents: takes no arguments",
              file=sys.stdout if help_asked else sys.stderr)
        sys.exit(not help_asked)
    faults = [fault for found in (*map(links, pages()), references(), manual()) for fault in found]
    print(*faults, sep="\n", end="\n" if faults else "", flush=True)
    table = subprocess.run([os.path.join(TOP, "tests/counters.py"), "--check"], stderr=subprocess.STDOUT,
                           check=False)
    sys.exit(bool(faults) or table.returncode != 0)


main()
