/* Tests behaviour in which hv intentionally differs from QEMU. hv follows the manual where QEMU does not, and hv keeps
 * some memory, CSRs and PMP entries for itself. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define HV_ADDRESS UINT64_C(0x80000000)
#define HV_END UINT64_C(0x80200000)

TEST(s01_mip_has_no_bits_of_hidden_extensions)
{
	quiet();
	expect_equal(csr_kept(mip, ~UINT64_C(0)), 0x222, "mip has only SSIP, STIP and SEIP as writable bits");
	csr_write(mideleg, 0x222);
	expect_equal(csr_kept(sip, ~UINT64_C(0)), 0x2, "sip has only SSIP as a writable bit");
	quiet();
}

TEST(s02_medeleg_and_mideleg_have_the_manuals_bits)
{
	quiet();
	expect_equal(csr_kept(mideleg, ~UINT64_C(0)), 0x222, "mideleg has the S-mode interrupts");
	expect_equal(csr_kept(medeleg, ~UINT64_C(0)), 0xb3ff,
		     "medeleg has neither the M-mode ecall nor the causes of the hypervisor extension");
	expect_equal(csr_kept(mie, ~UINT64_C(0)), 0xaaa, "mie has the M-mode and S-mode interrupts");
}

TEST(s08_mtime_cannot_be_written)
{
	quiet();
	uint64_t before = *clint_mtime();
	*clint_mtime() = 0;
	expect(*clint_mtime() >= before, "a write of 0 to mtime is ignored");
	*clint_mtime() = ~UINT64_C(0);
	expect(*clint_mtime() < before + (UINT64_C(1) << 40), "a write of all ones to mtime is ignored");
}

TEST(s12_reserved_bits_of_pmpcfg_are_0_and_w_requires_r)
{
	unsigned wrong = 0;
	quiet();
	for (uint64_t byte = 0; byte < 0x80; byte++) {
		uint64_t before = byte & 1 ? 0x1d : 0x05;
		csr_write(pmpcfg0, before << 8);
		csr_write(pmpcfg0, byte << 8);
		uint64_t legal = (byte & 3) == 2 ? before : byte & 0x1f;
		wrong += csr_read(pmpcfg0) != legal << 8;
	}
	expect_equal(wrong, 0, "number of bytes that pmpcfg does not make legal as the manual says");
	csr_write(pmpcfg0, 0);
}

TEST(s12_pmpaddr_reads_0_above_its_54_bits)
{
	quiet();
	for (unsigned bit = 54; bit < 64; bit++) {
		csr_write(pmpaddr2, BIT(bit) | bit);
		expect_equal(csr_read(pmpaddr2), bit, "a bit above bit 53 reads 0");
	}
	csr_write(pmpaddr2, ~UINT64_C(0));
	expect_equal(csr_read(pmpaddr2), BIT(54) - 1, "all ones read as 54 ones");
	csr_write(pmpaddr2, 0);
	csr_set(pmpaddr2, BIT(63) | 5);
	expect_equal(csr_read(pmpaddr2), 5, "csrrs does not set bit 63");
	csr_write(pmpaddr2, 0);
}

TEST(s12_pmp_entries_that_hv_keeps_for_itself_read_0)
{
	quiet();
	expect_equal(csr_kept(pmpcfg2, UINT64_C(0x0101010101010101)), 0x010101,
		     "pmpcfg2 has three entries, because the firmware has 11 entries in total");
	expect(csr_kept(pmpaddr10, 0x1234) == 0x1234, "pmpaddr10, the last one, is writable");
	expect_equal(csr_kept(pmpaddr11, 0x1234), 0, "pmpaddr11 reads 0");
	expect_equal(csr_kept(pmpaddr15, 0x1234), 0, "pmpaddr15 reads 0");
}

static uint64_t load_there(uint64_t address)
{
	return load64(address);
}

static uint64_t store_there(uint64_t address)
{
	store64(address, 0x5a5a);
	return 0;
}

static uint64_t jump_there(uint64_t address)
{
	jump_to(address);
	return 0;
}

static const mode_function accesses[] = { load_there, store_there, jump_there };
static const uint64_t causes[] = { CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS, CAUSE_FETCH_ACCESS };

TEST(s16_the_firmware_cannot_access_hvs_memory)
{
	static const uint64_t places[] = { HV_ADDRESS, HV_ADDRESS + 0x1000, HV_ADDRESS + 0x8000, HV_END - 8 };
	quiet();
	for (unsigned place = 0; place < 4; place++)
		for (unsigned access = 0; access < 3; access++) {
			trap_catch(trap_machine());
			accesses[access](places[place]);
			expect_trap(trap_release(trap_machine()), causes[access], places[place],
				    "an access of the firmware to hv's memory is an access fault");
		}
	trap_catch(trap_machine());
	store64(HV_END - 4, 0);
	expect_equal(trap_release(trap_machine()).cause, CAUSE_STORE_ACCESS,
		     "an access half inside hv's memory is an access fault");
}

TEST(s16_a_pmp_entry_of_the_firmware_does_not_open_hvs_memory)
{
	quiet();
	csr_write(pmpaddr0, (HV_ADDRESS | 0xfffff) >> 2);
	csr_set(pmpcfg0, 0x1f);
	mode_open_memory();
	for (unsigned access = 0; access < 3; access++) {
		trap_catch(trap_machine());
		accesses[access](HV_ADDRESS + 0x100);
		expect_equal(trap_release(trap_machine()).cause, causes[access],
			     "an access from M-mode is an access fault");
		trap_catch(trap_machine());
		run_in(MODE_S, accesses[access], HV_ADDRESS + 0x100);
		expect_trap(trap_release(trap_machine()), causes[access], HV_ADDRESS + 0x100,
			    "an access from S-mode is an access fault");
	}
	quiet();
}

TEST(s16_the_payloads_fault_in_hvs_memory_goes_where_medeleg_says)
{
	quiet();
	mode_open_memory();
	csr_write(medeleg, BIT(CAUSE_LOAD_ACCESS) | BIT(CAUSE_STORE_ACCESS) | BIT(CAUSE_FETCH_ACCESS));
	for (unsigned access = 0; access < 3; access++) {
		trap_catch(trap_supervisor());
		trap_catch(trap_machine());
		run_in(MODE_S, accesses[access], HV_ADDRESS + 0x2000);
		expect_no_trap(trap_release(trap_machine()), "M-mode takes no fault");
		expect_trap(trap_release(trap_supervisor()), causes[access], HV_ADDRESS + 0x2000,
			    "S-mode takes the fault");
	}
	uint64_t translation = page_identity(PTE_RWX);
	uint64_t window = page_set(0, HV_ADDRESS, PTE_RWX);
	csr_write(satp, translation);
	__asm__ volatile("sfence.vma" ::: "memory");
	trap_catch(trap_supervisor());
	run_in(MODE_S, store_there, window);
	expect_trap(trap_release(trap_supervisor()), CAUSE_STORE_ACCESS, window,
		    "a fault through a page has the virtual address");
	quiet();
}

TEST(s17_mprv_does_not_reach_hvs_memory)
{
	uint64_t value = 1;
	quiet();
	mode_open_memory();
	uint64_t translation = page_identity(PTE_RWX);
	uint64_t window = page_set(0, HV_ADDRESS, PTE_RWX);
	csr_write(satp, translation);
	__asm__ volatile("sfence.vma" ::: "memory");
	guarded_as(MODE_S, 0);
	trap_catch(trap_machine());
	GUARDED("sd a0, 0(a1)", value, window);
	expect_trap(trap_release(trap_machine()), CAUSE_STORE_ACCESS, window, "a translated store is an access fault");
	csr_write(satp, 0);
	guarded_as(MODE_S, 0);
	trap_catch(trap_machine());
	GUARDED("ld a0, 0(a1)", value, HV_ADDRESS + 64);
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, HV_ADDRESS + 64,
		    "an untranslated load is an access fault");
	csr_write(satp, SATP_SV39 | HV_ADDRESS >> 12);
	guarded_as(MODE_S, 0);
	trap_catch(trap_machine());
	GUARDED("ld a0, 0(a1)", value, UINT64_C(0x1000));
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, 0x1000,
		    "a load with page tables in hv's memory is an access fault");
	quiet();
}

TEST(s18_lr_under_mprv_is_an_access_fault)
{
	static uint64_t word;
	uint64_t value = 0;
	quiet();
	mode_open_memory();
	guarded_as(MODE_S, 0);
	trap_catch(trap_machine());
	GUARDED("lr.d a0, (a1)", value, (uint64_t)&word);
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, (uint64_t)&word, "lr.d is an access fault");
	quiet();
}

TEST(s20_uxl_and_sxl_are_64)
{
	quiet();
	for (uint64_t width = 0; width < 4; width++) {
		csr_write(mstatus, (csr_read(mstatus) & ~(UINT64_C(15) << 32)) | width << 32 | width << 34);
		expect_equal(csr_read(mstatus) >> 32 & 15, 10,
			     "UXL and SXL are 64 bits, whatever is written to mstatus");
	}
	expect_equal(csr_kept(sstatus, ~UINT64_C(0)) >> 32 & 3, 2, "UXL is 64 bits, whatever is written to sstatus");
	quiet();
}

TEST(s21_mepc_is_even)
{
	csr_write(mepc, 0x80201235);
	expect_equal(csr_read(mepc), 0x80201234, "bit 0 of mepc is 0");
}

TEST(s27_the_hypervisor_extension_is_hidden)
{
	quiet();
	expect_equal(csr_read(misa) >> ('H' - 'A') & 1, 0, "misa.H is 0");
	trap_catch(trap_machine());
	__asm__ volatile("csrr t0, 0x600\ncsrr t0, 0x680\ncsrr t0, 0x200\ncsrr t0, 0x34a" ::: "t0");
	expect_equal(trap_release(trap_machine()).count, 4, "hstatus, hgatp, vsstatus and mtinst trap");
	trap_catch(trap_machine());
	__asm__ volatile("csrr t0, 0x7a0\ncsrr t0, 0x747\ncsrr t0, 0x30c\ncsrr t0, 0x350\ncsrr t0, 0xda0" ::: "t0");
	expect_equal(trap_release(trap_machine()).count, 5, "tselect, mseccfg, mstateen0, miselect and scountovf trap");
	trap_catch(trap_machine());
	__asm__ volatile(".word 0x62000073" ::: "memory"); /* hfence.gvma */
	expect_equal(trap_release(trap_machine()).cause, CAUSE_ILLEGAL, "hfence.gvma traps");
}

static uint64_t use_gated_csrs(uint64_t unused)
{
	csr_write(senvcfg, csr_read(senvcfg));
	csr_write(stvec, csr_read(stvec));
	return unused;
}

TEST(s27_hidden_extensions_do_not_block_the_payloads_csrs)
{
	quiet();
	mode_open_memory();
	trap_catch(trap_machine());
	run_in(MODE_S, use_gated_csrs, 0);
	expect_no_trap(trap_release(trap_machine()), "the payload's accesses to senvcfg and stvec do not trap");
	quiet();
}
