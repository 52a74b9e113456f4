/* The entry point of the guest. Hart 0 calls run_all() on its stack; any other hart sleeps. a0 is the hart's id. */
#define STACK_BYTES 16384

	.section .text.start, "ax"
	.global start
start:
	bnez a0, 1f
	la sp, stack + STACK_BYTES
	call run_all
1:	wfi
	j 1b

	.section .bss.stack, "aw", @nobits
	.balign 16
stack:
	.zero STACK_BYTES
