/* A firmware that causes 32 exits for one SBI call of its payload. It is an example of firmwares that set MPRV and
 * exchange mtvec in every call. The 32 exits are: the ecall, 12 accesses of mtvec (8 csrrw, 4 csrrs), 8 of mstatus (4
 * of them while MPRV is set), 4 loads of the payload's memory with MPRV set, 3 accesses of mscratch, 3 of mepc and 1 of
 * mcause. The mret that ends the call is one more exit. All harts enter here in M-mode. Hart 0 sets up a stack, opens
 * all memory, and enters its payload (payload.c) in S-mode. */
	.equ MSTATUS_MPRV, 0x20000
	.equ MSTATUS_MIE, 0x8
	.equ MSTATUS_MPP, 0x1800
	.equ MSTATUS_MPP_S, 0x0800
	.equ COUNTERS, 7
	.equ PMP_OPEN, 0x1f
	.equ ECALL_FROM_S, 9
	.equ RETURN_VALUE, 0x3000000
	.equ FRAME, 48

	.section .text.start, "ax"
	.global start
start:
	bnez a0, 1f
	la sp, payload_stack
	la t0, firmware_stack
	csrw mscratch, t0
	la t0, handler
	csrw mtvec, t0
	li t0, COUNTERS
	csrw mcounteren, t0
	csrw scounteren, t0
	li t0, -1
	srli t0, t0, 10
	csrw pmpaddr0, t0
	li t0, PMP_OPEN
	csrw pmpcfg0, t0
	la t0, main
	csrw mepc, t0
	li t0, MSTATUS_MPP
	csrc mstatus, t0
	li t0, MSTATUS_MPP_S
	csrs mstatus, t0
	mret
1:	wfi
	j 1b

/* Loads a word of the payload's memory at a0 + `offset` into t2. The load may fault, so mtvec points to `expect_fault`
 * during the load and is restored afterwards. The macro makes three accesses of mtvec, two of mstatus, and the load. t1
 * must hold MPRV. */
	.macro guarded_load offset
	csrrs t3, mtvec, zero
	la t0, expect_fault
	csrrw t0, mtvec, t0
	csrrs t4, mstatus, t1
	ld t2, \offset(a0)
	csrrc zero, mstatus, t1
	csrrw zero, mtvec, t3
	.endm

/* Answers an ecall in the same way as a call of the SBI's base extension: returns a number in a1. In a0, the payload
 * passes an address in the payload's memory. */
	.balign 4
handler:
	csrrw sp, mscratch, sp
	addi sp, sp, -FRAME
	sd t0, 0(sp)
	sd t1, 8(sp)
	sd t2, 16(sp)
	sd t3, 24(sp)
	sd t4, 32(sp)
	csrr t0, mscratch
	sd t0, 40(sp)
	csrr t0, mcause
	li t1, ECALL_FROM_S
	bne t0, t1, expect_fault
	li t1, MSTATUS_MPRV
	guarded_load 0
	guarded_load 8
	guarded_load 16
	guarded_load 24
	csrr t0, mepc
	addi t0, t0, 4
	csrw mepc, t0
	csrr t0, mepc
	li a0, 0
	li a1, RETURN_VALUE
	ld t0, 0(sp)
	ld t1, 8(sp)
	ld t2, 16(sp)
	ld t3, 24(sp)
	ld t4, 32(sp)
	addi sp, sp, FRAME
	csrrw sp, mscratch, sp
	mret

/* No hart should come here, because no load faults. If a load does fault, the guest hangs here until the time-out of
 * the run. */
	.balign 4
expect_fault:
	j expect_fault

	.section .bss.stack, "aw", @nobits
	.balign 16
	.zero 4096
payload_stack:
	.zero 4096
firmware_stack:
