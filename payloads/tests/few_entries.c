/* Runs on machines with few PMP entries. The firmware sees 16 entries all the same, or none if hv needs all for itself. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#ifndef VIRTUAL_ENTRIES
#error "VIRTUAL_ENTRIES is the number of entries that the firmware must see"
#endif

static const unsigned virtual_entries = VIRTUAL_ENTRIES;

static uint64_t kept_address(unsigned entry)
{
	switch (entry) {
	case 0:
		return csr_kept(pmpaddr0, 0x1234);
	case 1:
		return csr_kept(pmpaddr1, 0x1234);
	case 2:
		return csr_kept(pmpaddr2, 0x1234);
	case 3:
		return csr_kept(pmpaddr3, 0x1234);
	case 7:
		return csr_kept(pmpaddr7, 0x1234);
	default:
		return csr_kept(pmpaddr8, 0x1234);
	}
}

TEST(s12_the_firmware_sees_the_pmp_entries_that_hv_leaves)
{
	static const unsigned entries[] = { 0, 1, 2, 3, 7, 8 };
	for (unsigned i = 0; i < 6; i++) {
		trap_catch(trap_machine());
		uint64_t kept = kept_address(entries[i]);
		bool there = trap_release(trap_machine()).count == 0 && kept == 0x1234;
		expect(there == (entries[i] < virtual_entries), "the entry exists, unless hv keeps it for itself");
	}
}

static uint64_t do_nothing(uint64_t argument)
{
	return argument;
}

static bool give_up(struct trap_frame *frame)
{
	mode_return(frame);
	return true;
}

TEST(s14_hv_reports_a_payload_that_may_not_execute)
{
	quiet();
	trap_set_handler(trap_machine(), give_up);
	run_in(MODE_S, do_nothing, 0);
	trap_set_handler(trap_machine(), 0);
	expect(true, "the firmware continues after its payload has faulted");
}
