#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The kernel functions and macros that the driver calls: the oldest headers have them, or a shim.
Files with ARRAY_SIZE() or BUILD_BUG_ON() have to include <linux/bug.h>.

usage: kernel_names.py TREE             checks a source tree
       kernel_names.py --headers DIR    prints the names in the list that DIR/include and
                                        DIR/arch/x86/include lack

A finding is a line FILE:LINE: TEXT.  Needs no kernel: kernel-names.list has the names that were
found in the headers of the oldest supported kernel.  If a new call is a finding, look whether those
headers have the name; then add it to the list, or write a shim.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
LIST = HERE / "kernel-names.list"
WORDS = {"if", "for", "while", "switch", "return", "sizeof", "typeof", "defined", "offsetof",
         "__attribute__", "__alignof__", "__typeof__", "__aligned__", "__vector_size__",
         "__has_attribute", "else", "do", "asm", "volatile", "X"}
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|#pragma (?:\\\n|[^\n])*', re.S)
CALL = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(")
# In 4.4 only <linux/bug.h> has what these expand to; <linux/kernel.h> does not include it.
NEEDS_BUG = re.compile(r"\b(ARRAY_SIZE|BUILD_BUG_ON)\s*\(")
BUG = re.compile(r"^#include <linux/bug\.h>", re.M)
# What a file defines: macros; functions and declarations, whose line begins with a type.
MACRO = re.compile(r"^\s*#\s*define\s+(\w+)", re.M)
FUNCTION = re.compile(r"^(?:[A-Za-z_][\w *]*?[ *])(\w+)\s*\(", re.M)


def text_of(path):
    """The file without comments and strings, with the same lines."""
    return NOISE.sub(lambda match: re.sub(r"[^\n]+", " ", match[0]), path.read_text())


def names_called(tree):
    """The kernel's names that src/ outside of compat/ calls, with FILE:LINE of one call.

    Left out is the backend of the kernel's cryptography, which is built only if that is exported.
    """
    called, defined = {}, set(WORDS)
    for path in sorted((tree / "src").rglob("*.[ch]")):
        parts = path.relative_to(tree).parts
        if {"generated", "probes"} & set(parts) or path.name.endswith(".mod.c"):
            continue
        text = text_of(path)
        defined.update(MACRO.findall(text))
        defined.update(FUNCTION.findall(text))
        if "compat" in parts or path.name == "backend_kernel.c":
            continue
        for call in CALL.finditer(text):
            line = text.count("\n", 0, call.start(1)) + 1
            called.setdefault(call[1], f"{path.relative_to(tree)}:{line}")
    return {name: place for name, place in called.items()
            if name not in defined and not name.startswith(("wg_", "__builtin_"))}


def without_bug(tree):
    """Prints a finding for each file that uses these macros without their header."""
    for path in sorted((tree / "src").rglob("*.[ch]")):
        parts = path.relative_to(tree).parts
        if {"generated", "probes"} & set(parts) or path.name.endswith(".mod.c"):
            continue
        text = text_of(path)
        found = NEEDS_BUG.search(text)
        if found and not BUG.search(text):
            line = text.count("\n", 0, found.start()) + 1
            print(f"{path.relative_to(tree)}:{line}: {found[1]}() without <linux/bug.h>, "
                  "which it needs on 4.4")


def main():
    """Prints the findings, each as FILE:LINE: TEXT."""
    listed = {line for line in LIST.read_text().splitlines() if line and line[0] != "#"}
    if len(sys.argv) == 3 and sys.argv[1] == "--headers":
        words = set()
        for folder in ("include", "arch/x86/include"):
            for path in (pathlib.Path(sys.argv[2]) / folder).rglob("*.h"):
                words.update(re.findall(r"\w+", path.read_text(errors="replace")))
        print("\n".join(sorted(listed - words)))
        return 0
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    without_bug(pathlib.Path(sys.argv[1]))
    called = names_called(pathlib.Path(sys.argv[1]))
    for name in sorted(set(called) - listed):
        print(f"{called[name]}: {name}() is not in kernel-names.list and has no shim")
    for name in sorted(listed - set(called)):
        print(f"tests/lint/kernel-names.list:1: {name}() is not called")
    return 0


if __name__ == "__main__":
    sys.exit(main())
