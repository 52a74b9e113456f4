/* hv's first instructions. They run at any address at which the image may be loaded. The code is relative to pc, and
 * the boot hart relocates the few words of the image that hold addresses.
 * All harts enter at the same time, with a1 = device tree and a2 = the value that the machine passes. a0 should be
 * mhartid, and the code sets it to mhartid in any case. The code keeps a0-a2 until the end, and clobbers t0-t6, s0-s3
 * and a3.
 * Only the boot hart calls boot_main immediately. All other harts sleep until the boot hart releases them, and then
 * find their stacks in harts[]. If the harts of the board may differ, they wait awake, because each has to examine itself
 * when its turn comes (join.c), and the boot hart does not know yet how to wake them.
 * Until a hart enters the firmware, every trap on it ends in boot_trap. The only exception is the write of mnstatus: if
 * it traps, the hart continues after it. */
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
	.word	0 /* hv/config/image.py writes this word */
	.dword	CONFIG_FIRMWARE_ADDRESS

start:
	csrr	s0, mcycle
	la	t1, boot_trap_vector
	csrw	mtvec, t1
	csrr	a0, mhartid
	csrw	mie, zero
	csrci	mstatus, MSTATUS_MIE

	/* On a machine with Smdbltrp, a trap is fatal while MDT is 1. On a machine with Smrnmi, a trap does not go to
	 * mtvec while NMIE is 0. The csrsi may trap. */
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

	/* The words that hold addresses form a linked list in the image. The low half of each word is the offset of
	 * its target; the high half is the offset of the next word in the list. */
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
	li	a3, 0 /* uses a3 and s1, because compressed stores can use them */
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
3:
#if CONFIG_HARTS_DIFFER
	la	t0, join_turn
	ld	t1, (t0)
	beq	t1, a0, examine
#endif
	la	t0, boot_released
	lw	t1, (t0)
	bnez	t1, 4f
#if !CONFIG_HARTS_DIFFER
	wfi
#endif
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

	/* The device tree does not list this hart, or lists more harts than hv supports. The hart sleeps forever. */
7:	csrw	mie, zero
8:	wfi
	j	8b

#if CONFIG_HARTS_DIFFER
	/* The boot hart may take the turn back at any time until this hart has replaced the id. */
examine:
	li	t2, JOIN_RUNNING
	lr.d.aq	t1, (t0)
	bne	t1, a0, 3b
	sc.d	t1, t2, (t0)
	bnez	t1, examine
	la	sp, join_stack_top
	mv	s1, a0
	mv	s2, a1
	mv	s3, a2
	jal	join_examine
	mv	a0, s1
	mv	a1, s2
	mv	a2, s3
	la	t0, join_turn
	li	t1, JOIN_DONE
	fence	rw, w
	sd	t1, (t0)
	j	wait_for_release
#endif

	/* The first hart that traps during boot reports the trap and ends the machine. It may have no stack yet. */
	.balign	4
boot_trap_vector:
	la	t0, boot_trapped
	li	t1, 1
	amoswap.w t1, t1, (t0)
	bnez	t1, 7b
	la	sp, boot_trap_stack_top
	jal	boot_trap

	/* This word is loaded with the image, because a hart may trap before the boot hart has zeroed .bss. */
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
#if CONFIG_HARTS_DIFFER
	.balign	16
	.space	2048
join_stack_top:
#endif
