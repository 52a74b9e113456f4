/* Tests what a module learns about accesses that its PMP entries deny, and how it guards CSRs and hides bits from the
 * firmware. The module is payloads/warden. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/device_table.h"
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/print.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"
#include "payloads/warden/warden_calls.h"

#define HV_ADDRESS UINT64_C(0x80000000)
#define NOTHING_BEHIND UINT64_C(0x10)

#define NONE 0
#define READABLE 1
#define ALL 7

#define NUMBER_MSTATUS 0x300
#define NUMBER_MIE 0x304
#define NUMBER_MIP 0x344
#define NUMBER_MIDELEG 0x303
#define NUMBER_SSTATUS 0x100
#define NUMBER_STVEC 0x105
#define NUMBER_MSCRATCH 0x340

static volatile uint64_t pages[4][PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

static uint64_t ask(uint64_t fid, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct ecall_result result = ecall(WARDEN_EID, fid, a, b, c, d, 0);

	return result.error ? ~UINT64_C(0) : result.value;
}

static void start(void)
{
	quiet();
	mode_open_memory();
	ask(WARDEN_CLOSE, 0, 0, 0, 0);
	ask(WARDEN_FORGET, 0, 0, 0, 0);
}

/* ---- denied accesses ---- */

static uint64_t closed(void)
{
	return (uint64_t)pages[1];
}

static void close(unsigned firmware, unsigned payload)
{
	start();
	ask(WARDEN_CLOSE, closed(), PAGE_SIZE, firmware, payload);
}

/* Checks what access_denied has got since the last check, and that the guest has taken its fault. */
static void expect_denied(uint64_t cause, uint64_t value, uint64_t address, uint64_t access, const char *what)
{
	expect_trap(trap_release(trap_machine()), cause, value, what);
	expect_equal(ask(WARDEN_DENIED, WARDEN_DENIED_COUNT, 0, 0, 0), 1, "the module gets one call");
	expect_equal(ask(WARDEN_DENIED, WARDEN_DENIED_ADDRESS, 0, 0, 0), address, "the address");
	expect_equal(ask(WARDEN_DENIED, WARDEN_DENIED_ACCESS, 0, 0, 0), access, "the kind of access");
	ask(WARDEN_FORGET, 0, 0, 0, 0);
	trap_catch(trap_machine());
}

static void expect_not_denied(const char *what)
{
	trap_release(trap_machine());
	expect_equal(ask(WARDEN_DENIED, WARDEN_DENIED_COUNT, 0, 0, 0), 0, what);
	trap_catch(trap_machine());
}

static uint64_t store_there(uint64_t address)
{
	store64(address, 1);
	return 0;
}

static uint64_t jump_there(uint64_t address)
{
	jump_to(address);
	return 0;
}

static uint64_t add_there(uint64_t address)
{
	uint64_t old;
	__asm__ volatile("amoadd.d %0, zero, (%1)" : "=r"(old) : "r"(address) : "memory");
	return old;
}

static uint64_t zero_block(uint64_t address)
{
	__asm__ volatile(".option push\n.option arch, +zicboz\ncbo.zero (%0)\n.option pop" ::"r"(address) : "memory");
	return 0;
}

TEST(s16_a_module_learns_which_access_of_the_firmware_its_entry_denied)
{
	close(NONE, ALL);
	trap_catch(trap_machine());
	load64(closed() + 8);
	expect_denied(CAUSE_LOAD_ACCESS, closed() + 8, closed() + 8, WARDEN_READ, "a load");
	store64(closed() + PAGE_SIZE - 8, 1);
	expect_denied(CAUSE_STORE_ACCESS, closed() + PAGE_SIZE - 8, closed() + PAGE_SIZE - 8, WARDEN_WROTE, "a store");
	add_there(closed());
	expect_denied(CAUSE_STORE_ACCESS, closed(), closed(), WARDEN_WROTE, "an AMO");
	jump_there(closed());
	expect_denied(CAUSE_FETCH_ACCESS, closed(), closed(), WARDEN_EXECUTED, "a jump");
	zero_block(closed() + 64);
	expect_denied(CAUSE_STORE_ACCESS, closed() + 64, closed() + 64, WARDEN_WROTE, "a cbo.zero");
	trap_release(trap_machine());
	start();
}

TEST(s16_a_module_learns_which_access_of_the_payload_its_entry_denied)
{
	close(ALL, NONE);
	trap_catch(trap_machine());
	run_in(MODE_S, load64, closed() + 8);
	expect_denied(CAUSE_LOAD_ACCESS, closed() + 8, closed() + 8, WARDEN_READ, "S-mode's load");
	run_in(MODE_U, store_there, closed() + PAGE_SIZE - 8);
	expect_denied(CAUSE_STORE_ACCESS, closed() + PAGE_SIZE - 8, closed() + PAGE_SIZE - 8, WARDEN_WROTE,
		      "U-mode's store");
	run_in(MODE_S, jump_there, closed() + 4);
	expect_denied(CAUSE_FETCH_ACCESS, closed() + 4, closed() + 4, WARDEN_EXECUTED, "S-mode's jump");
	load64(closed());
	expect_not_denied("the firmware's load is permitted");
	trap_release(trap_machine());
	close(ALL, READABLE);
	trap_catch(trap_machine());
	run_in(MODE_S, load64, closed());
	expect_not_denied("the payload's load is permitted");
	run_in(MODE_S, add_there, closed());
	expect_denied(CAUSE_STORE_ACCESS, closed(), closed(), WARDEN_WROTE, "its AMO is not");
	trap_release(trap_machine());
	start();
}

TEST(s16_a_module_gets_no_call_for_other_faults)
{
	close(NONE, NONE);
	trap_catch(trap_machine());
	load64(NOTHING_BEHIND);
	expect_not_denied("a load where the machine has nothing");
	load64(HV_ADDRESS);
	expect_not_denied("a load from hv's memory");
	load64(closed() - 8);
	load64(closed() + PAGE_SIZE);
	expect_not_denied("loads beside the closed page");
	csr_write(pmpaddr0, closed() >> 2 | (PAGE_SIZE / 8 - 1));
	csr_write(pmpcfg0, csr_read(pmpcfg0) | 0x18);
	ask(WARDEN_CLOSE, closed(), PAGE_SIZE, ALL, ALL);
	run_in(MODE_S, load64, closed());
	expect_not_denied("a load that only the firmware's PMP entry forbids");
	trap_release(trap_machine());
	start();
}

TEST(s16_the_address_of_a_denied_access_is_physical)
{
	close(NONE, NONE);
	csr_write(satp, page_identity(PTE_RWX));
	uint64_t window = page_set(0, closed(), PTE_RWX), value = 0;
	__asm__ volatile("sfence.vma" ::: "memory");
	trap_catch(trap_machine());
	run_in(MODE_S, load64, window + 16);
	expect_denied(CAUSE_LOAD_ACCESS, window + 16, closed() + 16, WARDEN_READ, "S-mode's load");
	run_in(MODE_S, jump_there, window + 16);
	expect_denied(CAUSE_FETCH_ACCESS, window + 16, closed() + 16, WARDEN_EXECUTED, "S-mode's jump");
	guarded_as(MODE_S, 0);
	GUARDED("ld a0, 0(a1)", value, window + 24);
	expect_denied(CAUSE_LOAD_ACCESS, window + 24, closed() + 24, WARDEN_READ, "the firmware's load under MPRV");
	guarded_as(MODE_S, 0); /* the trap has changed MPP */
	GUARDED("sw a0, 0(a1)", value, window + 28);
	expect_denied(CAUSE_STORE_ACCESS, window + 28, closed() + 28, WARDEN_WROTE, "its store under MPRV");
	trap_release(trap_machine());
	start();
}

TEST(s16_a_closed_page_table_is_a_denied_read_of_the_table)
{
	uint64_t at = closed() + 8 * (CLINT_ADDRESS >> DEVICE_MEGAPAGE_BITS);

	start();
	device_table_use(pages[1], PTE_RW);
	ask(WARDEN_CLOSE, closed(), PAGE_SIZE, NONE, NONE);
	trap_catch(trap_machine());
	device_load_as_payload();
	expect_denied(CAUSE_LOAD_ACCESS, DEVICE_TIME, at, WARDEN_READ, "S-mode's load");
	device_load_under_mprv();
	expect_denied(CAUSE_LOAD_ACCESS, DEVICE_TIME, at, WARDEN_READ, "the firmware's load under MPRV");
	trap_release(trap_machine());
	start();
}

TEST(s16_an_entry_that_the_hook_opens_is_open_after_the_fault)
{
	close(NONE, NONE);
	ask(WARDEN_OPENS, 0, 0, 0, 0);
	trap_catch(trap_machine());
	load64(closed());
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, closed(), "the load faults");
	expect_equal(load64(closed()), pages[1][0], "the next one does not");
	start();
}

/* ---- hidden bits ---- */

#define HIDDEN_STATUS (MSTATUS_SPIE | MSTATUS_SUM | MSTATUS_TW)

static uint64_t module_reads(uint64_t number)
{
	return ask(WARDEN_CSR, number, 0, 0, 0);
}

static uint64_t read_status(uint64_t unused)
{
	(void)unused;
	return csr_read(sstatus);
}

static uint64_t write_status(uint64_t bits)
{
	csr_set(sstatus, bits);
	return 0;
}

TEST(s20_the_firmware_does_not_see_hidden_bits_of_mstatus)
{
	start();
	run_in(MODE_S, write_status, MSTATUS_SUM | MSTATUS_SPIE | MSTATUS_MXR);
	ask(WARDEN_WRITE, NUMBER_MSTATUS, module_reads(NUMBER_MSTATUS) | MSTATUS_TW, 0, 0);
	expect_equal(module_reads(NUMBER_MSTATUS) & HIDDEN_STATUS, HIDDEN_STATUS, "the module sees all bits");
	expect_equal(csr_read(mstatus) & (HIDDEN_STATUS | MSTATUS_MXR), MSTATUS_MXR, "the firmware reads mstatus");
	expect_equal(csr_read(sstatus) & (HIDDEN_STATUS | MSTATUS_MXR), MSTATUS_MXR, "the firmware reads sstatus");
	csr_clear(mstatus, HIDDEN_STATUS | MSTATUS_MXR);
	expect_equal(module_reads(NUMBER_MSTATUS) & (HIDDEN_STATUS | MSTATUS_MXR), HIDDEN_STATUS,
		     "csrc of mstatus clears the other bits only");
	csr_write(mstatus, csr_read(mstatus));
	csr_clear(sstatus, HIDDEN_STATUS);
	csr_write(sstatus, csr_read(sstatus));
	expect_equal(module_reads(NUMBER_MSTATUS) & HIDDEN_STATUS, HIDDEN_STATUS, "the others change nothing either");
	expect_equal(run_in(MODE_S, read_status, 0) & MSTATUS_SUM, MSTATUS_SUM, "the payload keeps its SUM");
	ask(WARDEN_WRITE, NUMBER_MSTATUS, module_reads(NUMBER_MSTATUS) & ~HIDDEN_STATUS, 0, 0);
	csr_set(mstatus, HIDDEN_STATUS);
	csr_set(sstatus, HIDDEN_STATUS);
	expect_equal(module_reads(NUMBER_MSTATUS) & HIDDEN_STATUS, 0, "the firmware does not set them");
	start();
}

TEST(s20_the_firmware_keeps_its_own_bits_of_mstatus)
{
	start();
	csr_set(mstatus, MSTATUS_MIE);
	expect_equal(csr_read(mstatus) & MSTATUS_MIE, MSTATUS_MIE, "MIE is set");
	csr_clear(mstatus, MSTATUS_MIE | MSTATUS_MPP);
	csr_set(mstatus, MSTATUS_MPP_S | MSTATUS_MPIE | MSTATUS_TSR);
	expect_equal(csr_read(mstatus) & (MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE | MSTATUS_TSR),
		     MSTATUS_MPP_S | MSTATUS_MPIE | MSTATUS_TSR, "MPP, MPIE and TSR are written");
	csr_clear(mstatus, MSTATUS_TSR);
	start();
}

TEST(s20_the_firmware_does_not_see_hidden_bits_of_mie_and_mip)
{
	start();
	csr_write(mideleg, BIT(IRQ_SSI) | BIT(IRQ_STI));
	ask(WARDEN_WRITE, NUMBER_MIE, BIT(IRQ_SSI) | BIT(IRQ_STI), 0, 0);
	ask(WARDEN_WRITE, NUMBER_MIP, BIT(IRQ_SSI) | BIT(IRQ_STI), 0, 0);
	expect_equal(csr_read(mie), BIT(IRQ_STI), "the firmware reads mie");
	expect_equal(csr_read(sie), BIT(IRQ_STI), "the firmware reads sie");
	expect_equal(csr_read(mip) & (BIT(IRQ_SSI) | BIT(IRQ_STI)), BIT(IRQ_STI), "the firmware reads mip");
	expect_equal(csr_read(sip) & (BIT(IRQ_SSI) | BIT(IRQ_STI)), BIT(IRQ_STI), "the firmware reads sip");
	csr_write(mie, 0);
	csr_write(sie, 0);
	csr_write(mip, 0);
	csr_write(sip, 0);
	csr_clear(sip, BIT(IRQ_SSI));
	csr_clear(mip, BIT(IRQ_SSI));
	expect_equal(module_reads(NUMBER_MIE), BIT(IRQ_SSI), "mie keeps the hidden bit only");
	expect_equal(module_reads(NUMBER_MIP) & (BIT(IRQ_SSI) | BIT(IRQ_STI)), BIT(IRQ_SSI),
		     "mip keeps the hidden bit only");
	ask(WARDEN_WRITE, NUMBER_MIE, 0, 0, 0);
	ask(WARDEN_WRITE, NUMBER_MIP, 0, 0, 0);
	csr_set(mie, BIT(IRQ_SSI));
	csr_set(mip, BIT(IRQ_SSI));
	csr_set(sip, BIT(IRQ_SSI));
	expect_equal(module_reads(NUMBER_MIE) | (module_reads(NUMBER_MIP) & BIT(IRQ_SSI)), 0,
		     "the firmware does not set them");
	start();
}

/* ---- guarded CSRs ---- */

static void answer(bool reads, bool writes, uint64_t value)
{
	ask(WARDEN_FORGET, 0, 0, 0, 0);
	ask(WARDEN_ANSWER, reads, writes, value, 0);
}

static void expect_asked(uint64_t i, uint64_t number, uint64_t write, uint64_t value, const char *what)
{
	print("  %s\n", what);
	expect_equal(ask(WARDEN_ASKED, WARDEN_ASKED_NUMBER, i, 0, 0), number, "the CSR");
	expect_equal(ask(WARDEN_ASKED, WARDEN_ASKED_WRITE, i, 0, 0), write, "whether it is a write");
	expect_equal(ask(WARDEN_ASKED, WARDEN_ASKED_VALUE, i, 0, 0), value, "the value");
}

static void expect_count(uint64_t count, const char *what)
{
	expect_equal(ask(WARDEN_ASKED, WARDEN_ASKED_COUNT, 0, 0, 0), count, what);
}

TEST(s23_a_module_is_asked_about_the_csrs_that_it_guards)
{
	start();
	uint64_t vector = csr_read(stvec);
	answer(false, false, 0x123);
	csr_write(stvec, 0x1000);
	expect_asked(0, NUMBER_STVEC, 1, 0x1000, "csrw asks about a write");
	csr_set(stvec, 0x2000);
	expect_asked(1, NUMBER_STVEC, 0, 0x1000, "csrs asks about the read first");
	expect_asked(2, NUMBER_STVEC, 1, 0x3000, "and then about the write of both bits");
	expect_equal(csr_swap(stvec, vector), 0x3000, "a module that takes over nothing changes nothing");
	expect_count(5, "there is one call for each read and write");
	expect_equal(csr_read(sepc) & 0, 0, "other CSRs work");
	csr_write(scause, 5);
	expect_count(5, "and the module is not asked about them");
	start();
}

TEST(s23_a_module_answers_a_read_of_a_guarded_csr)
{
	start();
	uint64_t scratch = csr_read(mscratch), vector = csr_read(stvec);
	answer(true, true, 0x4711);
	uint64_t of_stvec = csr_read(stvec), of_mscratch = csr_read(mscratch), of_cycle = csr_read(cycle);
	answer(false, false, 0);
	expect_equal(of_stvec, 0x4711, "stvec, which lives in the hardware");
	expect_equal(of_mscratch, 0x4711, "mscratch, which lives in hv's memory");
	expect_equal(of_cycle, 0x4711, "cycle, which hv computes");
	expect_equal(csr_read(stvec), vector, "stvec itself is as before");
	expect_equal(csr_read(mscratch), scratch, "mscratch itself is as before");
	start();
}

static uint64_t read_vector(uint64_t unused)
{
	(void)unused;
	return csr_read(stvec);
}

TEST(s23_a_module_prevents_a_write_of_a_guarded_csr)
{
	start();
	uint64_t vector = csr_read(stvec);
	answer(true, true, 0x8000);
	csr_write(stvec, 0x1000);
	csr_set(stvec, 0x1000);
	expect_asked(2, NUMBER_STVEC, 1, 0x9000, "the write is based on what the firmware has read");
	answer(false, false, 0); /* the guest's trap handler needs its mscratch */
	expect_equal(run_in(MODE_S, read_vector, 0), vector, "the payload keeps its stvec, and reads it");
	start();
}

TEST(s23_an_access_that_is_illegal_anyway_is_not_asked_about)
{
	start();
	trap_catch(trap_machine());
	answer(false, false, 0);
	csr_write(cycle, 0);
	struct trap trap = trap_release(trap_machine());
	expect_equal(trap.count == 1 && trap.cause == CAUSE_ILLEGAL, 1, "a write of cycle is an illegal instruction");
	expect_equal(ask(WARDEN_ASKED, WARDEN_ASKED_NUMBER, 0, 0, 0), NUMBER_MSCRATCH,
		     "the first call is about mscratch, in the trap handler");
	start();
}
