#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Draws the environment of a scenario from a seed: two to four changes at a time. This file
lists the changes and the conflicts between them. run.sh makes the changes at boot. chaos.sh
makes the others in the guest and tests whether the kernel supports them.

The draw depends only on the seed, the scenario's name, the lines "# excludes:" at its head
and the kernel's abilities, not on other scenarios in the same run.

usage: chaos.py boot SEED CONFIG SCENARIO...  one line for each VM to boot, fields separated by
                                      tabs: processors, factor for time limits, changes
                                      (- for none), words for the command line, scenarios.
                                      CONFIG is the kernel's configuration
       chaos.py run SEED SCENARIO [CHANGE...]  in the guest, booted with these changes: all
                                      changes of this scenario, in the last line
       chaos.py third SEED SCENARIO...  one in three of them, or half of those that take part
       chaos.py list                  names of the scenarios that take part
       chaos.py check SCENARIO...     fails, with a message, if one does not take part
       chaos.py guest-changes         all changes that are made in the guest, one a line
       chaos.py heads                 faults in the heads of scenarios, one a line
"""

import difflib
import hashlib
import itertools
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
SCENARIOS = os.path.join(HERE, "..", "scenarios")

# Changes at boot: values, words for the command line, the kernel option that is needed.
# SLOWER has the factor by which a change slows an emulated machine with two processors.
BOOT = {
    "cpus": (("1", "3", "8"), "", "SMP"),
    "preempt": (("none", "full"), "preempt={}", "PREEMPT_DYNAMIC"),
    "threadirqs": ((), "threadirqs", "IRQ_FORCED_THREADING"),
    "slub_debug": ((), "slub_debug=FZP", "SLUB_DEBUG"),
    "init_on_free": ((), "init_on_free=1", "INIT_ON_ALLOC_DEFAULT_ON"),
    "ipv6-off": ((), "ipv6.disable=1", "IPV6"),
}
SLOWER = {"cpus=8": 2, "slub_debug": 2}

# Changes in the guest, see chaos.sh.
RUN = {
    "underlay": ("bridge", "bond", "vlan", "macvlan", "vrf", "router"),
    "ipv6-only": (),
    "underlay-mtu": ("1479",),
    "delay": (),
    "offloads": ("none", "gro", "gro-list", "gro-forward", "no-checksum", "tunnel-none"),
    "rps": (),
    "threaded": ("underlay", "tunnel"),
    "limits": ("big", "segs"),
    "conntrack": (),
    "reroute": (),
    "qdisc": ("fq", "fq_codel", "cake", "netem"),
    "cb": (),
    "tunnel-mtu": ("1281", "1383", "1419", "8921"),
}

# Changes that exclude each other: two of one set are never drawn together.
CONFLICTS = (
    # Without IPv6 there is no IPv6-only underlay.
    {"ipv6-off", "ipv6-only"},
    # The kernel does not clear objects of caches that it poisons.
    {"slub_debug", "init_on_free"},
    {"cpus=1", "rps"},
    # A VRF holds the underlay's routes, which rerouting replaces.
    {"underlay=vrf", "reroute"},
    # A veth polls only with GRO: see chaos_device.
    {"threaded=underlay", "offloads=none"},
    {"delay", "offloads=none"},
    # Without GSO on wg0 no packet meets the limits there.
    {"limits=big", "offloads=tunnel-none"},
    {"limits=segs", "offloads=tunnel-none"},
    # A cable of 9001 bytes in place of 1479, and no router with a smaller MTU.
    {"tunnel-mtu=8921", "underlay-mtu=1479"},
    {"tunnel-mtu=8921", "underlay=router"},
    # gro-forward makes the underlay a router: see chaos_cable.
    *({"offloads=gro-forward", f"underlay={shape}"} for shape in RUN["underlay"]),
    {"offloads=gro-forward", "tunnel-mtu=8921"},
)

LEAST, MOST = 2, 4


def refuse(message):
    print(f"chaos: {message}", file=sys.stderr)
    sys.exit(1)


def rank(*parts):
    """A pseudo-random number that depends only on the parts, not on the Python version."""
    digest = hashlib.sha256(":".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def words_of(group, values):
    return [f"{group}={value}" for value in values] or [group]


GROUPS = {group: words_of(group, values)
          for group, values in [(g, v[0]) for g, v in BOOT.items()] + list(RUN.items())}
CLASSES = {
    "any": [*BOOT, *RUN],
    "boot": list(BOOT),
    "run": list(RUN),
    # Changes of wg0, which only two_peers and wire_bench make.
    "tunnel": ["qdisc", "tunnel-mtu", "reroute", "offloads=tunnel-none", "threaded=tunnel", "limits"],
}


def file_of(scenario):
    """The path of the file that has the head, as scenario_file of heads.sh finds it."""
    if re.fullmatch("[a-z0-9-]+", scenario):
        for end in ("sh", "py", "host.py"):
            path = os.path.join(SCENARIOS, f"{scenario}.{end}")
            if os.path.exists(path):
                return path
    return refuse(f"no scenario {scenario}")


def source(scenario):
    with open(file_of(scenario), encoding="utf-8") as text:
        return text.read()


def header(scenario, field):
    return re.findall(rf"^# {field}: *(.*)$", source(scenario), re.M)


# Lines "# NAME: VALUE" at the head of a scenario, see docs/TESTING.md.
FIELDS = {
    "timeout": r"[0-9][0-9A-Z_ +*()]*",
    "plan": r"[1-9][0-9]*",
    "plan with distinct forms": r"[1-9][0-9]*",
    "boot": "systemd|pair|host|fips|seedless|ipv6-off",
    "load": "by itself",
    "module": "limits|control",
    "kernel": "kasan|kcsan",
    "speed": "slow|soak",
    "order": "last",
    "points": "rows of a table",
    "needs": r"netns\.sh",
    "setup": "nothing|wire_bench|flood_bench|one_device|connected_peers|connected_sender|host_bench",
    "machine": r"amd64 -- \S.*",
    "excludes": r"[a-z][^,]*(, [a-z][^,]*)* -- \S.*",
}


def head_faults(scenario):
    """The faults of a scenario's lines "# NAME: VALUE", as (line, text)."""
    lines, seen, closed = source(scenario).splitlines(), set(), False
    head = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    in_python = file_of(scenario).endswith(".py")
    for number, line in enumerate(lines, 1):
        match = re.match(r"# ?([\w -]*?) *: *(.*)", line)
        if not match:
            # Only prose and drawings follow the fields.
            closed = closed or bool(seen)
            continue
        name, value = match.groups()
        if name in FIELDS and line.startswith(f"# {name}: "):
            if number > head:
                yield number, f"{name} is not in the head"
            elif not re.fullmatch(FIELDS[name], value):
                yield number, f"{name}: no such value: {value}"
            if name in seen and name != "excludes":
                yield number, f"{name} is there twice"
            if name == "setup" and not in_python:
                yield number, "setup is for scenarios in Python"
            seen.add(name)
        elif number <= head:
            words = " ".join(name.lower().split())
            if (seen and not closed) or difflib.get_close_matches(words, FIELDS, cutoff=0.75):
                yield number, f"not a field: {line}"
    if in_python and "setup" not in seen:
        yield 1, "a scenario in Python needs the field setup, or a shell part that calls it"


def heads():
    faults = [f"tests/vm/scenarios/{os.path.basename(file_of(name))}:{number}: {text}"
              for name in scenarios_here() for number, text in head_faults(name)]
    print(*faults, sep="\n", end="\n" if faults else "")
    sys.exit(bool(faults))


def allowed_changes(scenario):
    """The changes that a scenario allows."""
    if header(scenario, "boot") or header(scenario, "module") or header(scenario, "kernel"):
        return set()
    words = {word for group in GROUPS.values() for word in group}
    for line in header(scenario, "excludes"):
        names, dash, reason = line.partition(" -- ")
        if not dash or not reason.strip():
            refuse(f"{scenario}: 'excludes: {line}' has no reason: CHANGE, ... -- REASON")
        for name in names.replace(",", " ").split():
            for member in CLASSES.get(name, [name]):
                if member in GROUPS:
                    words -= set(GROUPS[member])
                elif any(member in group for group in GROUPS.values()):
                    words.discard(member)
                else:
                    refuse(f"{scenario}: excludes: no change is called {member}")
    if "underlay=router" not in words:
        words.discard("offloads=gro-forward")
    return words


def takes_part(scenario):
    """(whether the scenario takes part, the reason if not)"""
    for field in ("boot", "module", "kernel"):
        if header(scenario, field):
            return False, f"it has a {field} of its own"
    if header(scenario, "speed"):
        return False, f"it is {header(scenario, 'speed')[0]}"
    words = allowed_changes(scenario)
    groups = [group for group, members in GROUPS.items() if words & set(members)]
    if len(groups) < LEAST:
        lines = header(scenario, "excludes")
        return False, lines[0].partition(" -- ")[2] if lines else "it allows too few changes"
    return True, ""


def scenarios_here():
    return sorted({name.partition(".")[0] for name in os.listdir(SCENARIOS) if name.endswith((".sh", ".py"))})


def all_scenarios():
    return [name for name in scenarios_here() if takes_part(name)[0]]


def group_of(word):
    return word.partition("=")[0]


def goes_with(word, others):
    """Whether a change can be combined with the changes drawn before it."""
    if group_of(word) in map(group_of, others):
        return False
    return not any(word in group and group & set(others) for group in CONFLICTS)


def candidates(groups, *parts):
    """All changes of these groups in the order in which they are drawn: the first choice of
    each group, then the second choices, and so on."""
    rows = sorted((rank(*parts, group), sorted(GROUPS[group], key=lambda word: rank(*parts, word)))
                  for group in groups)
    columns = itertools.zip_longest(*(row for _, row in rows))
    return [word for column in columns for word in column if word]


# Changes at boot.

def configured(path):
    """The options that a kernel's configuration enables, and options whose presence alone,
    enabled or not, shows that the kernel has the feature."""
    # latin-1 decodes any file.
    with open(path, encoding="latin-1") as text:
        lines = text.read()
    options = set(re.findall(r"^CONFIG_(\w+)=[ym]$", lines, re.M))
    if not options:
        refuse(f"no configuration of a kernel: {path}")
    return options | {name for name in ("INIT_ON_ALLOC_DEFAULT_ON",) if f"CONFIG_{name}" in lines}


def boot_draws(seed, options, notes):
    """Yields sets of zero to two changes."""
    for number in range(1000):
        wanted = rank(seed, "boot", number) % 3
        drawn = []
        for word in candidates(BOOT, seed, "boot", number):
            if len(drawn) == wanted:
                break
            if not goes_with(word, drawn):
                continue
            if BOOT[group_of(word)][2] not in options:
                notes.add(f"{word}: unsupported here, drawn again")
                continue
            drawn.append(word)
        yield tuple(drawn)


def boot_words():
    return {word for group in BOOT for word in GROUPS[group]}


def boots(seed, config, scenarios):
    """{changes at boot: scenarios}: each scenario gets the first draw that it allows."""
    options, notes, plan = configured(config), set(), {}
    for scenario in scenarios:
        words = allowed_changes(scenario)
        # If the scenario allows too few changes in the guest, all changes are at boot.
        least = 0 if len(set(map(group_of, words - boot_words()))) >= LEAST else LEAST
        for drawn in boot_draws(seed, options, notes):
            if len(drawn) >= least and set(drawn) <= words:
                plan.setdefault(drawn, []).append(scenario)
                break
        else:
            refuse(f"{scenario}: this kernel supports none of the boot changes that it allows")
    for line in sorted(notes):
        print(f"# chaos: seed {seed}: {line}", file=sys.stderr)
    return plan


def boot(seed, config, *scenarios):
    for drawn, names in boots(seed, config, scenarios).items():
        cpus, slow, append = "2", 1, []
        for word in drawn:
            group, _, value = word.partition("=")
            slow *= SLOWER.get(word, 1)
            if group == "cpus":
                cpus = value
            else:
                append.append(BOOT[group][1].format(value))
        print(cpus, slow, " ".join(drawn) or "-", " ".join(append) or "-", " ".join(names), sep="\t")


# Changes in the guest.

def can(word):
    """Whether this kernel supports a change, by chaos_can of chaos.sh."""
    result = subprocess.run(["bash", "-c", 'source "$1/chaos.sh"; chaos_can "$2"', "chaos_can",
                             HERE, word], stdout=sys.stderr, check=False)
    if result.returncode not in (0, 1):
        refuse(f"chaos_can {word} ended with {result.returncode}")
    return result.returncode == 0


def run(seed, scenario, *drawn):
    words = allowed_changes(scenario)
    drawn = list(drawn)
    # At least one change in the guest, if the scenario and the changes at boot allow any.
    allowed = [word for word in words - boot_words() if goes_with(word, drawn)]
    least = max(LEAST, len(drawn) + bool(allowed))
    wanted = least + rank(seed, scenario, "how many") % (MOST - least + 1)
    for word in candidates(RUN, seed, scenario):
        if len(drawn) == wanted:
            break
        if word not in words or not goes_with(word, drawn):
            continue
        if can(word):
            drawn.append(word)
        else:
            print(f"# chaos: seed {seed}, {scenario}: {word}: unsupported here, drawn again")
    if len(drawn) < least:
        refuse(f"{scenario} allows {len(drawn)} changes that this kernel supports, wanted {least}")
    print(" ".join(drawn))


# Selection of scenarios.

def third(seed, *scenarios):
    taking = [name for name in scenarios if takes_part(name)[0]]
    # At least half of the scenarios that take part run unchanged.
    count = min(len(scenarios) // 3, len(taking) // 2)
    chosen = sorted(taking, key=lambda name: rank(seed, "third", name))[:count]
    for name in sorted(chosen):
        print(name)


def check(*scenarios):
    for name in scenarios:
        does, why = takes_part(name)
        if not does:
            refuse(f"{name} does not take part: {why}")


def check_arguments(command, arguments):
    _, least, most = COMMANDS[command]
    if not least <= len(arguments) <= most:
        refuse(f"{command}: {len(arguments)} arguments; --help shows which it needs")
    if command in ("boot", "run", "third") and not re.fullmatch("[0-9]{1,9}", arguments[0]):
        refuse(f"the seed is not a number of up to nine digits: {arguments[0]}")
    if command == "boot" and not os.path.isfile(arguments[1]):
        refuse(f"boot: no such file: {arguments[1]}")
    if command == "run":
        for word in arguments[2:]:
            if word not in boot_words():
                refuse(f"run: not a change at boot: {word}")


def main(command="", *arguments):
    if command in ("-h", "--help"):
        print(__doc__)
        return
    if command not in COMMANDS:
        refuse(f"no command {command}; --help lists them" if command else "no command; --help lists them")
    check_arguments(command, arguments)
    # Check the heads of all scenarios, not only of those that run.
    for name in scenarios_here() if command != "heads" else ():
        for number, text in head_faults(name):
            refuse(f"{os.path.basename(file_of(name))}:{number}: {text}")
        allowed_changes(name)
    COMMANDS[command][0](*arguments)


# Function, least and most number of arguments.
ANY = sys.maxsize
COMMANDS = {
    "boot": (boot, 3, ANY), "run": (run, 2, ANY), "third": (third, 2, ANY), "check": (check, 1, ANY),
    "list": (lambda: print(*all_scenarios(), sep="\n"), 0, 0),
    "guest-changes": (lambda: print(*(word for group in RUN for word in GROUPS[group]), sep="\n"), 0, 0),
    "heads": (heads, 0, 0),
}

if __name__ == "__main__":
    main(*sys.argv[1:])
