/* A page table in a test's memory that leads to a device, the CLINT's mtime, and loads through it: by the firmware with
 * MPRV set, and by the payload. If PMP closes the table, the loads must fail, although no PMP entry closes the device.
 * On the bare machine the hardware walks the table; under hv, hv does so too, because an access to the CLINT traps.
 * Used by tests of PMP, in M-mode. Must not change PMP entries, because each test closes the table in its own way. */
#ifndef PAYLOADS_RUNTIME_DEVICE_TABLE_H
#define PAYLOADS_RUNTIME_DEVICE_TABLE_H

#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/test.h"

#define DEVICE_GIGAPAGE 4 /* virtual addresses from 4 GiB on go through the table */
#define DEVICE_MEGAPAGE_BITS 21

/* The virtual address of mtime that leads through the table. */
#define DEVICE_TIME ((uint64_t)DEVICE_GIGAPAGE << 30 | (CLINT_ADDRESS + CLINT_MTIME))

/** Fills @p table, a page of memory, and writes satp so that DEVICE_TIME leads through it. The table's only entry that is
 * not 0 is that for the CLINT, and it has @p flags: PTE_RW maps the CLINT, and 0 maps nothing. */
static inline void device_table_use(volatile uint64_t *table, uint64_t flags)
{
	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		table[i] = 0;
	table[CLINT_ADDRESS >> DEVICE_MEGAPAGE_BITS] = CLINT_ADDRESS >> 12 << 10 | flags;
	csr_write(satp, page_identity(PTE_RWX));
	page_set_table(DEVICE_GIGAPAGE, (uint64_t)table);
	__asm__ volatile("sfence.vma" ::: "memory");
}

/** Loads mtime through the table with MPRV set. @return ACCESS_NOTHING if the load traps */
static inline uint64_t device_load_under_mprv(void)
{
	uint64_t value = ACCESS_NOTHING;
	guarded_as(MODE_S, 0);
	GUARDED("ld a0, 0(a1)", value, DEVICE_TIME);
	return value;
}

/** Loads mtime through the table in S-mode. @return ACCESS_NOTHING if the load traps */
static inline uint64_t device_load_as_payload(void)
{
	return run_in(MODE_S, load64, DEVICE_TIME);
}

/** Loads mtime in both ways, and checks which of the loads are access faults. The others must succeed.
 * @param of_firmware whether the firmware's load under MPRV must be an access fault
 * @param of_payload  whether the payload's load must be one */
static inline void device_expect_faults(bool of_firmware, bool of_payload)
{
	trap_catch(trap_machine());
	uint64_t value = device_load_under_mprv();
	struct trap trap = trap_release(trap_machine());
	if (of_firmware)
		expect_trap(trap, CAUSE_LOAD_ACCESS, DEVICE_TIME, "M-mode's load under MPRV is an access fault");
	else
		expect(trap.count == 0 && value != ACCESS_NOTHING, "M-mode's load under MPRV succeeds");
	trap_catch(trap_machine());
	value = device_load_as_payload();
	trap = trap_release(trap_machine());
	if (of_payload)
		expect_trap(trap, CAUSE_LOAD_ACCESS, DEVICE_TIME, "the payload's load is an access fault");
	else
		expect(trap.count == 0 && value != ACCESS_NOTHING, "the payload's load succeeds");
}

#endif
