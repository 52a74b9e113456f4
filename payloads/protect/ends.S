/* The places at which a hart enters the payload (ends.c). A hart has its id in a0 and the opaque value in a1. */
#include "payloads/runtime/machine.h"

#define OPAQUE 0x0baca5e

	.section .text.ends, "ax"
	.global ends_entry, ends_elsewhere
	.option push
	.option norvc
	.balign 4
ends_entry:
	j 1f
	.option pop
ends_elsewhere:
	la sp, stack_top_of_other
	la tp, harts
	j reached
1:	li t0, OPAQUE
	bne a1, t0, ends_elsewhere
2:	wfi
	j 2b

	.section .bss.ends, "aw", @nobits
	.balign 16
	.zero STACK_SIZE
stack_top_of_other:
