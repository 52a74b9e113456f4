/* Tests of the loads, stores and AMOs that hv makes on behalf of a guest. */
#include <string.h>

#include "hv/testing/hart.h"
#include "hv/testing/instruction_word.h"
#include "hv/testing/testing.h"
#include "hv/virt/emulate.h"
#include "hv/virt/fast.h"

#define ARMED_STATUS (MSTATUS_MPRV | field_set(MSTATUS_MPP, 0, 1) | field_set(MSTATUS_FS, 0, 1))
#define RAM (TESTING_HV_BASE + TESTING_HV_SIZE)
#define SATP_TESTED (FIELD(63, 1) | 5) /* Sv39 */
#define VIRTUAL 0x7000ull
#define BYTES 4096

static struct vcpu vcpu;
static uint8_t memory[2 * BYTES];

/* Starts the firmware with MPRV armed. The payload has two pages at VIRTUAL. They are mapped to the start of the
 * guests' RAM. */
static void start(void)
{
	testing_boot_usual(&vcpu);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpaddr, CSR_OPERATION_WRITE, ~0ull), ERROR_NONE);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpcfg, CSR_OPERATION_WRITE, 0x1f), ERROR_NONE);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_mstatus, CSR_OPERATION_WRITE, ARMED_STATUS), ERROR_NONE);
	vcpu.satp = SATP_TESTED;
	host_hart.memory[0] = (struct host_memory){ .address = VIRTUAL,
						    .size = sizeof(memory),
						    .satp = SATP_TESTED,
						    .physical = RAM,
						    .permissions = HOST_READ | HOST_WRITE,
						    .bytes = memory };
	for (unsigned i = 0; i < sizeof(memory); i++)
		memory[i] = (uint8_t)(i * 7 + 0x80);
	for (unsigned i = 1; i < 32; i++)
		vcpu_set_reg(&vcpu, i, 0x1122334455667788 * i);
	for (unsigned i = 0; i < 32; i++)
		host_hart.float_registers[i] = 0x8877665544332211 * i;
}

static enum emulation execute(uint32_t word)
{
	vcpu.pc = 0x80200000;
	testing_trap(&vcpu, CAUSE_LOAD_ACCESS, 0);
	vcpu.trap.instruction = word;
	vcpu.trap.instruction_known = true;

	struct instruction instruction = instruction_decode(word);

	return emulate_mprv(&vcpu, &instruction);
}

static uint64_t bytes_at(unsigned offset, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)memory[offset + i] << 8 * i;
	return value;
}

static uint64_t extended(uint64_t value, unsigned width, bool is_signed)
{
	if (is_signed && width < 8 && value >> (8 * width - 1))
		return value | ~0ull << 8 * width;
	return value;
}

/* ---- the fast path ---- */

static uint32_t code[2];
/* Runs the fast path as if @p word had trapped with @p cause at @p address. Returns how the path ended. */
static enum host_end execute_fast(uint32_t word, uint64_t cause, uint64_t address)
{
	code[0] = word;
	testing_place_code_in_ram(code, sizeof(code));
	vcpu.pc = (uint64_t)code;
	testing_trap(&vcpu, cause, address);
	host_hart.end = HOST_END_NONE;
	fast_firmware_mprv(&vcpu, cause);
	cr_assert_eq(vcpu.pmp.current, PMP_VIEW_MPRV);
	cr_assert_eq(host_csr_read(CSR_satp), 0);
	return host_hart.end;
}

/* Starts the firmware, and makes an access in the slow tier, which computes the PMP views that the fast path needs. */
static void start_ready(void)
{
	start();
	vcpu_set_reg(&vcpu, 10, VIRTUAL);
	cr_assert_eq(execute(load_word(0x03, 3, 11, 10, 0)), EMULATION_DONE);
}

Test(mprv, the_fast_path_loads_the_same_value_as_the_slow_tier, .init = start_ready)
{
	for (unsigned funct3 = 0; funct3 < 7; funct3++)
		for (unsigned offset = 0; offset < 32; offset++) {
			unsigned at = BYTES - 16 + offset;
			uint32_t word = load_word(0x03, funct3, 11, 10, 0);

			vcpu_set_reg(&vcpu, 10, VIRTUAL + at);
			require(execute(word) == EMULATION_DONE, "lx %u", funct3);

			uint64_t want = vcpu_reg(&vcpu, 11);

			vcpu_set_reg(&vcpu, 11, ~want);
			/* This machine does not support misaligned accesses, so the slow tier makes them byte by byte. */
			if (at % (1u << (funct3 & 3))) {
				require(execute_fast(word, CAUSE_LOAD_ACCESS, VIRTUAL + at) == HOST_END_SLOW,
					"misaligned");
				continue;
			}
			require(execute_fast(word, CAUSE_LOAD_ACCESS, VIRTUAL + at) == HOST_END_RETURN, "lx %u at %u",
				funct3, at);
			require(vcpu_reg(&vcpu, 11) == want, "lx %u at %u", funct3, at);
			require(host_csr_read(CSR_mepc) == (uint64_t)code + 4, "pc");
		}
}

Test(mprv, the_fast_path_stores_the_same_bytes_as_the_slow_tier, .init = start_ready)
{
	static uint8_t want[sizeof(memory)];

	for (unsigned funct3 = 0; funct3 < 4; funct3++)
		for (unsigned offset = 0; offset < 32; offset++) {
			unsigned at = BYTES - 16 + offset;
			uint32_t word = store_word(0x23, funct3, 12, 10, 0);

			start_ready();
			vcpu_set_reg(&vcpu, 10, VIRTUAL + at);
			require(execute(word) == EMULATION_DONE, "sx %u", funct3);
			memcpy(want, memory, sizeof(memory));
			start_ready();
			vcpu_set_reg(&vcpu, 10, VIRTUAL + at);
			require(execute_fast(word, CAUSE_STORE_ACCESS, VIRTUAL + at) ==
					(at % (1u << funct3) ? HOST_END_SLOW : HOST_END_RETURN),
				"sx %u at %u", funct3, at);
			if (at % (1u << funct3))
				continue;
			require(memcmp(memory, want, sizeof(memory)) == 0, "sx %u at %u", funct3, at);
		}
}

Test(mprv, the_fast_path_leaves_other_accesses_to_the_slow_tier, .init = start_ready)
{
	const struct {
		uint32_t word;
		uint64_t address;
	} cases[] = {
		{ load_word(0x03, 3, 11, 10, 0), VIRTUAL - 8 }, /* not mapped */
		{ load_word(0x07, 3, 11, 10, 0), VIRTUAL },     /* fld */
		{ amo_word(0, 3, 11, 10, 12), VIRTUAL },        /* amoadd.d */
		{ load_word(0x03, 3, 9, 10, 0), VIRTUAL },      /* the destination register is s1 */
		{ load_word(0x03, 3, 11, 9, 0), VIRTUAL },      /* the base register is s1 */
		{ load_word(0x03, 3, 11, 10, 8), VIRTUAL },     /* not the address that the trap reports */
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vcpu_set_reg(&vcpu, 10, cases[i].address);
		vcpu_set_reg(&vcpu, 9, cases[i].address);

		uint64_t before = vcpu_reg(&vcpu, 11);
		require(execute_fast(cases[i].word, CAUSE_LOAD_ACCESS, cases[i].address) == HOST_END_SLOW, "case %u",
			i);
		require(vcpu_reg(&vcpu, 11) == before, "case %u", i);
		require(host_csr_read(CSR_mepc) == (uint64_t)code, "case %u: pc", i);
		require(host_csr_read(CSR_mtval) == cases[i].address, "case %u: mtval", i);
		require(host_csr_read(CSR_mcause) == CAUSE_LOAD_ACCESS, "case %u: mcause", i);
	}
}

/* ---- integer loads and stores ---- */

Test(mprv, integer_loads_of_all_widths_and_alignments_are_extended_as_the_isa_says, .init = start)
{
	for (unsigned funct3 = 0; funct3 < 7; funct3++)
		for (unsigned offset = 0; offset < 32; offset++) {
			unsigned width = 1u << (funct3 & 3), at = BYTES - 16 + offset;

			vcpu_set_reg(&vcpu, 10, VIRTUAL + at + 5);
			require(execute(load_word(0x03, funct3, 11, 10, -5u & 0xfff)) == EMULATION_DONE, "lx %u",
				funct3);
			require(vcpu_reg(&vcpu, 11) == extended(bytes_at(at, width), width, funct3 < 4),
				"funct3 %u at %u", funct3, at);
			require(vcpu.pc == 0x80200004, "pc");
		}
}

Test(mprv, integer_stores_of_all_widths_and_alignments_change_only_their_bytes, .init = start)
{
	for (unsigned funct3 = 0; funct3 < 4; funct3++)
		for (unsigned offset = 0; offset < 32; offset++) {
			unsigned width = 1u << funct3, at = BYTES - 16 + offset;

			start();
			vcpu_set_reg(&vcpu, 10, VIRTUAL + at);
			require(execute(store_word(0x23, funct3, 12, 10, 0)) == EMULATION_DONE, "sx %u", funct3);
			for (unsigned i = 0; i < sizeof(memory); i++) {
				uint8_t old = (uint8_t)(i * 7 + 0x80);
				bool within = i >= at && i < at + width;

				require(memory[i] == (within ? (uint8_t)(vcpu_reg(&vcpu, 12) >> 8 * (i - at)) : old),
					"funct3 %u at %u: byte %u", funct3, at, i);
			}
		}
}

Test(mprv, compressed_loads_and_stores_are_two_bytes_long, .init = start)
{
	vcpu_set_reg(&vcpu, 10, VIRTUAL + 8);
	cr_expect_eq(execute(0x4108), EMULATION_DONE); /* c.lw a0, 0(a0) */
	cr_expect_eq(vcpu_reg(&vcpu, 10), extended(bytes_at(8, 4), 4, true));
	cr_expect_eq(vcpu.pc, 0x80200002);
	vcpu_set_reg(&vcpu, 10, VIRTUAL + 8);
	cr_expect_eq(execute(0xc10c), EMULATION_DONE); /* c.sw a1, 0(a0) */
	cr_expect_eq(bytes_at(8, 4), (uint32_t)vcpu_reg(&vcpu, 11));
	cr_expect_eq(vcpu.pc, 0x80200002);
}

/* ---- floating point ---- */

Test(mprv, narrow_floats_are_nan_boxed_and_fs_becomes_dirty, .init = start)
{
	for (unsigned funct3 = 1; funct3 < 4; funct3++) {
		unsigned width = 1u << funct3;
		uint64_t boxes = width == 8 ? 0 : ~0ull << 8 * width;

		start();
		vcpu_set_reg(&vcpu, 10, VIRTUAL + 3);
		cr_expect_eq(execute(load_word(0x07, funct3, 11, 10, 0)), EMULATION_DONE);
		cr_expect_eq(host_hart.float_registers[11], bytes_at(3, width) | boxes);
		cr_expect_eq(field_get(MSTATUS_FS, host_csr_read(CSR_mstatus)), FS_DIRTY);
	}
}

Test(mprv, floating_point_stores_use_the_floating_point_registers, .init = start)
{
	vcpu_set_reg(&vcpu, 10, VIRTUAL + 16);
	cr_expect_eq(execute(store_word(0x27, 3, 12, 10, 0)), EMULATION_DONE);
	cr_expect_eq(bytes_at(16, 8), host_hart.float_registers[12]);
	cr_expect_eq(field_get(MSTATUS_FS, host_csr_read(CSR_mstatus)), 1);
}

/* ---- AMOs ---- */

static uint64_t amo_oracle(unsigned funct5, uint64_t old, uint64_t operand)
{
	switch (funct5) {
	case 0x00:
		return old + operand;
	case 0x01:
		return operand;
	case 0x04:
		return old ^ operand;
	case 0x08:
		return old | operand;
	case 0x0c:
		return old & operand;
	case 0x10:
		return (int64_t)old < (int64_t)operand ? old : operand;
	case 0x14:
		return (int64_t)old > (int64_t)operand ? old : operand;
	case 0x18:
		return old < operand ? old : operand;
	default:
		return old > operand ? old : operand;
	}
}

static const unsigned amos[] = { 0x00, 0x01, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c };

/* The expected result of a 32-bit AMO. A signed comparison needs sign-extended operands, and all other operations
 * need zero-extended ones. */
static uint32_t amo_oracle_word(unsigned funct5, uint32_t old, uint32_t operand)
{
	if (funct5 == 0x10 || funct5 == 0x14)
		return (uint32_t)amo_oracle(funct5, extended(old, 4, true), extended(operand, 4, true));
	return (uint32_t)amo_oracle(funct5, old, operand);
}

Test(mprv, the_result_of_an_amo_equals_that_of_the_hosts_arithmetic)
{
	static const uint64_t edges[] = { 0,          1,    0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff,
					  1ull << 63, ~0ull };
	uint64_t seed = 9;

	for (unsigned i = 0; i < 100000; i++)
		for (unsigned k = 0; k < 9; k++) {
			uint64_t old = i < 64 ? edges[i / 8] : random_bits(&seed);
			uint64_t operand = i < 64 ? edges[i % 8] : random_bits(&seed);

			require(amo_result(amos[k], 8, old, operand) == amo_oracle(amos[k], old, operand), "%x %lx %lx",
				amos[k], old, operand);
			require((uint32_t)amo_result(amos[k], 4, old, operand) ==
					amo_oracle_word(amos[k], (uint32_t)old, (uint32_t)operand),
				"%x %lx %lx", amos[k], old, operand);
		}
}

Test(mprv, each_amo_has_its_own_effect_and_returns_the_old_value, .init = start)
{
	for (unsigned k = 0; k < 9; k++)
		for (unsigned funct3 = 2; funct3 < 4; funct3++) {
			unsigned width = 1u << funct3;
			uint64_t old, operand;

			start();
			vcpu_set_reg(&vcpu, 10, VIRTUAL + 64);
			old = bytes_at(64, width);
			operand = vcpu_reg(&vcpu, 12);
			cr_expect_eq(execute(amo_word(amos[k], funct3, 11, 10, 12)), EMULATION_DONE);
			cr_expect_eq(vcpu_reg(&vcpu, 11), extended(old, width, true));
			cr_expect_eq(bytes_at(64, width),
				     width == 8 ? amo_oracle(amos[k], old, operand)
						: amo_oracle_word(amos[k], (uint32_t)old, (uint32_t)operand));
		}
}

Test(mprv, lr_is_an_access_fault_because_hv_cannot_keep_a_reservation, .init = start)
{
	vcpu_set_reg(&vcpu, 10, VIRTUAL);
	cr_expect_eq(execute(amo_word(2, 3, 11, 10, 0)), EMULATION_FAULT);
	cr_expect_eq(vcpu.fault.cause, CAUSE_LOAD_ACCESS);
}

/* ---- faults ---- */

static void expect_fault(uint32_t word, uint64_t cause, uint64_t value)
{
	uint64_t registers[32];

	for (unsigned i = 0; i < 32; i++)
		registers[i] = vcpu_reg(&vcpu, i);
	cr_expect_eq(execute(word), EMULATION_FAULT);
	cr_expect_eq(vcpu.fault.cause, cause);
	cr_expect_eq(vcpu.fault.value, value, "mtval %lx", vcpu.fault.value);
	cr_expect_eq(vcpu.pc, 0x80200000);
	cr_expect_arr_eq(registers, vcpu.regs, sizeof(registers));
	cr_expect_eq(host_csr_read(CSR_satp), 0, "the firmware is not translated");
	cr_expect_eq(vcpu.pmp.current, PMP_VIEW_MPRV);
	cr_expect_not(host_csr_read(CSR_mstatus) & MSTATUS_MPRV);
}

Test(mprv, the_firmware_gets_a_page_fault_with_the_address_of_the_part_that_faulted, .init = start)
{
	uint64_t end = VIRTUAL + sizeof(memory);

	vcpu_set_reg(&vcpu, 10, end);
	expect_fault(load_word(0x03, 3, 11, 10, 0), CAUSE_LOAD_PAGE, end);
	expect_fault(store_word(0x23, 3, 11, 10, 0), CAUSE_STORE_PAGE, end);
	expect_fault(amo_word(0, 3, 11, 10, 12), CAUSE_STORE_PAGE, end);
	vcpu_set_reg(&vcpu, 10, end + 1);
	expect_fault(load_word(0x03, 3, 11, 10, 0), CAUSE_LOAD_PAGE, end + 1);
	expect_fault(store_word(0x23, 3, 11, 10, 0), CAUSE_STORE_PAGE, end + 1);
	vcpu_set_reg(&vcpu, 10, end - 3);
	expect_fault(load_word(0x03, 3, 11, 10, 0), CAUSE_LOAD_PAGE, end);
	expect_fault(store_word(0x23, 3, 11, 10, 0), CAUSE_STORE_PAGE, end);
	vcpu_set_reg(&vcpu, 10, VIRTUAL - 3);
	expect_fault(load_word(0x03, 2, 11, 10, 0), CAUSE_LOAD_PAGE, VIRTUAL - 3);
	expect_fault(store_word(0x23, 2, 11, 10, 0), CAUSE_STORE_PAGE, VIRTUAL - 3);
}

Test(mprv, a_store_writes_nothing_if_its_last_bytes_fault, .init = start)
{
	vcpu_set_reg(&vcpu, 10, VIRTUAL + sizeof(memory) - 3);
	expect_fault(store_word(0x23, 3, 11, 10, 0), CAUSE_STORE_PAGE, VIRTUAL + sizeof(memory));
	for (unsigned i = 0; i < sizeof(memory); i++)
		cr_assert_eq(memory[i], (uint8_t)(i * 7 + 0x80));
}

Test(mprv, a_store_that_wraps_around_to_address_0_writes_nothing_if_nothing_is_there, .init = start)
{
	host_hart.memory[0].address = 0 - sizeof(memory);
	vcpu_set_reg(&vcpu, 10, 0 - 3ull);
	expect_fault(store_word(0x23, 3, 11, 10, 0), CAUSE_STORE_PAGE, 0);
	for (unsigned i = 0; i < sizeof(memory); i++)
		cr_assert_eq(memory[i], (uint8_t)(i * 7 + 0x80));
}

Test(mprv, a_store_writes_nothing_if_pmp_protects_four_bytes_in_its_middle, .init = start)
{
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpcfg, CSR_OPERATION_WRITE, 0x1f11), ERROR_NONE); /* NA4, R; RWX */
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpaddr + 1, CSR_OPERATION_WRITE, ~0ull), ERROR_NONE);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpaddr, CSR_OPERATION_WRITE, (RAM + 68) >> 2), ERROR_NONE);
	vcpu_set_reg(&vcpu, 10, VIRTUAL + 65); /* the store covers bytes 65-72; only bytes 68-71 are protected */
	expect_fault(store_word(0x23, 3, 11, 10, 0), CAUSE_STORE_ACCESS, VIRTUAL + 68);
	for (unsigned i = 0; i < sizeof(memory); i++)
		cr_assert_eq(memory[i], (uint8_t)(i * 7 + 0x80));
}

Test(mprv, the_firmware_can_load_from_executable_pages_if_mxr_is_set, .init = start)
{
	host_hart.memory[0].permissions = HOST_EXECUTE;
	vcpu_set_reg(&vcpu, 10, VIRTUAL);
	expect_fault(load_word(0x03, 3, 11, 10, 0), CAUSE_LOAD_PAGE, VIRTUAL);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_mstatus, CSR_OPERATION_SET, MSTATUS_MXR), ERROR_NONE);
	cr_expect_eq(execute(load_word(0x03, 3, 11, 10, 0)), EMULATION_DONE);
}

Test(mprv, the_access_uses_mpp_mpv_and_sum_of_the_firmware_and_restores_mstatus, .init = start)
{
	uint64_t before = host_csr_read(CSR_mstatus), rights = MSTATUS_MPRV | MSTATUS_MPP | MSTATUS_MPV | MSTATUS_SUM;

	vcpu_set_reg(&vcpu, 10, VIRTUAL);
	cr_expect_eq(execute(load_word(0x03, 3, 11, 10, 0)), EMULATION_DONE);
	cr_expect_eq(host_hart.access_status & rights, MSTATUS_MPRV | field_set(MSTATUS_MPP, 0, MODE_SUPERVISOR));
	cr_expect_eq(host_csr_read(CSR_mstatus), before);
	vcpu.payload_status |= MSTATUS_MPV;
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_mstatus, CSR_OPERATION_SET, MSTATUS_SUM), ERROR_NONE);
	cr_expect_eq(execute(load_word(0x03, 3, 11, 10, 0)), EMULATION_DONE);
	cr_expect_eq(host_hart.access_status & rights,
		     MSTATUS_MPRV | MSTATUS_MPV | MSTATUS_SUM | field_set(MSTATUS_MPP, 0, MODE_SUPERVISOR));
}

Test(mprv, the_payloads_pmp_applies_to_the_access, .init = start)
{
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpcfg, CSR_OPERATION_WRITE, 0x19), ERROR_NONE); /* NAPOT, R */
	vcpu_set_reg(&vcpu, 10, VIRTUAL + 8);
	cr_expect_eq(execute(load_word(0x03, 3, 11, 10, 0)), EMULATION_DONE);
	expect_fault(store_word(0x23, 3, 11, 10, 0), CAUSE_STORE_ACCESS, VIRTUAL + 8);
}

/* ---- misaligned accesses of a guest ---- */

static void enter_payload(void)
{
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);
}

Test(mprv, misaligned_accesses_of_the_payload_have_the_payloads_permissions, .init = start)
{
	struct instruction load = instruction_decode(load_word(0x03, 3, 11, 10, 0));
	struct instruction store = instruction_decode(store_word(0x23, 3, 12, 10, 0));

	enter_payload();
	vcpu_set_reg(&vcpu, 10, VIRTUAL + BYTES - 3);
	cr_expect_eq(emulate_access(&vcpu, &load), EMULATION_DONE);
	cr_expect_eq(vcpu_reg(&vcpu, 11), bytes_at(BYTES - 3, 8));
	cr_expect_eq(emulate_access(&vcpu, &store), EMULATION_DONE);
	cr_expect_eq(bytes_at(BYTES - 3, 8), vcpu_reg(&vcpu, 12));
	host_hart.memory[0].permissions = HOST_READ;
	cr_expect_eq(emulate_access(&vcpu, &store), EMULATION_FAULT);
	cr_expect_eq(vcpu.fault.cause, CAUSE_STORE_PAGE);
	cr_expect_eq(vcpu.fault.value, VIRTUAL + BYTES - 3);
}

Test(mprv, an_instruction_is_illegal_if_it_is_not_an_access_or_fs_is_off, .init = start)
{
	struct instruction mret = instruction_decode(0x30200073),
			   fld = instruction_decode(load_word(0x07, 3, 1, 10, 0));

	vcpu_set_reg(&vcpu, 10, VIRTUAL);
	enter_payload();
	cr_expect_eq(emulate_access(&vcpu, &mret), EMULATION_ILLEGAL);
	cr_expect_eq(emulate_access(&vcpu, &fld), EMULATION_DONE);
	host_csr_clear(CSR_mstatus, MSTATUS_FS);
	cr_expect_eq(emulate_access(&vcpu, &fld), EMULATION_ILLEGAL, "FS is Off");
}

/* ---- devices ---- */

Test(mprv, an_access_is_decoded_for_a_device_and_its_result_reaches_the_register, .init = start)
{
	struct access access;
	struct instruction load = instruction_decode(load_word(0x03, 2, 11, 10, 0));
	struct instruction store = instruction_decode(store_word(0x23, 3, 12, 10, 0));
	struct instruction amo = instruction_decode(amo_word(1, 2, 11, 10, 12));

	vcpu_set_reg(&vcpu, 10, 0x2000000 - 4);
	vcpu.trap.value = 0x2000000;
	cr_expect_eq(access_decode(&vcpu, &load, 0x2000000, &access), ERROR_UNSUPPORTED, "it begins before the device");
	vcpu_set_reg(&vcpu, 10, 0x2000000);
	cr_assert_eq(access_decode(&vcpu, &load, 0x2000000, &access), ERROR_NONE);
	cr_expect(access.width == 4 && !access.store && !access.amo && access.address == 0x2000000);
	access.value = 0x80000000;
	vcpu.trap.instruction = 3;
	vcpu.pc = 0;
	access_complete(&vcpu, &load, &access);
	cr_expect_eq(vcpu_reg(&vcpu, 11), 0xffffffff80000000);
	cr_expect_eq(vcpu.pc, 4);
	cr_assert_eq(access_decode(&vcpu, &store, 0x2000000, &access), ERROR_NONE);
	cr_expect(access.width == 8 && access.store && access.value == vcpu_reg(&vcpu, 12));
	access_complete(&vcpu, &store, &access);
	cr_expect_eq(vcpu_reg(&vcpu, 11), 0xffffffff80000000);
	cr_assert_eq(access_decode(&vcpu, &amo, 0x2000000, &access), ERROR_NONE);
	cr_expect(access.amo && access.funct5 == 1 && access.width == 4);
}

Test(mprv, devices_support_neither_floating_point_accesses_nor_reservations, .init = start)
{
	struct access access;
	struct instruction fld = instruction_decode(load_word(0x07, 3, 1, 10, 0));
	struct instruction lr = instruction_decode(amo_word(2, 2, 11, 10, 0));

	cr_expect_eq(access_decode(&vcpu, &fld, 0, &access), ERROR_UNSUPPORTED);
	cr_expect_eq(access_decode(&vcpu, &lr, 0, &access), ERROR_UNSUPPORTED);
}
