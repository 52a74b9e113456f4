/* A firmware that enters a payload 2 MiB above itself, and then skips each instruction of the payload that traps. If a6 is 1,
 * it also writes a CSR WRITES times. It clobbers t0. */
#define WRITES 8
#define PAYLOAD_OFFSET 0x200000
#define STATUS_MPP 0x1800
#define STATUS_MPP_S 0x800
#define PMP_OPEN 0x1f
#define COUNTERS_CY_TM_IR 7

	.section .text.start, "ax"
	.global start
start:
	bnez a0, 2f
	la t0, skip
	csrw mtvec, t0
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

	.balign 4
skip:
	csrr t0, mepc
	addi t0, t0, 4
	csrw mepc, t0
	bnez a6, 3f
	mret
3:	.rept WRITES
	csrw mscratch, t0
	.endr
	mret
