/* Tests the SBI calls that module offload answers: timers, IPIs and remote fences, and reads of `time` on a machine without
 * that CSR. The payload has to see what it sees on the bare machine, where firmware.c answers. */
#include "payloads/offload/firmware.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define EVERY_HART (~UINT64_C(0))
#define NEVER (~UINT64_C(0))
#define MARK 0x1234
#define ROUNDS 40

static uint64_t barrier, pages[2][PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

static unsigned own_id(void)
{
	return (unsigned)hart_self()->id;
}

static void show_answer(const char *what, struct ecall_result answer)
{
	show(what, (uint64_t)answer.error);
	show("  a1", answer.value);
}

static struct ecall_result set_timer(uint64_t eid, uint64_t ticks)
{
	return ecall(eid, 0, ticks, MARK, 0, 0, 0);
}

/* Waits until SIP has @p bits, which another hart or the timer sets. */
static void wait_for(uint64_t bits)
{
	while ((csr_read(sip) & bits) != bits)
		;
}

/* ---- timers ---- */

static uint64_t use_timer(uint64_t eid)
{
	show_answer("set_timer far in the future", set_timer(eid, NEVER));
	show("  STIP", csr_read(sip) & BIT(IRQ_STI));
	show_answer("set_timer soon", set_timer(eid, *clint_mtime() + 20000));
	wait_for(BIT(IRQ_STI));
	show_answer("set_timer in the past", set_timer(eid, 1));
	wait_for(BIT(IRQ_STI));
	show_answer("set_timer far in the future", set_timer(eid, NEVER));
	show("  STIP", csr_read(sip) & BIT(IRQ_STI));
	return 0;
}

TEST(s31_set_timer_sets_stip_at_the_deadline_and_clears_it)
{
	firmware_run(use_timer, SBI_EID_TIME);
	firmware_run(use_timer, SBI_EID_LEGACY_SET_TIMER);
}

static uint64_t interrupt_five_times(uint64_t eid)
{
	trap_forget_interrupts(trap_supervisor());
	csr_write(sie, 0);
	csr_set(sstatus, MSTATUS_SIE);
	for (unsigned i = 0; i < 5; i++) {
		set_timer(eid, *clint_mtime() + 1000);
		csr_set(sie, BIT(IRQ_STI));
		quiet_wait_for_interrupts(trap_supervisor(), i + 1);
		set_timer(eid, NEVER);
	}
	csr_clear(sstatus, MSTATUS_SIE);
	return trap_supervisor()->taken;
}

TEST(s31_the_timer_interrupts_the_payload)
{
	expect_equal(firmware_run(interrupt_five_times, SBI_EID_TIME), 5, "interrupts");
	expect_equal(firmware_run(interrupt_five_times, SBI_EID_LEGACY_SET_TIMER), 5,
		     "interrupts with the legacy call");
}

/* ---- IPIs ---- */

static const struct {
	uint64_t mask, base;
} sets[] = {
	{ 1, 0 },
	{ 0, 0 },
	{ 0, EVERY_HART },
	{ 1, EVERY_HART },
	{ UINT64_C(1) << 63, 0 },
	{ 1, 64 },
	{ 1, 8 },
	{ ~UINT64_C(0), 0 },
	{ 1, ~UINT64_C(1) },
	{ 6, ~UINT64_C(1) },
	{ 0x101, 0 },
	{ 2, UINT64_C(1) << 63 },
};

static uint64_t send_to_sets(uint64_t unused)
{
	(void)unused;
	for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		show("mask", sets[i].mask);
		show_answer("  a0", ecall(SBI_EID_IPI, 0, sets[i].mask, sets[i].base, 0, 0, 0));
		show("  SSIP", csr_read(sip) & BIT(IRQ_SSI));
		csr_clear(sip, BIT(IRQ_SSI));
	}
	return 0;
}

TEST(s31_an_ipi_reaches_the_harts_of_the_mask)
{
	firmware_run(send_to_sets, 0);
}

static uint64_t send_legacy(uint64_t unused)
{
	static uint64_t mask;

	(void)unused;
	mask = 1;
	show_answer("legacy IPI to this hart", ecall(SBI_EID_LEGACY_SEND_IPI, 0, (uint64_t)&mask, MARK, 0, 0, 0));
	show("  SSIP", csr_read(sip) & BIT(IRQ_SSI));
	csr_clear(sip, BIT(IRQ_SSI));
	show_answer("legacy IPI to all harts", ecall(SBI_EID_LEGACY_SEND_IPI, 0, 0, MARK, 0, 0, 0));
	show("  SSIP", csr_read(sip) & BIT(IRQ_SSI));
	csr_clear(sip, BIT(IRQ_SSI));
	mask = UINT64_C(1) << 60;
	show_answer("legacy IPI to no hart", ecall(SBI_EID_LEGACY_SEND_IPI, 0, (uint64_t)&mask, MARK, 0, 0, 0));
	trap_catch(trap_supervisor());
	ecall(SBI_EID_LEGACY_SEND_IPI, 0, 0x10, MARK, 0, 0, 0);
	expect_trap(trap_release(trap_supervisor()), 5, 0x10, "a mask that cannot be read is the payload's fault");
	show_answer("legacy fence.i", ecall(SBI_EID_LEGACY_REMOTE_FENCE_I, 0, 0, MARK, 0, 0, 0));
	show_answer("legacy fence", ecall(SBI_EID_LEGACY_REMOTE_SFENCE_VMA, 0, 0, MARK, 4096, 0, 0));
	show_answer("legacy fence of everything", ecall(SBI_EID_LEGACY_REMOTE_SFENCE_VMA, 0, 0, 0, 0, 0, 0));
	show_answer("legacy fence of an ASID", ecall(SBI_EID_LEGACY_REMOTE_SFENCE_VMA_ASID, 0, 0, 4096, 4096, 1, 0));
	show_answer("legacy fence that wraps around",
		    ecall(SBI_EID_LEGACY_REMOTE_SFENCE_VMA, 0, 0, ~UINT64_C(0), 4096, 0, 0));
	return 0;
}

TEST(s31_legacy_calls_take_the_address_of_a_mask)
{
	firmware_run(send_legacy, 0);
}

/* Hart 0 sends an IPI to each other hart, and waits until that hart has counted it. */
static uint64_t counted[MAX_HARTS];

static uint64_t play(uint64_t unused)
{
	unsigned count = hart_count();

	(void)unused;
	csr_clear(sip, BIT(IRQ_SSI));
	hart_barrier(&barrier, count);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		if (own_id() == 0) {
			ecall(SBI_EID_IPI, 0, ~UINT64_C(1) & ((UINT64_C(1) << count) - 1), 0, 0, 0, 0);
			for (unsigned id = 1; id < count; id++)
				while (__atomic_load_n(&counted[id], __ATOMIC_ACQUIRE) < round)
					;
		} else {
			wait_for(BIT(IRQ_SSI));
			csr_clear(sip, BIT(IRQ_SSI));
			__atomic_add_fetch(&counted[own_id()], 1, __ATOMIC_ACQ_REL);
		}
	}
	hart_barrier(&barrier, count);
	return 0;
}

static void play_on(void *unused)
{
	(void)unused;
	firmware_run(play, 0);
}

TEST(s31_no_ipi_to_another_hart_is_lost)
{
	barrier = 0;
	for (unsigned id = 0; id < hart_count(); id++)
		counted[id] = 0;
	hart_all(play_on, 0);
	for (unsigned id = 1; id < hart_count(); id++)
		expect_equal(counted[id], ROUNDS, "the hart has taken each IPI");
}

/* Hart 0 sends hart 1 an IPI and a remote fence at once, again and again. Hart 1 is often in a call of its own when these
 * come, so it takes both with one interrupt. */
static uint64_t play_with_fences(uint64_t unused)
{
	(void)unused;
	csr_clear(sip, BIT(IRQ_SSI));
	hart_barrier(&barrier, 2);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		if (own_id() == 0) {
			ecall(SBI_EID_IPI, 0, 2, 0, 0, 0, 0);
			ecall(SBI_EID_RFENCE, 1, 2, 0, 0, 0, 0);
			while (__atomic_load_n(&counted[1], __ATOMIC_ACQUIRE) < round)
				;
		} else {
			while (!(csr_read(sip) & BIT(IRQ_SSI)))
				ecall(SBI_EID_RFENCE, 1, 2, 0, 0, 64 * PAGE_SIZE, 0);
			csr_clear(sip, BIT(IRQ_SSI));
			__atomic_add_fetch(&counted[1], 1, __ATOMIC_ACQ_REL);
		}
	}
	hart_barrier(&barrier, 2);
	return 0;
}

static void play_with_fences_on(void *unused)
{
	(void)unused;
	if (own_id() < 2)
		firmware_run(play_with_fences, 0);
}

TEST(s31_no_ipi_that_comes_with_a_fence_is_lost)
{
	if (hart_count() < 2)
		return;
	barrier = counted[1] = 0;
	hart_all(play_with_fences_on, 0);
	expect_equal(counted[1], ROUNDS, "hart 1 has taken each IPI");
}

/* ---- stopped harts ---- */

static uint64_t pending[MAX_HARTS];

static uint64_t stop(uint64_t unused)
{
	(void)unused;
	ecall(SBI_EID_HSM, SBI_FID_hart_stop, 0, 0, 0, 0, 0);
	return 0;
}

static uint64_t call_stopped(uint64_t unused)
{
	(void)unused;
	show_answer("IPI to stopped harts",
		    ecall(SBI_EID_IPI, 0, ~UINT64_C(1) & ((UINT64_C(1) << hart_count()) - 1), 0, 0, 0, 0));
	show_answer("fence on all harts", ecall(SBI_EID_RFENCE, 1, 0, EVERY_HART, 0, 0, 0));
	return 0;
}

static void stop_on(void *unused)
{
	(void)unused;
	if (own_id())
		firmware_run(stop, 0);
	hart_barrier(&barrier, hart_count());
	if (own_id() == 0)
		firmware_run(call_stopped, 0);
	hart_barrier(&barrier, hart_count());
	pending[own_id()] = csr_read(mip) & BIT(IRQ_SSI);
}

TEST(s31_stopped_harts_are_skipped)
{
	barrier = 0;
	hart_all(stop_on, 0);
	for (unsigned id = 1; id < hart_count(); id++)
		expect_equal(pending[id], 0, "SSIP of a stopped hart");
}

/* ---- remote fences ---- */

static const struct {
	uint64_t fid, start, size;
} fences[] = {
	{ 0, 5, 7 },
	{ 1, 0, 0 },
	{ 1, 0, ~UINT64_C(0) },
	{ 1, 0x1000, 0x3000 },
	{ 1, 0x1001, 1 },
	{ 1, ~UINT64_C(0xfff), 0x1000 },
	{ 1, ~UINT64_C(0xfff), 0x1001 },
	{ 1, ~UINT64_C(0xfff), ~UINT64_C(0) },
	{ 1, 0x1000, UINT64_C(1) << 40 },
	{ 2, 0x1000, 0x1000 },
	{ 2, 0, 0 },
	{ 2, 2, ~UINT64_C(0) - 1 },
	{ 2, 1, ~UINT64_C(0) - 1 },
	{ 0, 2, ~UINT64_C(0) - 1 },
};

static uint64_t make_fences(uint64_t unused)
{
	(void)unused;
	for (unsigned i = 0; i < sizeof(fences) / sizeof(fences[0]); i++) {
		show("start", fences[i].start);
		show_answer("  one hart",
			    ecall(SBI_EID_RFENCE, fences[i].fid, 1, 0, fences[i].start, fences[i].size, 3));
		show_answer("  all",
			    ecall(SBI_EID_RFENCE, fences[i].fid, 0, EVERY_HART, fences[i].start, fences[i].size, 3));
	}
	for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		show_answer("set", ecall(SBI_EID_RFENCE, 1, sets[i].mask, sets[i].base, 0x1000, 0x1000, 0));
	show_answer("unknown function", ecall(SBI_EID_RFENCE, 7, 1, 0, 0, 0, 0));
	show_answer("unknown function of IPI", ecall(SBI_EID_IPI, 1, 1, 0, 0, 0, 0));
	show_answer("unknown function of TIME", ecall(SBI_EID_TIME, 1, 1, 0, 0, 0, 0));
	return 0;
}

TEST(s31_remote_fences_check_their_arguments)
{
	firmware_run(make_fences, 0);
}

/* Each hart maps its own page of the window to one of two pages, makes all harts fence it, and checks that all harts read
 * from the new page. All harts do that at the same time. */
static uint64_t wrong;

static void remap(unsigned id, unsigned round, uint64_t fid)
{
	static const uint64_t sizes[] = { PAGE_SIZE, 0, ~UINT64_C(0) }; /* the last two stand for all addresses */
	uint64_t address = page_set(id, (uint64_t)pages[round & 1], PTE_RW);

	ecall(SBI_EID_RFENCE, fid, 0, EVERY_HART, address, sizes[(round >> 2) % 3], 0);
}

static uint64_t read_all(unsigned count, unsigned round)
{
	uint64_t failures = 0;

	for (unsigned id = 0; id < count; id++)
		failures += *(volatile uint64_t *)(PAGE_WINDOW + PAGE_SIZE * (uint64_t)id) != (round & 1);
	return failures;
}

static uint64_t fence_each_other(uint64_t satp)
{
	unsigned count = hart_count();

	csr_write(satp, satp);
	__asm__ volatile("sfence.vma" ::: "memory");
	for (unsigned round = 0; round < ROUNDS / 2; round++) {
		remap(own_id(), round, 1 + (round >> 1 & 1));
		hart_barrier(&barrier, count);
		__atomic_add_fetch(&wrong, read_all(count, round), __ATOMIC_ACQ_REL);
		hart_barrier(&barrier, count);
	}
	csr_write(satp, 0);
	__asm__ volatile("sfence.vma" ::: "memory");
	return 0;
}

static void fence_each_other_on(void *satp)
{
	firmware_run(fence_each_other, (uint64_t)satp);
}

TEST(s31_harts_that_fence_each_other_see_the_new_page)
{
	uint64_t satp = page_identity(PTE_RWX);

	barrier = wrong = 0;
	pages[1][0] = 1;
	hart_all(fence_each_other_on, (void *)satp);
	expect_equal(wrong, 0, "reads of the old page");
}

/* ---- the CSR time ---- */

static uint64_t read_time(uint64_t unused)
{
	uint64_t before = *clint_mtime(), first, second, third;

	(void)unused;
	__asm__ volatile("csrr %0, time\ncsrrc %1, time, zero\ncsrrsi %2, time, 0\ncsrrci zero, time, 0"
			 : "=&r"(first), "=&r"(second), "=&r"(third));
	return before <= first && first <= second && second <= third && third <= *clint_mtime();
}

static uint64_t write_time(uint64_t unused)
{
	(void)unused;
	trap_catch(trap_supervisor());
	__asm__ volatile("csrw time, zero\ncsrrs a0, time, a0\ncsrrwi a0, time, 0" ::: "a0");

	struct trap trap = trap_release(trap_supervisor());

	show("writes that trap", trap.count);
	show("cause", trap.cause);
	return 0;
}

static uint64_t execute_zeros(uint64_t unused)
{
	(void)unused;
	trap_catch(trap_supervisor());
	__asm__ volatile(".2byte 0\n.2byte 0" ::: "memory");

	struct trap trap = trap_release(trap_supervisor());

	show("halfwords of zeros that trap", trap.count);
	show("cause", trap.cause);
	return 0;
}

TEST(s31_a_word_of_zeros_is_illegal)
{
	firmware_run(execute_zeros, 0);
}

TEST(s31_reads_of_time_give_mtime_and_writes_trap)
{
	expect_equal(firmware_run(read_time, 0), 1, "the four forms of a read");
	firmware_run(write_time, 0);
}
