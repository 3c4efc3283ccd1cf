#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes the table of counters in docs/TROUBLESHOOTING.md from src/stats.h: names and fields
from WG_DROP_REASONS, texts from the comment before it.

usage: counters.py [--check]

With --check nothing is written: prints a finding for each difference, and exits with 1 if there
is one."""

import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SOURCE, PAGE = "src/stats.h", "docs/TROUBLESHOOTING.md"
BEGIN, END = "<!-- counters: begin (make counters) -->", "<!-- counters: end -->"
# Frame and length errors count as rx_errors as well: wg_stats_add_rx_frame_errors().
FIELDS = {"none": "", "rx_frame_errors": "rx_errors, rx_frame_errors",
          "rx_length_errors": "rx_errors, rx_length_errors"}


def read(path):
    try:
        with open(os.path.join(TOP, path), encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError) as error:
        sys.exit(f"{path}:1: cannot be read: {error}")


def counters(source):
    """[(name, field)] in the order of ethtool -S."""
    return re.findall(r"^\tX\(\w+,\s+(\w+),\s+(\w+)\)", source, re.MULTILINE)


def texts(source):
    """{name: (meaning, action)}."""
    found = {}
    for name, text in re.findall(r"^ \* @(\w+): (.*(?:\n \*\t.*)*)", source, re.MULTILINE):
        words = " ".join(line.strip(" *\t") for line in text.splitlines())
        meaning, _, action = words.partition(" Do: ")
        found[name] = (meaning, action)
    return found


def cell(text):
    """Commands are quoted in the source; skb->protocol, options and names are code."""
    text = re.sub(r'"((?:ip|wg|tcpdump|mark) ?[^"]*)"', r"`\1`", text)
    text = re.sub(r'"(No handshake|Slow)"', lambda m: f"[{m[1]}](#{m[1].lower().replace(' ', '-')})", text)
    text = re.sub(r"(?<![`\w])(skb->protocol|vm\.min_free_kbytes|(?:tx|rx)_\w+)(?![`\w])", r"`\1`", text)
    return text.replace("|", "\\|")


def table(source):
    rows, described = counters(source), texts(source)
    names = [name for name, _ in rows]
    for name in set(names) ^ set(described):
        sys.exit(f"{SOURCE}:1: {name}: in WG_DROP_REASONS or in the comment, but not in both")
    for name, (meaning, action) in described.items():
        if not meaning or not action:
            sys.exit(f"{SOURCE}:1: {name}: no meaning, or no line that begins with Do:")
    yield "| counter | adds to | meaning | what to do |"
    yield "| --- | --- | --- | --- |"
    for name, field in rows:
        meaning, action = described[name]
        yield f"| `{name}` | {FIELDS.get(field, field)} | {cell(meaning)} | {cell(action)} |"


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        return
    if sys.argv[1:] and not check:
        sys.exit(f"counters: wrong arguments: {' '.join(sys.argv[1:])}\n{__doc__}")
    page = read(PAGE)
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        sys.exit(f"{PAGE}:1: needs one line {BEGIN}, and after it one line {END}")
    head, rest = page.split(BEGIN)
    old, tail = rest.split(END)
    new = "\n" + "\n".join(table(read(SOURCE))) + "\n"
    if not check:
        with open(os.path.join(TOP, PAGE), "w", encoding="utf-8") as file:
            file.write(head + BEGIN + new + END + tail)
    elif old != new:
        sys.exit(f"{PAGE}:{head.count(chr(10)) + 1}: the table differs from {SOURCE}: make counters")


if __name__ == "__main__":
    main()
