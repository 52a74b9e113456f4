/* Tests which memory hv may access when it copies on behalf of a guest. */
#include <string.h>

#include "hv/module/api.h"
#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

#define RAM (TESTING_HV_BASE + TESTING_HV_SIZE)
#define BYTES 0x4000

static struct vcpu hart;
static struct vcpu *const vcpu = &hart;
static uint8_t memory[BYTES] __attribute__((aligned(8)));

static void set(unsigned number, uint64_t value)
{
	cr_assert_eq(csr_virtual_write(vcpu, number, CSR_OPERATION_WRITE, value), ERROR_NONE);
}

/* Sets up a payload in S-mode that owns all memory except hv's, with address translation on. */
static void start(void)
{
	testing_boot_usual(vcpu);
	host_memory_add(RAM, sizeof(memory), memory);
	memset(memory, 0x55, sizeof(memory));
	set(CSR_pmpaddr + 1, ~0ull);
	set(CSR_pmpcfg, 0x1f00);
	vcpu->mstatus = field_set(MSTATUS_MPP, vcpu->mstatus, MODE_SUPERVISOR);
	vcpu->satp = FIELD(63, 1) | 5; /* addresses are physical even if translation is on */
	vcpu_mret(vcpu);
	testing_switch_world(vcpu);
}

Test(guest_copy, a_copy_touches_only_the_requested_bytes, .init = start)
{
	uint8_t bytes[64] __attribute__((aligned(8))), back[64];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
	for (unsigned at = 0; at < 9; at++)
		for (unsigned length = 0; length < 30; length++) {
			memset(memory, 0x55, sizeof(memory));
			require(guest_copy_out(vcpu, RAM + 8 + at, bytes, length) == ERROR_NONE, "%u bytes to %u",
				length, at);
			require(memcmp(memory + 8 + at, bytes, length) == 0, "%u bytes at %u", length, at);
			require(memory[7 + at] == 0x55 && memory[8 + at + length] == 0x55, "%u at %u", length, at);
			memset(back, 0x66, sizeof(back));
			require(guest_copy_in(vcpu, back, RAM + 8 + at, length) == ERROR_NONE, "%u bytes from %u",
				length, at);
			require(memcmp(back, bytes, length) == 0 && back[length] == 0x66, "%u from %u", length, at);
		}
}

Test(guest_copy, a_copy_stops_before_the_first_byte_outside_the_guests_memory, .init = start)
{
	uint8_t bytes[32] __attribute__((aligned(8))) = { 1, 2, 3 };

	cr_expect_eq(guest_copy_out(vcpu, RAM + BYTES - 2, bytes, 3), ERROR_TRAPPED);
	cr_expect(memory[BYTES - 2] == 1 && memory[BYTES - 1] == 2);
	cr_expect_eq(guest_copy_out(vcpu, RAM + BYTES - 8, bytes, 16), ERROR_TRAPPED,
		     "a doubleword fits, the second does not");
	cr_expect_eq(guest_copy_in(vcpu, bytes, TESTING_HV_BASE, 1), ERROR_DENIED);
	cr_expect_eq(guest_copy_in(vcpu, bytes, RAM - 1, 2), ERROR_DENIED);
	cr_expect_eq(guest_copy_in(vcpu, bytes, ~0ull, 2), ERROR_DENIED);
	cr_expect_eq(guest_copy_in(vcpu, bytes, 0, 0), ERROR_NONE, "no byte is none that is denied");
}

Test(guest_copy, a_copy_obeys_the_permissions_of_the_guest_that_is_running, .init = start)
{
	uint8_t bytes[16] = { 0 };

	set(CSR_pmpaddr, pmp_napot(RAM, 0x1000));
	set(CSR_pmpcfg, 0x1f18); /* the firmware may access this memory, the payload may not */
	pmp_install(vcpu, PMP_VIEW_PAYLOAD);
	cr_expect_eq(guest_copy_in(vcpu, bytes, RAM, 4), ERROR_TRAPPED);
	cr_expect_eq(guest_copy_in(vcpu, bytes, RAM + 0x1000, 4), ERROR_NONE);
	vcpu_take_trap(vcpu, CAUSE_ECALL_S, 0);
	testing_switch_world(vcpu);
	cr_expect_eq(guest_copy_in(vcpu, bytes, RAM, 4), ERROR_NONE);
	set(CSR_mstatus, MSTATUS_MPRV);
	cr_expect_eq(guest_copy_in(vcpu, bytes, RAM, 4), ERROR_NONE,
		     "MPRV is about loads and stores, not about ecalls");
	cr_expect_eq(vcpu->pmp.current, PMP_VIEW_MPRV);
	set(CSR_mstatus, 0);
	set(CSR_pmpcfg, 0x1f98); /* the entry is locked, so neither guest may access this memory */
	cr_expect_eq(guest_copy_in(vcpu, bytes, RAM, 4), ERROR_TRAPPED);
}

Test(guest_copy, the_guests_satp_and_pmp_view_are_restored_after_a_copy, .init = start)
{
	uint8_t byte = 0;

	for (unsigned denied = 0; denied < 2; denied++) {
		cr_expect_eq(guest_copy_in(vcpu, &byte, denied ? TESTING_HV_BASE : RAM, 1),
			     denied ? ERROR_DENIED : ERROR_NONE);
		cr_expect_eq(host_csr_read(CSR_satp), vcpu->satp);
		cr_expect_eq(vcpu->pmp.current, PMP_VIEW_PAYLOAD);
		cr_expect_not(host_csr_read(CSR_mstatus) & MSTATUS_MPRV);
	}
}

Test(guest_copy, a_copy_ends_exactly_at_the_first_byte_that_may_not_be_accessed, .init = start)
{
	uint8_t bytes[16] __attribute__((aligned(8)));

	/* a region of 4 bytes, inside a doubleword, that only the firmware may access */
	set(CSR_pmpaddr, (RAM + 12) >> 2);
	set(CSR_pmpaddr + 1, (RAM + 16) >> 2);
	set(CSR_pmpaddr + 2, ~0ull);
	set(CSR_pmpcfg, 0x1f0800);
	pmp_install(vcpu, PMP_VIEW_PAYLOAD);
	for (unsigned virtual = 0; virtual < 2; virtual ++) {
		memset(bytes, 0xff, sizeof(bytes));
		if (virtual)
			csr_write(CSR_satp, 0);
		cr_expect_eq(virtual ? guest_read(vcpu, bytes, RAM, 16) : guest_copy_in(vcpu, bytes, RAM, 16),
			     ERROR_TRAPPED);
		cr_expect(bytes[11] == 0x55 && bytes[12] == 0xff,
			  "the bytes before the region, and no others, are read");
		cr_expect(vcpu->fault.cause == CAUSE_LOAD_ACCESS && vcpu->fault.value == RAM + 12, "%lx",
			  vcpu->fault.value);
		cr_expect_eq(virtual ? guest_write(vcpu, RAM, bytes, 16) : guest_copy_out(vcpu, RAM, bytes, 16),
			     ERROR_TRAPPED);
		cr_expect(vcpu->fault.cause == CAUSE_STORE_ACCESS && vcpu->fault.value == RAM + 12, "%lx",
			  vcpu->fault.value);
	}
}
