/* Enters a program, and takes its traps into M-mode. The trap vector must not rely on any CSR or memory that a program
 * can change: it clears MPRV before its first store, and finds the area by its address. The vectors themselves are in layout.S. x30 and x31 belong to the
 * vector, so no program uses them. */
#include "payloads/random_programs/offsets.h"

#define MSTATUS_MPRV_HIGH 0x20 /* for lui */
#define TRAP_STACK_BYTES 8192

	.altmacro
	.macro one operation, number
	\operation x\number, AREA_REGISTERS + 8 * \number(t5)
	.set i, i + 1
	.endm
	.macro program_registers operation
	.set i, 1
	.rept 29
	one \operation, %i
	.endr
	.endm
	.macro saved operation, number
	\operation s\number, AREA_CALLER + 8 * \number(t5)
	.set i, i + 1
	.endm
	.macro caller_registers operation
	.set i, 0
	.rept 12
	saved \operation, %i
	.endr
	\operation ra, AREA_CALLER + 8 * 12(t5)
	\operation sp, AREA_CALLER + 8 * 13(t5)
	\operation gp, AREA_CALLER + 8 * 14(t5)
	\operation tp, AREA_CALLER + 8 * 15(t5)
	.endm

	.section .text.run_program, "ax"
	.global run_program
run_program:
	la t5, area
	caller_registers sd
	program_registers ld
	ld t6, AREA_MSTATUS(t5)
	ld t5, AREA_PC(t5)
	csrw mstatus, t6
	jr t5

	.global leave_program
leave_program:
	la t5, area
	caller_registers ld
	ret

	.section .text.trap, "ax"
	.global trap
trap:
	lui t6, MSTATUS_MPRV_HIGH
	csrrc t6, mstatus, t6
	la t5, area
	program_registers sd
	sd t6, AREA_MSTATUS(t5)
	la sp, trap_stack + TRAP_STACK_BYTES
	call handle_trap
	la t5, area
	ld t6, AREA_MSTATUS(t5)
	program_registers ld
	csrw mstatus, t6
	mret

	.section .bss.area, "aw", @nobits
	.balign 16
	.global area
area:
	.zero AREA_CALLER + 8 * 16
trap_stack:
	.zero TRAP_STACK_BYTES
