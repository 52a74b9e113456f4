/* The trap vectors of M-mode and S-mode. mscratch and sscratch point to the trap area (struct trap_area) of the hart
 * for each mode. A vector saves x1-x31, pc, cause, value and status in this area. Then it calls trap_dispatch_machine()
 * or trap_dispatch_supervisor() on the stack that the area names, and afterwards restores the registers from the area.
 * All registers are live on entry. A register keeps its value, unless the C code has changed the value that is saved in
 * the area. */
#include "payloads/runtime/offsets.h"

	.macro save_registers first, last
	.set i, \first
	.rept \last - \first + 1
	save_one %i
	.endr
	.endm

	.altmacro
	.macro save_one number
	sd x\number, 8 * \number(tp)
	.set i, i + 1
	.endm
	.macro load_one number
	ld x\number, 8 * \number(tp)
	.set i, i + 1
	.endm

	.macro load_registers first, last
	.set i, \first
	.rept \last - \first + 1
	load_one %i
	.endr
	.endm

	.macro trap_vector mode, name
	.section .text.trap_vector_\name, "ax"
	.global trap_vector_\name
	.balign 4
trap_vector_\name:
	csrrw tp, \mode\()scratch, tp
	save_registers 1, 3
	save_registers 5, 31
	csrrw t0, \mode\()scratch, tp
	sd t0, 8 * 4(tp)
	csrr t0, \mode\()epc
	sd t0, 0(tp)
	csrr t0, \mode\()cause
	sd t0, FRAME_CAUSE(tp)
	csrr t0, \mode\()tval
	sd t0, FRAME_VALUE(tp)
	csrr t0, \mode\()status
	sd t0, FRAME_STATUS(tp)
	ld sp, AREA_STACK(tp)
	mv a0, tp
	mv s0, tp
	ld tp, AREA_HART(tp)
	call trap_dispatch_\name
	mv tp, s0
	ld t0, 0(tp)
	csrw \mode\()epc, t0
	ld t0, FRAME_STATUS(tp)
	csrw \mode\()status, t0
	load_registers 1, 3
	load_registers 5, 31
	ld tp, 8 * 4(tp)
	\mode\()ret
	.endm

	trap_vector m, machine
	trap_vector s, supervisor
