/* Enters a less privileged mode and comes back. mode_enter(a0 argument, a1 stack) expects that mepc and mstatus are
 * set. It saves s0-s11, ra and sp in the hart's struct (tp). The trap handler returns to mode_resume in M-mode with the
 * result in a0; mode_resume restores the registers and returns to mode_enter's caller. */
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
