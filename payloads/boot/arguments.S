/* The harts start here instead of in hv. The test has stored four 8-byte words in memory after this code. Each hart
 * loads a0, a1 and a2 from the first three words, and jumps to hv. The fourth word is the id of one hart. On that hart,
 * this code locks a PMP entry that forbids all access to the CLINT, so that hv's first access to the CLINT traps.
 * Clobbers t0-t2. */
#include "payloads/runtime/machine.h"

#define PMP_LOCKED_NAPOT 0x98

	.section .text.start, "ax"
	.global start
start:
	li t0, 0x88000800
	csrr t1, mhartid
	ld t2, 24(t0)
	bne t1, t2, 1f
	li t1, CLINT_ADDRESS >> 2 | (CLINT_SIZE / 8 - 1)
	csrw pmpaddr0, t1
	li t1, PMP_LOCKED_NAPOT
	csrw pmpcfg0, t1
1:	ld a0, 0(t0)
	ld a1, 8(t0)
	ld a2, 16(t0)
	li t0, RAM_ADDRESS
	jr t0
