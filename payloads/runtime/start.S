/* First instruction of a firmware guest, entered by all harts: a0 hart id, a1 device tree, a2 whatever the loader had.
 * Notes the machine as found, gives each hart its stack and its struct (tp). Clobbers everything. */
#include "payloads/runtime/machine.h"
#include "payloads/runtime/offsets.h"

	.macro note number, csr
	csrr t1, \csr
	sd t1, HART_ENTRY + 8 * \number(tp)
	.endm

	.section .text.start, "ax"
	.global start
start:
	li t0, MAX_HARTS
	bgeu a0, t0, surplus
	la tp, harts
	li t0, HART_SIZE
	mul t0, t0, a0
	add tp, tp, t0
	sd a0, HART_ENTRY + 0(tp)
	sd a1, HART_ENTRY + 8(tp)
	sd a2, HART_ENTRY + 16(tp)
	note 3, mstatus
	note 4, mie
	note 5, mip
	note 6, mideleg
	note 7, medeleg
	note 8, mcause
	note 9, satp
	la sp, stacks
	addi t0, a0, 1
	li t1, STACK_SIZE
	mul t0, t0, t1
	add sp, sp, t0
	call start_hart
	ld a0, HART_ENTRY(tp)
	bnez a0, 1f
	call start_main
1:	call start_park
surplus:
	wfi
	j surplus

	.section .bss.stacks, "aw", @nobits
	.balign 16
stacks:
	.zero STACK_SIZE * MAX_HARTS
