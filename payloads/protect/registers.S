/* Functions that give each register the value 0x1000 + its number, make the payload trap once, and store the registers that
 * come back in registers_found. registers_order(attack) makes an order; its a0 is the attack. registers_emulate() executes
 * the instruction that the firmware emulates. The registers that the caller needs are kept in memory meanwhile. */
#include "payloads/protect/attack_call.h"

	.altmacro
	.macro store_one number
	sd x\number, 8 * \number(a0)
	.set i, i + 1
	.endm
	.macro load_one number
	ld x\number, 8 * \number(a0)
	.set i, i + 1
	.endm
	.macro fill_one number
	li x\number, 0x1000 + \number
	.set i, i + 1
	.endm
	.macro each operation, first, last
	.set i, \first
	.rept \last - \first + 1
	\operation %i
	.endr
	.endm

	.macro enter
	mv t0, a0
	la a0, kept
	each store_one, 1, 4
	each store_one, 8, 9
	each store_one, 18, 27
	mv a0, t0
	each fill_one, 1, 9
	each fill_one, 11, 31
	.endm

	.section .text.registers, "ax"
	.global registers_order, registers_emulate
registers_order:
	enter
	li a6, ATTACK_FID
	li a7, ATTACK_EID
	ecall
	li a6, 0x1000 + 16
	li a7, 0x1000 + 17
	j leave
registers_emulate:
	enter
	.4byte ATTACK_EMULATED
leave:
	la a0, registers_found
	each store_one, 1, 9
	each store_one, 11, 31
	la a0, kept
	each load_one, 1, 4
	each load_one, 8, 9
	each load_one, 18, 27
	ret

	.section .bss.registers, "aw", @nobits
	.balign 8
	.global registers_found
registers_found:
	.zero 32 * 8
kept:
	.zero 32 * 8
