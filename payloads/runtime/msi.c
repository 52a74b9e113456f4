/* Sends requests between harts. Each receiving hart has a flag in memory. A sender sets the flag, sends an MSI (machine
 * software interrupt), and waits until the handler on the receiving hart has cleared the flag. */
#include "payloads/runtime/msi.h"

#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"

uint64_t msi_request[MAX_HARTS], msi_served[MAX_HARTS];

static uint64_t barrier;
static bool serving;
static uint64_t turns[MAX_HARTS];
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

static void begin_to_serve(void)
{
	trap_set_handler(trap_machine(), serve);
	csr_write(mie, BIT(IRQ_MSI));
	csr_set(mstatus, MSTATUS_MIE);
}

static void end_to_serve(void)
{
	csr_clear(mstatus, MSTATUS_MIE);
	trap_set_handler(trap_machine(), 0);
}

static void send_to_neighbour(void *unused)
{
	unsigned id = (unsigned)hart_self()->id;
	unsigned count = hart_count(), next = id + 1 < hart_end() ? id + 1 : BOOT_HART;
	(void)unused;
	begin_to_serve();
	hart_barrier(&barrier, count);
	for (unsigned round = 0; round < rounds_each; round++) {
		msi_send(next);
		if (after_each)
			after_each(round);
	}
	hart_barrier(&barrier, count);
	end_to_serve();
}

void msi_neighbours(unsigned rounds, void (*each)(unsigned round))
{
	barrier = 0;
	rounds_each = rounds;
	after_each = each;
	for (unsigned id = BOOT_HART; id < hart_end(); id++)
		msi_served[id] = 0;
	hart_all(send_to_neighbour, 0);
}

static void serve_until_the_end(void *unused)
{
	uint64_t *turn = &turns[hart_self()->id];

	(void)unused;
	begin_to_serve();
	while (__atomic_load_n(&serving, __ATOMIC_ACQUIRE))
		__atomic_store_n(turn, *turn + 1, __ATOMIC_RELEASE);
	end_to_serve();
}

/* Waits until hart @p id has left its interrupt handler. For this it waits until the loop of that hart has counted two
 * iterations. The first iteration may have begun before the handler ran, but the second must have begun after the
 * handler ended. */
static void wait_for_turns(unsigned id)
{
	uint64_t first = __atomic_load_n(&turns[id], __ATOMIC_ACQUIRE);

	while (__atomic_load_n(&turns[id], __ATOMIC_ACQUIRE) - first < 2)
		;
}

void msi_to_counting_hart(unsigned id, unsigned rounds)
{
	serving = true;
	msi_served[id] = 0;
	hart_start(id, serve_until_the_end, 0);
	for (unsigned round = 0; round < rounds; round++) {
		wait_for_turns(id);
		msi_send(id);
	}
	__atomic_store_n(&serving, false, __ATOMIC_RELEASE);
	hart_wait(id);
}
