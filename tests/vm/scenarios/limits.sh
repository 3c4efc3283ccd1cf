# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What happens at the limits: of messages under one key, of indices, of peers. They lie
# too far away to be met, so a module is built for this with WG_TEST_LIMITS=y.
# module: limits
# timeout: 240

if ! modinfo -F for_tests_only wireguard | grep -q 'low limits'; then
	skip "the limits" "this module has the real ones"
	exit 0
fi
# What src/crypto/stacktest.c said at load.
stack_test() { dmesg | sed -n 's/.*wireguard: stack test: //p' | tail -n 9; }
if [ -n "$(stack_test)" ]; then
	check_output "no primitive that is tested leaves anything on the stack that depends on a secret" \
		'^7 of 7 primitives leave nothing' stack_test
	check_output "and the control function, which does, is found" '^the control function leaves' stack_test
else
	skip "what primitives leave on the stack" "not tested on this kernel"
fi
# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
wire_bench
