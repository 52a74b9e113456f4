/* First instruction of each guest here, in M-mode (all harts) or S-mode (one hart): a0 hart id.
 * Hart 0 gets a stack and goes to main; others sleep, so that under icount only hart 0's instructions count. */
	.section .text.start, "ax"
	.global start
start:
	bnez a0, 1f
	la sp, stack_end
	call main
1:	wfi
	j 1b

	.section .bss.stack, "aw", @nobits
	.balign 16
	.zero 4096
stack_end:
