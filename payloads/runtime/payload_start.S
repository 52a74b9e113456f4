/* First instruction of an S-mode payload, entered on hart 0: a0 device tree. Sets stack, tp and vector. Clobbers all. */
#include "payloads/runtime/machine.h"
#include "payloads/runtime/offsets.h"

	.section .text.start, "ax"
	.global start
start:
	la tp, harts
	sd x0, HART_ENTRY + 0(tp)
	sd a0, HART_ENTRY + 8(tp)
	la sp, stack_top
	call payload_main

	.section .bss.stacks, "aw", @nobits
	.balign 16
	.zero STACK_SIZE
stack_top:
