/* Tests misaligned accesses on a simulated hart without support for them. The fast path must have the same results as the
 * hook, or leave everything unchanged to it. */
#include "modules/offload/offload.h"

#include <string.h>

#include "hv/testing/module.h"

#define DATA (TESTING_PAYLOAD + 0x10000)
#define BYTES 64

static uint32_t code[2];
static uint8_t memory[BYTES], pattern[BYTES];

static void start(void)
{
	testing_module_start(1);
	testing_enter_payload(MODE_SUPERVISOR);
	testing_module_memory(TESTING_PAYLOAD, sizeof(code), code);
	testing_module_memory(DATA, BYTES, memory);
	for (unsigned i = 0; i < BYTES; i++)
		pattern[i] = (uint8_t)(0x81 + i * 37);
	testing_vcpu()->medeleg = 0;
}

/* Register @p base has the address @p address, and every other register a value of its own. */
static uint64_t value_of(unsigned index, unsigned base, uint64_t address)
{
	return index == 0 ? 0 : index == base ? address : 0xa1b2c3d4e5f60708ull * (index | 1);
}

static void prepare(uint32_t word, unsigned base, uint64_t address, uint64_t cause)
{
	struct vcpu *vcpu = testing_vcpu();

	code[0] = word;
	memcpy(memory, pattern, BYTES);
	for (unsigned i = 0; i < 32; i++) {
		vcpu->regs[i] = host_hart.live[i] = value_of(i, base, address);
		if (register_is_saved(i))
			host_hart.live[i] = 0xdeaddeaddeadull;
	}
	vcpu->pc = TESTING_PAYLOAD;
	testing_take(cause, address);
	csr_write(CSR_mepc, TESTING_PAYLOAD);
	csr_write(CSR_mtval, address);
	csr_write(CSR_mcause, cause);
	host_hart.end = HOST_END_NONE;
}

static void run_fast(uint32_t word, unsigned base, uint64_t address, uint64_t cause)
{
	prepare(word, base, address, cause);
	for (unsigned i = 0; i < 32; i++)
		if (!register_is_saved(i))
			testing_vcpu()->regs[i] = 0x0bad0bad0badull; /* only the hardware has these registers */
	offload_fast_misaligned(testing_state(offload), testing_hart(), testing_vcpu(), cause);
}

/* Runs the hook, and then the fast path. @return whether the fast path has handled the access */
static bool compare(uint32_t word, unsigned base, uint64_t address, uint64_t cause)
{
	uint64_t regs[32], pc;
	uint8_t bytes[BYTES];
	enum hook_action action;

	prepare(word, base, address, cause);
	action = offload_trap_from_payload(testing_state(offload), testing_hart(), testing_vcpu());
	memcpy(regs, testing_vcpu()->regs, sizeof(regs));
	memcpy(bytes, memory, BYTES);
	pc = testing_vcpu()->pc;
	run_fast(word, base, address, cause);
	if (host_hart.end == HOST_END_SLOW) {
		require(memcmp(memory, pattern, BYTES) == 0, "%x changes memory", word);
		require(csr_read(CSR_mepc) == TESTING_PAYLOAD && csr_read(CSR_mtval) == address &&
				csr_read(CSR_mcause) == cause,
			"%x changes the trap", word);
		return false;
	}
	require(host_hart.end == HOST_END_RETURN && action == HOOK_OVERWRITE, "%x at %lx", word, address);
	require(memcmp(memory, bytes, BYTES) == 0, "%x at %lx stores something else", word, address);
	require(csr_read(CSR_mepc) == pc, "%x continues elsewhere", word);
	for (unsigned i = 0; i < 32; i++)
		require((register_is_saved(i) ? testing_vcpu()->regs[i] : host_hart.live[i]) == regs[i],
			"%x at %lx: x%u", word, address, i);
	return true;
}

static uint32_t load(unsigned funct3, unsigned rd, unsigned rs1, int offset)
{
	return (uint32_t)offset << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x03;
}

static uint32_t store(unsigned funct3, unsigned rs2, unsigned rs1, int offset)
{
	uint32_t bits = (uint32_t)offset;

	return (bits >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (bits & 31) << 7 | 0x23;
}

/* All widths, all registers as data and as base, all addresses in a doubleword. */
Test(misaligned, the_fast_path_and_the_hook_have_the_same_results, .init = start)
{
	static const int offsets[] = { 0, 13, -17, 2047, -2048 };

	for (unsigned i = 0; i < 32 * 31 * 8 * 8 * 2; i++) {
		unsigned data = i % 32, base = 1 + i / 32 % 31, funct3 = i / 992 % 8, low = i / 7936 % 8;
		bool is_store = i >= 63488;
		int offset = offsets[i % 5];
		uint64_t address = DATA + 16 + low;
		bool plain = is_store ? funct3 < 4 : funct3 < 7, misaligned = low & ((1u << (funct3 & 3)) - 1);
		uint32_t word = is_store ? store(funct3, data, base, offset) : load(funct3, data, base, offset);

		require(compare(word, base, address - (uint64_t)(int64_t)offset,
				is_store ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED) == (plain && misaligned),
			"%x at %lx", word, address);
	}
}

/* All 2^16 compressed instructions. */
Test(misaligned, compressed_forms_have_the_same_results, .init = start)
{
	unsigned handled = 0;

	for (uint32_t word = 0; word < 1 << 16; word++) {
		unsigned base = 8 + (word >> 7 & 7);

		if ((word & 3) != 3)
			handled += compare(word, base, DATA + 3, CAUSE_LOAD_MISALIGNED);
	}
	cr_expect_gt(handled, 100);
}

Test(misaligned, an_access_that_leaves_the_memory_changes_nothing, .init = start)
{
	for (unsigned before = 1; before < 8; before++) {
		cr_expect(!compare(load(3, 5, 6, 0), 6, DATA + BYTES - before, CAUSE_LOAD_MISALIGNED));
		cr_expect(!compare(store(3, 5, 6, 0), 6, DATA + BYTES - before, CAUSE_STORE_MISALIGNED));
	}
}

Test(misaligned, the_firmware_may_delegate_the_exception, .init = start)
{
	testing_vcpu()->medeleg = 1ull << CAUSE_LOAD_MISALIGNED;
	cr_expect(!compare(load(3, 5, 6, 0), 6, DATA + 1, CAUSE_LOAD_MISALIGNED));
	cr_expect(compare(store(3, 5, 6, 0), 6, DATA + 1, CAUSE_STORE_MISALIGNED));
}
