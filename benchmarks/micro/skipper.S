/* A firmware that enters a payload 2 MiB above itself, and then skips each instruction of the payload that traps. If a6 is 1,
 * it also writes a CSR WRITES times. If a6 is 2, it sets its timer so that it soon interrupts the payload; if a6 is 4, it does
 * the same with a deadline that is far away. It clobbers t0, and a0 and a1 if a6 is 2 or 4. */
#define WRITES 8
#define PAYLOAD_OFFSET 0x200000
#define STATUS_MPP 0x1800
#define STATUS_MPP_S 0x800
#define PMP_OPEN 0x1f
#define COUNTERS_CY_TM_IR 7
#define MTIE 0x80
#define VECTORED 1
#define MTIMECMP 0x2004000
#define MTIME 0x200bff8
#define SOON 20 /* ticks of 100 instructions under icount */

	.section .text.start, "ax"
	.global start
start:
	bnez a0, 2f
	la t0, vectors
	addi t0, t0, VECTORED
	csrw mtvec, t0
	li t0, MTIE
	csrw mie, t0
	li t0, -1
	srli t0, t0, 10
	csrw pmpaddr0, t0
	li t0, PMP_OPEN
	csrw pmpcfg0, t0
	li t0, COUNTERS_CY_TM_IR
	csrw mcounteren, t0
	la t0, start
	li t1, PAYLOAD_OFFSET
	add t0, t0, t1
	csrw mepc, t0
	li t0, STATUS_MPP
	csrc mstatus, t0
	li t0, STATUS_MPP_S
	csrs mstatus, t0
	mret
2:	wfi
	j 2b

	.balign 64
	.option push
	.option norvc
vectors:
	j skip
	.rept 6
	j .
	.endr
	j timer
	.option pop

	/* The new deadline is the address, which is far away, too. */
timer:
	li t0, MTIMECMP
	sd t0, 0(t0)
	mret

	.balign 4
skip:
	csrr t0, mepc
	addi t0, t0, 4
	csrw mepc, t0
	bnez a6, 3f
	mret
3:	addi t0, a6, -2
	bgez t0, 4f
	.rept WRITES
	csrw mscratch, t0
	.endr
	mret
4:	slli t0, t0, 20
	li a0, MTIME
	ld a0, 0(a0)
	addi a0, a0, SOON
	add a0, a0, t0
	li a1, MTIMECMP
	sd a0, 0(a1)
	mret
