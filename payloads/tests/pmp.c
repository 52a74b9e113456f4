/* Tests the PMP entries that the firmware sees. The tests use only entries with low numbers, because QEMU has 16
 * entries, and hv leaves fewer to the firmware. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/device_table.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/print.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define R 0x01
#define W 0x02
#define X 0x04
#define TOR 0x08
#define NA4 0x10
#define NAPOT 0x18
#define L 0x80
#define RETURN_INSTRUCTION 0x00008067
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
	csr_clear(pmpcfg0, UINT64_C(0xff) << (8 * entry));
	csr_set(pmpcfg0, config << (8 * entry));
	FENCE();
}

static uint64_t kept_config(uint64_t before, uint64_t written)
{
	csr_write(pmpcfg0, before);
	csr_write(pmpcfg0, written);
	return csr_read(pmpcfg0);
}

TEST(s12_pmpcfg_keeps_every_legal_value)
{
	unsigned wrong = 0;
	quiet();
	for (uint64_t byte = 0; byte < 0x20; byte++)
		if ((byte & (R | W)) != W)
			wrong += kept_config(0, byte << 8) != byte << 8;
	expect_equal(wrong, 0, "number of legal values that pmpcfg does not keep");
	csr_write(pmpcfg0, 0);
}

TEST(s12_entries_are_written_eight_at_a_time)
{
	quiet();
	show("pmpcfg0 after eight entries were written", kept_config(0, UINT64_C(0x0f0b090f1f19000d)));
	csr_write(pmpcfg0, UINT64_C(0x0101010101010101));
	csr_clear(pmpcfg0, UINT64_C(0xff00ff));
	show("pmpcfg0 after csrc", csr_read(pmpcfg0));
	csr_write(pmpcfg0, 0);
}

TEST(s12_odd_pmpcfg_registers_and_entries_from_16_on_do_not_exist)
{
	quiet();
	trap_catch(trap_machine());
	(void)csr_read(pmpcfg1);
	expect(trap_release(trap_machine()).cause == CAUSE_ILLEGAL, "an access to pmpcfg1 is illegal");
	trap_catch(trap_machine());
	csr_write(pmpcfg3, 0);
	expect(trap_release(trap_machine()).cause == CAUSE_ILLEGAL, "an access to pmpcfg3 is illegal");
	trap_catch(trap_machine());
	(void)csr_read(pmpcfg4);
	expect(trap_release(trap_machine()).cause == CAUSE_ILLEGAL, "an access to pmpcfg4 is illegal");
	trap_catch(trap_machine());
	(void)csr_read(pmpaddr16);
	expect(trap_release(trap_machine()).cause == CAUSE_ILLEGAL, "an access to pmpaddr16 is illegal");
	trap_catch(trap_machine());
	(void)csr_read(pmpcfg2);
	(void)csr_read(pmpaddr15);
	expect_no_trap(trap_release(trap_machine()), "pmpcfg2 and pmpaddr15 exist");
}

TEST(s12_pmpaddr_keeps_54_bits)
{
	quiet();
	csr_write(pmpaddr2, ~UINT64_C(0));
	show("pmpaddr2 after all ones were written", csr_read(pmpaddr2) & (BIT(54) - 1));
	csr_write(pmpaddr2, UINT64_C(0x15555555555555));
	show("pmpaddr2 after a pattern was written", csr_read(pmpaddr2));
	csr_write(pmpaddr2, 0);
}

static uint64_t load_there(uint64_t address)
{
	return load64(address);
}

static uint64_t store_there(uint64_t address)
{
	store64(address, RETURN_INSTRUCTION);
	return 0;
}

static uint64_t jump_there(uint64_t address)
{
	jump_to(address);
	return 0;
}

/* Tries a load, a store and a fetch at @p address in @p mode. @return a number with one hexadecimal digit for each of
 * the three: 1 if the access succeeded, 0 if it was an access fault at @p address, otherwise the cause of the trap */
static uint64_t probe(int mode, uint64_t address)
{
	static const mode_function accesses[] = { load_there, store_there, jump_there };
	uint64_t result = 0;
	*(volatile uint64_t *)at(0) = 0;
	for (unsigned i = 0; i < 3; i++) {
		trap_catch(trap_machine());
		if (mode == 3)
			accesses[i](address);
		else
			run_in((enum mode)mode, accesses[i], address);
		struct trap trap = trap_release(trap_machine());
		bool expected_cause = trap.cause == CAUSE_LOAD_ACCESS || trap.cause == CAUSE_STORE_ACCESS ||
				      trap.cause == CAUSE_FETCH_ACCESS;
		result = result << 4 | (trap.count == 0 ? 1 : expected_cause && trap.value == address ? 0 : trap.cause);
	}
	return result;
}

/* Writes the instruction `ret` at @p offset in the area. */
static void put_code(unsigned offset)
{
	*(volatile uint32_t *)(area + offset) = RETURN_INSTRUCTION;
	__asm__ volatile("fence.i" ::: "memory");
}

TEST(s13_permissions_apply_to_the_payload_and_not_to_the_firmware)
{
	quiet();
	for (uint64_t permission = 0; permission < 8; permission++) {
		if ((permission & (R | W)) == W)
			continue;
		csr_write(pmpcfg0, 0);
		put_code(64);
		csr_write(pmpaddr0, napot(at(64), 64));
		set_config(0, NAPOT | permission);
		mode_open_memory();
		show("permissions of the entry", permission);
		put_code(64);
		show("  U-mode: load, store, fetch", probe(MODE_U, at(64)));
		put_code(64);
		show("  S-mode: load, store, fetch", probe(MODE_S, at(64)));
		put_code(64);
		show("  M-mode: load, store, fetch", probe(3, at(64)));
	}
	quiet();
}

TEST(s13_the_lowest_matching_entry_decides)
{
	quiet();
	put_code(64);
	csr_write(pmpaddr0, napot(at(64), 64));
	csr_write(pmpaddr1, napot(at(0), 4096));
	set_config(0, NAPOT | R | X);
	set_config(1, NAPOT);
	mode_open_memory();
	show("S-mode inside the first entry", probe(MODE_S, at(64)));
	show("S-mode inside the second entry only", probe(MODE_S, at(256)));
	put_code(8192);
	show("S-mode inside the last entry only", probe(MODE_S, at(8192)));
	quiet();
	csr_write(pmpcfg0, 0);
}

static struct trap_frame first_fault;

static bool give_up(struct trap_frame *frame)
{
	first_fault = *frame;
	mode_return(frame);
	return true;
}

TEST(s13_the_payload_cannot_access_memory_that_no_entry_matches)
{
	quiet();
	csr_write(pmpaddr0, napot(at(0), 16384));
	set_config(0, NAPOT | R | W | X);
	trap_set_handler(trap_machine(), give_up);
	run_in(MODE_S, load_there, at(64));
	trap_set_handler(trap_machine(), 0);
	expect_equal(first_fault.cause, CAUSE_FETCH_ACCESS, "the payload's first fetch is an access fault");
	expect_equal(first_fault.value, (uint64_t)load_there,
		     "mtval is the address of the payload's first instruction");
	expect_equal(first_fault.pc, (uint64_t)load_there, "mepc is the address of the payload's first instruction");
	expect_equal(first_fault.status & MSTATUS_MPP, MSTATUS_MPP_S, "MPP says that the fault is from S-mode");
}

TEST(s13_a_tor_entry_reaches_from_the_previous_address_to_its_own)
{
	quiet();
	csr_write(pmpaddr2, at(256) >> 2);
	csr_write(pmpaddr3, at(512) >> 2);
	set_config(3, TOR | R);
	mode_open_memory();
	show("S-mode below the range", probe(MODE_S, at(248)));
	show("S-mode at the start of the range", probe(MODE_S, at(256)));
	show("S-mode at the end of the range", probe(MODE_S, at(504)));
	show("S-mode above the range", probe(MODE_S, at(512)));
	csr_write(pmpaddr2, at(512) >> 2);
	FENCE();
	show("S-mode at the start of an empty range", probe(MODE_S, at(256)));
	csr_write(pmpaddr0, 0x10000000 >> 2);
	set_config(0, TOR);
	trap_catch(trap_machine());
	run_in(MODE_S, load_there, 0xc000000);
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, 0xc000000, "a TOR entry 0 begins at address 0");
	quiet();
}

static uint64_t load_guarded(uint64_t address)
{
	uint64_t value = ACCESS_NOTHING;
	guarded_as(MODE_S, 0);
	GUARDED("ld a0, 0(a1)", value, address);
	return value;
}

/* The hardware checks accesses to memory, and hv checks accesses to the CLINT. Both must allow or refuse the same
 * accesses. The firmware makes the accesses with MPRV set. The payload does not make them, because such a PMP entry
 * might prevent it from fetching any code. */
TEST(s13_an_empty_tor_range_at_0_has_the_same_effect_on_memory_and_devices)
{
	for (unsigned entry = 0; entry < 3; entry += 2) {
		quiet();
		mode_open_memory();
		csr_write(pmpaddr0, 0);
		csr_write(pmpaddr1, 0);
		csr_write(pmpaddr2, 0);
		set_config(entry, TOR);
		FENCE();
		trap_catch(trap_machine());
		load_guarded(at(256));
		show("number of faults of a load from memory", trap_release(trap_machine()).count);
		trap_catch(trap_machine());
		load_guarded(CLINT_ADDRESS + CLINT_MTIMECMP);
		show("number of faults of a load from the CLINT", trap_release(trap_machine()).count);
	}
	quiet();
}

TEST(s13_a_partial_match_fails)
{
	quiet();
	csr_write(pmpaddr0, napot(at(64), 8));
	set_config(0, NAPOT | R | W | X);
	mode_open_memory();
	trap_catch(trap_machine());
	load64(at(60));
	struct trap trap = trap_release(trap_machine());
	show("number of traps of an M-mode load that begins below the entry", trap.count);
	show("  cause", trap.cause);
	trap_catch(trap_machine());
	load64(at(68));
	trap = trap_release(trap_machine());
	show("number of traps of an M-mode load that ends above the entry", trap.count);
	show("  cause", trap.cause);
	trap_catch(trap_machine());
	run_in(MODE_S, load_there, at(68));
	trap = trap_release(trap_machine());
	show("number of traps of an S-mode load that ends above the entry", trap.count);
	show("  cause", trap.cause);
	quiet();
}

static uint64_t make_ecall(uint64_t unused)
{
	register uint64_t a7 __asm__("a7") = 0;
	__asm__ volatile("ecall" ::"r"(a7) : "a0", "memory");
	return unused;
}

TEST(s15_a_changed_entry_applies_to_the_next_access)
{
	quiet();
	csr_write(pmpaddr0, napot(at(64), 64));
	set_config(0, NAPOT | R | W);
	mode_open_memory();
	trap_catch(trap_machine());
	run_in(MODE_S, load_there, at(64));
	expect_no_trap(trap_release(trap_machine()), "a load is permitted at first");
	set_config(0, NAPOT);
	trap_catch(trap_machine());
	run_in(MODE_S, load_there, at(64));
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, at(64),
		    "a load is forbidden after the permissions changed");
	csr_write(pmpaddr0, napot(at(128), 64));
	FENCE();
	trap_catch(trap_machine());
	run_in(MODE_S, load_there, at(64));
	expect_no_trap(trap_release(trap_machine()), "a load is permitted after the entry moved away");
	trap_catch(trap_machine());
	run_in(MODE_S, load_there, at(128));
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, at(128),
		    "a load is forbidden where the entry is now");
	trap_catch(trap_machine());
	run_in(MODE_S, make_ecall, 0);
	trap_release(trap_machine());
	trap_catch(trap_machine());
	run_in(MODE_S, load_there, at(128));
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, at(128),
		    "a load is still forbidden after another exit");
	quiet();
}

static uint64_t own_traps(uint64_t address)
{
	trap_catch(trap_supervisor());
	load64(address);
	store64(address, 1);
	struct trap trap = trap_release(trap_supervisor());
	return trap.count << 32 | trap.cause;
}

TEST(s16_a_delegated_access_fault_goes_to_the_payload)
{
	quiet();
	csr_write(pmpaddr0, napot(at(64), 64));
	set_config(0, NAPOT);
	mode_open_memory();
	csr_write(medeleg, BIT(CAUSE_LOAD_ACCESS) | BIT(CAUSE_STORE_ACCESS) | BIT(CAUSE_FETCH_ACCESS));
	trap_catch(trap_machine());
	show("count of S-mode's traps << 32 | cause of the last one", run_in(MODE_S, own_traps, at(64)));
	expect_no_trap(trap_release(trap_machine()), "M-mode took no trap");
	struct trap trap = trap_supervisor()->caught;
	expect_equal(trap.value, at(64), "stval is the address that was accessed");
	show("sstatus", trap.status & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE));
	expect(trap.pc >= (uint64_t)own_traps && trap.pc < (uint64_t)own_traps + 256,
	       "sepc is the address of the instruction");
	quiet();
}

TEST(s16_an_access_fault_that_is_not_delegated_goes_to_the_firmware)
{
	quiet();
	mode_open_memory();
	csr_write(medeleg, BIT(CAUSE_LOAD_ACCESS));
	trap_catch(trap_machine());
	trap_catch(trap_supervisor());
	run_in(MODE_S, load_there, 0x18);
	expect_no_trap(trap_release(trap_machine()), "M-mode does not take a delegated load fault");
	expect_trap(trap_release(trap_supervisor()), CAUSE_LOAD_ACCESS, 0x18, "S-mode takes the delegated load fault");
	trap_catch(trap_machine());
	run_in(MODE_S, store_there, 0x18);
	expect_trap(trap_release(trap_machine()), CAUSE_STORE_ACCESS, 0x18,
		    "M-mode takes a store fault that is not delegated");
	quiet();
}

/* Closes the second-level table for the CLINT's address, and expects that loads which need it fail, whatever is in it. */
static void expect_closed_table(uint64_t flags, const char *what)
{
	print("  %s\n", what);
	set_config(0, 0);
	device_table_use((uint64_t *)area, flags);
	if (flags) {
		device_expect_faults(false, false);
	} else {
		trap_catch(trap_machine());
		device_load_as_payload();
		expect_trap(trap_release(trap_machine()), CAUSE_LOAD_PAGE, DEVICE_TIME,
			    "the payload's load is a page fault");
	}
	set_config(0, NAPOT);
	device_expect_faults(true, true);
}

TEST(s16_a_page_table_that_pmp_closes_leads_to_no_device)
{
	quiet();
	mode_open_memory();
	csr_write(pmpaddr0, napot(at(0), PAGE_SIZE));
	expect_closed_table(PTE_RW, "a table that leads to the CLINT");
	expect_closed_table(0, "a table that leads to nothing");
	quiet();
}
