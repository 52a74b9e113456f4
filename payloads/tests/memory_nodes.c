/* Runs on a machine with two memory nodes in its device tree. Checks that hv can read page tables and instructions in
 * the second node too. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define SECOND_NODE UINT64_C(0x88000000)
#define ENTRIES 512
#define SATP_SV39 (UINT64_C(8) << 60)
#define PPN(address) ((address) >> 12)
#define ELSEWHERE (UINT64_C(3) << 30) /* the virtual address of the CLINT */

typedef uint64_t (*function)(void);

static uint64_t entry_for(uint64_t address, uint64_t flags)
{
	return PPN(address) << 10 | flags;
}

/* Makes page tables in the second memory node. They map the first GiB of virtual addresses, and the virtual addresses
 * of RAM, to the same physical addresses. They also map the CLINT at the virtual address ELSEWHERE. @return the value
 * for satp */
static uint64_t tables(void)
{
	uint64_t *root = (uint64_t *)SECOND_NODE, *middle = root + ENTRIES, *leaf = middle + ENTRIES;
	for (unsigned i = 0; i < 3 * ENTRIES; i++)
		root[i] = 0;
	root[0] = entry_for(0, PTE_RW);
	root[2] = entry_for(RAM_ADDRESS, PTE_RWX);
	root[ELSEWHERE >> 30] = entry_for((uint64_t)middle, PTE_V);
	middle[0] = entry_for((uint64_t)leaf, PTE_V);
	for (unsigned page = 0; page < CLINT_SIZE / PAGE_SIZE; page++)
		leaf[page] = entry_for(CLINT_ADDRESS + page * UINT64_C(PAGE_SIZE), PTE_RW);
	return SATP_SV39 | PPN(SECOND_NODE);
}

static uint64_t use_clint(uint64_t base)
{
	store64(base + CLINT_MTIMECMP, UINT64_C(0x1122334455667788));
	return load64(base + CLINT_MTIMECMP);
}

TEST(s16_page_tables_in_the_second_memory_node_can_map_a_device)
{
	quiet();
	mode_open_memory();
	csr_write(medeleg, 0);
	csr_write(satp, tables());
	__asm__ volatile("sfence.vma" ::: "memory");
	trap_catch(trap_machine());
	uint64_t read = run_in(MODE_S, use_clint, ELSEWHERE);
	expect_no_trap(trap_release(trap_machine()), "the payload's accesses do not fault");
	expect_equal(read, UINT64_C(0x1122334455667788), "the payload has written and read mtimecmp");
	csr_write(satp, 0);
	quiet();
}

TEST(s25_hv_reads_an_instruction_that_traps_in_the_second_memory_node)
{
	static const uint32_t code[] = {
		0x34051073, /* csrw mscratch, a0 */
		0x34002573, /* csrr a0, mscratch */
		0x00008067, /* ret */
	};
	uint32_t *there = (uint32_t *)(SECOND_NODE + 0x100000);
	uint64_t before = csr_read(mscratch);
	for (unsigned i = 0; i < 3; i++)
		there[i] = code[i];
	__asm__ volatile("fence.i" ::: "memory");
	register uint64_t a0 __asm__("a0") = 0x5eed;
	__asm__ volatile("jalr ra, %1" : "+r"(a0) : "r"(there) : "ra", "memory");
	uint64_t read = a0;
	csr_write(mscratch, before);
	expect_equal(read, 0x5eed, "the code in the second node has written and read mscratch");
}
