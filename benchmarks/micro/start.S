/* The entry of each guest in this folder. A firmware enters here in M-mode on all harts, and a payload in S-mode on one
 * hart. a0 is the hart id.
 * Hart 0 sets up a stack and calls main. The other harts sleep, so that only hart 0 executes instructions. */
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
