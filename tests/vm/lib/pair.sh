# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For scenarios with "boot: pair": the partner VM at the other end of eth0.
#
#   this VM: module under test        partner: in-tree module
#   eth0 10.99.0.1, fd99::1 --------- eth0 10.99.0.2, fd99::2

partner() {
	python3 - "$*" <<'PY'
import json, socket, sys
with socket.create_connection(("10.99.0.2", 7000), 60) as s, s.makefile("rw") as stream:
    stream.write(json.dumps(sys.argv[1]) + "\n")
    stream.flush()
    answer = json.loads(stream.readline())
print(answer["out"], end="")
sys.exit(answer["rc"])
PY
}
meet_partner() {
	modprobe virtio_net
	wait_for 10 ip link show eth0
	ip link set eth0 up
	sysctl -qw net.ipv6.conf.eth0.accept_dad=0
	ip addr replace 10.99.0.1/24 dev eth0
	ip addr replace fd99::1/64 dev eth0
	wait_for 120 partner true
}
