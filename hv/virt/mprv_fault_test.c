/* Tests that a store that faults writes nothing, and that hv divides only misaligned accesses into bytes. */
#include <string.h>

#include "hv/testing/access.h"
#include "hv/testing/instruction_word.h"
#include "hv/testing/testing.h"

#define MEMORY 0x10000000ull

static struct vcpu vcpu;
static uint8_t memory[64];

static void start(void)
{
	testing_boot_usual(&vcpu);
	memset(memory, 0x11, sizeof(memory));
	vcpu_set_reg(&vcpu, 11, 0x8899aabbccddeeff);
}

static enum emulation execute(uint32_t word, uint64_t address)
{
	return testing_access(&vcpu, word, CAUSE_STORE_ACCESS, address);
}

static void expect_unchanged(void)
{
	for (unsigned i = 0; i < sizeof(memory); i++)
		require(memory[i] == 0x11, "byte %u", i);
}

Test(mprv_fault, a_misaligned_store_writes_nothing_if_any_of_its_bytes_is_not_there, .init = start)
{
	host_memory_add(MEMORY, sizeof(memory), memory);
	for (unsigned funct3 = 1; funct3 < 4; funct3++)
		for (unsigned missing = 1; missing < 1u << funct3; missing++) {
			uint64_t width = 1u << funct3;
			uint32_t word = store_word(0x23, funct3, 11, 10, 0);

			require(execute(word, MEMORY + sizeof(memory) - width + missing) == EMULATION_FAULT,
				"%lu bytes, %u of them behind the end", width, missing);
			expect_unchanged();
			require(vcpu.fault.cause == CAUSE_STORE_ACCESS, "cause %lu", vcpu.fault.cause);
			require(vcpu.fault.value == MEMORY + sizeof(memory), "%lu bytes, %u of them: address %lx",
				width, missing, vcpu.fault.value);
			require(execute(word, MEMORY - missing) == EMULATION_FAULT, "%u before the start", missing);
			expect_unchanged();
			require(vcpu.fault.value == MEMORY - missing, "address %lx", vcpu.fault.value);
		}
}

Test(mprv_fault, a_misaligned_store_needs_no_byte_behind_its_last_one, .init = start)
{
	host_memory_add(MEMORY, 60, memory);
	cr_expect_eq(execute(store_word(0x23, 3, 11, 10, 0), MEMORY + 52), EMULATION_DONE);
	cr_expect_eq(memory[52], 0xff);
	cr_expect_eq(memory[59], 0x88);
	cr_expect_eq(memory[60], 0x11);
}

/* A device may accept only some widths. An access that it refuses must not reach it in another form. */
Test(mprv_fault, an_access_that_a_device_refuses_is_not_divided, .init = start)
{
	host_device_add(MEMORY, sizeof(memory), memory, 1);
	for (unsigned funct3 = 1; funct3 < 4; funct3++) {
		cr_expect_eq(execute(store_word(0x23, funct3, 11, 10, 0), MEMORY), EMULATION_FAULT);
		cr_expect_eq(vcpu.fault.cause, CAUSE_STORE_ACCESS);
		expect_unchanged();
		cr_expect_eq(execute(load_word(0x03, funct3, 12, 10, 0), MEMORY), EMULATION_FAULT);
		cr_expect_eq(vcpu.fault.cause, CAUSE_LOAD_ACCESS);
	}
	cr_expect_eq(execute(store_word(0x23, 0, 11, 10, 0), MEMORY), EMULATION_DONE);
	cr_expect_eq(memory[0], 0xff);
}

/* This device would even accept the accesses with which hv tries a misaligned store. */
Test(mprv_fault, a_store_that_a_device_refuses_is_not_divided_even_if_the_device_takes_words, .init = start)
{
	host_device_add(MEMORY, sizeof(memory), memory, 1 | 4);
	cr_expect_eq(execute(store_word(0x23, 3, 11, 10, 0), MEMORY), EMULATION_FAULT);
	cr_expect_eq(vcpu.fault.cause, CAUSE_STORE_ACCESS);
	expect_unchanged();
	cr_expect_eq(execute(store_word(0x23, 2, 11, 10, 0), MEMORY), EMULATION_DONE);
	cr_expect_eq(memory[3], 0xcc);
}
