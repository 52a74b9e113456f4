/* Makes the offsets and constants of C available to assembly files. The build compiles this file to assembly code, and
 * extracts the values from that code (third_party/rules/riscv.bzl, asm_offsets). The function is never called. */
#include "abi/hartscope.h"
#include "hv/core/hart.h"
#include "hv/core/join.h"
#include "hv/virt/fast.h"
#include "third_party/rules/asm_offsets.h"

void offsets(void);

void offsets(void)
{
	OFFSET(VCPU_REGS, struct vcpu, regs);
	OFFSET(VCPU_PC, struct vcpu, pc);
	CONSTANT(VCPU_EXIT_START, CONFIG_TRACE ? offsetof(struct vcpu, tracer) + offsetof(struct tracer, ring.start)
					       : offsetof(struct vcpu, exit_start));
	OFFSET(VCPU_EXIT_END, struct vcpu, exit_end);
	CONSTANT(TRACER_EXIT_SLOT, offsetof(struct vcpu, tracer) + offsetof(struct tracer, exit_slot));
	CONSTANT(TRACER_EXIT_HEAD, offsetof(struct vcpu, tracer) + offsetof(struct tracer, exit_head));
	CONSTANT(TRACER_SYNC_AT, offsetof(struct vcpu, tracer) + offsetof(struct tracer, sync_at));
	CONSTANT(TRACER_HEAD, offsetof(struct vcpu, tracer) + offsetof(struct tracer, ring.head));
	CONSTANT(HAVE_OBSERVERS, HAVE_HOOK_observe_exit);
	CONSTANT(EXIT_TAG, TRACE_TAG(TRACE_EXIT, TRACE_EXIT_SLOTS - 1));
	CONSTANT(SECOND_EXT_TAG, TRACE_TAG(TRACE_EXT, 1));
	OFFSET(HART_STACK, struct hart, stack_top);
	OFFSET(HART_ID, struct hart, id);
	SIZE(HART_SIZE, struct hart);
	CONSTANT(IMAGE_MAGIC, HARTSCOPE_IMAGE_MAGIC);
	OFFSET(IMAGE_ADDRESSES, struct hartscope_image, addresses);
	OFFSET(DIRECTORY_BOOT, struct hartscope_directory, boot);
	CONSTANT(JOIN_RUNNING, JOIN_RUNNING);
	CONSTANT(JOIN_DONE, JOIN_DONE);
	CONSTANT(STEP_DONE, STEP_DONE);
	CONSTANT(STEP_RESTORE, STEP_RESTORE);
	CONSTANT(STEP_FINISH, STEP_FINISH);
}
