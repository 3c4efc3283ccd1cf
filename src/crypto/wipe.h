/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clears the stack that a primitive has used. The compiler spills registers and
 * copies variables to places that have no name in C, so it is not enough to
 * wipe local variables: ChaCha20 spills a state that reveals the key.
 *
 * The pattern: an exported function without secret variables calls a noinline
 * function that does the work, and then wg_wipe_stack() from the same frame.
 * All traces of the work are below that frame. The noinline function returns
 * int, not bool: only one byte of a bool is defined. The other bytes of the
 * register may hold data of the computation, and the caller may save the
 * register on the stack.
 *
 * Not cleared: registers after the return, copies made by an interrupt, a
 * debugger or a change of the task, and the stack deeper than the number of pieces.
 * tests/unit/crypto_stack.c measures how many pieces a primitive needs on x86,
 * 32 and 64 bits. By the frame sizes that compilers report (-fstack-usage) they
 * also suffice on arm, arm64, mips, powerpc and riscv.
 */
#ifndef WG_CRYPTO_WIPE_H
#define WG_CRYPTO_WIPE_H

#include <linux/compiler.h>

/* The bytes of an array in a frame; below 1024, the limit of 32-bit kernels. */
#define WG_WIPE_PIECE 960

/*
 * Frames are larger with KASAN, by the redzones around variables, and on s390,
 * by 160 bytes each. Stacks have at least 16 KiB there.
 */
#if defined(CONFIG_KASAN) || defined(CONFIG_S390)
#define WG_WIPE_TIMES 2
#else
#define WG_WIPE_TIMES 1
#endif

/*
 * For large variables that are written before they are read. Some kernels clear
 * all variables, which would take as long as a short message.
 */
#define WG_UNINITIALIZED
#ifdef __has_attribute
#if __has_attribute(__uninitialized__)
#undef WG_UNINITIALIZED
#define WG_UNINITIALIZED __attribute__((__uninitialized__))
#endif
#endif

/* For wg_wipe_stack() only. */
void wg_wipe_pieces(unsigned int pieces);
void wg_wipe_gaps(unsigned int pieces);

/*
 * Clears @pieces * WG_WIPE_PIECE bytes of the stack below the caller's frame.
 * It is inlined, and the barrier prevents a tail call, so that both functions
 * start at the end of that frame.
 */
static __always_inline void wg_wipe_stack(unsigned int pieces)
{
	wg_wipe_pieces(pieces * WG_WIPE_TIMES);
	wg_wipe_gaps(pieces * WG_WIPE_TIMES);
	barrier();
}

#endif /* WG_CRYPTO_WIPE_H */
