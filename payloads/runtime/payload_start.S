/* The entry of an S-mode payload, on hart 0 with the device tree in a0. Notes the device tree, sets tp and sp, and
 * calls payload_main(). Clobbers all registers. */
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
