/* Tests the accesses of modules to guest memory at virtual addresses, and the check of whole regions. */
#include "payloads/modules/asking.h"
#include "payloads/modules/prepare.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/page.h"

#define HV_ADDRESS UINT64_C(0x80000000)
#define HV_END UINT64_C(0x80200000)
#define FIRMWARE_END UINT64_C(0x80400000)
#define RAM_END UINT64_C(0x90000000)
#define LOAD_ACCESS 5
#define STORE_ACCESS 7
#define LOAD_PAGE 13
#define STORE_PAGE 15

static volatile uint8_t bytes[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void fill(void)
{
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = 1;
}

static struct ecall_result touch(uint64_t fid, uint64_t address, uint64_t length)
{
	return probe(fid, address, length, 0);
}

static void expect_fault(uint64_t fid, uint64_t address, uint64_t length, uint64_t cause, uint64_t at, const char *what)
{
	struct ecall_result result = touch(fid, address, length);

	expect_equal((uint64_t)result.error, (uint64_t)SBI_ERR_INVALID_ADDRESS, what);
	expect_equal(result.value, cause, "the cause");
	expect_equal(probe(PROBE_FAULT, 0, 0, 0).value, at, "the first byte that may not be accessed");
}

/* ---- the payload's address space ---- */

static uint64_t through_pages(uint64_t satp)
{
	uint64_t first = page_set(0, (uint64_t)bytes + PAGE_SIZE, PTE_RW),
		 second = page_set(1, (uint64_t)bytes, PTE_V | PTE_R | PTE_A);
	uint64_t of_user = page_set(2, (uint64_t)bytes, PTE_RW | PTE_U), missing = page_set(3, 0, 0);

	csr_write(satp, satp);
	__asm__ volatile("sfence.vma" ::: "memory");
	for (unsigned i = 0; i < 16; i++)
		bytes[PAGE_SIZE + i] = 3;
	expect_equal(touch(PROBE_READ, first + 1, 13).value, 39,
		     "an odd number of bytes is read at its virtual address");
	expect_equal(touch(PROBE_READ, second - 2, 5).value, 5, "a read crosses from one page to another");
	expect_equal((uint64_t)touch(PROBE_WRITE, first + 3, 7).error, 0, "a write");
	expect_equal(bytes[PAGE_SIZE + 2] << 16 | bytes[PAGE_SIZE + 3] << 8 | bytes[PAGE_SIZE + 9], 0x03a5a5,
		     "it changes the bytes from the first one to the last one");
	expect_equal(bytes[PAGE_SIZE + 10], 3, "and not the next one");
	expect_fault(PROBE_WRITE, second - 2, 5, STORE_PAGE, second, "a write to a page that may only be read");
	expect_fault(PROBE_READ, missing + 5, 1, LOAD_PAGE, missing + 5, "a read without a page");
	expect_fault(PROBE_READ, of_user, 8, LOAD_PAGE, of_user, "a page of U-mode without SUM");
	csr_set(sstatus, MSTATUS_SUM);
	expect_equal((uint64_t)touch(PROBE_READ, of_user, 8).error, 0, "the same page with SUM");
	csr_clear(sstatus, MSTATUS_SUM);
	page_set(4, HV_ADDRESS, PTE_RW);
	__asm__ volatile("sfence.vma" ::: "memory");
	expect_fault(PROBE_READ, PAGE_WINDOW + 4 * PAGE_SIZE, 8, LOAD_ACCESS, PAGE_WINDOW + 4 * PAGE_SIZE,
		     "hv's memory");
	expect_fault(PROBE_WRITE, PAGE_WINDOW + 4 * PAGE_SIZE, 8, STORE_ACCESS, PAGE_WINDOW + 4 * PAGE_SIZE,
		     "hv's memory");
	csr_write(satp, 0);
	__asm__ volatile("sfence.vma" ::: "memory");
	return 0;
}

TEST(accesses_use_the_payloads_page_tables)
{
	prepare();
	fill();
	run_in(MODE_S, through_pages, page_identity(PTE_RWX));
}

static uint64_t of_region(uint64_t address)
{
	expect_fault(PROBE_READ, address - 4, 8, LOAD_ACCESS, address,
		     "a region that a module has closed to the payload");
	expect_fault(PROBE_WRITE, address, 8, STORE_ACCESS, address,
		     "a region that a module has closed to the payload");
	expect_equal((uint64_t)touch(PROBE_READ, address - 4, 4).error, 0, "the bytes before it");
	return 0;
}

TEST(accesses_obey_the_pmp_entries_of_modules)
{
	uint64_t region = (uint64_t)bytes + PAGE_SIZE;

	prepare();
	probe5(PROBE_PMP_TWO, 0, region, PAGE_SIZE, 7, 0);
	expect_equal((uint64_t)touch(PROBE_READ, region, 8).error, 0, "the firmware may read the region");
	run_in(MODE_S, of_region, region);
	probe5(PROBE_PMP_TWO, 0, region, PAGE_SIZE, 0, 7);
	expect_fault(PROBE_READ, region, 8, LOAD_ACCESS, region, "the firmware may not read it");
	expect_fault(PROBE_WRITE, HV_ADDRESS, 1, STORE_ACCESS, HV_ADDRESS, "nor hv's memory");
	prepare();
}

/* ---- regions ---- */

static void expect_memory(uint64_t address, uint64_t length, bool given, const char *what)
{
	expect_equal(probe(PROBE_MEMORY, address, length, 0).value, given ? address : 0, what);
}

TEST(guest_memory_is_ram_that_belongs_to_the_payload)
{
	uint64_t high = RAM_END - 16 * PAGE_SIZE;

	prepare();
	expect_memory(FIRMWARE_END, PAGE_SIZE, true, "the first page behind the firmware's region");
	expect_memory(FIRMWARE_END - 1, 2, false, "a region that begins in the firmware's");
	expect_memory(HV_END, 8, false, "the firmware's region");
	expect_memory(HV_ADDRESS, 8, false, "hv's memory");
	expect_memory(RAM_END - 8, 8, true, "the end of memory");
	expect_memory(RAM_END - 8, 9, false, "a region that reaches beyond memory");
	expect_memory(FIRMWARE_END, 0, false, "no bytes");
	expect_memory(FIRMWARE_END, ~UINT64_C(0), false, "a region that wraps around");
	expect_memory(~UINT64_C(0), 2, false, "a region that wraps around");
	expect_memory(0x10000000, 8, false, "a device");
	expect_memory(HV_ADDRESS - 8, 16, false, "a region that begins below memory");
	probe5(PROBE_PMP, 0, high, PAGE_SIZE, PROBE_PMP_NAPOT, 7);
	expect_memory(high, PAGE_SIZE, true, "a region that a module leaves open");
	probe5(PROBE_PMP, 0, high, PAGE_SIZE, PROBE_PMP_NAPOT, 1);
	expect_memory(high - 8, 8, true, "a region before a module's");
	expect_memory(high - 8, 9, false, "a region that reaches into a module's");
	expect_memory(high + PAGE_SIZE - 1, 1, false, "the last byte of a module's region");
	expect_memory(high + PAGE_SIZE, 8, true, "a region behind a module's");
	expect_memory(FIRMWARE_END, high + 2 * PAGE_SIZE - FIRMWARE_END, false, "a region around a module's");
	probe5(PROBE_PMP, 0, high, 0, PROBE_PMP_OFF, 0);
	expect_memory(high, 8, true, "the region after the module has given it up");
	probe5(PROBE_PMP, 1, high + 64, 0, PROBE_PMP_OFF, 0);
	probe5(PROBE_PMP, 2, high + 128, 0, PROBE_PMP_TOR, 0);
	expect_memory(high, 64, true, "a region before a TOR range");
	expect_memory(high, 65, false, "a region that reaches into it");
	expect_memory(high + 127, 1, false, "its last byte");
	expect_memory(high + 128, 8, true, "a region behind it");
	prepare();
}
