/* Executes random actions in M-mode, S-mode and U-mode on every hart. hv must survive all of them. Whatever an action
 * does, a trap or the timer interrupt returns control to this firmware. */
#include "payloads/robust/action.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/print.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define MODES 4
#define MODE_M 3u
#define TICKS 1000             /* 100 us, after which the timer ends an action that is still running */
#define EXCEPTIONS_OF_S 0xb0ff /* all exceptions that can be delegated, except ecalls from S-mode */

void mode_resume(void);
void action_enter_machine(const uint64_t *registers);
void action_escape(void);

static uint8_t scratch[MAX_HARTS][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint64_t actions_done[MAX_HARTS];
static struct action actions[MAX_HARTS];
static uint64_t identity;

/* Handles every trap into M-mode. It ends the action, whatever the cause of the trap is. */
static bool end_action(struct trap_frame *frame)
{
	frame->pc = (uint64_t)mode_resume;
	frame->status = MSTATUS_MPP | MSTATUS_FS;
	frame->x[3] = (uint64_t)hart_self();
	return true;
}

/* Handles every trap into S-mode. It continues in S-mode at an ecall, which traps into M-mode. There end_action() ends
 * the action. */
static bool escape(struct trap_frame *frame)
{
	frame->pc = (uint64_t)action_escape;
	frame->x[16] = ECALL_RETURN; /* a7: an EID that hv does not answer */
	frame->status = (frame->status & ~(MSTATUS_SPIE | MSTATUS_SIE)) | MSTATUS_SPP;
	return true;
}

/* Sets all the CSRs with which an action starts, because the previous action may have changed any of them. One enabled
 * interrupt is always pending, so that a wfi in an action returns. */
static void prepare(const struct action *action, struct random *random)
{
	unsigned mode = random_below(random, MODES);
	bool paging = random_below(random, 4) == 0, open = random_below(random, 8) != 0;
	if (mode == 2)
		mode = MODE_M;
	csr_write(mtvec, (uint64_t)trap_vector_machine);
	csr_write(stvec, (uint64_t)trap_vector_supervisor);
	csr_write(sscratch, (uint64_t)trap_supervisor());
	csr_write(mideleg, BIT(IRQ_SSI));
	csr_write(mie, BIT(IRQ_SSI) | BIT(IRQ_MTI));
	*clint_mtimecmp((unsigned)hart_self()->id) = *clint_mtime() + TICKS;
	csr_set(mip, BIT(IRQ_SSI));
	csr_write(pmpaddr0, ~UINT64_C(0) >> 10);
	csr_write(pmpcfg0, open ? 0x1f : random_next(random) & UINT64_C(0x7f7f7f7f7f7f7f7f));
	csr_write(satp, !paging                   ? 0
			: random_below(random, 8) ? identity
						  : SATP_SV39 | 0x80000 | random_below(random, 512));
	csr_write(mepc, action_address((unsigned)hart_self()->id));
	uint64_t status = mode << 11 | MSTATUS_FS | (action->writes_csr ? 0 : MSTATUS_MPIE);
	if (random_below(random, 4) == 0)
		status |= random_next(random) & (MSTATUS_SUM | MSTATUS_MXR | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR);
	bool may_delegate = open && !action->writes_satp && (!paging || csr_read(satp) == identity) && mode != 0;
	/* The handler in S-mode returns by sret. If TSR is set, this sret is an illegal instruction. In that case
	 * illegal instructions must not be delegated, so that the sret traps into M-mode. */
	uint64_t delegated =
		random_next(random) & EXCEPTIONS_OF_S & (status & MSTATUS_TSR ? ~BIT(CAUSE_ILLEGAL) : ~UINT64_C(0));
	csr_write(medeleg, may_delegate ? delegated : 0);
	csr_write(mstatus, status);
}

/* Makes two loads with MPRV set, through the translation that prepare() has set up. */
static void access_as_payload(const struct action *action, struct random *random)
{
	csr_clear(mstatus, MSTATUS_MPP);
	csr_set(mstatus, random_below(random, 2) << 11);
	trap_set_handler(trap_machine(), 0);
	trap_catch(trap_machine());
	__asm__ volatile("csrs mstatus, %1\nld t0, 0(%0)\ncsrc mstatus, %1\ncsrs mstatus, %1\nlb t0, 0(%0)\n"
			 "csrc mstatus, %1" ::"r"(action->registers[12]),
			 "r"(MSTATUS_MPRV)
			 : "t0", "memory");
	trap_release(trap_machine());
	trap_set_handler(trap_machine(), end_action);
}

static void act(struct random *random)
{
	unsigned id = (unsigned)hart_self()->id;
	struct action *action = &actions[id];
	action_make(action, random, (uint64_t)scratch[id]);
	action_clear((uint64_t)scratch[id]);
	action_place(action, id);
	prepare(action, random);
	if (random_below(random, 16) == 0)
		access_as_payload(action, random);
	else
		action_enter_machine(action->registers);
}

static void act_often(void *unused)
{
	unsigned id = (unsigned)hart_self()->id;
	struct random random = { SEED * UINT64_C(1000003) + id };
	(void)unused;
	trap_set_handler(trap_machine(), end_action);
	trap_set_handler(trap_supervisor(), escape);
	for (uint64_t i = 0; i < ACTIONS; i++) {
		if (id == 0 && i % ACTIONS_PER_LINE == 0)
			print("  %lu of %lu actions\n", i, (uint64_t)ACTIONS);
		act(&random);
		actions_done[id]++;
	}
	quiet();
}

TEST(hv_survives_whatever_the_firmware_does)
{
	print("  seed %lu\n", (uint64_t)SEED);
	identity = page_identity(PTE_RWX);
	/* The harts must be counted before the first action, because an action may overwrite the device tree. */
	unsigned count = hart_count();
	hart_all(act_often, 0);
	for (unsigned id = 0; id < count; id++)
		expect_equal(actions_done[id], ACTIONS, "the hart has executed all its actions");
}
