/* Causes a known number of exits (traps that enter hv) of each kind. Checks that hv counts each exit exactly once, in
 * the right category, under the right cause, and for the right world (firmware or payload). */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define TIMES 10
#define UNMAPPED (PAGE_WINDOW + 5 * PAGE_SIZE)
#define INTERRUPTS (HARTSCOPE_CAUSE_INTERRUPT + IRQ_MTI)

struct counts {
	uint64_t category[HARTSCOPE_CATEGORIES];
	struct hartscope_stat stat;
};

static struct counts before, after;
static uint64_t word;

static uint64_t category(uint64_t hart, unsigned index)
{
	return abi_call(ABI_PEER_EID, HARTSCOPE_PEER_READ_COUNTERS, hart, index, 0).value;
}

static void read_counts(struct counts *counts)
{
	abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&counts->stat, sizeof(counts->stat));
	for (unsigned i = 0; i < HARTSCOPE_CATEGORIES; i++)
		counts->category[i] = category(0, i);
}

static uint64_t counted(unsigned index)
{
	return after.category[index] - before.category[index];
}

static uint64_t causes(unsigned world, unsigned cause)
{
	return after.stat.exits_by_cause[world][cause] - before.stat.exits_by_cause[world][cause];
}

/* One kind of exit: the action that the payload repeats TIMES times, and the category and cause under which hv must
 * count each of the exits. */
struct kind {
	const char *name;
	void (*act)(void);
	unsigned category;
	unsigned cause;
	uint64_t eid;
};

static uint64_t eid;

static void call(void)
{
	abi_call(eid, 0, 0, 0, 0);
}

static void load_unmapped(void)
{
	load64(UNMAPPED);
}

static void store_unmapped(void)
{
	store64(UNMAPPED, 0);
}

static void jump_unmapped(void)
{
	jump_to(UNMAPPED);
}

static void misaligned(void)
{
	__asm__ volatile("amoadd.d zero, zero, (%0)" ::"r"((uint64_t)&word + 1) : "memory");
}

static void load_nothing(void)
{
	load64(0x40);
}

static void illegal(void)
{
	__asm__ volatile("csrr zero, mscratch");
}

static void read_time(void)
{
	__asm__ volatile("csrr t0, time" ::: "t0");
}

static void breakpoint(void)
{
	__asm__ volatile(".option push\n.option norvc\nebreak\n.option pop");
}

static const struct kind kinds[] = {
	{ "load page fault", load_unmapped, HARTSCOPE_CATEGORY_PAGE_FAULT, CAUSE_LOAD_PAGE, 0 },
	{ "store page fault", store_unmapped, HARTSCOPE_CATEGORY_PAGE_FAULT, CAUSE_STORE_PAGE, 0 },
	{ "fetch page fault", jump_unmapped, HARTSCOPE_CATEGORY_PAGE_FAULT, CAUSE_FETCH_PAGE, 0 },
	{ "misaligned atomic", misaligned, HARTSCOPE_CATEGORY_MISALIGNED, CAUSE_STORE_MISALIGNED, 0 },
	{ "access fault", load_nothing, HARTSCOPE_CATEGORY_ACCESS_FAULT, CAUSE_LOAD_ACCESS, 0 },
	{ "illegal instruction", illegal, HARTSCOPE_CATEGORY_ILLEGAL_INSTRUCTION, CAUSE_ILLEGAL, 0 },
	{ "read of time", read_time, HARTSCOPE_CATEGORY_READ_TIME, CAUSE_ILLEGAL, 0 },
	{ "breakpoint", breakpoint, HARTSCOPE_CATEGORY_OTHER, CAUSE_BREAKPOINT, 0 },
	{ "set_timer", call, HARTSCOPE_CATEGORY_SET_TIMER, CAUSE_ECALL_S, 0x54494d45 },
	{ "legacy set_timer", call, HARTSCOPE_CATEGORY_SET_TIMER, CAUSE_ECALL_S, 0 },
	{ "IPI", call, HARTSCOPE_CATEGORY_IPI, CAUSE_ECALL_S, 0x735049 },
	{ "legacy IPI", call, HARTSCOPE_CATEGORY_IPI, CAUSE_ECALL_S, 4 },
	{ "remote fence", call, HARTSCOPE_CATEGORY_REMOTE_FENCE, CAUSE_ECALL_S, 0x52464e43 },
	{ "legacy fence.i", call, HARTSCOPE_CATEGORY_REMOTE_FENCE, CAUSE_ECALL_S, 5 },
	{ "legacy sfence.vma with an ASID", call, HARTSCOPE_CATEGORY_REMOTE_FENCE, CAUSE_ECALL_S, 7 },
	{ "legacy shutdown", call, HARTSCOPE_CATEGORY_ECALL, CAUSE_ECALL_S, 8 },
	{ "SBI base", call, HARTSCOPE_CATEGORY_ECALL, CAUSE_ECALL_S, 0x10 },
	{ "unknown extension", call, HARTSCOPE_CATEGORY_ECALL, CAUSE_ECALL_S, HARTSCOPE_PEER_EID + 1 },
};

static uint64_t act(uint64_t index)
{
	eid = kinds[index].eid;
	for (unsigned i = 0; i < TIMES; i++)
		kinds[index].act();
	return 0;
}

/* The payload causes one exit more than a test asks for, by the ecall that ends run_in(). */
#define RETURNS 1

static void expect_kind(unsigned index)
{
	const struct kind *kind = &kinds[index];
	bool ecall = kind->category == HARTSCOPE_CATEGORY_ECALL;
	uint64_t others = 0, sum = 0;
	for (unsigned i = 1; i < HARTSCOPE_CATEGORIES; i++)
		if (i != kind->category && i != HARTSCOPE_CATEGORY_FIRMWARE_TRAP && i != HARTSCOPE_CATEGORY_ECALL)
			others += counted(i);
	expect_equal(counted(kind->category), TIMES + (ecall ? RETURNS : 0), kind->name);
	expect_equal(counted(HARTSCOPE_CATEGORY_ECALL), (ecall ? TIMES : 0) + RETURNS,
		     "ecalls that are not timer, IPI or fence calls");
	expect_equal(others, 0, "no exit was counted in any other category");
	expect_equal(counted(HARTSCOPE_CATEGORY_WORLD_SWITCH), TIMES + RETURNS,
		     "every exit was passed to the firmware as a world switch");
	expect_equal(causes(1, kind->cause), TIMES + (kind->cause == CAUSE_ECALL_S ? RETURNS : 0),
		     "exits under the expected cause");
	for (unsigned cause = 0; cause < HARTSCOPE_CAUSES; cause++)
		sum += causes(1, cause);
	expect_equal(sum, TIMES + RETURNS, "exits under all causes together");
}

TEST(each_kind_of_exit_counts_once)
{
	quiet();
	mode_open_memory();
	csr_write(mcounteren, 0);
	csr_write(satp, page_identity(PTE_RWX));
	__asm__ volatile("sfence.vma" ::: "memory");
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		trap_catch(trap_machine());
		read_counts(&before);
		run_in(MODE_S, act, i);
		read_counts(&after);
		expect_equal(trap_release(trap_machine()).count, TIMES, "the firmware took each exception");
		expect_kind(i);
	}
	csr_write(mcounteren, 7);
	quiet();
}

static uint64_t mark(uint64_t unused)
{
	(void)unused;
	for (unsigned i = 0; i < TIMES; i++)
		abi_call(ABI_EID, HARTSCOPE_MARK, 1, i, 0);
	return 0;
}

TEST(an_exit_that_hv_handles_itself_is_not_a_world_switch)
{
	quiet();
	mode_open_memory();
	read_counts(&before);
	run_in(MODE_S, mark, 0);
	read_counts(&after);
	expect_equal(counted(HARTSCOPE_CATEGORY_ECALL), TIMES + RETURNS, "each MARK is counted as an ecall");
	expect_equal(counted(HARTSCOPE_CATEGORY_WORLD_SWITCH), RETURNS, "no MARK is counted as a world switch");
}

TEST(every_exit_from_the_firmware_counts_as_a_firmware_trap)
{
	quiet();
	uint64_t first = category(0, HARTSCOPE_CATEGORY_FIRMWARE_TRAP);
	for (unsigned i = 0; i < TIMES; i++) {
		__asm__ volatile("csrr zero, mscratch");
		(void)*clint_mtimecmp(0);
		abi_call(ABI_EID, HARTSCOPE_MARK, 1, i, 0);
	}
	expect_equal(category(0, HARTSCOPE_CATEGORY_FIRMWARE_TRAP) - first, 3 * TIMES + 1,
		     "CSR accesses, device accesses, ecalls, and the read of the counter itself");
}

static uint64_t wait_for_timer(uint64_t count)
{
	while (__atomic_load_n(&harts[0].machine.taken, __ATOMIC_RELAXED) < count)
		;
	return 0;
}

static bool rearm(struct trap_frame *frame)
{
	if (frame->cause != (INTERRUPT | IRQ_MTI))
		return false;
	bool last = ++harts[0].machine.taken == TIMES;
	*clint_mtimecmp(0) = last ? ~UINT64_C(0) : *clint_mtime() + 10000;
	return true;
}

TEST(interrupts_during_the_payload_count_as_interrupts)
{
	quiet();
	mode_open_memory();
	trap_set_handler(trap_machine(), rearm);
	csr_write(mie, BIT(IRQ_MTI));
	read_counts(&before);
	*clint_mtimecmp(0) = *clint_mtime() + 100000;
	run_in(MODE_S, wait_for_timer, TIMES);
	read_counts(&after);
	trap_set_handler(trap_machine(), 0);
	expect_equal(trap_machine()->taken, TIMES, "timer interrupts that the firmware took");
	uint64_t in_payload = counted(HARTSCOPE_CATEGORY_INTERRUPT);
	expect_equal(causes(1, INTERRUPTS), in_payload, "the category and the cause agree");
	expect(in_payload > 0 && in_payload <= TIMES,
	       "the payload was interrupted at least once and at most TIMES times");
	expect_equal(counted(HARTSCOPE_CATEGORY_WORLD_SWITCH), in_payload + RETURNS,
		     "every exit was passed to the firmware as a world switch");
	quiet();
}

TEST(categories_and_causes_both_sum_to_the_exits)
{
	quiet();
	abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&after.stat, sizeof(after.stat));
	/* hv fills in the answer to STAT before it counts the exit of the STAT ecall itself, so 1 is subtracted
	 * here. */
	uint64_t sum = category(0, HARTSCOPE_CATEGORY_FIRMWARE_TRAP) - 1, by_cause = 0;
	for (unsigned i = 1; i < HARTSCOPE_CATEGORIES; i++)
		if (i != HARTSCOPE_CATEGORY_FIRMWARE_TRAP)
			sum += category(0, i);
	for (unsigned cause = 0; cause < HARTSCOPE_CAUSES; cause++)
		by_cause += after.stat.exits_by_cause[0][cause] + after.stat.exits_by_cause[1][cause];
	expect_equal(sum, after.stat.exits, "all categories except world switches add up to the exits");
	expect_equal(by_cause, after.stat.exits, "all causes add up to the exits");
	expect(after.stat.cycles_hv && after.stat.cycles_firmware && after.stat.cycles_payload,
	       "hv, firmware and payload have each used cycles");
}

static void traps(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < TIMES; i++)
		__asm__ volatile("csrr zero, mscratch");
}

TEST(each_hart_counts_its_own_exits)
{
	unsigned last = hart_count() - 1;
	quiet();
	uint64_t first = category(last, HARTSCOPE_CATEGORY_FIRMWARE_TRAP);
	hart_start(last, traps, 0);
	hart_wait(last);
	expect(category(last, HARTSCOPE_CATEGORY_FIRMWARE_TRAP) >= first + TIMES,
	       "READ_COUNTERS on hart 0 shows the traps of the last hart");
	abi_call(ABI_EID, HARTSCOPE_STAT, last, (uint64_t)&after.stat, sizeof(after.stat));
	expect(after.stat.exits >= first + TIMES, "STAT shows the traps of the last hart too");
	expect_equal(after.stat.cycles_payload, 0, "the last hart has spent no cycles in a payload");
}
