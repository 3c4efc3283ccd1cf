#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: documents.py

Prints a line for each fault of the documents: a link to a missing file or heading, a reference
in another file to a missing page, a table of counters that is out of date, and each warning of
man about the manual page."""

import glob
import os
import re
import shutil
import subprocess

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


def links(path):
    text = without_code(read(path))
    for match in re.finditer(r"\]\(([^()\s]+)\)", text):
        target = match[1]
        if re.match(r"[a-z]+:", target):
            continue
        line = text.count("\n", 0, match.start()) + 1
        name, _, anchor = target.partition("#")
        there = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        if not os.path.exists(os.path.join(TOP, there)):
            yield f"{path}:{line}: no such file: {target}"
        elif anchor and anchor not in anchors(there):
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
        return
    shown = subprocess.run(["man", "--warnings", "-l", MANUAL], cwd=TOP, check=False, text=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}).stderr
    for line in shown.splitlines():
        yield f"{MANUAL}:1: {line}"


def main():
    for found in (*map(links, pages()), references(), manual()):
        for fault in found:
            print(fault, flush=True)
    subprocess.run([os.path.join(TOP, "tests/counters.py"), "--check"], stderr=subprocess.STDOUT,
                   check=False)


main()
