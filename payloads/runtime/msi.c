#include "payloads/runtime/msi.h"

#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"

uint64_t msi_request[MAX_HARTS], msi_served[MAX_HARTS];

static uint64_t barrier;
static unsigned rounds_each;
static void (*after_each)(unsigned round);

static bool serve(struct trap_frame *frame)
{
	unsigned id = (unsigned)hart_self()->id;
	if (frame->cause != (INTERRUPT | IRQ_MSI))
		return false;
	*clint_msip(id) = 0;
	__asm__ volatile("fence ow, rw" ::: "memory");
	if (__atomic_exchange_n(&msi_request[id], 0, __ATOMIC_ACQ_REL))
		msi_served[id]++;
	return true;
}

void msi_send(unsigned id)
{
	__atomic_store_n(&msi_request[id], 1, __ATOMIC_RELEASE);
	clint_set_msip(id, 1);
	while (__atomic_load_n(&msi_request[id], __ATOMIC_ACQUIRE))
		;
}

static void send_to_neighbour(void *unused)
{
	unsigned id = (unsigned)hart_self()->id;
	unsigned count = hart_count();
	(void)unused;
	trap_set_handler(trap_machine(), serve);
	csr_write(mie, BIT(IRQ_MSI));
	csr_set(mstatus, MSTATUS_MIE);
	hart_barrier(&barrier, count);
	for (unsigned round = 0; round < rounds_each; round++) {
		msi_send((id + 1) % count);
		if (after_each)
			after_each(round);
	}
	hart_barrier(&barrier, count);
	csr_clear(mstatus, MSTATUS_MIE);
	trap_set_handler(trap_machine(), 0);
}

void msi_neighbours(unsigned rounds, void (*each)(unsigned round))
{
	barrier = 0;
	rounds_each = rounds;
	after_each = each;
	for (unsigned id = 0; id < hart_count(); id++)
		msi_served[id] = 0;
	hart_all(send_to_neighbour, 0);
}
