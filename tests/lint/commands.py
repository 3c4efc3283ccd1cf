#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Saves the commands by which kbuild compiled the module's sources, for static checks.

usage: commands.py DIR KDIR                 DIR is where the module was built
       commands.py --run DIR SOURCE FLAG...

The first form reads the commands that kbuild left in DIR. It writes DIR/commands.json,
and for clang's tools DIR/compile_commands.json without the gcc flags that clang rejects.
The second form compiles a source again with kbuild's command and more flags, for the
compiler's messages. The first form also writes DIR.together/together.c, which includes all
sources but vector_SET.c, with its compile_commands.json, for checks that need the kernel's headers
only once. The files vector_SET.c each define the names that crypto/chacha20_lanes.h uses.
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
    """Yields for each object its folder, source and command, without the output options."""
    for note in sorted(tree.rglob(".*.o.cmd")):
        with note.open() as lines:
            match = re.match(r"(?:saved)?cmd_\S+ := *(.*?)(?: ; .*)?$", lines.readline().rstrip())
        words = shlex.split(match[1].replace("$(pound)", "#")) if match else []
        if not words or not words[-1].endswith(".c") or words[-1].endswith(".mod.c"):
            continue
        output = words.index("-o")
        del words[output:output + 2]
        # Kernels before 6.13 compile in their own folder and give our files full paths.
        folder = kdir if words[-1].startswith("/") else tree
        yield {"directory": str(folder), "file": str(folder / words[-1]),
               "arguments": [word for word in words if not word.startswith("-Wp,-M")]}


def unknown(flags):
    """The flags that clang rejects. It reports some only after others are removed."""
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
        sys.exit(f"commands.py: no commands of kbuild in {tree}")
    (tree / "commands.json").write_text(json.dumps(entries, indent=1))
    if not shutil.which("clang"):
        return
    rejected = unknown([word for word in entries[0]["arguments"]
                        if re.match("-[fmOW](?!p,)", word)])
    for entry in entries:
        words = [word for word in entry["arguments"][1:] if word not in rejected]
        entry["arguments"] = ["clang"] + words[:-1] + FOR_CLANG + words[-1:]
    (tree / "compile_commands.json").write_text(json.dumps(entries, indent=1))
    write_together(tree.with_name(tree.name + ".together"), entries)


def write_together(folder, entries):
    """Writes the source that includes all others. It is compiled by the command of the first."""
    folder.mkdir(exist_ok=True)
    source = folder / "together.c"
    source.write_text("".join(f'#include "{entry["file"]}"\n' for entry in entries
                              if "/vector_" not in entry["file"]))
    entry = dict(entries[0], file=str(source),
                 arguments=entries[0]["arguments"][:-1] + [str(source)])
    (folder / "compile_commands.json").write_text(json.dumps([entry], indent=1))


def run(tree, source, flags):
    """Compiles a source and discards the object."""
    for entry in json.loads((tree / "commands.json").read_text()):
        if entry["file"] == source:
            words = entry["arguments"]
            os.chdir(entry["directory"])
            os.execvp(words[0], words[:-1] + flags + ["-o", os.devnull] + words[-1:])
    sys.exit(f"commands.py: {source} was not compiled in {tree}")


def main():
    """Parses the command line."""
    if len(sys.argv) > 3 and sys.argv[1] == "--run":
        run(pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
    elif len(sys.argv) == 3:
        write(*(pathlib.Path(name).resolve() for name in sys.argv[1:]))
    else:
        sys.exit(__doc__)


main()
