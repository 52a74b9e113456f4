/* Traps with chosen values in all registers. keeping_NAME(area) loads x1 to x31 from the first half of the area, executes
 * one instruction that traps (keeping_wait: a loop that is interrupted), and stores x1 to x31 in the second half. It runs in S-mode, and sscratch points to the area
 * meanwhile. It keeps the registers that a C function must preserve at the end of the area. */

	.altmacro
	.macro one operation, number, offset
	\operation x\number, \offset + 8 * \number(a0)
	.set i, i + 1
	.endm

	/* all registers except x0 and a0 */
	.macro others operation, offset
	.set i, 1
	.rept 9
	one \operation, %i, \offset
	.endr
	.set i, 11
	.rept 21
	one \operation, %i, \offset
	.endr
	.endm

	.equ BEFORE, 0
	.equ AFTER, 256
	.equ KEPT, 512

	.macro keeping name, instruction:vararg
	.section .text.keeping_\name, "ax"
	.global keeping_\name
	.balign 4
keeping_\name:
	csrw sscratch, a0
	others sd, KEPT
	others ld, BEFORE
	ld a0, BEFORE + 8 * 10(a0)
	.option push
	.option norvc
	\instruction
	.option pop
	csrrw a0, sscratch, a0
	others sd, AFTER
	csrr t0, sscratch
	sd t0, AFTER + 8 * 10(a0)
	others ld, KEPT
	ret
	.endm

	/* until the word at t2 is not 0 */
	.macro loop
1:	lw t1, 0(t2)
	beqz t1, 1b
	.endm

	keeping call, ecall
	keeping illegal, csrr x0, mscratch
	keeping breakpoint, ebreak
	keeping store, sw t1, 0(t2)
	keeping wait, loop
