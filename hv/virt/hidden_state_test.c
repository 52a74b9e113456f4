/* Tests FS and VS in an image that hides the payload's FP and vector registers: which world has which values, and when the
 * physical fields are Off. */
#include "hv/arch/guard.h"
#include "hv/testing/tiers.h"

#define FIELDS (MSTATUS_FS | MSTATUS_VS)
#define FS(value) field_set(MSTATUS_FS, 0, value)
#define VS(value) field_set(MSTATUS_VS, 0, value)

static void start(void)
{
	host_hart_reset();
	testing_boot(&vcpu);
}

static uint64_t physical(void)
{
	return host_csr_read(CSR_mstatus) & FIELDS;
}

static uint64_t virtual(void)
{
	return testing_csr(&vcpu, CSR_mstatus) & (FIELDS | MSTATUS_SD);
}

static uint64_t dirty(unsigned fs, unsigned vs)
{
	return fs == FS_DIRTY || vs == FS_DIRTY ? MSTATUS_SD : 0;
}

static void set_both(unsigned fs, unsigned vs)
{
	set(CSR_mstatus, FS(fs) | VS(vs));
}

Test(hidden_state, the_firmware_reads_back_what_it_writes_while_the_physical_fields_are_off, .init = start)
{
	for (unsigned fs = 0; fs < 4; fs++)
		for (unsigned vs = 0; vs < 4; vs++) {
			set_both(fs, vs);
			require(virtual() == (FS(fs) | VS(vs) | dirty(fs, vs)), "mstatus, %u %u", fs, vs);
			require((testing_csr(&vcpu, CSR_sstatus) & (FIELDS | MSTATUS_SD)) == virtual(), "sstatus");
			require(physical() == 0, "%u %u", fs, vs);
			require(vcpu_extensions_are_off(&vcpu) == (fs || vs), "%u %u", fs, vs);
		}
}

Test(hidden_state, turning_them_on_makes_each_field_dirty_that_is_not_off, .init = start)
{
	for (unsigned fs = 0; fs < 4; fs++)
		for (unsigned vs = 0; vs < 4; vs++) {
			uint64_t wanted = FS(fs ? FS_DIRTY : 0) | VS(vs ? FS_DIRTY : 0);

			set_both(fs, vs);
			vcpu_extensions_turn_on(&vcpu);
			require(physical() == wanted && (virtual() & FIELDS) == wanted, "%u %u", fs, vs);
			require(!vcpu_extensions_are_off(&vcpu), "%u %u", fs, vs);
		}
}

Test(hidden_state, every_write_of_mstatus_turns_them_off_again, .init = start)
{
	static const unsigned numbers[] = { CSR_mstatus, CSR_sstatus };

	for (unsigned i = 0; i < 2; i++)
		for (uint64_t value = 0; value <= MSTATUS_SUM; value += MSTATUS_SUM) {
			set_both(1, 2);
			vcpu_extensions_turn_on(&vcpu);
			set(numbers[i], value | FS(1));
			require(physical() == 0, "%x", numbers[i]);
			require(virtual() == FS(1), "%x: %lx", numbers[i], virtual());
		}
}

Test(hidden_state, each_world_keeps_its_own_fields, .init = start)
{
	for (unsigned i = 0; i < 256; i++) {
		uint64_t firmware = FS(i & 3) | VS(i >> 2 & 3), payload = FS(i >> 4 & 3) | VS(i >> 6 & 3);

		set(CSR_mstatus, firmware | MSTATUS_MPIE);
		if (i % 3 == 0)
			vcpu_extensions_turn_on(&vcpu);

		uint64_t own = virtual();

		vcpu.mode = MODE_SUPERVISOR;
		world_enter_payload(&vcpu);
		host_csr_write(CSR_mstatus, field_merge(FIELDS, host_csr_read(CSR_mstatus), payload));
		vcpu.mode = MODE_MACHINE;
		world_enter_firmware(&vcpu);
		require(physical() == 0, "the physical fields in the firmware world, %u", i);
		require(virtual() == own, "the firmware's fields, %u: %lx, not %lx", i, virtual(), own);
		vcpu.mode = MODE_SUPERVISOR;
		world_enter_payload(&vcpu);
		require(physical() == payload, "the payload's fields, %u", i);
		vcpu.mode = MODE_MACHINE;
		world_enter_firmware(&vcpu);
	}
}

Test(hidden_state, the_firmware_cannot_set_fields_that_the_hart_does_not_have)
{
	for (unsigned i = 0; i < 4; i++) {
		uint64_t absent = (i & 1 ? MSTATUS_FS : 0) | (i & 2 ? MSTATUS_VS : 0);

		host_hart_reset();
		host_hart.csr[CSR_mstatus].writable &= ~absent;
		testing_boot(&vcpu);
		set(CSR_mstatus, ~0ull & ~MSTATUS_MPRV);
		require((virtual() & FIELDS) == (FIELDS & ~absent), "%u", i);
		set(CSR_sstatus, FIELDS);
		require((virtual() & FIELDS) == (FIELDS & ~absent), "%u", i);
	}
}

Test(hidden_state, a_csr_that_does_not_exist_is_left_to_the_slow_tier_while_they_are_off, .init = start)
{
	uint32_t word = 0x5c0 << 20 | 0x2573, missing = CSR_stimecmp << 20 | 0x2573; /* csrr a0, NUMBER */

	host_csr_remove(CSR_stimecmp);
	for (unsigned i = 0; i < 2; i++) {
		set_both(1, 0);
		host_csr_write(CSR_mepc, 0x80200000);
		host_csr_write(CSR_mcause, CAUSE_ILLEGAL);
		host_csr_write(CSR_mtval, 77);
		cr_expect_eq(step_csr(&vcpu, i ? missing : word, 0x80200000, 0).step, STEP_REFUSED);
		cr_expect_eq(host_csr_read(CSR_mepc), 0x80200000);
		cr_expect_eq(host_csr_read(CSR_mcause), CAUSE_ILLEGAL);
		cr_expect_eq(host_csr_read(CSR_mtval), 77);
		cr_expect_eq(vcpu.csr.mcause, 0);
		vcpu_extensions_turn_on(&vcpu);
		cr_expect_eq(step_csr(&vcpu, i ? missing : word, 0x80200000, 0).step, STEP_DONE);
		cr_expect_eq(vcpu.csr.mcause, CAUSE_ILLEGAL);
		vcpu.csr.mcause = 0;
	}
}

/* Another hart may write the instruction after it has trapped. */
Test(hidden_state, a_load_that_becomes_one_of_an_f_register_does_not_turn_fs_on, .init = start)
{
	struct instruction fld = instruction_decode(0x00053087); /* fld f1, 0(a0) */

	set(CSR_mstatus, MSTATUS_MPRV | FS(0));
	testing_trap(&vcpu, CAUSE_LOAD_ACCESS, 0);
	host_hart.float_registers[1] = 7;
	cr_expect_eq(emulate_mprv(&vcpu, &fld), EMULATION_FAULT);
	cr_expect_eq(vcpu.fault.cause, CAUSE_ILLEGAL);
	cr_expect_eq(physical(), 0);
	cr_expect_eq(host_hart.float_registers[1], 7);
}

/* csrrw, csrrs or csrrc t0, NUMBER, t1 */
#define WORD(funct3, number) (0x000302f3u | (uint32_t)(funct3) << 12 | (uint32_t)(number) << 20)

Test(hidden_state, both_tiers_do_the_same_to_mstatus_and_sstatus)
{
	uint64_t seed = 5;
	unsigned returned = 0;

	for (unsigned round = 0; round < 2000; round++) {
		firmware_at_random(&seed);
		if (random_next(&seed) % 2)
			vcpu_extensions_turn_on(&vcpu);
		vcpu.pc = (uint64_t)code;
		if (vcpu_pending_interrupt(&vcpu) == 0)
			returned += compare_firmware(
				WORD(1 + random_next(&seed) % 3, random_next(&seed) % 2 ? CSR_mstatus : CSR_sstatus));
	}
	cr_expect_gt(returned, 1000, "only %u of them ended fast", returned);
}
