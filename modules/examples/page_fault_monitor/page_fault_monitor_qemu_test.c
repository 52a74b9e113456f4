/* A payload with page tables that takes 1, 3 and 2 page faults of fetches, loads and stores. It takes the same ones on
 * the bare machine and under an image with page_fault_monitor. The BUILD file expects that the module has counted them. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/test.h"

#define CAUSE_FETCH_PAGE 12
#define CAUSE_LOAD_PAGE 13
#define CAUSE_STORE_PAGE 15

static uint64_t page[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

/* Checks the trap that the payload's own handler has got. */
static void expect_fault(uint64_t cause, uint64_t address, const char *what)
{
	struct trap trap = trap_release(trap_supervisor());
	expect_trap(trap, cause, address, what);
	show("sstatus", trap.status & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE));
}

TEST(the_payload_handles_its_page_faults)
{
	csr_write(satp, page_identity(PTE_RWX));
	__asm__ volatile("sfence.vma" ::: "memory");
	for (uint64_t i = 0; i < 3; i++) {
		trap_catch(trap_supervisor());
		load64(PAGE_WINDOW + 8 * i);
		expect_fault(CAUSE_LOAD_PAGE, PAGE_WINDOW + 8 * i, "a load");
	}
	trap_catch(trap_supervisor());
	jump_to(PAGE_WINDOW + PAGE_SIZE);
	expect_fault(CAUSE_FETCH_PAGE, PAGE_WINDOW + PAGE_SIZE, "a fetch");
	for (uint64_t i = 2; i < 4; i++) {
		trap_catch(trap_supervisor());
		store64(PAGE_WINDOW + i * PAGE_SIZE, 1);
		expect_fault(CAUSE_STORE_PAGE, PAGE_WINDOW + i * PAGE_SIZE, "a store");
	}
	uint64_t address = page_set(4, (uint64_t)page, PTE_RW);
	__asm__ volatile("sfence.vma" ::: "memory");
	trap_catch(trap_supervisor());
	store64(address, 4711);
	expect_no_trap(trap_release(trap_supervisor()), "a store to a mapped page does not trap");
	expect_equal(page[0], 4711, "it reaches the page");
	csr_write(satp, 0);
}
