/* Tests guests with several harts: MSIs between harts, accesses to the timer and the MSIP register of another hart,
 * harts that sleep in wfi, and the state in which each hart enters the firmware. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/msi.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define ROUNDS 200
#define COUNTED_ROUNDS 50
#define INFO_MAGIC 0x4942534f

TEST(s07_no_msi_to_a_neighbour_is_lost)
{
	quiet();
	msi_neighbours(ROUNDS, 0);
	for (unsigned id = BOOT_HART; id < hart_end(); id++)
		expect_equal(msi_served[id], ROUNDS, "the hart took each request once");
	quiet();
}

TEST(s07_a_hart_that_makes_no_exits_takes_each_msi)
{
	quiet();
	for (unsigned id = BOOT_HART + 1; id < hart_end(); id++) {
		msi_to_counting_hart(id, COUNTED_ROUNDS);
		expect_equal(msi_served[id], COUNTED_ROUNDS, "the hart took each request once");
	}
	quiet();
}

/* Sleeps in wfi until a request arrives, and takes the request. Repeats this until it has taken request 2. */
static void serve_asleep(void *unused)
{
	unsigned id = (unsigned)hart_self()->id;
	uint64_t last = 0;
	(void)unused;
	csr_clear(mstatus, MSTATUS_MIE);
	csr_write(mie, BIT(IRQ_MSI));
	while (last != 2) {
		while (!(csr_read(mip) & BIT(IRQ_MSI)))
			__asm__ volatile("wfi" ::: "memory");
		clint_set_msip(id, 0);
		last = __atomic_exchange_n(&msi_request[id], 0, __ATOMIC_ACQ_REL);
		msi_served[id] += last != 0;
	}
}

TEST(s07_a_sleeping_hart_wakes_for_each_msi)
{
	unsigned end = hart_end();
	quiet();
	for (unsigned id = BOOT_HART + 1; id < end; id++) {
		msi_served[id] = 0;
		hart_start(id, serve_asleep, 0);
	}
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned id = BOOT_HART + 1; id < end; id++)
			msi_send(id);
	for (unsigned id = BOOT_HART + 1; id < end; id++) {
		__atomic_store_n(&msi_request[id], 2, __ATOMIC_RELEASE);
		clint_set_msip(id, 1);
		hart_wait(id);
		expect_equal(msi_served[id], ROUNDS + 1, "the hart took each request");
	}
	quiet();
}

static uint64_t fired[MAX_HARTS];

static void wait_for_timer(void *unused)
{
	unsigned id = (unsigned)hart_self()->id;
	(void)unused;
	csr_write(mie, BIT(IRQ_MTI));
	while (!(csr_read(mip) & BIT(IRQ_MTI)))
		__asm__ volatile("wfi" ::: "memory");
	*clint_mtimecmp(id) = ~UINT64_C(0);
	__atomic_store_n(&fired[id], csr_read(mip) & BIT(IRQ_MTI) ? 2 : 1, __ATOMIC_RELEASE);
}

/* Prints mtimecmp of hart @p id, but only if the first CLINT serves this hart. For harts of other CLINTs, QEMU 10.0.2
 * has a fault: it reads mtimecmp beyond the end of its table. */
static void show_mtimecmp(unsigned id, const char *what)
{
	if (id < clint_harts)
		show(what, load64((uint64_t)clint_mtimecmp(id)));
}

TEST(s08_mtimecmp_of_another_hart_can_be_written)
{
	quiet();
	for (unsigned id = BOOT_HART + 1; id < hart_end(); id++) {
		uint64_t address = (uint64_t)clint_mtimecmp(id);
		store64(address, UINT64_C(0xff11223344556677));
		show_mtimecmp(id, "mtimecmp after 8 bytes were written");
		store32(address + 4, 0xff998877);
		show_mtimecmp(id, "mtimecmp after its high half was written");
		hart_start(id, wait_for_timer, 0);
		quiet_pause();
		expect_equal(fired[id], 0, "the timer has not fired yet");
		*clint_mtimecmp(id) = *clint_mtime() + 5000;
		hart_wait(id);
		expect_equal(fired[id], 1, "the timer fired on that hart, and a write to mtimecmp ended the interrupt");
	}
	quiet();
}

static uint64_t stop_staying;

static bool count_timer(struct trap_frame *frame)
{
	unsigned id = (unsigned)hart_self()->id;
	if (frame->cause != (INTERRUPT | IRQ_MTI))
		return false;
	*clint_mtimecmp(id) = ~UINT64_C(0);
	__atomic_add_fetch(&fired[id], 1, __ATOMIC_RELEASE);
	return true;
}

static void take_timers(void *unused)
{
	(void)unused;
	trap_set_handler(trap_machine(), count_timer);
	csr_write(mie, BIT(IRQ_MTI));
	csr_set(mstatus, MSTATUS_MIE);
	while (!__atomic_load_n(&stop_staying, __ATOMIC_ACQUIRE))
		;
	csr_clear(mstatus, MSTATUS_MIE);
	trap_set_handler(trap_machine(), 0);
}

/* In each round, the boot hart writes the mtimecmp of its neighbour twice. The time between the two writes differs from round to
 * round, so that in some rounds hv is still handling the first write when the second comes. */
TEST(s07_a_request_that_arrives_during_another_is_not_lost)
{
	const unsigned id = BOOT_HART + 1;
	quiet();
	stop_staying = 0;
	fired[id] = 0;
	hart_start(id, take_timers, 0);
	for (unsigned round = 0; round < 2 * ROUNDS; round++) {
		*clint_mtimecmp(id) = ~UINT64_C(0) - 1;
		for (unsigned i = 0; i < round * 7 % 500; i++)
			__asm__ volatile("");
		*clint_mtimecmp(id) = 0;
		while (__atomic_load_n(&fired[id], __ATOMIC_ACQUIRE) <= round)
			;
	}
	__atomic_store_n(&stop_staying, 1, __ATOMIC_RELEASE);
	hart_wait(id);
	expect_equal(fired[id], 2 * ROUNDS, "every second write raised an interrupt");
	fired[id] = 0;
}

static void stay_awake(void *unused)
{
	(void)unused;
	csr_write(mie, 0);
	while (!__atomic_load_n(&stop_staying, __ATOMIC_ACQUIRE))
		;
}

TEST(s08_msip_of_another_hart_can_be_read_and_changed_by_amos)
{
	quiet();
	for (unsigned id = BOOT_HART + 1; id < hart_end(); id++) {
		uint64_t old;
		stop_staying = 0;
		hart_start(id, stay_awake, 0);
		expect_equal(*clint_msip(id), 0, "msip is 0 at first");
		__asm__ volatile("amoor.w %0, %1, (%2)" : "=r"(old) : "r"(1), "r"(clint_msip(id)) : "memory");
		expect_equal(old, 0, "amoor.w loads 0");
		expect_equal(*clint_msip(id), 1, "msip is 1 after amoor.w");
		*clint_msip(id) = 0;
		expect_equal(*clint_msip(id), 0, "msip is 0 after 0 was written");
		__atomic_store_n(&stop_staying, 1, __ATOMIC_RELEASE);
		hart_wait(id);
	}
}

static uint64_t stop_sleeping;

static void sleep_until_told(void *unused)
{
	(void)unused;
	csr_write(mie, BIT(IRQ_MSI));
	while (!__atomic_load_n(&stop_sleeping, __ATOMIC_ACQUIRE))
		__asm__ volatile("wfi" ::: "memory");
	clint_set_msip((unsigned)hart_self()->id, 0);
}

static void exit_often(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 2000; i++)
		csr_write(mscratch, csr_read(mscratch));
}

TEST(s34_a_sleeping_hart_does_not_hold_up_the_others)
{
	unsigned last = hart_end() - 1;
	quiet();
	stop_sleeping = 0;
	hart_start(last, sleep_until_told, 0);
	for (unsigned id = BOOT_HART + 1; id < last; id++)
		hart_start(id, exit_often, 0);
	exit_often(0);
	for (unsigned id = BOOT_HART + 1; id < last; id++)
		hart_wait(id);
	__atomic_store_n(&stop_sleeping, 1, __ATOMIC_RELEASE);
	clint_set_msip(last, 1);
	hart_wait(last);
	expect(true, "all other harts have finished their work");
}

/* For each hart, counts how often a CSR did not hold the value that this hart had written to it before. */
static uint64_t disturbed[MAX_HARTS];

static void keep_own_state(void *unused)
{
	unsigned id = (unsigned)hart_self()->id;
	uint64_t scratch = csr_read(mscratch);
	(void)unused;
	for (unsigned i = 0; i < 300; i++) {
		uint64_t mark = id << 20 | i << 1;
		csr_write(mepc, mark);
		csr_write(pmpaddr3, mark);
		csr_write(medeleg, i & 1 ? 0x100 : 0);
		disturbed[id] += csr_read(mepc) != mark;
		disturbed[id] += csr_read(pmpaddr3) != mark;
		disturbed[id] += csr_read(medeleg) != (i & 1 ? 0x100 : 0);
		disturbed[id] += csr_read(mscratch) != scratch;
		disturbed[id] += csr_read(mhartid) != id;
	}
	csr_write(medeleg, 0);
}

TEST(s34_harts_do_not_disturb_each_others_state)
{
	quiet();
	hart_all(keep_own_state, 0);
	for (unsigned id = BOOT_HART; id < hart_end(); id++)
		expect_equal(disturbed[id], 0, "CSR values of the hart that another hart has changed");
}

TEST(s32_every_hart_enters_with_its_own_id_and_the_same_arguments)
{
	for (unsigned id = BOOT_HART; id < hart_end(); id++) {
		while (id == BOOT_HART ? 0 : !__atomic_load_n(&harts[id].present, __ATOMIC_ACQUIRE))
			;
		const struct hart_entry *entry = &harts[id].entry;
		show("a0, the hart's id", entry->a0);
		expect_equal(entry->a1, harts[BOOT_HART].entry.a1, "a1 is the same as on the boot hart");
		expect_equal(entry->a2, harts[BOOT_HART].entry.a2, "a2 is the same as on the boot hart");
		if (!BOOT_HART) /* if harts are left out, the program before hv has a struct of its own for hv */
			show("a2", entry->a2);
		show("the word at a2", load64(entry->a2));
		show("mstatus without UXL, SXL and MDT", entry->mstatus & ~(MSTATUS_UXL | MSTATUS_UXL << 2 | BIT(42)));
		show("mie", entry->mie);
		show("mip", entry->mip);
		show("medeleg", entry->medeleg);
		show("S-mode bits of mideleg", entry->mideleg & 0x222);
		show("mcause", entry->mcause);
		show("satp", entry->satp);
	}
	expect_equal(load64(harts[BOOT_HART].entry.a2) & 0xffffffff, INFO_MAGIC,
		     "a2 points to a struct fw_dynamic_info");
}
