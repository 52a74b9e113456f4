/* Starts an S-mode payload on one hart. Also defines the S-mode versions of two functions that M-mode guests define
 * differently: trap_own() returns the area for traps into S-mode, and mode_return() does nothing, because a payload
 * cannot call run_in(). */
#include "payloads/runtime/payload.h"

#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/test.h"

struct hart harts[MAX_HARTS];

static uint8_t trap_stack[STACK_SIZE] __attribute__((aligned(16)));

struct trap_area *trap_own(void)
{
	return trap_supervisor();
}

void mode_return(struct trap_frame *frame)
{
	(void)frame;
}

void payload_main(void)
{
	struct hart *self = hart_self();
	self->supervisor.hart = self;
	self->supervisor.stack = (uint64_t)trap_stack + STACK_SIZE;
	csr_write(sscratch, (uint64_t)&self->supervisor);
	csr_write(stvec, (uint64_t)trap_vector_supervisor);
	test_run_all();
}
