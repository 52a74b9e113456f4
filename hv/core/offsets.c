/* Offsets that assembly needs, read from this file's compilation (third_party/rules/riscv.bzl, asm_offsets). */
#include "hv/abi/hartscope.h"
#include "hv/core/hart.h"
#include "hv/virt/fast.h"
#include "third_party/rules/asm_offsets.h"

void offsets(void);

void offsets(void)
{
	OFFSET(VCPU_REGS, struct vcpu, regs);
	OFFSET(VCPU_PC, struct vcpu, pc);
	CONSTANT(VCPU_EXIT_START, CONFIG_TRACE ? offsetof(struct vcpu, tracer) + offsetof(struct tracer, ring.start)
					       : offsetof(struct vcpu, exit_start));
	OFFSET(HART_STACK, struct hart, stack_top);
	OFFSET(HART_ID, struct hart, id);
	SIZE(HART_SIZE, struct hart);
	OFFSET(DIRECTORY_BOOT, struct hartscope_directory, boot);
	CONSTANT(STEP_DONE, STEP_DONE);
	CONSTANT(STEP_RESTORE, STEP_RESTORE);
	CONSTANT(STEP_FINISH, STEP_FINISH);
}
