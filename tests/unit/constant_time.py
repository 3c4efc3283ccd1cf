#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reads compiled code of the primitives for instructions whose time may depend on a secret.

usage: constant_time.py PROGRAM ALLOWED

PROGRAM has debug information, and its functions wg_*() are read.  A finding is a line.  These
are findings:

- a division or a square root, a vector load or store with an index in each lane, a string
  comparison;
- a jump to an address in a register;
- a call of a function that is neither wg_*() nor in CALLED;
- a conditional branch, unless ALLOWED has its source line.

ALLOWED has lines of three fields with tabs between them: the file, the function and the text of a
source line, under comments that say why the condition is public.  The function is that of the
source, also where the compiler has inlined it.  A loop that counts to a constant needs no line.
Branches of the stand-ins for kernel headers, and functions that run at load without secrets, are
not read.  The last line of the output has the numbers of functions and branches that were read, as
a comment.
"""

import re
import subprocess
import sys
from pathlib import Path

# Their time depends on the length only.
CALLED = re.compile(r"wg_\w+|mem(cpy|set|move|zero_explicit)|kernel_fpu_\w+|__assert_fail")
# At load, without secrets.
NOT_READ = {"wg_vector_selftest", "wg_vector_same_tag", "wg_vector_usable",
            "wg_vector_parameter_set"}
VARIABLE = re.compile(
    r"i?div[bwlq]?|v?(div|sqrt|rsqrt|rcp)[ps][sd]|fi?div\w*|fsqrt|v?p?(gather|scatter)\w+|"
    r"rep[nz]*|(cmps|scas)[bwlq]|v?maskmov\w+|vpmaskmov\w+|pdep|pext|bs[fr]\w?")
CONDITIONAL = re.compile(r"(j(?!mpq?$)\w+|loop\w*)(,p[nt])?")
INSTRUCTION = re.compile(r"\s*([0-9a-f]+):\t(.*)")
COUNTED = re.compile(r"for \((\w+ = \w+)?; \w+ ([<>]=?|!=) [0-9A-Z_]+; .*\).*")
FUNCTION = re.compile(r"[0-9a-f]+ <(.+)>:$")
# The first line of a function in a source.
DEFINITION = re.compile(r"[a-z][\w *]*?\b(\w+(?:\(\w+\))?)\((?!\w+\)\()")


def output(*command, text=None):
    """The standard output of a command."""
    return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout


def read_allowed(path):
    """Each file, function and source line with single spaces."""
    rows = set()
    for line in Path(path).read_text().splitlines():
        if line and not line.startswith("#"):
            rows.add(tuple(line.split("\t", 2)))
    return rows


def functions_of(lines):
    """The function of each line of a source file, "-" outside of one. The name is as in the source:
    some are macros with a parameter."""
    functions, name, inside = [], "-", False
    for line in lines:
        found = DEFINITION.match(line)
        if found and not inside:
            name = found[1]
        inside = (inside or line == "{") and line != "}"
        functions.append(name if inside else "-")
    return functions


def source_lines(program, addresses):
    """Yields the path, or None, the function, and the text of the source line of each address."""
    places = output("addr2line", "-e", program, text="".join(f"0x{a}\n" for a in addresses))
    files = {}
    for place in places.splitlines():
        path, _, number = place.split(" ")[0].rpartition(":")
        if not number.isdigit() or number == "0" or not Path(path).exists():
            yield None, "?", "?"
            continue
        if path not in files:
            lines = Path(path).read_text().splitlines()
            files[path] = lines, functions_of(lines)
        lines, functions = files[path]
        yield path, functions[int(number) - 1], " ".join(lines[int(number) - 1].split())


def instructions(program):
    """Yields function, address, mnemonic, operands."""
    function = None
    for line in output("objdump", "-d", "--no-show-raw-insn", program).splitlines():
        start = FUNCTION.match(line)
        if start:
            function = start[1].split(".")[0]
            continue
        found = INSTRUCTION.match(line)
        if found and function and function.startswith("wg_") and function not in NOT_READ:
            words = found[2].split(None, 1)
            # Prefixes that do not matter here.
            while len(words) == 2 and words[0] in ("notrack", "bnd", "lock", "cs", "ds", "data16"):
                words = words[1].split(None, 1)
            yield function, found[1], words[0], words[1] if len(words) == 2 else ""


def main():
    """Prints the findings."""
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        print(__doc__.split("\n")[2], file=sys.stderr)
        return 2
    program, allowed = sys.argv[1], read_allowed(sys.argv[2])
    code = list(instructions(program))
    branches, findings = [], []
    for at, (function, _, mnemonic, operands) in enumerate(code):
        if CONDITIONAL.fullmatch(mnemonic):
            branches.append(at)
        elif VARIABLE.fullmatch(mnemonic):
            # Stores and copies of strings take a time that depends on the count.
            if not (mnemonic == "rep" and re.match(r"(stos|movs)", operands)):
                findings.append(f"{function}:\t{mnemonic} {operands}")
        elif re.fullmatch(r"(jmp|call)[lq]?", mnemonic):
            target = re.search(r"<([\w.]+)", operands)
            name = re.sub(r"(@plt)?[.].*", "", target[1]) if target else None
            if name is None or not CALLED.fullmatch(name):
                findings.append(f"{function}:\t{mnemonic} {operands}")
    # Where the compiler names no line for a branch, that of an instruction before it counts.
    lines = list(source_lines(program, (address for _, address, _, _ in code)))
    for at in branches:
        function, known = code[at][0], at
        while known > at - 20 and lines[known][0] is None and code[known - 1][0] == function:
            known -= 1
        path, source_function, text = lines[known]
        if path and "/shim/" in path:
            continue
        file = Path(path).name if path else "?"
        if (file, source_function, text) not in allowed and not COUNTED.fullmatch(text):
            findings.append(f"{function}:\tbranch\t{file}\t{source_function}\t{text}")
    for finding in dict.fromkeys(findings):
        print(finding)
    functions = {function for function, _, _, _ in code}
    print(f"# {len(functions)} functions, {len(branches)} branches")
    return 1 if findings or not functions else 0


if __name__ == "__main__":
    sys.exit(main())
