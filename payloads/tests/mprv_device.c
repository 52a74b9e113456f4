/* Tests accesses to a device that the firmware makes with MPRV set. These accesses go through the address translation
 * of the payload. */
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

TEST(s17_a_device_is_reached_through_translation)
{
	uint64_t stored = UINT64_C(0x7777666655554444), loaded = 0;
	quiet();
	mode_open_memory();
	uint64_t translation = page_identity(PTE_RWX);
	uint64_t window = page_set(0, CLINT_ADDRESS + CLINT_MTIMECMP, PTE_RW) + CLINT_OWN_MTIMECMP % PAGE_SIZE;
	csr_write(satp, translation);
	__asm__ volatile("sfence.vma" ::: "memory");
	guarded_as(MODE_S, 0);
	GUARDED("sd a0, 0(a1)", stored, window);
	expect_equal(*clint_mtimecmp(BOOT_HART), stored, "a store reaches mtimecmp");
	GUARDED("ld a0, 0(a1)", loaded, window);
	expect_equal(loaded, stored, "a load reads mtimecmp");
	quiet();
}
