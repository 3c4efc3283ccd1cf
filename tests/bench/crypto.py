#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tables and a plot of what crypto-bench has measured.

usage: crypto.py RAW.TXT PLOT.SVG

Prints medians with the least and the greatest value in parentheses, in cycles of the core: of a
byte, or for X25519 of an operation.  A ratio is the median of the ratios of single rounds, so that
a processor that changes its speed between rounds does not matter: above 1 we are faster.

Contenders with a colon in their name are the kernel's library as it is on another CPU.  They have a
table of their own, where each is compared with what we have on such a CPU.
"""

import sys
from html import escape
from statistics import median

# The least ratio that is wanted of our fastest code, by the beginning of a workload and other
# contender.
BARS = [
    ("encrypt-45x1420", "openssl", 1.2), ("decrypt-45x1420", "openssl", 1.2),
    ("encrypt-45x1420", "libsodium", 1.2), ("decrypt-45x1420", "libsodium", 1.2),
    ("encrypt-45x1420", "kernel", 1.5), ("decrypt-45x1420", "kernel", 1.5),
    ("encrypt-4x16384", "openssl", 1.0), ("decrypt-4x16384", "openssl", 1.0),
    *((f"{what}-45x{size}", other, 1.5)
      for what in ("encrypt", "decrypt") for size in (64, 128, 256)
      for other in ("openssl", "libsodium", "kernel")),
    ("x25519", "openssl", 1.0), ("blake2s", "openssl", 1.0), ("blake2s", "libb2", 1.0),
]
# The fastest code of ours on the CPU of each contender of the kernel: for messages, and for X25519.
CPUS = {"sse2": ("ours-portable", "ours-portable"), "ssse3": ("ours-ssse3", "ours-portable"),
        "avx": ("ours-ssse3", "ours-portable"), "avx2": ("ours-avx2", "ours-adx"),
        "skylake": ("ours-avx2", "ours-adx")}
COLORS = {"ours-portable": "#a6cfec", "ours-adx": "#1b6ca8", "ours-ssse3": "#6fb0dd",
          "ours-avx2": "#3f8fc5", "ours-avx512": "#1b6ca8", "openssl": "#d1495b",
          "libsodium": "#edae49", "libb2": "#8d6a9f", "kernel": "#66a182"}


class Results:
    """The lines of a run."""

    def __init__(self, path):
        self.about, self.units, self.values, self.counted = [], {}, {}, {}
        self.contenders = []
        ticks = {}
        with open(path, encoding="utf-8") as file:
            for line in file:
                kind, *fields = line.rstrip("\n").split("\t")
                if kind == "about":
                    self.about.append(fields[0])
                elif kind == "workload":
                    self.units[fields[0]] = (int(fields[1]), fields[2])
                elif kind == "value":
                    workload, contender, number, *numbers = fields
                    ticks[workload, contender, int(number)] = float(numbers[0])
                    self.counted[workload, contender] = float(numbers[1])
        # What a tick of the time stamp counter is in cycles of the core, in each round.
        self.cycles = {number: self.units["clock"][0] / value
                       for (workload, _, number), value in ticks.items() if workload == "clock"}
        for (workload, contender, number), value in ticks.items():
            if workload == "clock":
                continue
            if contender not in self.contenders:
                self.contenders.append(contender)
            value *= self.cycles[number] / self.units[workload][0]
            self.values.setdefault((workload, contender), {})[number] = value
        order = ["ours-portable", "ours-adx", "ours-ssse3", "ours-avx2", "ours-avx512", "openssl",
                 "libsodium", "libb2"]
        self.contenders.sort(key=lambda name: order.index(name) if name in order else len(order))
        self.elsewhere = [c for c in self.contenders if ":" in c]
        self.contenders = [c for c in self.contenders if ":" not in c]
        self.workloads = [w for w in self.units
                          if any((w, c) in self.values for c in self.contenders)]

    def median(self, workload, contender):
        """The median, or None."""
        values = self.values.get((workload, contender))
        return median(values.values()) if values else None

    def best(self, workload):
        """Our fastest contender."""
        names = [c for c in self.contenders
                 if c.startswith("ours") and (workload, c) in self.values]
        return min(names, key=lambda c: self.median(workload, c))

    def ratio(self, workload, ours, other):
        """The median, the least and the greatest ratio of single rounds."""
        mine, theirs = self.values[workload, ours], self.values[workload, other]
        ratios = sorted(theirs[n] / mine[n] for n in mine if n in theirs)
        return median(ratios), ratios[0], ratios[-1]


def bar(workload, contender):
    """The least ratio that is wanted, or None."""
    for begin, other, least in BARS:
        if workload.startswith(begin) and contender.startswith(other):
            return least
    return None


def number(value):
    """Some three digits."""
    return f"{value:.0f}" if value >= 1000 else f"{value:.2f}"


def table(results, rows):
    """Prints rows of cells, in columns."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print()


def print_tables(results):
    """All that the run has shown."""
    for line in results.about:
        print(line)
    cycles = results.cycles.values()
    print(f"Cycles of the core for a tick of the time stamp counter: {median(cycles):.3f} "
          f"({min(cycles):.3f}-{max(cycles):.3f}), {len(cycles)} rounds\n")
    rows = [["cycles, median (least-most)", "for a", *results.contenders]]
    for workload in results.workloads:
        row = [workload, results.units[workload][1]]
        for contender in results.contenders:
            values = results.values.get((workload, contender))
            row.append(f"{number(median(values.values()))} ({number(min(values.values()))}-"
                       f"{number(max(values.values()))})" if values else "-")
        rows.append(row)
    table(results, rows)
    if any(count >= 0 for count in results.counted.values()):
        rows = [["instructions", "for a", *results.contenders]]
        for workload in results.workloads:
            units, unit = results.units[workload]
            rows.append([workload, unit] + [
                number(results.counted[workload, c] / units)
                if (workload, c) in results.values else "-" for c in results.contenders])
        table(results, rows)
    others = [c for c in results.contenders if not c.startswith("ours")]
    rows = [["ratio, median (least-most)", "ours", *others]]
    below = []
    for workload in results.workloads:
        ours = results.best(workload)
        row = [workload, ours]
        for other in others:
            if (workload, other) not in results.values:
                row.append("-")
                continue
            middle, least, most = results.ratio(workload, ours, other)
            wanted = bar(workload, other)
            missed = wanted and middle < wanted
            row.append(f"{middle:.2f} ({least:.2f}-{most:.2f})" +
                       (f" < {wanted}" if missed else ""))
            if missed:
                below.append(f"BELOW the bar: {workload}: {middle:.2f} x {other}, not {wanted}")
        rows.append(row)
    table(results, rows)
    if results.elsewhere:
        print_elsewhere(results)
    print("\n".join(below) if below else "No ratio is below its bar.")


def print_elsewhere(results):
    """Ours against the kernel's library on other CPUs."""
    rows = [["cycles, kernel's", "for a", *results.elsewhere]]
    ratios = [["ratio, median (least-most)", *results.elsewhere]]
    for workload in results.workloads:
        row, ratio = [workload, results.units[workload][1]], [workload]
        for contender in results.elsewhere:
            messages, x25519 = CPUS[contender.partition(":")[2]]
            ours = (x25519 if workload.startswith("x25519") else
                    "ours-portable" if workload.startswith("blake2s") else messages)
            if any((workload, c) not in results.values for c in (ours, contender)):
                row.append("-")
                ratio.append("-")
                continue
            row.append(number(results.median(workload, contender)))
            middle, least, most = results.ratio(workload, ours, contender)
            ratio.append(f"{middle:.2f} ({least:.2f}-{most:.2f})")
        rows.append(row)
        ratios.append(ratio)
    table(results, rows)
    table(results, ratios)


def color(contender):
    """Of a bar of the plot."""
    return COLORS.get(contender) or COLORS[contender.split("-")[0]]


def plot(results, path):
    """Horizontal bars for each workload, scaled to the slowest of the workload."""
    width, left, length, height = 900, 150, 560, 15
    body, y = [], 60
    for workload in results.workloads:
        names = [c for c in results.contenders if (workload, c) in results.values]
        longest = max(max(results.values[workload, c].values()) for c in names)
        unit = results.units[workload][1]
        body.append(f'<text x="10" y="{y + 12}" font-weight="bold">{escape(workload)}, cycles '
                    f'for a {unit}</text>')
        y += 20
        for name in names:
            values = results.values[workload, name].values()
            middle, least, most = (v / longest * length for v in
                                   (median(values), min(values), max(values)))
            center = y + height / 2
            body.append(f'<text x="{left - 8}" y="{y + 11}" text-anchor="end">{escape(name)}</text>'
                        f'<rect x="{left}" y="{y}" width="{middle:.1f}" height="{height - 3}" '
                        f'fill="{color(name)}"/>'
                        f'<path d="M{left + least:.1f} {center - 1.5}H{left + most:.1f}" '
                        f'stroke="#222"/>'
                        f'<text x="{left + most + 6:.1f}" y="{y + 11}">'
                        f'{number(median(values))}</text>')
            y += height
        y += 14
    cpu = next((line for line in results.about if line.startswith("CPU: ")), "")
    date = next((line for line in results.about if line.startswith("Date: ")), "")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
                   f'font-family="sans-serif" font-size="12">\n'
                   f'<rect width="{width}" height="{y}" fill="#fff"/>\n'
                   f'<text x="10" y="20" font-size="15">Cryptography: less is better. Median; the '
                   f'line is the least and the greatest round.</text>\n'
                   f'<text x="10" y="40">{escape(cpu)}. {escape(date)}</text>\n' +
                   "\n".join(body) + "\n</svg>\n")


def main():
    """Reads the lines, prints the tables, writes the plot."""
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        print(__doc__.split("\n")[2], file=sys.stderr)
        return 2
    results = Results(sys.argv[1])
    if not results.workloads or not results.cycles:
        print("bench-crypto: no values", file=sys.stderr)
        return 1
    print_tables(results)
    plot(results, sys.argv[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
