/* A guest whose trace the host reads while the guest runs. Each hart interrupts its neighbour ROUNDS times, all harts
 * at the same time. Then the guest prints "half", repeats these interrupts, and prints "ready". After that hart 0 traps
 * into hv again and again, forever. In some scenes something else happens before "ready", as SCENE selects: hart 1
 * hangs in hv, or the guest switches all trace events off, or the guest resets the machine until it has booted BOOTS
 * times. */
#include "payloads/modules/asking.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/msi.h"
#include "payloads/runtime/quiet.h"

#define ROUNDS 75
#define PAUSE 1000000 /* the number of iterations of a waiting loop */

/* A word of RAM that keeps its value over a reset, because QEMU loads nothing there. */
#define BOOTED ((volatile uint64_t *)0x88000000)
#define BOOTS 3
#define FINISHER ((volatile uint32_t *)FINISHER_ADDRESS)
#define FINISHER_RESET 0x7777

enum scene { BUSY, HUNG, SILENT, REBOOTING };

static void mark_round(unsigned round)
{
	abi_call(ABI_EID, HARTSCOPE_MARK, hart_self()->id, round, 0);
}

/* Switches all trace events off. Also changes the mode of the rings, because this clears them. */
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

static void boot_again(void)
{
	if (++*BOOTED < BOOTS) {
		*FINISHER = FINISHER_RESET;
		for (;;)
			;
	}
}

TEST(harts_interrupt_each_other_while_the_host_reads_the_trace)
{
	quiet();
	mark_round(0); /* must come first: a ring that discards new records is soon full */
	msi_neighbours(ROUNDS, mark_round);
	print("half\n");
	msi_neighbours(ROUNDS, mark_round);
	if (SCENE == HUNG)
		hart_start(1, hang, 0);
	if (SCENE == REBOOTING)
		boot_again();
	if (SCENE == SILENT)
		silence();
	print("ready\n");
	for (;;) {
		exits_of_this_hart();
		for (volatile unsigned i = 0; i < PAUSE; i++)
			;
	}
}
