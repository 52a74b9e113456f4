/* Tests what the tiers do on machines with few PMP entries: how accesses under MPRV load ranges, and that the firmware's writes of
 * PMP registers do not go to the physical registers. */
#include "hv/testing/access.h"
#include "hv/testing/instruction_word.h"
#include "hv/testing/tiers.h"

#define MEMORY 0x10000000ull
#define BYTES 16
#define T1 6

static uint8_t memory[BYTES];
static unsigned reach; /* how many bytes of `memory` the hart can reach */
static struct {
	unsigned count;
	uint64_t cause, address;
	unsigned width;
} asked;

/* Lets the hart reach one more part of the memory, as if its range had been loaded. */
static bool load_next_part(uint64_t cause, uint64_t address, unsigned width)
{
	asked.count++;
	asked.cause = cause;
	asked.address = address;
	asked.width = width;
	if (reach == BYTES)
		return false;
	host_memory_add(MEMORY + reach, 4, memory + reach);
	reach += 4;
	return true;
}

static void start(void)
{
	testing_boot_usual(&vcpu);
	for (unsigned i = 0; i < BYTES; i++)
		memory[i] = (uint8_t)i;
	testing_refill = load_next_part;
}

Test(few, an_access_under_mprv_loads_its_range_and_is_made_again, .init = start)
{
	cr_expect_eq(testing_access(&vcpu, load_word(0x03, 2, 11, 10, 0), CAUSE_LOAD_ACCESS, MEMORY), EMULATION_DONE);
	cr_expect_eq(vcpu_reg(&vcpu, 11), 0x03020100);
	cr_expect_eq(asked.count, 1);
	cr_expect_eq(asked.cause, CAUSE_LOAD_ACCESS);
	cr_expect_eq(asked.address, MEMORY);
	cr_expect_eq(asked.width, 4);
}

Test(few, a_misaligned_access_under_mprv_loads_the_ranges_of_both_parts, .init = start)
{
	cr_expect_eq(testing_access(&vcpu, store_word(0x23, 3, 11, 10, 0), CAUSE_STORE_ACCESS, MEMORY + 2),
		     EMULATION_DONE);
	cr_expect_eq(reach, 12);
	cr_expect_eq(asked.cause, CAUSE_STORE_ACCESS);
	cr_expect_eq(asked.address, MEMORY + 8);
	cr_expect_eq(asked.width, 2, "two bytes are left, and not %u", asked.width);
}

Test(few, an_access_under_mprv_that_no_range_helps_is_a_fault, .init = start)
{
	cr_expect_eq(testing_access(&vcpu, load_word(0x03, 2, 11, 10, 0), CAUSE_LOAD_ACCESS, MEMORY + 2 * BYTES),
		     EMULATION_FAULT);
	cr_expect_eq(asked.count, BYTES / 4 + 1);
	cr_expect_eq(vcpu.fault.cause, CAUSE_LOAD_ACCESS);
	cr_expect_eq(vcpu.fault.value, MEMORY + 2 * BYTES);
}

Test(few, the_firmwares_pmpaddr_and_pmpcfg_are_not_in_the_physical_registers)
{
	uint64_t seed = 6;

	do
		firmware_at_random(&seed);
	while (vcpu.mprv_armed || vcpu.pmp.locked || vcpu_pending_interrupt(&vcpu));
	vcpu.pc = (uint64_t)code;
	vcpu_set_reg(&vcpu, T1, 0x1234);
	trap_with(0x00031073u | (uint32_t)(CSR_pmpaddr + 15) << 20); /* csrrw x0, pmpaddr15, t1 */
	cr_expect(run_fast(fast_firmware_illegal));
	cr_expect_eq(steps, 1);
	cr_expect_eq(pmp_read_address(&vcpu, 15), 0x1234);
	for (unsigned entry = 0; entry < machine.pmp_used; entry++)
		cr_expect_neq(host_csr_read(CSR_pmpaddr + entry), 0x1234);
}
