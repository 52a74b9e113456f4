/* A firmware that does nothing. It is used to measure the start of hv. Every hart that enters the firmware adds 1 to a
 * counter, and the last hart ends the run. The runner writes the number of harts of the machine to `harts`, 8 bytes
 * after the start. The firmware neither sleeps nor traps, so hv executes no instructions after its own start. */
	.equ FINISHER, 0x100000
	.equ FINISHER_PASS, 0x5555

	.section .text.start, "ax"
	.option norvc
	.global start
start:
	j enter
	nop
harts:
	.word 1

enter:
	la t0, arrived
	li t1, 1
	amoadd.w t2, t1, (t0)
	addi t2, t2, 1
	lw t3, harts
	bne t2, t3, 2f
	li t0, FINISHER
	li t1, FINISHER_PASS
	sw t1, 0(t0)
2:	j 2b

	.section .bss, "aw", @nobits
	.balign 4
arrived:
	.zero 4
