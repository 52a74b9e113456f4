/* Tests each function that hv offers to modules (the module API), both while the firmware runs and while its payload
 * runs. This guest makes ecalls to the module "prober" (prober.c), which then calls the functions. guest_memory.c tests those for memory. */
#include "payloads/modules/asking.h"
#include "payloads/modules/prepare.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/page.h"

#define MIE 0x304
#define MSTATUS 0x300
#define MEDELEG 0x302
#define SATP 0x180
#define SENVCFG 0x10a
#define MSCRATCH 0x340
#define MEPC 0x341
#define SIE 0x104
#define STVEC 0x105
#define SSCRATCH 0x140
#define PMPCFG0 0x3a0
#define PMPADDR0 0x3b0

static volatile uint64_t region[4 * PAGE_SIZE / 8] __attribute__((aligned(4 * PAGE_SIZE)));

static uint64_t read_csr(uint64_t number)
{
	struct ecall_result result = probe(PROBE_CSR, number, 0, 0);
	return result.error ? ACCESS_NOTHING : result.value;
}

static void expect_fails(struct ecall_result result, int64_t error, const char *what)
{
	expect_equal((uint64_t)result.error, (uint64_t)error, what);
}

static uint64_t failing_accesses(uint64_t address)
{
	trap_catch(trap_machine());
	uint64_t loaded = load64(address);
	return trap_release(trap_machine()).count ? 1 : (loaded == ACCESS_NOTHING);
}

TEST(a_modules_keys_have_the_values_of_the_configuration)
{
	expect_equal(probe(PROBE_KEYS, 0, 0, 0).value, 1, "the keys have the values of prober_image.toml");
}

/* ---- CSRs ---- */

TEST(a_module_reads_and_writes_the_firmwares_csrs)
{
	prepare();
	uint64_t area = csr_swap(mscratch, 4711);
	expect_equal(read_csr(MSCRATCH), 4711, "mscratch");
	csr_write(mscratch, area);
	csr_write(mie, 0x2a0);
	expect_equal(read_csr(MIE), 0x2a0, "mie");
	expect_fails(probe(PROBE_SET_CSR, MIE, ~UINT64_C(0), 0), 0, "writing mie succeeds");
	expect_equal(csr_read(mie), 0xaaa, "only legal bits of mie are set");
	probe(PROBE_SET_CSR, MIE, 0, 0);
	probe(PROBE_SET_CSR, MEPC, 0x80201235, 0);
	expect_equal(csr_read(mepc), 0x80201234, "bit 0 of mepc is cleared");
	probe(PROBE_SET_CSR, SATP, SATP_SV39 | 5, 0);
	expect_equal(csr_read(satp), SATP_SV39 | 5, "satp has the value written for the payload");
	csr_write(satp, 0);
	static const uint64_t unknown[] = { 0x5c0, 0x600, 0x7a0, 0x30c, 4096, 4096 + MSCRATCH, ~UINT64_C(0) };
	for (unsigned i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		expect_fails(probe(PROBE_CSR, unknown[i], 0, 0), SBI_ERR_INVALID_PARAM,
			     "reading an unknown CSR is refused");
		expect_fails(probe(PROBE_SET_CSR, unknown[i], 1, 0), SBI_ERR_INVALID_PARAM,
			     "writing an unknown CSR is refused");
	}
	expect_fails(probe(PROBE_SET_CSR, 0xf14, 1, 0), SBI_ERR_INVALID_PARAM, "writing mhartid is refused");
}

static struct seen {
	uint64_t mie, sie, satp, senvcfg, medeleg, pmpcfg, sie_after, sscratch, status;
} seen;

/* Runs in the payload. Writes CSRs, and asks the module to read them. */
static uint64_t read_in_payload(uint64_t unused)
{
	csr_write(sie, 0x22);
	csr_write(senvcfg, 0x10);
	seen.mie = read_csr(MIE);
	seen.sie = read_csr(SIE);
	seen.satp = read_csr(SATP);
	seen.senvcfg = read_csr(SENVCFG);
	seen.medeleg = read_csr(MEDELEG);
	seen.pmpcfg = read_csr(PMPCFG0);
	seen.sie_after = csr_read(sie);
	return unused;
}

TEST(a_module_reads_current_csr_values_while_the_payload_runs)
{
	prepare();
	csr_write(mideleg, 0x222);
	csr_write(medeleg, 0xb100);
	csr_write(mie, BIT(IRQ_MEI));
	uint64_t translation = page_identity(PTE_RWX);
	csr_write(satp, translation);
	csr_write(senvcfg, 0);
	run_in(MODE_S, read_in_payload, 0);
	expect_equal(seen.mie, BIT(IRQ_MEI) | 0x22, "the module reads in mie what S-mode wrote through sie");
	expect_equal(seen.sie, 0x22, "the module reads sie");
	expect_equal(seen.satp, translation, "the module reads satp");
	expect_equal(seen.senvcfg, 0x10, "the module reads senvcfg");
	expect_equal(seen.medeleg, 0xb100, "the module reads medeleg");
	expect_equal(seen.pmpcfg >> 56, 0x1f, "the module reads pmpcfg0");
	expect_equal(seen.sie_after, 0x22, "the module's reads do not change sie");
	expect_equal(csr_read(mie), BIT(IRQ_MEI) | 0x22, "the firmware reads the same mie");
	prepare();
}

static uint64_t write_in_payload(uint64_t translation)
{
	probe(PROBE_SET_CSR, MIE, 0x222, 0);
	probe(PROBE_SET_CSR, SENVCFG, 0x50, 0);
	probe(PROBE_SET_CSR, SSCRATCH, 99, 0);
	probe(PROBE_SET_CSR, SATP, translation, 0);
	seen.sie = csr_read(sie);
	seen.senvcfg = csr_read(senvcfg);
	seen.sscratch = csr_read(sscratch);
	seen.satp = csr_read(satp);
	probe(PROBE_SET_CSR, SATP, 0, 0);
	seen.status = csr_read(sstatus);
	return seen.satp;
}

TEST(csrs_that_a_module_writes_while_the_payload_runs_keep_their_values)
{
	prepare();
	csr_write(mideleg, 0x222);
	csr_write(senvcfg, 0);
	uint64_t translation = page_identity(PTE_RWX), scratch = csr_read(sscratch);
	uint64_t status = csr_read(mstatus);
	run_in(MODE_S, write_in_payload, translation);
	csr_write(sscratch, scratch);
	expect_equal(seen.sie, 0x222, "the payload reads in sie what the module wrote to mie");
	expect_equal(seen.senvcfg, 0x50, "the payload reads senvcfg");
	expect_equal(seen.sscratch, 99, "the payload reads sscratch");
	expect_equal(seen.satp, translation, "the payload reads satp");
	expect_equal(csr_read(mie), 0x222, "the firmware reads mie afterwards");
	expect_equal(csr_read(senvcfg), 0x50, "the firmware reads senvcfg afterwards");
	expect_equal(csr_read(satp), 0, "the firmware reads in satp what was written last");
	expect_equal((csr_read(mstatus) ^ status) & (MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR | MSTATUS_UXL), 0,
		     "TVM, TW, TSR and UXL are unchanged");
	prepare();
}

/* Runs in the payload. Asks the module to set TVM, reads satp, asks the module to clear TVM, and reads satp again. Only
 * the first read must trap. */
static uint64_t trap_on_satp(uint64_t unused)
{
	probe(PROBE_SET_CSR, MSTATUS, read_csr(MSTATUS) | MSTATUS_TVM, 0);
	(void)csr_read(satp);
	probe(PROBE_SET_CSR, MSTATUS, read_csr(MSTATUS) & ~MSTATUS_TVM, 0);
	(void)csr_read(satp);
	return unused;
}

static uint64_t break_in_payload(uint64_t delegated)
{
	trap_catch(trap_supervisor());
	probe(PROBE_SET_CSR, MEDELEG, delegated, 0);
	__asm__ volatile(".option push\n.option norvc\nebreak\n.option pop");
	return trap_release(trap_supervisor()).count;
}

TEST(csrs_that_a_module_writes_while_the_payload_runs_take_effect_at_once)
{
	prepare();
	trap_catch(trap_machine());
	run_in(MODE_S, trap_on_satp, 0);
	expect_equal(trap_release(trap_machine()).count, 1,
		     "the payload's access to satp traps only while the module has set TVM");
	trap_catch(trap_machine());
	expect_equal(run_in(MODE_S, break_in_payload, BIT(CAUSE_BREAKPOINT)), 1,
		     "S-mode takes the breakpoint while the module delegates it");
	expect_equal(run_in(MODE_S, break_in_payload, 0), 0,
		     "S-mode does not take the breakpoint after the module has cleared medeleg");
	expect_equal(trap_release(trap_machine()).count, 1, "the firmware then takes the breakpoint");
	prepare();
}

static uint64_t close_region(uint64_t address)
{
	probe(PROBE_SET_CSR, PMPADDR0, (address | 0x7ff) >> 2, 0);
	probe(PROBE_SET_CSR, PMPCFG0, read_csr(PMPCFG0) | 0x18, 0);
	uint64_t closed = load64(address);
	probe(PROBE_SET_CSR, PMPCFG0, read_csr(PMPCFG0) & ~UINT64_C(0xff), 0);
	return closed == ACCESS_NOTHING && load64(address) != ACCESS_NOTHING;
}

TEST(pmp_csrs_that_a_module_writes_while_the_payload_runs_take_effect_at_once)
{
	prepare();
	trap_catch(trap_machine());
	expect_equal(run_in(MODE_S, close_region, (uint64_t)region), 1,
		     "the module forbids the payload to access a page, and then allows it again");
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, (uint64_t)region,
		    "a load from the forbidden page is an access fault");
	prepare();
}

/* ---- PMP ---- */

static int64_t protect(uint64_t entry, uint64_t address, uint64_t size, enum probe_pmp how, uint64_t permission)
{
	return probe5(PROBE_PMP, entry, address, size, how, permission).error;
}

static uint64_t load_there(uint64_t address)
{
	return load64(address) == ACCESS_NOTHING;
}

static void expect_closed(uint64_t address, uint64_t closed, const char *what)
{
	expect_equal(failing_accesses(address), closed, what);
	trap_catch(trap_machine());
	expect_equal(run_in(MODE_S, load_there, address), closed, "the payload has the same access as the firmware");
	trap_release(trap_machine());
}

TEST(pmp_entries_of_a_module_take_effect_when_the_exit_ends)
{
	uint64_t base = (uint64_t)region;
	prepare();
	expect_equal((uint64_t)protect(0, base + 8, 8, PROBE_PMP_NAPOT, 0), 0, "setting a NAPOT entry of 8 bytes");
	expect_closed(base, 0, "memory below the entry is accessible");
	expect_closed(base + 8, 1, "memory inside the entry is not accessible");
	expect_closed(base + 16, 0, "memory above the entry is accessible");
	expect_equal((uint64_t)protect(0, base, 0, PROBE_PMP_OFF, 0), 0,
		     "switching the entry off, with an address for a TOR entry");
	expect_closed(base + 8, 0, "memory that the entry no longer covers is accessible");
	expect_equal((uint64_t)protect(1, base + 24, 0, PROBE_PMP_TOR, 0), 0,
		     "setting a TOR entry that ends at 24 and begins at the previous entry's address");
	expect_closed(base, 1, "the start of the range is not accessible");
	expect_closed(base + 16, 1, "the end of the range is not accessible");
	expect_closed(base + 24, 0, "memory above the range is accessible");
	expect_equal((uint64_t)protect(0, base + 8, 0, PROBE_PMP_OFF, 0), 0, "moving the start of the range");
	expect_closed(base, 0, "memory below the new start is accessible");
	expect_closed(base + 8, 1, "memory at the new start is not accessible");
	expect_equal((uint64_t)protect(1, base + 24, 0, PROBE_PMP_TOR, 1), 0,
		     "changing only the permission of the range");
	expect_closed(base + 8, 0, "loads from the range are allowed");
	expect_equal((uint64_t)protect(2, base, 4 * PAGE_SIZE, PROBE_PMP_NAPOT, 0), 0,
		     "setting a NAPOT entry with a higher index around the range");
	expect_closed(base + 8, 0, "memory in the entry with the lower index is accessible");
	expect_closed(base, 1, "memory that only the entry with the higher index covers is not accessible");
	prepare();
	expect_closed(base, 0, "memory is accessible when all entries are off");
}

TEST(pmp_entries_with_invalid_arguments_are_refused)
{
	uint64_t base = (uint64_t)region, refused = (uint64_t)SBI_ERR_INVALID_PARAM;
	prepare();
	protect(0, base, 8, PROBE_PMP_NAPOT, 0);
	expect_equal((uint64_t)protect(3, base, 8, PROBE_PMP_NAPOT, 0), refused, "an index that is too large");
	expect_equal((uint64_t)protect(UINT64_C(0xffffffff), base, 8, PROBE_PMP_NAPOT, 0), refused,
		     "the largest index");
	expect_equal((uint64_t)protect(0, base + 2, 8, PROBE_PMP_OFF, 0), refused,
		     "a misaligned address for an entry that is off");
	expect_equal((uint64_t)protect(1, base + 1, 0, PROBE_PMP_TOR, 0), refused,
		     "a misaligned address for a TOR entry");
	expect_equal((uint64_t)protect(0, base + 32, 0, PROBE_PMP_TOR, 0), refused,
		     "a TOR range that would begin at an entry of another owner");
	expect_equal((uint64_t)protect(0, base + 8, 16, PROBE_PMP_NAPOT, 0), refused,
		     "a NAPOT base that is not a multiple of its size");
	expect_equal((uint64_t)protect(0, base, 24, PROBE_PMP_NAPOT, 0), refused,
		     "a NAPOT size that is not a power of two");
	expect_equal((uint64_t)protect(0, base, 4, PROBE_PMP_NAPOT, 0), refused, "a NAPOT size below 8");
	expect_equal((uint64_t)protect(0, base, 0, PROBE_PMP_NAPOT, 0), refused, "a NAPOT size of 0");
	expect_equal((uint64_t)protect(1, UINT64_C(1) << 56, 0, PROBE_PMP_OFF, 0), refused,
		     "an address beyond the physical address space");
	expect_closed(base, 1, "the existing entry still forbids access");
	expect_closed(base + 8, 0, "no other entry was changed");
	prepare();
}

static uint64_t fault_at(uint64_t address)
{
	trap_catch(trap_supervisor());
	load64(address);
	return trap_release(trap_supervisor()).cause;
}

TEST(an_access_to_a_modules_region_is_an_access_fault_of_the_guest)
{
	prepare();
	csr_write(medeleg, BIT(CAUSE_LOAD_ACCESS));
	protect(0, (uint64_t)region, 8, PROBE_PMP_NAPOT, 0);
	expect_equal(run_in(MODE_S, fault_at, (uint64_t)region), CAUSE_LOAD_ACCESS,
		     "S-mode takes the delegated access fault");
	prepare();
}

/* ---- traps, registers, returns ---- */

static uint64_t vectored_interrupt(uint64_t unused)
{
	(void)unused;
	uint64_t vector = csr_read(stvec);
	static uint64_t hit;
	hit = 0;
	__asm__ volatile("la t0, 1f\n"
			 "csrw stvec, t0\n"
			 "csrsi stvec, 1\n"
			 "mv a0, %1\n"
			 "mv a1, zero\n"
			 "li a6, 13\n"
			 "mv a7, %2\n"
			 "ecall\n"
			 "j 2f\n"
			 ".option push\n.option norvc\n.balign 256\n"
			 "1: j 2f\nj 2f\nj 2f\nj 2f\nj 2f\n"
			 "j 3f\n" /* entry 5 of the vector table: supervisor timer interrupt */
			 "j 2f\nj 2f\nj 2f\n"
			 "3: li %0, 1\n"
			 "2:\n"
			 ".option pop\n"
			 : "+&r"(hit)
			 : "r"(INTERRUPT | IRQ_STI), "r"((uint64_t)PROBER_EID)
			 : "t0", "a0", "a1", "a6", "a7", "memory");
	seen.status = csr_read(sstatus);
	seen.sie = csr_read(scause);
	csr_write(stvec, vector);
	csr_clear(sstatus, MSTATUS_SPP | MSTATUS_SPIE);
	return hit;
}

static uint64_t reflected(uint64_t cause)
{
	trap_catch(trap_supervisor());
	probe(PROBE_REFLECT, cause, 0x1234, 0);
	return 0;
}

TEST(reflection_enters_s_mode_as_a_trap_does)
{
	prepare();
	for (unsigned mode = MODE_U; mode <= MODE_S; mode++) {
		/* The test also runs in U-mode, because the module gets ecalls from U-mode too. */
		csr_clear(mstatus, MSTATUS_SIE | MSTATUS_SPP);
		csr_set(mstatus, MSTATUS_SIE);
		run_in((enum mode)mode, reflected, CAUSE_LOAD_PAGE);
		struct trap trap = trap_release(trap_supervisor());
		expect_trap(trap, CAUSE_LOAD_PAGE, 0x1234, "S-mode takes the trap that the module reflects");
		expect_equal(trap.status & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE),
			     MSTATUS_SPIE | (mode == MODE_S ? MSTATUS_SPP : 0), "SPP, SPIE and SIE");
	}
	csr_clear(mstatus, MSTATUS_SIE);
	expect_equal(run_in(MODE_S, vectored_interrupt, 0), 1, "an interrupt goes to its vector");
	expect_equal(seen.sie, INTERRUPT | IRQ_STI, "scause");
	expect_equal(seen.status & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE), MSTATUS_SPP, "sstatus");
	quiet();
}

static uint64_t mode_now(uint64_t what)
{
	return probe(PROBE_TRAP, what, 0, 0).value;
}

TEST(a_module_sees_the_guests_mode_and_its_trap)
{
	prepare();
	expect_equal(mode_now(PROBE_TRAP_CAUSE), CAUSE_ECALL_U,
		     "cause of an ecall of the firmware, which physically runs in U-mode");
	expect_equal(mode_now(PROBE_TRAP_MODE), 3, "mode of the firmware");
	expect_equal(run_in(MODE_S, mode_now, PROBE_TRAP_CAUSE), CAUSE_ECALL_S, "cause of an ecall of the payload");
	expect_equal(run_in(MODE_S, mode_now, PROBE_TRAP_MODE), 1, "mode of the payload in S-mode");
	expect_equal(run_in(MODE_U, mode_now, PROBE_TRAP_MODE), 0, "mode of the payload in U-mode");
	uint64_t pc = mode_now(PROBE_TRAP_PC);
	expect(pc > FIRMWARE_ADDRESS && pc < FIRMWARE_ADDRESS + 0x10000, "the trap's pc lies in this firmware");
	expect_equal(mode_now(PROBE_TRAP_PC_IS_NOW), 1, "the trap's pc equals the guest's pc");
	expect_equal(mode_now(PROBE_TRAP_VALUE), 0, "the trap's value");
	expect_equal(probe(PROBE_REGISTERS, 0, 0, 0).value, 1,
		     "the module can read and write registers, and x0 stays 0");
	struct ecall_result result = probe(PROBE_RETURN, (uint64_t)SBI_ERR_DENIED, 1234, 0);
	expect_fails(result, SBI_ERR_DENIED, "sbi_return sets a0");
	expect_equal(result.value, 1234, "sbi_return sets a1");
	expect_equal(probe(PROBE_TIMES, 0, 0, 0).value, 1, "the time stamps are in order");
}

TEST(a_module_sees_its_hart_and_can_build_sets_of_harts)
{
	expect_equal(probe(PROBE_HART, PROBE_HART_ID, 0, 0).value, hart_self()->id, "the hart's id");
	expect_equal(probe(PROBE_HART, PROBE_HART_INDEX, 0, 0).value, 0, "the hart's index");
	expect_equal(probe(PROBE_HART, PROBE_HART_TOTAL, 0, 0).value, hart_count(), "the number of harts");
	expect_equal(probe(PROBE_SETS, 0, 0, 0).value, 1, "sets of harts have the expected members");
}

TEST(a_module_can_log_at_each_level)
{
	expect_fails(probe(PROBE_LOG, 0, 0, 0), 0, "the module has logged a line at each level");
}

TEST(z_hv_warns_about_an_overwrite_that_leaves_pc_unchanged)
{
	expect_equal(probe(PROBE_STAY, 0, 0, 0).value, 1, "the guest repeats its ecall");
}

/* The firmware gets this ecall with the moved pc, and skips the nop. */
static void leave(void)
{
	register uint64_t a6 __asm__("a6") = PROBE_LEAVE;
	register uint64_t a7 __asm__("a7") = PROBER_EID;
	__asm__ volatile("ecall\n.option push\n.option norvc\nnop\n.option pop" ::"r"(a6), "r"(a7)
			 : "a0", "a1", "memory");
}

TEST(z_hv_warns_about_a_module_that_moves_pc_and_leaves_the_trap)
{
	trap_catch(trap_machine());
	leave();
	expect_equal(trap_release(trap_machine()).cause, 11, "the firmware gets the ecall, too");
}
