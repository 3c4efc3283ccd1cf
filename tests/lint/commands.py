#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""How kbuild compiles the module's sources, for tools that look at them again.

usage: commands.py DIR KDIR                 DIR is where the module was built
       commands.py --run DIR SOURCE FLAG...

The first writes DIR/commands.json from the commands that kbuild has left in DIR, and
for clang's tools DIR/compile_commands.json, less the flags that clang does not know:
they are those of the kernel's gcc. The second compiles a source once more, as kbuild
did and with more flags, for what the compiler says.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

# What the kernel's Makefile adds for clang: the kernel is written in GNU C.
FOR_CLANG = ["-Wno-gnu", "-Qunused-arguments"]


def commands(tree, kdir):
    """Of each object: where it was compiled, from what, and how, but for the output."""
    for note in sorted(tree.rglob(".*.o.cmd")):
        with note.open() as lines:
            match = re.match(r"(?:saved)?cmd_\S+ := *(.*?)(?: ; .*)?$", lines.readline().rstrip())
        words = shlex.split(match[1].replace("$(pound)", "#")) if match else []
        if not words or not words[-1].endswith(".c") or words[-1].endswith(".mod.c"):
            continue
        output = words.index("-o")
        del words[output:output + 2]
        # Kernels before 6.13 compile from their own folder and name ours in full.
        folder = kdir if words[-1].startswith("/") else tree
        yield {"directory": str(folder), "file": str(folder / words[-1]),
               "arguments": [word for word in words if not word.startswith("-Wp,-M")]}


def unknown(flags):
    """Those of the flags that clang complains of; some it names once others are gone."""
    rejected = set()
    while True:
        rest = [flag for flag in flags if flag not in rejected]
        run = subprocess.run(["clang", "-fsyntax-only", "-xc", os.devnull] + rest,
                             stderr=subprocess.PIPE, text=True, check=False)
        named = set(re.findall(r"'(-[^']*)'", run.stderr)) & set(rest)
        if not named:
            if run.returncode:
                sys.exit("commands.py: clang does not take the kernel's flags: " + run.stderr)
            return rejected
        rejected |= named


def write(tree, kdir):
    """Writes both files."""
    entries = list(commands(tree, kdir))
    if not entries:
        sys.exit(f"commands.py: kbuild has left no commands in {tree}")
    (tree / "commands.json").write_text(json.dumps(entries, indent=1))
    if not shutil.which("clang"):
        return
    rejected = unknown([word for word in entries[0]["arguments"]
                        if re.match("-[fmOW](?!p,)", word)])
    for entry in entries:
        words = [word for word in entry["arguments"][1:] if word not in rejected]
        entry["arguments"] = ["clang"] + words[:-1] + FOR_CLANG + words[-1:]
    (tree / "compile_commands.json").write_text(json.dumps(entries, indent=1))


def run(tree, source, flags):
    """Compiles a source, into nothing."""
    for entry in json.loads((tree / "commands.json").read_text()):
        if entry["file"] == source:
            words = entry["arguments"]
            os.chdir(entry["directory"])
            os.execvp(words[0], words[:-1] + flags + ["-o", os.devnull] + words[-1:])
    sys.exit(f"commands.py: {source} was not compiled in {tree}")


def main():
    """See above."""
    if len(sys.argv) > 3 and sys.argv[1] == "--run":
        run(pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
    elif len(sys.argv) == 3:
        write(*(pathlib.Path(name).resolve() for name in sys.argv[1:]))
    else:
        sys.exit(__doc__)


main()
