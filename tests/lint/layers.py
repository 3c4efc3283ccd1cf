#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The layers of the driver: a file includes headers of its own layer or of one below.

usage: layers.py TREE

A finding is a line FILE:LINE: TEXT.  Each file has a layer, and each header has a name
of its own, by which it is included.  Test code that lint.sh plants counts as crypto/.
"""

import re
import sys
from pathlib import Path

# Lowest first.  A folder, or a name without its extension.
LAYERS = (
    ("compat/",),
    ("crypto/", "planted/", "link_header", "skb_reset", "skb_copy", "aggregate", "segment"),
    ("protocol/", "version"),
    ("stats", "endpoint", "nesting"),
    ("socket.h",),
    ("route", "socket", "socket_send"),
    ("crypt_queue", "peer_tx", "peer_rx"),
    ("device.h",),
    ("peer",),
    ("encrypt", "transmit"),
    ("receive", "deliver", "handshake_io"),
    ("device_ops", "device", "device_ethtool", "device_notifier", "device_xmit"),
    ("netlink_family",),
    ("netlink_dump", "netlink_set"),
    ("netlink",),
    ("main",),
)
INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')


def layer_of(path):
    """The layer of a file, or None."""
    names = {f"{path.parts[0]}/"} if len(path.parts) > 1 else {path.name, path.stem}
    # A header may be below its source: "socket.h" comes before "socket".
    return next((n for n, layer in enumerate(LAYERS) if names & set(layer)), None)


def main():
    """Prints the findings."""
    if len(sys.argv) != 2:
        print(__doc__.split("\n")[2], file=sys.stderr)
        return 2
    src = Path(sys.argv[1]) / "src"
    files = sorted(p.relative_to(src) for p in src.rglob("*.[ch]")
                   if not {"probes", "generated", "include", "missing", "uapi"} & set(p.parts)
                   and not p.name.endswith(".mod.c"))
    headers = {}
    for path in files:
        if path.suffix == ".h":
            if path.name in headers:
                print(f"src/{path}:1: src/{headers[path.name]} has the same name")
            headers[path.name] = path
    for path in files:
        layer = layer_of(path)
        if layer is None:
            print(f"src/{path}:1: has no layer in tests/lint/layers.py")
            continue
        for number, line in enumerate((src / path).read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match or match[1] == "generated/config.h":
                continue
            below = headers.get(match[1])
            if below is None:
                print(f"src/{path}:{number}: {match[1]} is not the name of a header of ours")
            elif layer_of(below) is not None and layer_of(below) > layer:
                print(f"src/{path}:{number}: {match[1]} is of a layer above")
    return 0


sys.exit(main())
