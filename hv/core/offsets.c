/* Offsets that assembly needs, read from this file's compilation (third_party/rules/riscv.bzl, asm_offsets). */
#include <stddef.h>

#include "hv/core/hart.h"

#define CONSTANT(name, value) __asm__ volatile("\n->" #name " %0" : : "i"(value))
#define OFFSET(name, type, member) CONSTANT(name, offsetof(type, member))

void offsets(void);

void offsets(void)
{
	OFFSET(VCPU_REGS, struct vcpu, regs);
	OFFSET(VCPU_PC, struct vcpu, pc);
	OFFSET(HART_STACK, struct hart, stack_top);
	OFFSET(HART_ID, struct hart, id);
	CONSTANT(HART_SIZE, sizeof(struct hart));
	CONSTANT(STACK_SIZE, HART_STACK_BYTES);
}
