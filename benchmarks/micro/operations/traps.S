/* The functions of traps.h, which measure the way from one place or world to another. Also contains the functions of
 * operations.h and generated.c that call code or handle traps. Each span_of_ function reads instret before and after
 * the way, and subtracts 1, because under icount two readings in a row differ by 1. Registers in these functions: a0
 * repetitions left, a1 sum, a2 first reading, a3 second reading. They clobber a4 to a7 and t0 to t2. */

	.section .text, "ax"

	.macro function name
	.global \name
	.balign 4
\name:
	.endm

/* Makes `label` the handler of all traps. Clobbers t0. */
	.macro handler label
	la t0, \label
	csrw mtvec, t0
	.endm

/* Copies the bits MPP and MPRV of `register` to mstatus. Clobbers t0, so `register` must not be t0. */
	.macro previous register
	li t0, 0x21800
	csrc mstatus, t0
	csrs mstatus, \register
	.endm

/* Adds the instructions between the two readings to the sum, and jumps to `again` while repetitions are left. Then
 * clears mstatus.MIE and mstatus.MPRV, and returns the sum. */
	.macro repeat_span again
	sub a3, a3, a2
	add a1, a1, a3
	addi a1, a1, -1
	addi a0, a0, -1
	bnez a0, \again
	li t0, 8
	csrc mstatus, t0
	li t0, 0x20000
	csrc mstatus, t0
	mv a0, a1
	ret
	.endm

/* After the second reading of instret, an ecall enters the handler, and the handler ends the repetition. The ecall
 * works in S-mode and in M-mode. */
function span_of_mret
	mv a4, a1
	li a1, 0
	handler 2f
1:	la t0, 3f
	csrw mepc, t0
	previous a4
	rdinstret a2
	mret
3:	rdinstret a3
	.option push
	.option norvc
	ecall
	.option pop
	.balign 4
2:	repeat_span 1b

	.equ ENTRY_1_READABLE, 0x900
function span_of_first_mret
	mv a5, a1
	li a4, 0x800
	li a6, ENTRY_1_READABLE
	li a1, 0
	handler 2f
1:	la t0, 3f
	csrw mepc, t0
	previous a4
	xor a5, a5, a6
	csrw pmpcfg0, a5
	rdinstret a2
	mret
3:	rdinstret a3
	.option push
	.option norvc
	ecall
	.option pop
	.balign 4
2:	repeat_span 1b

function span_of_ecall
	li a1, 0
	li a4, 0x800
	handler 2f
1:	la t0, 3f
	csrw mepc, t0
	previous a4
	mret
3:	rdinstret a2
	ecall
	.balign 4
2:	rdinstret a3
	repeat_span 1b

function span_of_illegal
	li a1, 0
	li a4, 0x800
	handler 2f
1:	la t0, 3f
	csrw mepc, t0
	previous a4
	mret
3:	rdinstret a2
	csrr t0, mscratch
	.balign 4
2:	rdinstret a3
	repeat_span 1b

function span_of_software_interrupt
	li a1, 0
	li a5, 0x2000000
	li a6, 1
	handler 2f
1:	csrsi mstatus, 8
	rdinstret a2
	sw a6, 0(a5)
3:	j 3b
	.balign 4
2:	rdinstret a3
	sw zero, 0(a5)
	repeat_span 1b

function span_of_timer_store
	li a1, 0
	li a5, 0x2004000
	li a6, -1
	handler 2f
1:	csrsi mstatus, 8
	rdinstret a2
	sd zero, 0(a5)
3:	j 3b
	.balign 4
2:	rdinstret a3
	sd a6, 0(a5)
	repeat_span 1b

/* Until the interrupt comes, the firmware adds 1 to t1 again and again. So t1 is the number of these additions, and it
 * is subtracted from the result. A tick of mtime is 100 instructions, so the timer expires well after the first reading
 * and well before the last addition. */
	.equ TICKS_AHEAD, 60
	.equ LONGEST_COUNT, 12000
function span_of_timer_interrupt
	li a1, 0
	li a5, 0x2004000
	li a6, -1
	li a7, 0x200bff8
	handler 2f
1:	csrsi mstatus, 8
	ld t2, 0(a7)
	addi t2, t2, TICKS_AHEAD
	sd t2, 0(a5)
	li t1, 0
	rdinstret a2
	.rept LONGEST_COUNT
	addi t1, t1, 1
	.endr
	unimp
	.balign 4
2:	rdinstret a3
	sd a6, 0(a5)
	sub a3, a3, t1
	repeat_span 1b

function skip_traps
	handler vectors
	ret

/* A table for the vectored mode of mtvec. Exceptions enter at its first instruction. The code in S-mode ends by making
 * the timer interrupt pending, and this interrupt enters at the eighth vector. So the measured handler for exceptions
 * does not have to check whether the code has ended. */
	.equ TIMER_VECTOR, 7 * 4
	.balign 256
vectors:
	.option push
	.option norvc
	csrr t0, mepc
	addi t0, t0, 4
	csrw mepc, t0
	mret
	.option pop
	.org vectors + TIMER_VECTOR
	li t0, 0x2004000
	li t1, -1
	sd t1, 0(t0)
	csrw mie, zero
	j restore_kept

function call_in_supervisor_mode
	jal t1, save_kept
	mv s0, a0
	la t0, vectors + 1
	csrw mtvec, t0
	li t0, 0x80
	csrw mie, t0
	la t0, 1f
	csrw mepc, t0
	li t1, 0x800
	previous t1
	mret
1:	jalr s0
	li t0, 0x2004000
	sd zero, 0(t0)
2:	j 2b

/* The handler of expect_no_trap(): skips an instruction of 4 bytes and stores that a trap has happened. It preserves
 * all integer registers, but overwrites mscratch. */
function skip_and_note
	csrw mscratch, t0
	la t0, note
	sd t1, 8(t0)
	li t1, 1
	sd t1, 0(t0)
	csrr t1, mepc
	addi t1, t1, 4
	csrw mepc, t1
	ld t1, 8(t0)
	csrr t0, mscratch
	mret

function expect_no_trap
	la t0, note
	sd zero, 0(t0)
	handler skip_and_note
	ret

function has_trapped
	la t0, note
	ld a0, 0(t0)
	ret

/* a0 is the address of the code to call, and a1 is the argument for the code. The code may clobber every register, so
 * the registers that C code needs are saved at a fixed place in memory, instead of on the stack. */
function generated_call
	jal t1, save_kept
	mv t1, a0
	mv a0, a1
	jalr t1
	j restore_kept

	.macro for_kept operation
	\operation ra, 0(t0)
	\operation sp, 8(t0)
	\operation gp, 16(t0)
	\operation tp, 24(t0)
	\operation s0, 32(t0)
	\operation s1, 40(t0)
	\operation s2, 48(t0)
	\operation s3, 56(t0)
	\operation s4, 64(t0)
	\operation s5, 72(t0)
	\operation s6, 80(t0)
	\operation s7, 88(t0)
	\operation s8, 96(t0)
	\operation s9, 104(t0)
	\operation s10, 112(t0)
	\operation s11, 120(t0)
	.endm

/* Saves the registers that a C function must preserve. Returns to the address in t1. Clobbers t0. */
save_kept:
	la t0, kept
	for_kept sd
	jr t1

/* Restores these registers, and returns to the caller of the function that called save_kept. */
restore_kept:
	la t0, kept
	for_kept ld
	ret

	.section .bss.traps, "aw", @nobits
	.balign 8
note:	.zero 16
kept:	.zero 128
