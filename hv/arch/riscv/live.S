/* Thunks that read and write guest registers that the first tier of trap.S leaves in the hardware. The register number
 * selects the thunk (live.h). a0 is the value and t2 the return address; nothing else is clobbered. There is no thunk
 * for x0. */
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
