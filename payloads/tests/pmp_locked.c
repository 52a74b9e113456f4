/* Tests locked PMP entries. Such entries apply to the firmware too. They stay locked until reset, so each
 * test uses different entries. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define R 0x01
#define W 0x02
#define X 0x04
#define TOR 0x08
#define NAPOT 0x18
#define L 0x80
#define FENCE() __asm__ volatile("sfence.vma" ::: "memory")

static uint8_t area[16384] __attribute__((aligned(16384)));

static uint64_t at(unsigned offset)
{
	return (uint64_t)area + offset;
}

static uint64_t napot(uint64_t base, uint64_t size)
{
	return (base | (size / 2 - 1)) >> 2;
}

static void set_config(unsigned entry, uint64_t config)
{
	csr_set(pmpcfg0, config << (8 * entry));
	FENCE();
}

static struct trap caught_load(uint64_t address)
{
	trap_catch(trap_machine());
	load64(address);
	return trap_release(trap_machine());
}

static struct trap caught_store(uint64_t address)
{
	trap_catch(trap_machine());
	store64(address, 1);
	return trap_release(trap_machine());
}

static struct trap caught_jump(uint64_t address)
{
	trap_catch(trap_machine());
	jump_to(address);
	return trap_release(trap_machine());
}

static void put_code(unsigned offset)
{
	*(volatile uint32_t *)(area + offset) = 0x00008067;
	__asm__ volatile("fence.i" ::: "memory");
}

/* Locks entry 1 if it is not locked yet. Each test that needs this entry calls this function, so that the test can also
 * run alone, as it does in a mutation_test. */
static void lock_entry_1(void)
{
	if (csr_read(pmpcfg0) >> 8 & L)
		return;
	put_code(1024);
	csr_write(pmpaddr1, napot(at(1024), 64));
	set_config(1, L | NAPOT | R | X);
}

TEST(s12_a_locked_entry_keeps_its_address_and_config)
{
	quiet();
	lock_entry_1();
	csr_write(pmpcfg0, 0);
	expect_equal(csr_read(pmpcfg0), (L | NAPOT | R | X) << 8, "the locked entry keeps its configuration");
	csr_write(pmpcfg0, UINT64_C(0x1f1f1f1f1f1f1f1f));
	show("pmpcfg0 after all other entries were written", csr_read(pmpcfg0));
	csr_write(pmpcfg0, 0);
	csr_write(pmpaddr1, 0);
	expect_equal(csr_read(pmpaddr1), napot(at(1024), 64), "the locked entry keeps its address");
}

TEST(s13_a_locked_entry_applies_to_the_firmware)
{
	quiet();
	lock_entry_1();
	expect_no_trap(caught_load(at(1024)), "a load is permitted by R");
	expect_trap(caught_store(at(1024)), CAUSE_STORE_ACCESS, at(1024), "a store is forbidden without W");
	expect_no_trap(caught_jump(at(1024)), "a fetch is permitted by X");
	expect_no_trap(caught_store(at(1088)), "a store above the entry is permitted");
	put_code(2048);
	csr_write(pmpaddr3, napot(at(2048), 64));
	set_config(3, L | NAPOT | R | W);
	expect_no_trap(caught_load(at(2048)), "a load is permitted by R");
	expect_no_trap(caught_store(at(2056)), "a store is permitted by W");
	expect_trap(caught_jump(at(2048)), CAUSE_FETCH_ACCESS, at(2048), "a fetch is forbidden without X");
}

TEST(s13_an_unlocked_entry_takes_precedence_over_a_later_locked_one)
{
	quiet();
	lock_entry_1();
	expect_trap(caught_store(at(1024)), CAUSE_STORE_ACCESS, at(1024),
		    "a store to the locked entry's range is forbidden");
	csr_write(pmpaddr0, napot(at(1024), 64));
	set_config(0, NAPOT);
	expect_no_trap(caught_store(at(1032)), "a store is permitted while an unlocked entry precedes it");
	expect_no_trap(caught_load(at(1024)), "a load is permitted while an unlocked entry precedes it");
	csr_write(pmpcfg0, 0);
	FENCE();
	expect_trap(caught_store(at(1024)), CAUSE_STORE_ACCESS, at(1024),
		    "a store is forbidden again after the unlocked entry is off");
	csr_write(pmpaddr0, napot(at(1024), 32));
	set_config(0, NAPOT);
	expect_no_trap(caught_store(at(1032)), "a store to the half that an unlocked entry covers is permitted");
	expect_trap(caught_store(at(1056)), CAUSE_STORE_ACCESS, at(1056), "a store to the other half is forbidden");
	quiet();
}

TEST(s13_a_locked_entry_applies_in_s_mode_and_afterwards)
{
	quiet();
	lock_entry_1();
	mode_open_memory();
	trap_catch(trap_machine());
	run_in(MODE_S, (mode_function)(uint64_t)load64, at(1024));
	expect_no_trap(trap_release(trap_machine()), "a load from S-mode is permitted");
	trap_catch(trap_machine());
	run_in(MODE_S, (mode_function)(uint64_t)store64, at(1024));
	expect_trap(trap_release(trap_machine()), CAUSE_STORE_ACCESS, at(1024), "a store from S-mode is forbidden");
	expect_trap(caught_store(at(1024)), CAUSE_STORE_ACCESS, at(1024),
		    "a store from M-mode afterwards is forbidden");
	quiet();
}

TEST(s12_a_locked_tor_entry_locks_the_address_before_it)
{
	quiet();
	csr_write(pmpaddr4, at(4096) >> 2);
	csr_write(pmpaddr5, at(4160) >> 2);
	set_config(5, L | TOR | R);
	csr_write(pmpaddr4, 0);
	expect_equal(csr_read(pmpaddr4), at(4096) >> 2, "the previous entry's address is locked");
	csr_set(pmpcfg0, (uint64_t)(NAPOT | R) << 32);
	expect_equal(csr_read(pmpcfg0) >> 32 & 0xff, NAPOT | R, "the previous entry's configuration is not locked");
	csr_clear(pmpcfg0, UINT64_C(0xff) << 32);
	expect_no_trap(caught_load(at(4096)), "a load inside the range is permitted");
	expect_trap(caught_store(at(4096)), CAUSE_STORE_ACCESS, at(4096), "a store inside the range is forbidden");
	expect_no_trap(caught_store(at(4160)), "a store above the range is permitted");
	expect_no_trap(caught_store(at(4088)), "a store below the range is permitted");
}

TEST(s12_a_locked_entry_that_is_off_stays_off)
{
	quiet();
	set_config(6, L | R);
	set_config(6, NAPOT);
	expect_equal(csr_read(pmpcfg0) >> 48 & 0xff, L | R, "the configuration is unchanged");
	csr_write(pmpaddr6, 0x1234);
	expect_equal(csr_read(pmpaddr6), 0, "the address is unchanged");
}
