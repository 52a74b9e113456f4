/* Entry to hv and return from it, in two tiers (architecture.md, "How an exit is handled").
 * On entry, all registers hold the guest's values. mscratch points to this hart's struct hart, which starts with struct
 * vcpu.
 * The first tier saves ra, t0-t6 and a0-a7. Then it jumps to the fast path for the cause, which is a leaf function in
 * C. At the jump, a0 = struct vcpu and a1 = mcause, and sp, gp, tp and s0-s11 hold the guest's values.
 * The fast path ends with a jump. If it has handled the exit and set mepc, it jumps to trap_return_fast or
 * trap_end_exit. Otherwise it jumps to a step, or, if it has changed nothing, to trap_slow.
 * A step is a C function that runs on hv's stack. C code preserves s0-s11, so this file need not save and restore them.
 * In the second tier, trap_slow saves the other registers, changes to hv's stack and calls exit_handle(struct hart *).
 * After that it restores all registers.
 * If the image has observers or the trace, this file takes two time stamps of each exit, the first as early and the
 * second as late as possible. The code before the first time stamp and after the second one is the same for all exits.
 * So it always takes the same time, and trap_measure measures this time once. */
#include "hv/config/config.h"
#include "hv/config/fast.h"
#include "hv/core/offsets.h"

#define REG(n) (VCPU_REGS + 8 * (n))

	.option norelax
	.section .text.trap, "ax"

.macro save_caller_saved
	csrrw	a0, mscratch, a0
	sd	t0, REG(5)(a0)
#if CONFIG_OBSERVED
	csrr	t0, mcycle
	sd	t0, VCPU_EXIT_START(a0)
#endif
	sd	ra, REG(1)(a0)
	sd	t1, REG(6)(a0)
	sd	t2, REG(7)(a0)
	sd	a1, REG(11)(a0)
	sd	a2, REG(12)(a0)
	sd	a3, REG(13)(a0)
	sd	a4, REG(14)(a0)
	sd	a5, REG(15)(a0)
	sd	a6, REG(16)(a0)
	sd	a7, REG(17)(a0)
	sd	t3, REG(28)(a0)
	sd	t4, REG(29)(a0)
	sd	t5, REG(30)(a0)
	sd	t6, REG(31)(a0)
	csrrw	t0, mscratch, a0
	csrr	a1, mcause
	sd	t0, REG(10)(a0)
.endm

/* a0 = struct vcpu */
.macro restore_caller_saved
	ld	ra, REG(1)(a0)
	ld	t0, REG(5)(a0)
	ld	t1, REG(6)(a0)
	ld	t2, REG(7)(a0)
	ld	a1, REG(11)(a0)
	ld	a2, REG(12)(a0)
	ld	a3, REG(13)(a0)
	ld	a4, REG(14)(a0)
	ld	a5, REG(15)(a0)
	ld	a6, REG(16)(a0)
	ld	a7, REG(17)(a0)
	ld	t3, REG(28)(a0)
	ld	t4, REG(29)(a0)
	ld	t5, REG(30)(a0)
	ld	t6, REG(31)(a0)
	ld	a0, REG(10)(a0)
.endm

/* a0 = struct vcpu. Also loads mepc. Changes t0. */
.macro restore_callee_saved
	ld	t0, VCPU_PC(a0)
	ld	sp, REG(2)(a0)
	ld	gp, REG(3)(a0)
	ld	tp, REG(4)(a0)
	ld	s0, REG(8)(a0)
	ld	s1, REG(9)(a0)
	ld	s2, REG(18)(a0)
	ld	s3, REG(19)(a0)
	ld	s4, REG(20)(a0)
	ld	s5, REG(21)(a0)
	ld	s6, REG(22)(a0)
	ld	s7, REG(23)(a0)
	ld	s8, REG(24)(a0)
	ld	s9, REG(25)(a0)
	ld	s10, REG(26)(a0)
	ld	s11, REG(27)(a0)
	csrw	mepc, t0
.endm

/* Defines a function to which a fast path jumps in order to continue in ordinary C. It calls \function with a0-a3
 * unchanged. s0-s11 hold the guest's values all the time, because C code preserves them. The result of \function
 * decides what happens next (enum step, hv/virt/fast.h). */
.macro step name, function
	.globl \name
\name:
	sd	sp, REG(2)(a0)
	ld	sp, HART_STACK(a0)
	jal	\function
	j	step_end
.endm

	/* This step keeps the instruction on the stack for fast_finish_csr. step_csr returns the value for rd in a1. */
	.globl trap_step_csr
trap_step_csr:
	sd	sp, REG(2)(a0)
	ld	sp, HART_STACK(a0)
	addi	sp, sp, -16
	sd	a1, 0(sp)
	jal	step_csr
	addi	t0, a0, -STEP_FINISH
	bnez	t0, step_end
	mv	a3, a1
	ld	a1, 0(sp)
	csrr	a0, mscratch
	csrr	a2, mepc
	ld	sp, REG(2)(a0)
	j	fast_finish_csr

#if CONFIG_TRACE
	step	trap_step_answer, step_answer
	step	trap_record_slow, step_record
#endif

	/* This code first saves all registers, because the on_interrupt hook of a module may use any of them. */
	.globl trap_step_interrupt
trap_step_interrupt:
	jal	t2, save_callee_saved
	jal	step_interrupt
	j	step_end

	/* Handles a store to an msip. It ends with the same code as trap_step_access. */
	.globl trap_step_software
trap_step_software:
	sd	sp, REG(2)(a0)
	ld	sp, HART_STACK(a0)
	jal	step_software
access_end:
	addi	t0, a0, -STEP_FINISH
	bnez	t0, step_end
	csrr	a0, mscratch
	ld	sp, REG(2)(a0)
	j	fast_finish_step

	/* This step may read any register, and write a register that it selects by number. So this code first saves all
	 * registers. a1 = mcause. */
	.globl trap_step_access
trap_step_access:
	jal	t2, save_callee_saved
	jal	step_access
	j	access_end

	.globl trap_entry_payload
	.balign 4
trap_entry_payload:
	save_caller_saved
	fast_payload_dispatch
	j	trap_slow

	.globl trap_entry_firmware
	.balign 4
trap_entry_firmware:
	save_caller_saved
	fast_firmware_dispatch

	/* a0 = struct vcpu = struct hart; hv has no values in other registers */
	.globl trap_slow
trap_slow:
	jal	t2, save_callee_saved
	mv	s0, a0
	jal	exit_handle
	mv	a0, s0

	/* a0 = struct hart. Loads all registers from struct hart and returns to the guest. */
	.globl trap_return
trap_return:
	restore_callee_saved

	/* a0 = struct vcpu; mepc is set; sp, gp, tp and s0-s11 hold the guest's values. With the trace, trap_end_exit
	 * completes the exit's record: a3 = the record, a4 = the ring's head after the record. trap_return_fast loads
	 * both from the members of struct tracer in which trace_prepare_exit has stored them. */
	.globl trap_return_fast
trap_return_fast:
#if CONFIG_TRACE
	ld	a3, TRACER_EXIT_SLOT(a0)
	ld	a4, TRACER_EXIT_HEAD(a0)
	.globl trap_end_exit
trap_end_exit:
	ld	t1, VCPU_EXIT_START(a0)
	ld	t2, TRACER_SYNC_AT(a0)
	li	t3, EXIT_TAG
	csrr	t0, mcycle
	bgeu	t0, t2, sync_first
	sd	t0, 0(a3)
	sh	t3, 6(a3)
	sub	t1, t0, t1
	/* the upper half is already written; the duration fits, because SYNC is due before it exceeds 32 bits */
	sw	t1, 8(a3)
#if CONFIG_TRACE_EXIT_ARGS > 0
	sd	t0, 16(a3)
	sh	zero, 22(a3)
#endif
#if CONFIG_TRACE_EXIT_ARGS > 1
	li	t3, SECOND_EXT_TAG
	sd	t0, 32(a3)
	sh	t3, 38(a3)
#endif
	fence	w, w
	sd	a4, TRACER_HEAD(a0)
#if HAVE_OBSERVERS
	sd	t0, VCPU_EXIT_END(a0)
#endif
#elif CONFIG_OBSERVED
	csrr	t0, mcycle
	sd	t0, VCPU_EXIT_END(a0)
#endif
without_stamp:
	restore_caller_saved
	mret

#if CONFIG_TRACE
	/* A SYNC record is due, because enough time has passed since the last one. step_sync writes it before the
	 * exit's record. Then the code that ends the exit runs again. */
sync_first:
	sd	sp, REG(2)(a0)
	ld	sp, HART_STACK(a0)
	mv	a1, a3
	mv	a2, a4
	mv	a3, t0
	jal	step_sync
	csrr	a0, mscratch
	ld	sp, REG(2)(a0)
	j	trap_return_fast
#endif

	/* a0 = the result of the step (enum step) */
step_end:
	mv	a1, a0
	csrr	a0, mscratch
	ld	sp, REG(2)(a0)
	addi	t0, a1, -STEP_DONE
	beqz	t0, trap_return_fast
	beqz	a1, trap_slow
	addi	t0, a1, -STEP_RESTORE
	beqz	t0, trap_return
	j	fast_live_restore

	/* a0 = struct vcpu = struct hart, t2 = return address. Changes only t0, and sp, which it sets to hv's stack. */
save_callee_saved:
	csrr	t0, mepc
	sd	sp, REG(2)(a0)
	sd	gp, REG(3)(a0)
	sd	tp, REG(4)(a0)
	sd	s0, REG(8)(a0)
	sd	s1, REG(9)(a0)
	sd	s2, REG(18)(a0)
	sd	s3, REG(19)(a0)
	sd	s4, REG(20)(a0)
	sd	s5, REG(21)(a0)
	sd	s6, REG(22)(a0)
	sd	s7, REG(23)(a0)
	sd	s8, REG(24)(a0)
	sd	s9, REG(25)(a0)
	sd	s10, REG(26)(a0)
	sd	s11, REG(27)(a0)
	sd	t0, VCPU_PC(a0)
	ld	sp, HART_STACK(a0)
	jr	t2

#if CONFIG_OBSERVED
	/* a0 = struct hart. Loads all registers from struct hart and enters the guest for the first time. No exit ends
	 * here, so this code takes no time stamp. */
	.globl trap_enter
trap_enter:
	restore_callee_saved
	j	without_stamp

	/* Enters hv and returns from it as an exit does. mscratch must be set. Returns in a0 the cycles before the
	 * exit's first time stamp, without the cycles of the two instructions that play the guest, and in a1 the cycles
	 * after the exit's last time stamp. */
	.globl trap_measure
trap_measure:
	la	t0, measured_entry
	csrw	mtvec, t0
	csrr	t1, mcycle
	ecall
	csrr	t2, mcycle
	csrr	a1, mscratch
	ld	a0, VCPU_EXIT_START(a1)
#if CONFIG_TRACE
	ld	a1, TRACER_EXIT_SLOT(a1)
	ld	a1, 0(a1)		/* this code uses only the lower half of the first word */
	sub	a1, t2, a1
	slli	a1, a1, 32
	srli	a1, a1, 32
#else
	ld	a1, VCPU_EXIT_END(a1)
	sub	a1, t2, a1
#endif
	sub	a0, a0, t1
	addi	a0, a0, -2
	bgez	a0, 1f
	li	a0, 0			/* a negative result is possible if the clock is too coarse */
1:	ret

	.balign 4
measured_entry:
	save_caller_saved
	csrr	t0, mepc
	addi	t0, t0, 4
	csrw	mepc, t0
	j	trap_return_fast
#endif

	.globl trap_vector_set
trap_vector_set:
	csrw	mtvec, a0
	ret
