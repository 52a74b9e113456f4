/* Functions that load all registers from an array of 32, make the payload trap once, and store the registers that come back in
 * the same array. registers_call() makes an SBI call; registers_emulate() executes the instruction that the firmware emulates;
 * registers_wait() waits until SSIP is pending, for which it needs t0. The registers that the caller needs are kept in memory
 * meanwhile, and a0 in sscratch for a moment. */
#include "payloads/protect/attack_call.h"

#define KEPT_ARRAY 0
#define KEPT_SCRATCH 8
#define SSIP 2

	.altmacro
	.macro store_one number
	sd x\number, 8 * \number(a0)
	.set i, i + 1
	.endm
	.macro load_one number
	ld x\number, 8 * \number(a0)
	.set i, i + 1
	.endm
	.macro each operation, first, last
	.set i, \first
	.rept \last - \first + 1
	\operation %i
	.endr
	.endm

	.macro enter
	csrr t1, sscratch
	mv t0, a0
	la a0, kept
	each store_one, 2, 4
	each store_one, 8, 9
	each store_one, 18, 27
	sd ra, 8 * 28(a0)
	sd t0, KEPT_ARRAY(a0)
	sd t1, KEPT_SCRATCH(a0)
	mv a0, t0
	each load_one, 1, 9
	each load_one, 11, 31
	ld a0, 80(a0)
	.endm

	.section .text.registers, "ax"
	.global registers_call, registers_emulate, registers_wait, registers_waiting
registers_call:
	enter
	ecall
	j leave
registers_wait:
	enter
	.option push
	.option norvc
registers_waiting:
1:	csrr t0, sip
	andi t0, t0, SSIP
	beqz t0, 1b
	.option pop
	j leave
registers_emulate:
	enter
	.4byte ATTACK_EMULATED
leave:
	csrw sscratch, a0
	la a0, kept
	ld a0, KEPT_ARRAY(a0)
	each store_one, 1, 9
	each store_one, 11, 31
	csrr t0, sscratch
	sd t0, 80(a0)
	la a0, kept
	ld t1, KEPT_SCRATCH(a0)
	csrw sscratch, t1
	each load_one, 2, 4
	each load_one, 8, 9
	each load_one, 18, 27
	ld ra, 8 * 28(a0)
	ret

	.section .bss.registers, "aw", @nobits
	.balign 8
kept:
	.zero 32 * 8
