/* action_enter_machine(registers) and action_enter_supervisor(registers) start an action. They save s0-s11, ra and sp
 * in the struct of the hart, to which tp points. Then they load all 31 registers from the array at a0, and leave by
 * mret or sret. The caller selects the address and the mode of the action by mepc and mstatus, or by sepc and sstatus.
 * A trap ends the action. Its handler sets tp and continues at mode_resume (mode.S), which restores the saved registers
 * and returns to the caller of action_enter_...(). */
#include "payloads/runtime/offsets.h"

	.altmacro
	.macro save_one number
	sd s\number, HART_SAVED + 8 * \number(tp)
	.set i, i + 1
	.endm
	.macro load_one number
	ld x\number, 8 * \number(a0)
	.set i, i + 1
	.endm
	.macro load_range first, last
	.set i, \first
	.rept \last - \first + 1
	load_one %i
	.endr
	.endm

	.macro enter name, return
	.section .text.action_enter_\name, "ax"
	.global action_enter_\name
action_enter_\name:
	.set i, 0
	.rept 12
	save_one %i
	.endr
	sd ra, HART_SAVED + 8 * 12(tp)
	sd sp, HART_SAVED + 8 * 13(tp)
	load_range 1, 9
	load_range 11, 31
	ld a0, 80(a0)
	\return
	.endm

	enter machine, mret
	enter supervisor, sret

	.section .text.action_escape, "ax"
	.global action_escape
	.balign 4
action_escape:
	ecall
	j action_escape
