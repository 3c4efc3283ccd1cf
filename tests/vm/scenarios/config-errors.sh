# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Error messages of wg and ip for wrong settings, with the kernel's extack text where there is
# one.
# timeout: 60
# plan: 14
# excludes: run -- it has no cable or tunnel to change

ns a b
new_keys a p1
ip -n a link add wg0 type wireguard
check_error "no such device" 'No such device' on a wg show nosuch
check_error "set on no such device" 'No such device' on a wg set nosuch listen-port 1
check_error "not a wireguard device" 'Operation not supported' on a wg set lo listen-port 1

port_taken() {
	ip -n a link set wg0 up
	on a wg set wg0 listen-port 4000
	ip -n a link add wg1 type wireguard
	on a wg set wg1 listen-port 4000
	ip -n a link set wg1 up
}
check_error "listen port taken" 'in use' port_taken
check_output "the first keeps its port" '^4000$' on a wg show wg0 listen-port
check_output "wg1 is still down after the failure" 'state DOWN' ip -n a link show wg1
check "wg1 comes up on another port" on a sh -c 'wg set wg1 listen-port 4001 && ip link set wg1 up'
check_error "moving a live device onto a used port" 'in use' on a wg set wg1 listen-port 4000
check_output "and it still has a port" '^400[01]$' on a wg show wg1 listen-port
check_error "unknown link attribute kind" 'Garbage instead of arguments "nonsense' ip -n a link add wg2 type wireguard nonsense 1
check_error "MTU below the minimum" 'less than device minimum|Invalid argument' ip -n a link set wg0 mtu -5
check_error "a hardware address" 'Operation not supported' ip -n a link set wg0 address 02:00:00:00:00:01
check_error "allowed IP prefix too long" 'AllowedIP is not in the correct format' on a wg set wg0 peer "$(pub p1)" allowed-ips 10.0.0.0/33
