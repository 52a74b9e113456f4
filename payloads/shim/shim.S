/* In hv's place on the bare machine: all harts go on to the firmware with a0, a1 and a2 as they came. Clobbers t0. */
#include "payloads/runtime/machine.h"

	.section .text.start, "ax"
	.global start
start:
	li t0, FIRMWARE_ADDRESS
	jr t0
