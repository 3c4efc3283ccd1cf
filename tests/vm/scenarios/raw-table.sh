# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The table: packet sockets send in every form, and what comes out.
# timeout: 400

# shellcheck source=tests/vm/lib/raw.sh
source "$VM/lib/raw.sh"
raw_peers
ping4 a 192.168.241.2
ping6 a fd00:1::2
modprobe -q tun || :
on a "$PACKET/packet-forms" wg0 a b
check "ordinary traffic goes on" ping4 a 192.168.241.2
