/* The entry point of an S-mode payload. The boot hart enters here, with the address of the device tree in a0. This code stores
 * that address, sets tp and sp, and calls payload_main(). Clobbers all registers. */
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
