# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Packet sockets send in every form; one test point for each form and what arrives.
# points: rows of a table
# timeout: 400
# plan: 2352
# plan with distinct forms: 382
# excludes: rps, qdisc -- a packet of another flow marks the end, and netem returns the slots of rings early
# excludes: ipv6-off -- it uses both families
# RAW_FORMS=distinct: one of several forms that the driver cannot distinguish, for a second
# build of the same sources and for varied environments.

# shellcheck source=tests/vm/lib/raw.sh
source "$VM/lib/raw.sh"
raw_peers
ping4 a 192.168.241.2
ping6 a fd00:1::2
modprobe -q tun || :
forms=${RAW_FORMS:-${CHAOS:+distinct}}
# shellcheck disable=SC2086 # none or one word
on a "$PACKET/packet-forms" wg0 a b $forms
check "ordinary traffic goes on" ping4 a 192.168.241.2
