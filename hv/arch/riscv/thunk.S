/* CSR accesses whose number is known only at run time: two instructions for each line of csr.def, reached by index.
 * csr_thunk_call runs one under a guard. Live: a0 (value in and out), t2 (return); clobbers t0-t2, a1. */
	.section .text.thunk, "ax"
	.option push
	.option norvc

.macro read_range first, count
	.set number, \first
	.rept \count
	csrr	a0, number
	jr	t2
	.set number, number + 1
	.endr
.endm

.macro write_range first, count
	.set number, \first
	.rept \count
	csrw	number, a0
	jr	t2
	.set number, number + 1
	.endr
.endm

	.globl csr_read_thunks
	.balign 8
csr_read_thunks:
#define CSR(number, name, lives) read_range number, 1
#define CSR_RANGE(first, name, count, lives) read_range first, count
#include "hv/virt/csr.def"
#undef CSR
#undef CSR_RANGE

	.globl csr_write_thunks
	.balign 8
csr_write_thunks:
#define CSR(number, name, lives) write_range number, 1
#define CSR_RANGE(first, name, count, lives) write_range first, count
#include "hv/virt/csr.def"
#undef CSR
#undef CSR_RANGE
	.option pop

/* struct guarded csr_thunk_call(uint64_t value, const void *thunk): returns a0 = value read, a1 = 1 if it did not trap. */
	.section .text.csr_thunk_call, "ax"
	.globl csr_thunk_call
csr_thunk_call:
	la	t0, 1f
	csrr	t1, mstatus
	csrrw	t0, mtvec, t0
	mv	t3, a1
	li	a1, 0
	jalr	t2, t3
	li	a1, 1
	.balign 4
1:	csrw	mtvec, t0
	csrw	mstatus, t1
	ret
