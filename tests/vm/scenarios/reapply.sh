# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A configuration is applied again, or changed, while it is in use. Sessions and traffic go on,
# a new endpoint is tried at once, and nothing is sent to a peer without an endpoint.
# timeout: 120
# plan: 25
# bears not: ipv6-only -- the other side uses IPv4 sockets

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
