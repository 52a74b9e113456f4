/* First instructions of hv. It runs wherever it was loaded: code is relative to pc, and the few words that hold addresses are
 * relocated here. All harts enter together with a1 = device tree, a2 = what the machine passes; a0 should be
 * mhartid, and is made that. a0-a2 live throughout; t0-t6, s0, s1, a3 are clobbered. Only the boot hart goes to boot_main at
 * once; the others sleep until it has released them, then take their stack from harts[].
 * Until a hart enters the firmware, a trap of it ends in boot_trap, whatever the machine has passed. */
#include "hv/config/config.h"
#include "hv/core/offsets.h"

#define MSTATUS_MIE 8
#define MNSTATUS 0x744
#define MNSTATUS_NMIE 8
#define MIE_MSIE 8
#define MDT_BIT 42

	.option norelax
	.section .text.boot, "ax"
	.globl _start, hv_image
_start:
hv_image: /* struct hartscope_image */
	.option push
	.option norvc
	j	start
	.option pop
	.word	IMAGE_MAGIC
	.word	hv_block_size
	.word	0 /* hv/config/image.py writes it */
	.dword	CONFIG_FIRMWARE_ADDRESS

start:
	csrr	s0, mcycle
	la	t1, boot_trap_vector
	csrw	mtvec, t1
	csrr	a0, mhartid
	csrw	mie, zero
	csrci	mstatus, MSTATUS_MIE

	/* Smdbltrp: a trap with MDT = 1 is fatal. Smrnmi: a trap with NMIE = 0 goes elsewhere. This one write may trap. */
	li	t0, 1
	slli	t0, t0, MDT_BIT
	csrc	mstatus, t0
	la	t2, 1f
	csrw	mtvec, t2
	csrsi	MNSTATUS, MNSTATUS_NMIE
	.balign	4
1:	csrc	mstatus, t0
	csrw	mtvec, t1

	li	t1, CONFIG_BOOT_HART
	bne	a0, t1, wait_for_release

	/* Words that hold addresses are a list in the image: each has its target's offset, and above that the next word's. */
	la	t0, hv_image
	lwu	t1, IMAGE_ADDRESSES(t0)
	j	3f
2:	add	t1, t1, t0
	lwu	t2, 0(t1)
	lwu	t3, 4(t1)
	add	t2, t2, t0
	sd	t2, 0(t1)
	mv	t1, t3
3:	bnez	t1, 2b

	la	s1, bss_start
	la	t1, bss_end
	li	a3, 0 /* in registers of short instructions */
2:	sd	a3, 0(s1)
	sd	a3, 8(s1)
	sd	a3, 16(s1)
	sd	a3, 24(s1)
	sd	a3, 32(s1)
	sd	a3, 40(s1)
	sd	a3, 48(s1)
	sd	a3, 56(s1)
	addi	s1, s1, 64
	bltu	s1, t1, 2b
	la	sp, boot_stack_top
	la	t0, hartscope_directory
	sd	s0, DIRECTORY_BOOT(t0)
	jal	boot_main

wait_for_release:
	csrwi	mie, MIE_MSIE
3:	la	t0, boot_released
	lw	t1, (t0)
	bnez	t1, 4f
	wfi
	j	3b
4:	fence	r, rw
	la	t2, harts
	la	t3, hart_count
	lwu	t3, (t3)
	li	t4, HART_SIZE
5:	beqz	t3, 7f
	ld	t5, HART_ID(t2)
	beq	t5, a0, 6f
	add	t2, t2, t4
	addi	t3, t3, -1
	j	5b
6:	ld	sp, HART_STACK(t2)
	mv	a0, t2
	jal	boot_secondary

	/* A hart that the device tree does not list, or one too many: it sleeps for good. */
7:	csrw	mie, zero
8:	wfi
	j	8b

	/* The first hart that traps while it boots reports it and ends the machine; it may have no stack yet. */
	.balign	4
boot_trap_vector:
	la	t0, boot_trapped
	li	t1, 1
	amoswap.w t1, t1, (t0)
	bnez	t1, 7b
	la	sp, boot_trap_stack_top
	jal	boot_trap

	/* Loaded with the image: a hart may trap before zeroed memory is zeroed. */
	.section .data.boot_trapped, "aw"
	.balign	4
boot_trapped:
	.word	0

	.section .noinit, "aw", @nobits
	.balign	16
	.space	2048
boot_trap_stack_top:
	.balign	16
	.space	8192
boot_stack_top:
