/* Code that the inline functions of guard_inline.h run under one guard, for accesses in several pieces. Like a thunk of
 * guard.S, it takes its address in a2 and its return address in t2. It has a value in a0, and may clobber a1. Each piece of
 * code has its own section, because few images need it. */
	.section .text.load_bytes, "ax"
	.balign	4
	/* Eight pieces of 8 bytes; a0 is 0 at first. The highest byte comes first. */
	.irp	i, 7, 6, 5, 4, 3, 2, 1, 0
	.option push
	.option norvc
	lbu	a1, \i(a2)
	.option pop
	c.slli	a0, 8
	c.or	a0, a1
	.endr
	.globl	load_bytes_end
load_bytes_end:
	c.jr	t2

	.section .text.load_halfwords, "ax"
	.balign	4
	.globl	load_halfwords_code
load_halfwords_code:
	lhu	a0, 0(a2)
	lhu	a1, 2(a2)
	slli	a1, a1, 16
	or	a0, a0, a1
	jr	t2

	/* Stores the a3 low bytes of a0; a3 is 2, 4 or 8. An AMO that does not change memory tests each word to which a byte
	 * belongs: the words of the first byte, of the byte in the middle, and of the last byte. Changes a0, a2 and a3. */
	.section .text.store_bytes, "ax"
	.balign	4
	.globl	store_bytes_code
store_bytes_code:
	andi	a1, a2, -4
	amoor.w.aqrl	zero, zero, (a1)
	srli	a1, a3, 1
	add	a1, a1, a2
	andi	a1, a1, -4
	amoor.w.aqrl	zero, zero, (a1)
	add	a1, a2, a3
	addi	a1, a1, -1
	andi	a1, a1, -4
	amoor.w.aqrl	zero, zero, (a1)
1:	sb	a0, 0(a2)
	srli	a0, a0, 8
	addi	a2, a2, 1
	addi	a3, a3, -1
	bnez	a3, 1b
	jr	t2
