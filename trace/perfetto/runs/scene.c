/* A guest whose trace is read from outside. Twice, each hart interrupts its neighbour, ROUNDS times and all at once; the
 * console says "half" and "ready" after that. Then hart 0 goes on; SCENE says whether another hangs, or no event is on. */
#include "payloads/modules/asking.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/msi.h"
#include "payloads/runtime/quiet.h"

#define ROUNDS 75
#define PAUSE 1000000 /* turns of a loop */

enum scene { BUSY, HUNG, SILENT };

static void mark_round(unsigned round)
{
	abi_call(ABI_EID, HARTSCOPE_MARK, hart_self()->id, round, 0);
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
	msi_neighbours(ROUNDS, mark_round);
	print("half\n");
	msi_neighbours(ROUNDS, mark_round);
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
