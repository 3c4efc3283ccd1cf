/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clearing the stack that a primitive has used. A compiler spills registers and
 * copies variables to places that C cannot name, so that wiping local variables
 * is not enough: what ChaCha20 spills is a state from which the key follows.
 *
 * The pattern: an exported function without variables of its own calls a noinline
 * function that does the work, and then wg_wipe_stack() from the same frame. All
 * that the work left is then below that frame. The noinline function returns int,
 * not bool: of a bool one byte is defined, and the rest of the register, which the
 * caller may put on the stack, is what the computation left there.
 *
 * Not reached: registers after the return, what an interrupt or a debugger copied
 * elsewhere meanwhile, and what lies deeper than the pieces asked for. How many a
 * primitive needs: tests/unit/crypto_stack.c sees it on x86, 32 and 64 bits; frame
 * sizes as compilers report them (-fstack-usage) fit on arm, arm64, mips, powerpc
 * and riscv, too.
 */
#ifndef WG_CRYPTO_WIPE_H
#define WG_CRYPTO_WIPE_H

#include <linux/compiler.h>

/* Of a frame: below 1024, which 32-bit kernels allow. */
#define WG_WIPE_PIECE 960

/*
 * Where frames are larger: by redzones around variables, and by the 160 bytes that
 * s390 gives each. Stacks have at least 16 KiB there.
 */
#if defined(CONFIG_KASAN) || defined(CONFIG_S390)
#define WG_WIPE_TIMES 2
#else
#define WG_WIPE_TIMES 1
#endif

/* For wg_wipe_stack() only. */
void wg_wipe_pieces(unsigned int pieces);
void wg_wipe_gaps(unsigned int pieces);

/*
 * Clears @pieces * WG_WIPE_PIECE bytes of the stack below the caller's frame.
 * Inlined, and followed by a barrier against a tail call, so that both functions
 * begin at the end of that frame.
 */
static __always_inline void wg_wipe_stack(unsigned int pieces)
{
	wg_wipe_pieces(pieces * WG_WIPE_TIMES);
	wg_wipe_gaps(pieces * WG_WIPE_TIMES);
	barrier();
}

#endif /* WG_CRYPTO_WIPE_H */
