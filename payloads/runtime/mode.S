/* Enters a less privileged mode and comes back. mode_enter() takes an argument in a0 and a stack pointer in a1. Its
 * caller must have set mepc and mstatus. mode_enter() saves s0-s11, ra and sp in the struct to which tp points, and
 * leaves M-mode by mret. Later the trap handler continues at mode_resume in M-mode, with the result in a0. mode_resume
 * restores the saved registers and returns to the caller of mode_enter(). */
#include "payloads/runtime/machine.h"
#include "payloads/runtime/offsets.h"

	.altmacro
	.macro saved operation, number
	\operation s\number, HART_SAVED + 8 * \number(tp)
	.set i, i + 1
	.endm
	.macro all_saved operation
	.set i, 0
	.rept 12
	saved \operation, %i
	.endr
	\operation ra, HART_SAVED + 8 * 12(tp)
	\operation sp, HART_SAVED + 8 * 13(tp)
	.endm

	.section .text.mode_enter, "ax"
	.global mode_enter
mode_enter:
	all_saved sd
	mv sp, a1
	la ra, mode_end
	mret

	.section .text.mode_end, "ax"
	.balign 4
mode_end:
	li a7, ECALL_RETURN
	ecall
	j mode_end

	.section .text.mode_resume, "ax"
	.global mode_resume
	.balign 4
mode_resume:
	all_saved ld
	ret
