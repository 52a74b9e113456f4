/* Tests which accesses of the firmware to a PLIC hv carries out. The registers of the PLIC are memory of the test. */
#include "hv/device/vplic.h"

#include <stdlib.h>
#include <string.h>

#include "hv/testing/testing.h"

#define BYTES 0x400000ull
#define ENABLES 0x2000ull
#define CONTEXTS 0x200000ull

static uint8_t *registers;
static struct vcpu vcpus[2];

static uint64_t at(uint64_t offset)
{
	return (uint64_t)registers + offset;
}

/* A PLIC with two contexts for each of two harts, as on QEMU's virt board: M-mode, then S-mode. */
static void start(void)
{
	registers = calloc(1, BYTES);
	vplic_add((struct memory_range){ at(0), BYTES });
	for (unsigned i = 0; i < 2; i++) {
		vplic_add_context(&vcpus[i], true);
		vplic_add_context(&vcpus[i], false);
	}
}

static bool is_served(uint64_t offset, unsigned width, bool store, bool runs)
{
	struct access access = { .address = at(offset), .value = 0x80000005, .width = width, .store = store };

	return vplic_access(&vcpus[0], runs, &access) == ERROR_NONE;
}

static bool loads(uint64_t offset, bool runs)
{
	return is_served(offset, 4, false, runs);
}

static uint32_t word(uint64_t offset)
{
	uint32_t value;

	memcpy(&value, registers + offset, sizeof(value));
	return value;
}

Test(vplic, it_contains_the_registers_of_each_plic, .init = start)
{
	vplic_add((struct memory_range){ 0x1000, 0x2000 });
	cr_expect(vplic_contains(at(0)) && vplic_contains(at(BYTES - 1)));
	cr_expect(vplic_contains(0x1000) && vplic_contains(0x2fff));
	cr_expect_not(vplic_contains(at(0) - 1) || vplic_contains(at(BYTES)));
	cr_expect_not(vplic_contains(0xfff) || vplic_contains(0x3000));
}

Test(vplic, each_register_belongs_to_the_context_that_the_specification_names, .init = start)
{
	for (uint64_t offset = 0; offset < BYTES; offset += 4) {
		bool enables = offset >= ENABLES && offset < ENABLES + 4 * 0x80;
		bool context = offset >= CONTEXTS && offset < CONTEXTS + 4 * 0x1000 && offset % 0x1000 <= 4;
		uint64_t number = enables ? (offset - ENABLES) / 0x80 : (offset - CONTEXTS) / 0x1000;
		bool of_machine = (enables || context) && number % 2 == 0;
		bool own = (enables || (context && offset % 0x1000 == 0)) && number == 1;

		require(loads(offset, true) == of_machine, "a load at 0x%lx while the payload runs", offset);
		require(loads(offset, false) == (of_machine || own), "a load at 0x%lx before the payload runs", offset);
	}
}

Test(vplic, an_access_reaches_the_device, .init = start)
{
	struct access load = { .address = at(CONTEXTS), .width = 4 };

	cr_expect(is_served(CONTEXTS, 4, true, true));
	cr_expect_eq(word(CONTEXTS), 0x80000005);
	cr_expect_eq(vplic_access(&vcpus[0], true, &load), ERROR_NONE);
	cr_expect_eq(load.value, 0xffffffff80000005, "a load extends the sign");
}

Test(vplic, a_refused_store_does_not_reach_the_device, .init = start)
{
	cr_expect_not(is_served(CONTEXTS + 0x1000, 4, true, true));
	cr_expect_not(is_served(CONTEXTS + 0x3000, 4, true, false), "another hart's context");
	cr_expect_not(is_served(4, 4, true, false), "the priority of a source");
	cr_expect_eq(word(CONTEXTS + 0x1000) | word(CONTEXTS + 0x3000) | word(4), 0);
}

Test(vplic, only_aligned_loads_and_stores_of_words_are_served, .init = start)
{
	struct access amo = { .address = at(CONTEXTS), .width = 4, .amo = true };

	for (unsigned width = 1; width <= 8; width *= 2)
		for (unsigned offset = 0; offset < 4; offset++)
			cr_expect_eq(is_served(CONTEXTS + offset, width, true, true), width == 4 && offset == 0);
	cr_expect_eq(vplic_access(&vcpus[0], true, &amo), ERROR_DENIED);
}

Test(vplic, a_context_without_a_hart_stays_closed)
{
	struct access access = { .width = 4 };

	registers = calloc(1, BYTES);
	vplic_add((struct memory_range){ at(0), BYTES });
	vplic_add_context(NULL, false);
	access.address = at(CONTEXTS);
	cr_expect_eq(vplic_access(&vcpus[0], false, &access), ERROR_DENIED);
	cr_expect_eq(vplic_access(&vcpus[0], false, &(struct access){ .address = 0, .width = 4 }), ERROR_DENIED);
}

Test(vplic, what_does_not_fit_stays_closed)
{
	registers = calloc(1, BYTES);
	vplic_add_context(&vcpus[0], true); /* there is no PLIC yet */
	for (uint64_t i = 0; i <= VPLIC_MAX; i++) {
		vplic_add((struct memory_range){ at(i * 0x10), 0x10 });
		for (unsigned n = 0; n < CONFIG_MAX_HARTS; n++)
			vplic_add_context(&vcpus[0], true);
	}
	cr_expect(vplic_contains(at((VPLIC_MAX - 1) * 0x10)));
	cr_expect_not(vplic_contains(at(VPLIC_MAX * 0x10)));
}
