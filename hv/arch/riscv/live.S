/* Reads and writes of the guest registers that the first tier of trap.S leaves in the hardware, by number (live.h).
 * a0 is the value; t2 the return address; nothing else is clobbered. x0 has none. */
	.section .text.live, "ax"
	.balign	4

	.globl	live_read_thunks
live_read_thunks:
	.word	0
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	c.mv	a0, x\n
	c.jr	t2
	.endr

	.globl	live_write_thunks
live_write_thunks:
	.word	0
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	c.mv	x\n, a0
	c.jr	t2
	.endr
