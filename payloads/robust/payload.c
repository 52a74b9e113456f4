/* Executes random actions in S-mode and U-mode as a payload. hv must survive all of them. Whatever an action does, a
 * trap or the timer interrupt returns control to this payload. */
#include "payloads/robust/action.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/firmware_calls.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/print.h"
#include "payloads/runtime/test.h"

#define TICKS 1000 /* 100 us, after which the timer ends an action that is still running */

void mode_resume(void);
void action_enter_supervisor(const uint64_t *registers);

static uint8_t scratch[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct action action;
static uint64_t identity;

/* Handles every trap, and ends the action. If the action is an ecall that the firmware answers, the ecall itself causes
 * no trap into this payload. Then the ebreaks that follow the code of the action do. */
static bool end_action(struct trap_frame *frame)
{
	frame->pc = (uint64_t)mode_resume;
	frame->status = MSTATUS_SPP | MSTATUS_FS;
	frame->x[3] = (uint64_t)hart_self();
	return true;
}

static void set_timer(uint64_t when)
{
	register uint64_t a0 __asm__("a0") = when;
	register uint64_t a6 __asm__("a6") = FIRMWARE_SET_TIMER;
	register uint64_t a7 __asm__("a7") = FIRMWARE_EID;
	__asm__ volatile("ecall" : "+r"(a0) : "r"(a6), "r"(a7) : "a1", "memory");
}

static void prepare(struct random *random)
{
	bool user = random_below(random, 3) == 0;
	csr_write(stvec, (uint64_t)trap_vector_supervisor);
	csr_write(sscratch, (uint64_t)trap_supervisor());
	csr_write(sie, BIT(IRQ_STI));
	set_timer(csr_read(time) + TICKS);
	csr_write(satp, user || random_below(random, 4) ? 0 : identity);
	csr_write(sepc, action_address(0));
	uint64_t status = (user ? 0 : MSTATUS_SPP) | MSTATUS_FS | (action.writes_csr ? 0 : MSTATUS_SPIE);
	csr_write(sstatus, status | (random_next(random) & (MSTATUS_SUM | MSTATUS_MXR)));
}

static void act(struct random *random)
{
	do {
		action_make(&action, random, (uint64_t)scratch);
	} while (action.writes_satp);
	action_clear((uint64_t)scratch);
	action_place(&action, 0);
	prepare(random);
	action_enter_supervisor(action.registers);
}

TEST(hv_survives_whatever_the_payload_does)
{
	struct random random = { SEED };
	print("  seed %lu\n", (uint64_t)SEED);
	identity = page_identity(PTE_RWX);
	trap_set_handler(trap_supervisor(), end_action);
	for (uint64_t i = 0; i < ACTIONS; i++) {
		if (i % ACTIONS_PER_LINE == 0)
			print("  %lu of %lu actions\n", i, (uint64_t)ACTIONS);
		act(&random);
	}
	csr_write(satp, 0);
	csr_write(sie, 0);
	trap_set_handler(trap_supervisor(), 0);
	expect(true, "the payload has executed all its actions");
}
