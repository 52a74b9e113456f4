/* Tests which access faults hv serves. This depends on the guest's address space, on virtual PMP, and on the device.
 * The page tables and the code lie in memory that the test provides. */
#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>

#include "hv/core/core.h"
#include "hv/device/upcalls.h"
#include "hv/device/vclint.h"
#include "hv/platform/platform.h"
#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

#define RAM (TESTING_HV_BASE + TESTING_HV_SIZE)
#define PAGES 16
#define PAGE 4096ull
#define MSIP 0x2000000ull
#define FINISHER 0x100000ull
#define SW_A1_A0 0x00b52023
#define LW_A1_A0 0x00052583
#define AMOSWAP_A1_A0 0x08c525af
#define LR_A1_A0 0x100525af
#define PTE(physical, bits) ((physical) >> 12 << 10 | (bits))
#define VALID 1
#define LEAF 0xcf /* V R W X A D */

static struct hart hart;
static struct vcpu *const vcpu = &hart.vcpu;
static uint64_t ram[PAGES][PAGE / 8], hvs_own[PAGE / 8];
static uint32_t finisher;
static unsigned shutdowns;
static jmp_buf ended;

/* These functions replace the rest of hv/core. */
struct vcpu *vclint_owner(uint64_t address)
{
	return address == vcpu->msip_address ? vcpu : NULL;
}

void vclint_notify(struct vcpu *notified)
{
	(void)notified;
}

void shutdown_run(struct hart *on, enum hartscope_state state)
{
	(void)on, (void)state;
	shutdowns++;
}

void shutdown_wait(void)
{
	longjmp(ended, 1);
}

static void set(unsigned number, uint64_t value)
{
	cr_assert_eq(csr_virtual_write(vcpu, number, CSR_OPERATION_WRITE, value), ERROR_NONE);
}

static void start(void)
{
	cr_assert_eq(mmap((void *)MSIP, 0x10000, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
		     (void *)MSIP);
	testing_boot_usual(vcpu);
	vcpu->msip_address = MSIP;
	host_device_add(MSIP, 0x10000, (void *)MSIP, 4 | 8);
	host_memory_add(RAM, sizeof(ram), ram);
	host_memory_add(TESTING_HV_BASE, sizeof(hvs_own), hvs_own);
	host_memory_add(FINISHER, sizeof(finisher), &finisher);
	set(CSR_pmpaddr, ~0ull);
	set(CSR_pmpcfg, 0x1f);
}

/* Lets the payload run in S-mode with @p satp. */
static void start_payload(uint64_t satp)
{
	vcpu->mstatus = field_set(MSTATUS_MPP, vcpu->mstatus, MODE_SUPERVISOR);
	vcpu->satp = satp;
	vcpu_mret(vcpu);
	testing_switch_world(vcpu);
}

/* Simulates that the guest executes @p word, which faults at @p address. */
static bool access_at(uint32_t word, uint64_t address)
{
	vcpu->pc = 0x80400000;
	testing_trap(vcpu, CAUSE_STORE_ACCESS, address);
	vcpu->trap.instruction = word;
	vcpu->trap.instruction_known = true;
	vcpu_set_reg(vcpu, 10, address);
	vcpu_set_reg(vcpu, 11, 1);
	vcpu_set_reg(vcpu, 12, 1);
	atomic_store(&vcpu->machine_software, 0);

	bool served = device_access(&hart);

	require(vcpu->pc == (served ? 0x80400004 : 0x80400000), "pc");
	return served;
}

static bool software_pending(void)
{
	return atomic_load(&vcpu->machine_software) != 0;
}

/* ---- physical addresses ---- */

Test(device_access, the_firmware_accesses_devices_at_physical_addresses, .init = start)
{
	cr_expect(access_at(SW_A1_A0, MSIP));
	cr_expect(software_pending());
	cr_expect(access_at(AMOSWAP_A1_A0, MSIP));
	cr_expect(software_pending());
	cr_expect_not(access_at(SW_A1_A0, RAM));
	cr_expect_not(access_at(SW_A1_A0, TESTING_HV_BASE));
	cr_expect_not(access_at(SW_A1_A0, MSIP + 2));
	cr_expect_not(access_at(LR_A1_A0, MSIP));
}

Test(device_access, a_payload_without_translation_reaches_a_device_if_virtual_pmp_permits_it, .init = start)
{
	start_payload(0);
	cr_expect(access_at(SW_A1_A0, MSIP));
	cr_expect(software_pending());
	set(CSR_pmpcfg, 0x19); /* read only */
	cr_expect_not(access_at(SW_A1_A0, MSIP));
	cr_expect_not(access_at(AMOSWAP_A1_A0, MSIP));
	cr_expect(access_at(LW_A1_A0, MSIP));
	set(CSR_pmpcfg, 0);
	cr_expect_not(access_at(LW_A1_A0, MSIP));
}

Test(device_access, a_locked_pmp_entry_applies_to_device_accesses_of_the_firmware, .init = start)
{
	set(CSR_pmpcfg, 0x99);
	cr_expect_not(access_at(SW_A1_A0, MSIP));
	cr_expect(access_at(LW_A1_A0, MSIP));
}

Test(device_access, an_access_that_begins_before_a_device_and_ends_in_it_faults_in_the_guest, .init = start)
{
	testing_trap(vcpu, CAUSE_STORE_ACCESS, MSIP); /* sd a1, -4(a0): its second half faulted */
	vcpu->trap.instruction = 0xfeb53e23;
	vcpu->trap.instruction_known = true;
	vcpu_set_reg(vcpu, 10, MSIP);
	cr_expect_not(device_access(&hart));
	vcpu_set_reg(vcpu, 10, MSIP + 4);
	cr_expect(device_access(&hart));
}

/* ---- translated ones ---- */

static const struct {
	uint64_t mode;
	unsigned levels;
} spaces[] = { { SATP_SV39, 3 }, { SATP_SV48, 4 }, { SATP_SV57, 5 } };

/* Maps @p address by @p levels levels of page tables, from page 0 of RAM to a leaf of level @p leaf (0: 4 KiB)
 * that contains @p entry. */
static void map(unsigned levels, unsigned leaf, uint64_t address, uint64_t entry)
{
	unsigned table = 0;

	memset(ram, 0, sizeof(ram));
	for (unsigned level = levels - 1; level > leaf; level--, table++)
		ram[table][address >> (12 + 9 * level) & 511] = PTE(RAM + (table + 1) * PAGE, VALID);
	ram[table][address >> (12 + 9 * leaf) & 511] = entry;
}

static uint64_t satp_of(uint64_t mode)
{
	return mode << 60 | RAM >> 12;
}

Test(device_access, pages_of_each_size_are_translated_in_each_satp_mode, .init = start)
{
	uint64_t seed = 1;

	start_payload(0);
	for (unsigned space = 0; space < 3; space++)
		for (unsigned leaf = 0; leaf < spaces[space].levels; leaf++)
			for (unsigned i = 0; i < 50; i++) {
				uint64_t size = PAGE << 9 * leaf, base = MSIP & ~(size - 1);
				uint64_t address = (random_next(&seed) >> 8 & ~(size - 1)) + (MSIP - base);

				host_csr_write(CSR_satp, satp_of(spaces[space].mode));
				map(spaces[space].levels, leaf, address, PTE(base, LEAF));
				require(access_at(SW_A1_A0, address) && software_pending(), "%lx, leaf %u", address,
					leaf);
				map(spaces[space].levels, leaf, address, PTE(RAM & ~(size - 1), LEAF));
				require(!access_at(SW_A1_A0, address) || size > RAM, "%lx is not a device", address);
				map(spaces[space].levels, leaf, address, PTE(base, LEAF & ~VALID));
				require(!access_at(SW_A1_A0, address), "%lx is not mapped", address);
			}
}

Test(device_access, a_64_kib_page_is_translated, .init = start)
{
	start_payload(satp_of(SATP_SV39));
	for (uint64_t page = 0; page < 16; page++) {
		map(3, 0, MSIP + page * PAGE, PTE(MSIP + 8 * PAGE, LEAF) | FIELD(63, 1));
		require(access_at(SW_A1_A0, MSIP + page * PAGE), "%lu", page);
		require(software_pending() == (page == 0), "%lu is itself", page);
	}
}

Test(device_access, the_walk_of_a_page_table_that_points_to_itself_ends_and_finds_no_device, .init = start)
{
	start_payload(satp_of(SATP_SV39));
	memset(ram, 0, sizeof(ram));
	ram[0][0] = PTE(RAM, VALID); /* the entry points to its own table */
	cr_expect_not(access_at(SW_A1_A0, 0));
}

Test(device_access, page_tables_in_hvs_memory_or_in_devices_are_not_read, .init = start)
{
	start_payload(SATP_SV39 * FIELD(60, 1) | TESTING_HV_BASE >> 12);
	for (unsigned i = 0; i < PAGE / 8; i++)
		hvs_own[i] = PTE(0, LEAF);
	cr_expect_not(access_at(SW_A1_A0, MSIP));
	host_csr_write(CSR_satp, FIELD(63, 1) | FINISHER >> 12);
	finisher = PTE(0, LEAF);
	cr_expect_not(access_at(SW_A1_A0, MSIP));
}

Test(device_access, page_tables_that_virtual_pmp_hides_from_the_payload_are_not_read, .init = start)
{
	start_payload(satp_of(SATP_SV39));
	map(3, 2, MSIP, PTE(0, LEAF));
	cr_expect(access_at(SW_A1_A0, MSIP));
	set(CSR_pmpaddr + 1, ~0ull);
	set(CSR_pmpaddr, pmp_napot(RAM, PAGE));
	set(CSR_pmpcfg, 0x1f18); /* entry 0 hides the table */
	cr_expect_not(access_at(SW_A1_A0, MSIP));
}

Test(device_access, page_tables_that_a_module_hides_from_the_guest_are_not_read, .init = start)
{
	uint64_t address = 0x40000000 + MSIP;

	/* the entry of the reset device stands for that of a module */
	pmp_set_own_entry(vcpu, PMP_ENTRY_RESET, 0x18, 0x18, pmp_napot(RAM, PAGE));
	pmp_install(vcpu, PMP_VIEW_FIRMWARE);
	vcpu->satp = satp_of(SATP_SV39);
	map(3, 2, address, PTE(0, LEAF));
	set(CSR_mstatus, MSTATUS_MPRV | field_set(MSTATUS_MPP, 0, MODE_SUPERVISOR));
	cr_expect_not(access_at(SW_A1_A0, address), "by the firmware under MPRV");
	cr_expect_eq(vcpu->pmp.current, PMP_VIEW_MPRV);
	cr_expect_eq(host_csr_read(CSR_satp), 0);
	set(CSR_mstatus, 0);
	start_payload(satp_of(SATP_SV39));
	cr_expect_not(access_at(SW_A1_A0, address), "by the payload");
	cr_expect_eq(vcpu->pmp.current, PMP_VIEW_PAYLOAD);
	cr_expect_eq(host_csr_read(CSR_satp), satp_of(SATP_SV39));
	pmp_set_own_entry(vcpu, PMP_ENTRY_RESET, 0, 0, 0);
	pmp_install(vcpu, PMP_VIEW_PAYLOAD);
	cr_expect(access_at(SW_A1_A0, address), "the table can be read now");
}

Test(device_access, hv_emulates_no_device_access_under_two_stage_translation, .init = start)
{
	start_payload(0);
	cr_expect(access_at(SW_A1_A0, MSIP));
	host_csr_set(CSR_mstatus, MSTATUS_MPV);
	cr_expect_not(access_at(SW_A1_A0, MSIP));
}

Test(device_access, an_access_under_mprv_uses_the_payloads_translation_and_permissions, .init = start)
{
	uint64_t address = 0x40000000 + MSIP;

	vcpu->satp = satp_of(SATP_SV39);
	map(3, 2, address, PTE(0, LEAF));
	set(CSR_mstatus, MSTATUS_MPRV | field_set(MSTATUS_MPP, 0, 1));
	cr_expect(access_at(SW_A1_A0, address));
	cr_expect(software_pending());
	cr_expect_not(access_at(SW_A1_A0, MSIP), "not mapped");
	set(CSR_pmpcfg, 0x19);
	cr_expect_not(access_at(SW_A1_A0, address), "M-mode could, but it acts as S");
}

/* ---- the reset device ---- */

Test(device_access, hv_stops_a_hart_whose_store_ends_the_run_and_passes_on_all_other_stores, .init = start)
{
	vcpu_set_reg(vcpu, 11, 0);
	cr_expect(access_at(SW_A1_A0, FINISHER)); /* stores 1 */
	cr_expect_eq(finisher, 1);
	cr_expect_eq(shutdowns, 0);
	cr_expect(access_at(LW_A1_A0, FINISHER));
	cr_expect_eq(vcpu_reg(vcpu, 11), 1);
	cr_expect_not(access_at(AMOSWAP_A1_A0, FINISHER));

	testing_trap(vcpu, CAUSE_STORE_ACCESS, FINISHER);
	vcpu->trap.instruction = SW_A1_A0;
	vcpu->trap.instruction_known = true;
	vcpu_set_reg(vcpu, 11, 0x5555);
	if (setjmp(ended) == 0) {
		(void)device_access(&hart);
		cr_assert(false, "the guest goes on");
	}
	cr_expect_eq(shutdowns, 1);
	cr_expect_eq(finisher, 0x5555);
}
