/* The start of the smoke test. Calls smoke_main on hart 0 and then powers the machine off; other harts wait forever.
 * At the start, a0 contains the hart id. Clobbers t0, t1, sp and the registers that smoke_main clobbers. */
#include "third_party/toolchains/smoke/offsets.h"

	.section .text.start, "ax"
	.global start
start:
	bnez a0, .
	la sp, stack_top
	call smoke_main
	li t0, SMOKE_FINISHER
	li t1, SMOKE_PASS
	sw t1, 0(t0)
	j .
	.if UART_LINE_STATUS != 5
	.error "asm_offsets gives a wrong offset"
	.endif
