/* Guarded accesses. guarded_call runs one thunk, which takes its value in a0, its address in a2 and its return address
 * in t2, and leaves its result in a0.
 * While the thunk runs, the trap vector is the end of guarded_call itself. There the code restores all of mstatus.
 * After a trap, MPP is M, MPRV is unchanged, and MDT is set if the hart has Smdbltrp (Privileged ISA 3.1.6.2). a1 is
 * ERROR_TRAPPED (1) at first. If the thunk returns, a1 becomes ERROR_NONE (0).
 * Clobbers t0-t3, a0 and a1. */
	.section .text.guarded_call, "ax"
	.globl guarded_call
guarded_call:
	la	t0, 1f
	csrr	t1, mstatus
	csrrw	t0, mtvec, t0
	mv	t3, a1
	li	a1, 1
	csrw	mstatus, a3
	jalr	t2, t3
	li	a1, 0
	.balign	4
1:	csrw	mstatus, t1
	csrw	mtvec, t0
	ret

	.section .text.thunks, "ax"
	.balign	2
	.option	arch, +d

/* A thunk has an instruction of four bytes and a return of two bytes. */
.macro thunk instruction:vararg
	.option push
	.option norvc
	\instruction
	.option pop
	c.jr	t2
.endm

.macro csr_range access, first, count
	.set	number, \first
	.rept	\count
	\access
	.set	number, number + 1
	.endr
.endm

	.globl	csr_read_thunks
csr_read_thunks:
#define CSR(number, name, lives) csr_range "thunk csrr a0, number", number, 1
#define CSR_RANGE(first, name, count, lives) csr_range "thunk csrr a0, number", first, count
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE

/* CSRs that are read-only by their numbers have no thunk in this table. They are at the end of the list, so the thunks
 * of all other CSRs have the same positions as in the table for reads. */
.macro csr_writable first, count
	.if	(\first >> 10) != 3
	csr_range "thunk csrw number, a0", \first, \count
	.endif
.endm

	.globl	csr_write_thunks
csr_write_thunks:
#define CSR(number, name, lives) csr_writable number, 1
#define CSR_RANGE(first, name, count, lives) csr_writable first, count
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE

	.globl	load_thunks
load_thunks:
	thunk	lbu a0, (a2)
	thunk	lhu a0, (a2)
	thunk	lwu a0, (a2)
	thunk	ld a0, (a2)

	.globl	store_thunks
store_thunks:
	thunk	sb a0, (a2)
	thunk	sh a0, (a2)
	thunk	sw a0, (a2)
	thunk	sd a0, (a2)

	.globl	amo_thunks
amo_thunks:
	.irp	operation, add, swap, xor, or, and, min, max, minu, maxu
	thunk	amo\operation\().w.aqrl a0, a0, (a2)
	thunk	amo\operation\().d.aqrl a0, a0, (a2)
	.endr

	.globl	cbo_thunks
cbo_thunks:
	.irp	operation, 0, 1, 2, 3, 4
	thunk	.insn i 0x0f, 2, x0, a2, \operation
	.endr

	.globl	guest_fetch_thunk
guest_fetch_thunk:
	thunk	.insn r 0x73, 4, 0x32, a0, a2, x3

	.globl	sfence_w_inval_thunk
sfence_w_inval_thunk:
	thunk	.word 0x18000073

	.globl	wrs_nto_thunk
wrs_nto_thunk:
	thunk	.word 0x00d00073

	/* A read that does not write seed is illegal (Volume I, Zkr). In its own section, because few images need it. */
	.section .text.seed_thunk, "ax"
	.globl	seed_thunk
seed_thunk:
	thunk	csrrw a0, 0x015, x0

	.section .text.vlenb_thunk, "ax"
	.globl	vlenb_thunk
vlenb_thunk:
	thunk	csrr a0, 0xc22
	.section .text.thunks, "ax"

	.globl	float_read_thunks
float_read_thunks:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	thunk	fmv.x.d a0, f\n
	.endr

	.globl	float_write_thunks
float_write_thunks:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	thunk	fmv.d.x f\n, a0
	.endr
