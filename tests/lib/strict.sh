# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# How lint.sh builds the module, so that check.sh can build it in the same way and lint.sh need
# not build it a second time. Sourced, never run.

by_gcc() { ! grep -q '^CONFIG_CC_IS_CLANG=y' "$1/include/config/auto.conf"; } # KDIR

# strict_options KDIR: sets strict to make's variables for sparse and for gcc's warnings beyond
# W=1, some of which the kernel disables. They do not change the code. No message depends on debug
# information, which takes a fifth of the compiler's time.
strict_options() {
	strict=()
	! command -v sparse >/dev/null || strict+=(C=2 CHECK=sparse)
	! by_gcc "$1" || strict+=("KCFLAGS=-g0 -Wshadow -Wtype-limits -Wlogical-op \
-Wmaybe-uninitialized -Wunused-macros -Warray-bounds -Wstringop-overflow -Wstringop-truncation \
-Wrestrict -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init -Walloc-zero")
}
