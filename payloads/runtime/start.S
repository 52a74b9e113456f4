/* The entry point of a firmware guest. All harts enter here, and those below BOOT_HART sleep. a0 holds the hart's id, a1 the address of the device tree,
 * and a2 an argument that the loader passes. This code stores the values of registers and CSRs at entry in the struct
 * of the hart, so that tests can check them. It sets tp to that struct, and sp to the stack of the hart. Clobbers all
 * registers. */
#include "payloads/runtime/machine.h"
#include "payloads/runtime/offsets.h"

#define MSTATUS_MDT 0x40000000000
#define CSR_MNSTATUS 0x744
#define MNSTATUS_NMIE 8

	.macro note number, csr
	csrr t1, \csr
	sd t1, HART_ENTRY + 8 * \number(tp)
	.endm

	.section .text.start, "ax"
	.global start
start:
	li t0, MAX_HARTS
	bgeu a0, t0, surplus
	li t0, BOOT_HART
	bltu a0, t0, surplus
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
	/* On a hart with Smdbltrp and Smrnmi, a trap is fatal until MDT is clear and NMIE is set. On a hart without
	 * these extensions, MDT is always 0, and the access to mnstatus traps and continues at label 1. */
	li t0, MSTATUS_MDT
	csrc mstatus, t0
	la t0, 1f
	csrw mtvec, t0
	csrsi CSR_MNSTATUS, MNSTATUS_NMIE
	.balign 4
1:	la sp, stacks
	addi t0, a0, 1
	li t1, STACK_SIZE
	mul t0, t0, t1
	add sp, sp, t0
	call start_hart
	ld a0, HART_ENTRY(tp)
	li t0, BOOT_HART
	bne a0, t0, 2f
	call start_main
2:	call start_park
surplus:
	wfi
	j surplus

	.section .bss.stacks, "aw", @nobits
	.balign 16
stacks:
	.zero STACK_SIZE * MAX_HARTS
