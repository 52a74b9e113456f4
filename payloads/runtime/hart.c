/* Runs functions on other harts. A hart without work is parked: it sleeps in wfi. hart_start() stores a function for
 * that hart and wakes it by an MSI (machine software interrupt). */
#include "payloads/runtime/hart.h"

#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/fdt.h"
#include "payloads/runtime/start.h"

struct hart harts[MAX_HARTS];
unsigned clint_harts = MAX_HARTS;

unsigned hart_count(void)
{
	unsigned count = fdt_count_cpus((const void *)harts[BOOT_HART].entry.a1);
	return (count < MAX_HARTS ? count : MAX_HARTS) - BOOT_HART;
}

unsigned hart_end(void)
{
	return BOOT_HART + hart_count();
}

static void wait_for_presence(unsigned id)
{
	while (!__atomic_load_n(&harts[id].present, __ATOMIC_ACQUIRE))
		;
}

void hart_wait_for_all(void)
{
	for (unsigned id = BOOT_HART; id < hart_end(); id++)
		if (id != hart_self()->id)
			wait_for_presence(id);
}

void hart_start(unsigned id, hart_work work, void *argument)
{
	wait_for_presence(id);
	harts[id].started = 0;
	harts[id].argument = argument;
	__atomic_store_n(&harts[id].work, work, __ATOMIC_RELEASE);
	clint_set_msip(id, 1);
	while (!__atomic_load_n(&harts[id].started, __ATOMIC_ACQUIRE))
		;
}

void hart_wait(unsigned id)
{
	while (__atomic_load_n(&harts[id].work, __ATOMIC_ACQUIRE))
		;
}

void hart_all(hart_work work, void *argument)
{
	unsigned end = hart_end();
	for (unsigned id = BOOT_HART; id < end; id++)
		if (id != hart_self()->id)
			hart_start(id, work, argument);
	work(argument);
	for (unsigned id = BOOT_HART; id < end; id++)
		if (id != hart_self()->id)
			hart_wait(id);
}

void hart_barrier(uint64_t *counter, unsigned count)
{
	uint64_t arrived = __atomic_add_fetch(counter, 1, __ATOMIC_ACQ_REL);
	uint64_t round = (arrived + count - 1) / count * count;
	while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < round)
		;
}

void start_park(void)
{
	struct hart *self = hart_self();
	csr_write(mie, BIT(IRQ_MSI));
	__atomic_store_n(&self->present, 1, __ATOMIC_RELEASE);
	for (;;) {
		__asm__ volatile("wfi" ::: "memory");
		clint_set_msip((unsigned)self->id, 0);
		hart_work work = __atomic_load_n(&self->work, __ATOMIC_ACQUIRE);
		if (!work)
			continue;
		__atomic_store_n(&self->started, 1, __ATOMIC_RELEASE);
		work(self->argument);
		csr_clear(mstatus, MSTATUS_MIE);
		csr_write(mie, BIT(IRQ_MSI));
		__atomic_store_n(&self->work, (hart_work)0, __ATOMIC_RELEASE);
	}
}
