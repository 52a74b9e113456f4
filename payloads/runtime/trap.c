/* The functions that the trap vectors call. If the test has set a handler, these functions call the handler first. If
 * there is no handler, or if it does not handle the trap, the default handling follows, which depends on the cause. The
 * default handling records an interrupt and disables it, and answers an ecall that ends run_in(). If the test has
 * called trap_catch(), the default handling records any other exception and steps over its instruction. Otherwise the
 * exception ends the run. */
#include "payloads/runtime/trap.h"

#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/test.h"

struct trap_area *trap_machine(void)
{
	return &hart_self()->machine;
}

struct trap_area *trap_supervisor(void)
{
	return &hart_self()->supervisor;
}

void trap_catch(struct trap_area *area)
{
	area->caught = (struct trap){ 0 };
	area->catching = true;
	__asm__ volatile("" ::: "memory");
}

struct trap trap_release(struct trap_area *area)
{
	__asm__ volatile("" ::: "memory");
	area->catching = false;
	return area->caught;
}

void trap_forget_interrupts(struct trap_area *area)
{
	area->taken = 0;
	__asm__ volatile("" ::: "memory");
}

void trap_set_handler(struct trap_area *area, trap_handler handler)
{
	area->handler = handler;
	__asm__ volatile("" ::: "memory");
}

static void record_interrupt(struct trap_area *area)
{
	if (area->taken < TRAP_INTERRUPTS)
		area->interrupts[area->taken] = area->frame.cause;
	area->taken++;
}

static bool is_fetch_fault(uint64_t cause)
{
	return cause == CAUSE_FETCH_MISALIGNED || cause == CAUSE_FETCH_ACCESS || cause == CAUSE_FETCH_PAGE;
}

/* Returns the address at which the guest continues after the exception in @p frame. The function reads the instruction
 * at the pc of the exception. This works even if the payload uses paging, because guests map their code at its physical
 * address. */
static uint64_t next_pc(const struct trap_frame *frame)
{
	if (is_fetch_fault(frame->cause))
		return frame->x[0];
	uint16_t low = *(const uint16_t *)frame->pc;
	return frame->pc + ((low & 3) == 3 ? 4 : 2);
}

static void record_exception(struct trap_area *area)
{
	struct trap_frame *frame = &area->frame;
	area->caught = (struct trap){
		.count = area->caught.count + 1,
		.cause = frame->cause,
		.pc = frame->pc,
		.value = frame->value,
		.status = frame->status,
	};
	frame->pc = next_pc(frame);
}

void trap_dispatch_machine(struct trap_area *area)
{
	struct trap_frame *frame = &area->frame;
	if (area->handler && area->handler(frame))
		return;
	if (frame->cause & INTERRUPT) {
		record_interrupt(area);
		csr_clear(mie, BIT(frame->cause & 63));
		return;
	}
	bool from_below = frame->cause == CAUSE_ECALL_U || frame->cause == CAUSE_ECALL_S;
	if (from_below && frame->x[16] == ECALL_RETURN) {
		mode_return(frame);
		return;
	}
	if (!area->catching)
		test_end_at_trap("M", frame);
	record_exception(area);
	frame->status &= ~MSTATUS_MPRV;
}

void trap_dispatch_supervisor(struct trap_area *area)
{
	struct trap_frame *frame = &area->frame;
	if (area->handler && area->handler(frame))
		return;
	if (frame->cause & INTERRUPT) {
		record_interrupt(area);
		csr_clear(sie, BIT(frame->cause & 63));
		return;
	}
	if (!area->catching)
		test_end_at_trap("S", frame);
	record_exception(area);
}
