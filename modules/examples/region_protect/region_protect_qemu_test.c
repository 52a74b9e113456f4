/* A firmware that tries to access the region of region_protect.toml, and a payload that may access it. It runs only under
 * hv, because nothing closes the region on the bare machine. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define START UINT64_C(0x80600000)
#define END UINT64_C(0x80604000)
#define CAUSE_FETCH_ACCESS 1
#define CAUSE_LOAD_ACCESS 5
#define CAUSE_STORE_ACCESS 7

static void expect_denied(uint64_t address)
{
	trap_catch(trap_machine());
	load64(address);
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, address, "a load is denied");
	trap_catch(trap_machine());
	store64(address, 1);
	expect_trap(trap_release(trap_machine()), CAUSE_STORE_ACCESS, address, "a store is denied");
	trap_catch(trap_machine());
	jump_to(address);
	expect_trap(trap_release(trap_machine()), CAUSE_FETCH_ACCESS, address, "a fetch is denied");
}

TEST(the_firmware_cannot_access_the_region)
{
	quiet();
	expect_denied(START);
	expect_denied(END - 8);
}

TEST(memory_beside_the_region_stays_open)
{
	quiet();
	store64(START - 8, 11);
	store64(END, 12);
	expect(load64(START - 8) == 11 && load64(END) == 12, "the doublewords before and after the region");
}

static uint64_t increment(uint64_t address)
{
	store64(address, load64(address) + 1);
	return load64(address);
}

TEST(the_payload_can_access_the_region)
{
	quiet();
	mode_open_memory();
	uint64_t before = run_in(MODE_S, increment, START);
	expect_equal(run_in(MODE_S, increment, START), before + 1, "S-mode");
	expect_equal(run_in(MODE_U, increment, START), before + 2, "U-mode");
	expect_denied(START);
}

TEST(the_firmware_cannot_access_the_region_with_mprv)
{
	quiet();
	mode_open_memory();
	uint64_t value = 0;
	guarded_as(MODE_S, 0);
	trap_catch(trap_machine());
	GUARDED("ld a0, 0(a1)", value, START);
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, START, "a load under MPRV is denied");
}

TEST(virtual_pmp_cannot_open_the_region)
{
	quiet();
	csr_write(pmpaddr0, ~UINT64_C(0) >> 10);
	csr_write(pmpcfg0, 0x1f);
	expect_denied(START);
	quiet();
}

static void other_hart(void *argument)
{
	(void)argument;
	if (hart_self()->id != 0)
		expect_denied(START);
}

TEST(the_region_is_closed_on_every_hart)
{
	hart_wait_for_all();
	hart_all(other_hart, 0);
	expect(true, "all harts have tried");
}
