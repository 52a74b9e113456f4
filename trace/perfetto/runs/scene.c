/* A guest whose trace is read from outside. Twice, each hart interrupts its neighbour, ROUNDS times and all at once; the
 * console says "half" and "ready" after that. Then hart 0 goes on; SCENE says whether another hangs, or no event is on. */
#include "payloads/modules/asking.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/quiet.h"

#define ROUNDS 75
#define PAUSE 1000000 /* turns of a loop */

enum scene { BUSY, HUNG, SILENT };

static uint64_t barrier;
/* One for each receiver: written by its sender before the MSI, and by the receiver's handler. */
static uint64_t request[MAX_HARTS];

static bool serve(struct trap_frame *frame)
{
	unsigned id = (unsigned)hart_self()->id;
	if (frame->cause != (INTERRUPT | IRQ_MSI))
		return false;
	*clint_msip(id) = 0;
	__asm__ volatile("fence ow, rw" ::: "memory");
	__atomic_store_n(&request[id], 0, __ATOMIC_RELEASE);
	return true;
}

static void send(unsigned id)
{
	__atomic_store_n(&request[id], 1, __ATOMIC_RELEASE);
	clint_set_msip(id, 1);
	while (__atomic_load_n(&request[id], __ATOMIC_ACQUIRE))
		;
}

static void interrupt_the_neighbour(void *unused)
{
	unsigned id = (unsigned)hart_self()->id;
	unsigned count = hart_count();
	(void)unused;
	trap_set_handler(trap_machine(), serve);
	csr_write(mie, BIT(IRQ_MSI));
	csr_set(mstatus, MSTATUS_MIE);
	hart_barrier(&barrier, count);
	for (unsigned round = 0; round < ROUNDS; round++) {
		send((id + 1) % count);
		abi_call(ABI_EID, HARTSCOPE_MARK, id, round, 0);
	}
	hart_barrier(&barrier, count);
	csr_clear(mstatus, MSTATUS_MIE);
	trap_set_handler(trap_machine(), 0);
}

/* No event is on, and the change of mode empties the rings. */
static void silence(void)
{
	abi_call(ABI_EID, HARTSCOPE_CTRL, 0, HARTSCOPE_MODE_DISCARD, HARTSCOPE_CTRL_SET_MASK | HARTSCOPE_CTRL_SET_MODE);
}

static void hang(void *unused)
{
	(void)unused;
	probe(PROBE_HANG, 0, 0, 0);
}

static void exits_of_this_hart(void)
{
	for (unsigned i = 0; i < 20; i++)
		csr_read(mscratch);
}

TEST(a_run_that_is_read)
{
	quiet();
	hart_all(interrupt_the_neighbour, 0);
	print("half\n");
	barrier = 0;
	hart_all(interrupt_the_neighbour, 0);
	if (SCENE == HUNG)
		hart_start(1, hang, 0);
	if (SCENE == SILENT)
		silence();
	print("ready\n");
	for (;;) {
		exits_of_this_hart();
		for (volatile unsigned i = 0; i < PAUSE; i++)
			;
	}
}
