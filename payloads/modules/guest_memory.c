/* Tests what hv reads and writes in the guest's memory: copies for a module, and page tables. It must have the rights of the
 * guest, which virtual PMP and the PMP entries of modules limit. */
#include "payloads/modules/asking.h"
#include "payloads/modules/prepare.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/device_table.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/page.h"

#define HV_ADDRESS UINT64_C(0x80000000)
#define HV_END UINT64_C(0x80200000)

static volatile uint64_t region[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

static void expect_fails(struct ecall_result result, int64_t error, const char *what)
{
	expect_equal((uint64_t)result.error, (uint64_t)error, what);
}

/* ---- copies ---- */

static uint64_t copies(uint64_t address)
{
	return (uint64_t)probe(PROBE_COPY_IN, address, 8, 0).error << 8 |
	       ((uint64_t)probe(PROBE_COPY_OUT, address, 8, 0).error & 0xff);
}

#define COPIED 0
#define REFUSED ((uint64_t)SBI_ERR_INVALID_ADDRESS << 8 | (SBI_ERR_INVALID_ADDRESS & 0xff))
#define ONLY_READ ((uint64_t)SBI_ERR_INVALID_ADDRESS & 0xff)

static void expect_copies(uint64_t address, uint64_t in_firmware, uint64_t in_payload, const char *what)
{
	print("  %s\n", what);
	expect_equal(copies(address), in_firmware, "a copy for the firmware");
	expect_equal(run_in(MODE_S, copies, address), in_payload, "a copy for the payload");
}

TEST(copies_reach_only_the_guests_own_memory)
{
	prepare();
	for (unsigned i = 0; i < 8; i++)
		region[i] = 0x0101010101010101;
	expect_equal(probe(PROBE_COPY_IN, (uint64_t)region + 3, 20, 0).value, 20, "copying in reads every byte");
	expect_fails(probe(PROBE_COPY_OUT, (uint64_t)region + 3, 6, 0), 0, "copying out succeeds");
	expect_equal(region[0], UINT64_C(0xa5a5a5a5a5010101), "copying out writes the bytes of the first word");
	expect_equal(region[1], UINT64_C(0x01010101010101a5),
		     "copying out writes the last byte, and no byte behind it");
	expect_fails(probe(PROBE_COPY_IN, 0, 0, 0), 0, "an empty copy is legal at any address");
	expect_copies((uint64_t)region, COPIED, COPIED, "plain memory");
	expect_copies(HV_ADDRESS, REFUSED, REFUSED, "hv's memory");
	expect_copies(HV_END - 8, REFUSED, REFUSED, "the end of hv's memory");
	expect_copies(HV_ADDRESS - 4, REFUSED, REFUSED, "a range that begins below memory");
	expect_copies(0x10000000, REFUSED, REFUSED, "a device's registers");
	expect_copies(0x90000000 - 4, REFUSED, REFUSED, "a range that ends above memory");
	expect_copies(~UINT64_C(0) - 3, REFUSED, REFUSED, "a range that wraps around the address space");
}

TEST(copies_obey_virtual_pmp)
{
	prepare();
	csr_write(pmpaddr0, ((uint64_t)region | 0x7ff) >> 2);
	csr_set(pmpcfg0, 0x18);
	expect_copies((uint64_t)region, COPIED, REFUSED, "an entry without permissions");
	csr_set(pmpcfg0, 0x19);
	expect_copies((uint64_t)region, COPIED, ONLY_READ, "a read-only entry");
	expect_copies((uint64_t)region + PAGE_SIZE - 4, COPIED, ONLY_READ,
		      "a range that crosses the end of the read-only entry");
	prepare();
}

TEST(copies_obey_the_pmp_regions_of_modules)
{
	prepare();
	probe5(PROBE_PMP, 0, (uint64_t)region, PAGE_SIZE, PROBE_PMP_NAPOT, 0);
	expect_copies((uint64_t)region, REFUSED, REFUSED, "a module's region without permissions");
	probe5(PROBE_PMP, 0, (uint64_t)region, PAGE_SIZE, PROBE_PMP_NAPOT, 1);
	expect_copies((uint64_t)region, ONLY_READ, ONLY_READ, "a module's read-only region");
	prepare();
}

TEST(copies_take_physical_addresses_whatever_satp_and_mprv_say)
{
	prepare();
	uint64_t translation = page_identity(PTE_RWX);
	uint64_t window = page_set(0, (uint64_t)region, PTE_RWX);
	csr_write(satp, translation);
	expect_copies(window, REFUSED, REFUSED, "a virtual address");
	expect_copies((uint64_t)region, COPIED, COPIED, "the physical address");
	csr_write(satp, 0);
	csr_clear(mstatus, MSTATUS_MPP);
	csr_set(mstatus, MSTATUS_MPP_S | MSTATUS_MPRV);
	uint64_t armed = copies((uint64_t)region);
	csr_clear(mstatus, MSTATUS_MPRV);
	expect_equal(armed, COPIED, "the firmware's physical address with MPRV set");
}

/* ---- page tables that hv walks ---- */

/* Closes the table for the CLINT with an entry of the prober, and expects that loads which need it fail. */
static void expect_closed_table(uint64_t flags, const char *what)
{
	print("  %s\n", what);
	prepare();
	device_table_use(region, flags);
	probe5(PROBE_PMP, 0, (uint64_t)region, PAGE_SIZE, PROBE_PMP_NAPOT, 0);
	device_expect_faults(true, true);
}

TEST(hv_reads_page_tables_with_the_rights_of_the_guest)
{
	prepare();
	device_table_use(region, PTE_RW);
	device_expect_faults(false, false);
	expect_closed_table(PTE_RW, "a closed table that leads to the CLINT");
	expect_closed_table(0, "a closed table that leads to nothing");
	prepare();
}

/* ---- PMP entries of a module with two permissions ---- */

#define RWX 7

static void set_permissions(uint64_t firmware, uint64_t payload)
{
	probe5(PROBE_PMP_TWO, 0, (uint64_t)region, PAGE_SIZE, firmware, payload);
}

TEST(hv_reads_page_tables_with_the_permission_of_who_acts)
{
	prepare();
	device_table_use(region, PTE_RW);
	print("  a table that is closed to the firmware\n");
	set_permissions(0, RWX);
	device_expect_faults(true, false);
	print("  a table that is closed to the payload\n");
	set_permissions(RWX, 0);
	device_expect_faults(false, true);
	prepare();
}

/* The accesses of failing_accesses(). */
#define BY_FIRMWARE 8
#define UNDER_MPRV 4
#define AMO_UNDER_MPRV 2
#define BY_PAYLOAD 1

static uint64_t if_trapped(uint64_t bit)
{
	return trap_release(trap_machine()).count ? bit : 0;
}

/* Accesses `region` in four ways: with a load of the firmware, a load and an AMO of the firmware under MPRV, and a load of
 * the payload. hv makes a load under MPRV in a fast path, and an AMO always in emulate_mprv(). @return the bits of the
 * accesses that fail */
static uint64_t failing_accesses(void)
{
	uint64_t address = (uint64_t)region, value = 0, failing = 0;

	trap_catch(trap_machine());
	load64(address);
	failing |= if_trapped(BY_FIRMWARE);
	trap_catch(trap_machine());
	guarded_as(MODE_S, 0);
	GUARDED("ld a0, 0(a1)", value, address);
	failing |= if_trapped(UNDER_MPRV);
	trap_catch(trap_machine());
	guarded_as(MODE_S, 0);
	GUARDED("amoadd.d a0, a0, (a1)", value, address);
	failing |= if_trapped(AMO_UNDER_MPRV);
	trap_catch(trap_machine());
	run_in(MODE_S, load64, address);
	return failing | if_trapped(BY_PAYLOAD);
}

TEST(an_entry_has_the_permission_of_who_acts)
{
	uint64_t firmwares = BY_FIRMWARE | UNDER_MPRV | AMO_UNDER_MPRV;

	prepare();
	expect_equal(failing_accesses(), 0, "without an entry all accesses succeed");
	set_permissions(0, RWX);
	expect_equal(failing_accesses(), firmwares,
		     "the firmware's accesses fail, also under MPRV, and the payload's succeed");
	expect_equal(failing_accesses(), firmwares, "the same happens after two switches of the world");
	set_permissions(RWX, 0);
	expect_equal(failing_accesses(), BY_PAYLOAD,
		     "the payload's access fails, and the firmware's succeed, also under MPRV");
	set_permissions(1, 0);
	expect_equal(failing_accesses(), AMO_UNDER_MPRV | BY_PAYLOAD,
		     "an AMO under MPRV also fails if the firmware may only read");
	csr_write(pmpaddr0, ((uint64_t)region | 0x7ff) >> 2);
	csr_set(pmpcfg0, 0x18);
	set_permissions(RWX, 0);
	expect_equal(failing_accesses(), BY_PAYLOAD, "a module's entry comes before an entry of the firmware");
	csr_clear(pmpcfg0, 0xff);
	set_permissions(RWX, RWX);
	expect_equal(failing_accesses(), 0, "an entry that permits everything closes nothing");
	prepare();
}
