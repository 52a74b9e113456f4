/* Tests the fast paths of modules at world switches with the module keeper. The payload traps with known values in x1 to
 * x31. The firmware's handler looks at all registers, and fills all of them before it returns. Everything that the guest
 * sees must be the same whether the fast paths or the hooks have handled the switch (FAST), and whether there are
 * observers (TRACED). */
#include "payloads/modules/asking.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"

#define BASE_EID 0x10
#define TIME_EID 0x54494d45
#define TICKS 10000        /* 1 ms */
#define KEEPING_BYTES 1024 /* at least the size of keeping_wait() */
#define TP 4
#define T1 6
#define T2 7
#define A0 10
#define A1 11
#define A7 17

/* The layout is the one in keeping.S. */
static struct {
	uint64_t before[32], after[32], kept[32];
} area;

uint64_t keeping_call(uint64_t area);
uint64_t keeping_illegal(uint64_t area);
uint64_t keeping_breakpoint(uint64_t area);
uint64_t keeping_store(uint64_t area);
uint64_t keeping_wait(uint64_t area);

/* What the handler has seen at its last trap that was not an interrupt, and at its last interrupt. */
static struct trap_frame seen, interrupted;
static uint64_t traps, interrupts;
static bool raises;    /* the handler makes an interrupt pending, which comes when it returns */
static uint32_t taken; /* whether the handler has taken an interrupt */
static bool waits;     /* the payload has begun to wait for an interrupt, so that the handler may fill all registers */

static uint64_t of_payload(unsigned i)
{
	return UINT64_C(0x1111111100000000) + i;
}

static uint64_t of_firmware(unsigned i)
{
	return UINT64_C(0x2222222200000000) + i;
}

static void copy(struct trap_frame *to, const struct trap_frame *from)
{
	for (unsigned i = 0; i < 31; i++)
		to->x[i] = from->x[i];
	to->pc = from->pc, to->cause = from->cause, to->status = from->status;
}

static bool handle(struct trap_frame *frame)
{
	if (frame->cause & INTERRUPT) {
		copy(&interrupted, frame);
		interrupts++;
		for (unsigned i = 1; i < 32 && waits; i++)
			frame->x[i - 1] = of_firmware(i);
		clint_set_msip(0, 0);
		*clint_mtimecmp(0) = ~UINT64_C(0);
		__atomic_store_n(&taken, 1, __ATOMIC_RELAXED);
		return true;
	}
	if (frame->cause == CAUSE_ECALL_S && frame->x[A7 - 1] == ECALL_RETURN) {
		frame->x[TP - 1] = (uint64_t)hart_self(); /* mode_return() needs it, and it is not the payload's here */
		return false;
	}
	copy(&seen, frame);
	traps++;
	for (unsigned i = 1; i < 32; i++)
		frame->x[i - 1] = of_firmware(i);
	frame->pc += 4;
	if (raises)
		clint_set_msip(0, 1);
	return true;
}

static uint64_t keeper(uint64_t fid, uint64_t a, uint64_t b)
{
	return abi_call(KEEPER_EID, fid, a, b, 0).value;
}

static struct {
	uint64_t of[KEEPER_KINDS];
} start;

static void note_counts(void)
{
	for (unsigned i = 0; i < KEEPER_KINDS; i++)
		start.of[i] = keeper(KEEPER_COUNT, i, 0);
}

static uint64_t counted(enum keeper_kind which)
{
	return keeper(KEEPER_COUNT, which, 0) - start.of[which];
}

static void prepare_keeper(void)
{
	quiet();
	mode_open_memory();
	trap_set_handler(trap_machine(), handle);
	for (unsigned i = 0; i < KEEPER_KINDS; i++)
		keeper(KEEPER_REFUSE, i, 0);
	keeper(KEEPER_HIDE, 0, 0);
	for (unsigned i = 1; i < 32; i++)
		area.before[i] = of_payload(i);
	area.before[A7] = BASE_EID;
	traps = interrupts = 0;
	raises = false;
	note_counts();
}

static void finish(void)
{
	trap_set_handler(trap_machine(), 0);
	quiet();
}

/* Checks that the firmware saw only the arguments of an ecall, if @p shown, and otherwise nothing. */
static void expect_seen(const struct trap_frame *frame, bool shown)
{
	uint64_t wrong = 0;
	for (unsigned i = 1; i < 32; i++)
		wrong += frame->x[i - 1] != (shown && i >= A0 && i <= A7 ? area.before[i] : 0);
	expect_equal(wrong, 0, shown ? "the firmware sees a0 to a7 and zeros" : "the firmware sees 31 zeros");
}

/* Checks that the payload continues with its own registers, and with the firmware's a0 and a1 after an ecall. */
static void expect_restored(bool answered)
{
	uint64_t wrong = 0;
	for (unsigned i = 1; i < 32; i++)
		wrong += area.after[i] != (answered && (i == A0 || i == A1) ? of_firmware(i) : area.before[i]);
	expect_equal(wrong, 0,
		     answered ? "the payload gets a0 and a1, and its other registers"
			      : "the payload gets its registers");
}

/* Checks how often the hooks have run. The ecall at the end of run_in() is a trap too, and the mret that starts it an mret.
 * The fast path refuses that mret, because the payload does not continue where it was. */
static void expect_hooks(uint64_t of_traps, uint64_t of_mrets)
{
	expect_equal(counted(KEEPER_TRAPS), FAST ? of_traps : 2, "traps that the hook has handled");
	expect_equal(counted(KEEPER_MRETS), FAST ? 1 + of_mrets : 2, "mrets that the hook has handled");
}

/* Traps once by @p function, and checks what both worlds see. */
static void trap_once(mode_function function, uint64_t cause, bool is_call)
{
	run_in(MODE_S, function, (uint64_t)&area);
	expect_equal(traps, 1, "the firmware got one trap");
	expect_equal(seen.cause, cause, "the cause");
	expect_seen(&seen, is_call);
	expect_restored(is_call);
}

TEST(t1_an_ecall_shows_its_arguments_and_returns_two_registers)
{
	prepare_keeper();
	trap_once(keeping_call, CAUSE_ECALL_S, true);
	expect_hooks(0, 0);
	finish();
}

TEST(t1_other_exceptions_show_nothing)
{
	prepare_keeper();
	trap_once(keeping_illegal, CAUSE_ILLEGAL, false);
	expect_hooks(0, 0);
	prepare_keeper();
	trap_once(keeping_breakpoint, CAUSE_BREAKPOINT, false);
	expect_hooks(0, 0);
	finish();
}

TEST(t2_a_trap_that_the_fast_path_refuses_reaches_the_hook)
{
	static uint64_t first;
	prepare_keeper();
	trap_once(keeping_call, CAUSE_ECALL_S, true);
	first = seen.pc;
	prepare_keeper();
	keeper(KEEPER_REFUSE, KEEPER_TRAPS, 1);
	trap_once(keeping_call, CAUSE_ECALL_S, true);
	expect_equal(seen.pc, first, "mepc");
	expect_hooks(2, 0);
	finish();
}

TEST(t2_an_mret_that_the_fast_path_refuses_reaches_the_hook)
{
	prepare_keeper();
	keeper(KEEPER_REFUSE, KEEPER_MRETS, 1);
	trap_once(keeping_call, CAUSE_ECALL_S, true);
	expect_hooks(0, 1);
	prepare_keeper();
	keeper(KEEPER_REFUSE, KEEPER_MRETS, 1);
	trap_once(keeping_illegal, CAUSE_ILLEGAL, false);
	expect_hooks(0, 1);
	finish();
}

static uint64_t ask_in_payload(uint64_t which)
{
	return keeper(KEEPER_COUNT, which, 0);
}

TEST(t3_the_modules_own_ecall_hook_still_answers)
{
	prepare_keeper();
	expect_equal(run_in(MODE_S, ask_in_payload, KEEPER_TRAPS), start.of[KEEPER_TRAPS],
		     "the answer, before any switch");
	expect_equal(traps, 0, "the firmware got no trap");
	finish();
}

TEST(t4_an_interrupt_that_is_due_at_mret_comes_before_the_switch)
{
	prepare_keeper();
	raises = true;
	csr_write(mie, BIT(IRQ_MSI));
	trap_once(keeping_call, CAUSE_ECALL_S, true);
	expect_equal(interrupts, 1, "the firmware took one interrupt");
	uint64_t wrong = 0;
	for (unsigned i = 1; i < 32; i++)
		wrong += interrupted.x[i - 1] != of_firmware(i);
	expect_equal(wrong, 0, "the interrupt finds the firmware's registers");
	expect_equal(interrupted.pc, seen.pc + 4, "the interrupt comes before the payload's next instruction");
	expect_equal(interrupted.status & MSTATUS_MPP, MSTATUS_MPP & UINT64_C(0x800), "the interrupted mode is S");
	expect_hooks(0, 0);
	finish();
}

TEST(t5_an_interrupt_of_the_payload_shows_nothing)
{
	prepare_keeper();
	csr_write(mie, BIT(IRQ_MSI));
	area.before[T1] = 1;
	area.before[T2] = (uint64_t)clint_msip(0);
	run_in(MODE_S, keeping_store, (uint64_t)&area);
	expect_equal(traps, 0, "no exception");
	expect_equal(interrupts, 1, "one interrupt");
	expect_seen(&interrupted, false);
	expect_restored(false);
	finish();
}

static uint64_t wait_in_payload(uint64_t area_address)
{
	__atomic_store_n(&waits, true, __ATOMIC_RELAXED);
	return keeping_wait(area_address);
}

/* If the interrupt arrives too early, tries again with a later deadline. */
TEST(t5_a_timer_interrupt_that_arrives_in_the_payload_shows_nothing)
{
	for (uint64_t round = 0, ticks = TICKS; round < 10; round++) {
		do {
			prepare_keeper();
			csr_write(mie, BIT(IRQ_MTI));
			area.before[T1] = 1;
			area.before[T2] = (uint64_t)&taken;
			waits = false, taken = 0;
			*clint_mtimecmp(0) = *clint_mtime() + ticks;
			ticks *= 2;
			run_in(MODE_S, wait_in_payload, (uint64_t)&area);
		} while (interrupted.pc - (uint64_t)keeping_wait > KEEPING_BYTES);
		ticks /= 2;
		waits = false;
		expect_equal(interrupts, 1, "one interrupt");
		expect_equal(interrupted.cause, INTERRUPT | IRQ_MTI, "the cause");
		expect_seen(&interrupted, false);
		expect_restored(false);
		expect_equal(counted(KEEPER_TRAPS), FAST ? 1 : 2, "traps that the hook has handled");
	}
	finish();
}

TEST(t6_the_firmware_can_start_something_else_instead)
{
	prepare_keeper();
	for (unsigned i = 0; i < 3; i++) {
		trap_once(keeping_illegal, CAUSE_ILLEGAL, false);
		traps = 0;
	}
	finish();
}

static uint64_t category(unsigned index)
{
	return abi_call(ABI_PEER_EID, HARTSCOPE_PEER_READ_COUNTERS, 0, index, 0).value;
}

/* At the end, the firmware has to recognise the ecall that ends run_in(). */
static uint64_t call_hidden(uint64_t argument)
{
	keeper(KEEPER_HIDE, 1, 0);
	keeping_call(argument);
	keeper(KEEPER_HIDE, 0, 0);
	return 0;
}

TEST(t7_observers_see_the_call_that_the_firmware_does_not_see)
{
	for (unsigned refuse = 0; refuse < 2; refuse++) {
		prepare_keeper();
		keeper(KEEPER_REFUSE, KEEPER_TRAPS, refuse);
		area.before[A7] = TIME_EID;
		uint64_t before = category(HARTSCOPE_CATEGORY_SET_TIMER);
		run_in(MODE_S, call_hidden, (uint64_t)&area);
		expect_seen(&seen, false);
		expect_restored(true);
		expect_equal(category(HARTSCOPE_CATEGORY_SET_TIMER) - before, TRACED,
			     "set_timer calls that were counted");
		finish();
	}
}
