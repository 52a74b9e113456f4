/* The start of the image: the entry point, and everything whose address a program can hold. These addresses must not change,
 * because the programs in found.toml hold them too. a0 is the hart's id at entry; hart 0 calls run_all() on its stack, and
 * any other hart sleeps. */
#define STACK_BYTES 16384
#define VECTORS 16
#define SUPERVISOR_BYTES 1024 /* as in execute.h */

	.section .text.start, "awx"
	.option norvc
	.global start
start:
	bnez a0, 1f
	la sp, stack + STACK_BYTES
	call run_all
1:	wfi
	j 1b

	.org 0x400
	.global vector_a
vector_a:
	.rept VECTORS
	j trap
	.endr

	.org 0x500
	.global vector_b
vector_b:
	.rept VECTORS
	j trap
	.endr

	/* A program can add an offset of less than 1 KiB to the vector's address, so ecalls fill this range. */
	.org 0x800
	.global supervisor_vector
supervisor_vector:
	.rept VECTORS
	ecall
	.endr
	.global supervisor_return
supervisor_return:
	sret
	.rept SUPERVISOR_BYTES / 4 - VECTORS - 1
	ecall
	.endr

	.org 0x1000
	.global slots
slots:

	.org 0x2000
	.global page_tables
page_tables:

	.org 0x8000
	.global arena
arena:

	.org 0x10000

	.section .bss.stack, "aw", @nobits
	.balign 16
stack:
	.zero STACK_BYTES
