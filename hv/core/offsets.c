/* Offsets that assembly needs, read from this file's compilation (third_party/rules/riscv.bzl, asm_offsets). */
#include "hv/core/hart.h"
#include "third_party/rules/asm_offsets.h"

void offsets(void);

void offsets(void)
{
	OFFSET(VCPU_REGS, struct vcpu, regs);
	OFFSET(VCPU_PC, struct vcpu, pc);
	OFFSET(VCPU_EXIT_START, struct vcpu, tracer[0].ring.start);
	OFFSET(HART_STACK, struct hart, stack_top);
	OFFSET(HART_ID, struct hart, id);
	SIZE(HART_SIZE, struct hart);
}
