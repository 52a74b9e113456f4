/* Sets up the trap vectors of each hart of a firmware guest. Also reads from the device tree how many harts each CLINT
 * serves. */
#include "payloads/runtime/start.h"

#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/fdt.h"
#include "payloads/runtime/hart.h"

static uint8_t trap_stacks[MAX_HARTS][2][STACK_SIZE] __attribute__((aligned(16)));

static void prepare_area(struct trap_area *area, unsigned mode)
{
	struct hart *self = hart_self();
	area->hart = self;
	area->stack = (uint64_t)trap_stacks[self->entry.a0][mode] + STACK_SIZE;
}

void start_hart(void)
{
	struct hart *self = hart_self();
	self->id = self->entry.a0;
	prepare_area(&self->machine, 0);
	prepare_area(&self->supervisor, 1);
	csr_write(mscratch, (uint64_t)&self->machine);
	csr_write(sscratch, (uint64_t)&self->supervisor);
	csr_write(mtvec, (uint64_t)trap_vector_machine);
	csr_write(stvec, (uint64_t)trap_vector_supervisor);
	if (self->id == BOOT_HART && fdt_is_valid((const void *)self->entry.a1)) {
		unsigned served = fdt_count_clint_harts((const void *)self->entry.a1);
		clint_harts = served ? served : clint_harts;
	}
}

struct trap_area *trap_own(void)
{
	return trap_machine();
}
