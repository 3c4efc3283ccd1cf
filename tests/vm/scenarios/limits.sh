# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The limits of messages under one key, of indices and of peers. No test can reach the real
# limits, so this build of the module has low ones (WG_TEST_LIMITS=y).
# module: limits
# timeout: 240
# plan: 37

if ! modinfo -F for_tests_only wireguard | grep -q 'low limits'; then
	skip "the limits" "this module has the real limits"
	exit 0
fi
# The lines that src/crypto/stacktest.c logs at load.
stack_test() { dmesg | sed -n 's/.*wireguard: stack test: //p' | tail -n 11; }
if [ -n "$(stack_test)" ]; then
	check_output "no primitive that is tested leaves anything on the stack that depends on a secret" \
		'^9 of 9 primitives leave nothing' stack_test
	check_output "the control function, which does leave something, is found" '^the control function leaves' stack_test
else
	skip "what primitives leave on the stack" "not tested on this kernel"
fi
# shellcheck source=tests/vm/lib/setups.sh
source "$VM/lib/setups.sh"
wire_bench
run_part
