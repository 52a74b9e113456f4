/* Tests that hv finds and corrects the boot hart in a struct fw_dynamic_info, and nothing else. */
#include <string.h>

#include "hv/core/core.h"
#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

#define WORDS 8
#define INFO (TESTING_HV_BASE + TESTING_HV_SIZE)
#define VERSION 1
#define BOOT_HART 5
#define MAGIC 0x4942534full

static struct vcpu hart;
static uint64_t memory[WORDS];

/* A struct of version 2 at the start of memory, which names hart 3. */
static const uint64_t sample[WORDS] = { MAGIC, 2, 0x80200000, 1, 0, 3, 0x55, 0x66 };

static void start(void)
{
	testing_boot_usual(&hart);
	host_memory_add(INFO, sizeof(memory), (uint8_t *)memory);
	testing_set_ram(INFO, sizeof(memory));
	memcpy(memory, sample, sizeof(memory));
}

Test(firmware_info, the_boot_hart_is_read_from_version_2_and_later, .init = start)
{
	cr_expect_eq(firmware_info_boot_hart(INFO), 3);
	memory[VERSION] = 3;
	cr_expect_eq(firmware_info_boot_hart(INFO), 3);
	memory[BOOT_HART] = FIRMWARE_BOOT_HART_ANY;
	cr_expect_eq(firmware_info_boot_hart(INFO), FIRMWARE_BOOT_HART_ANY);
}

Test(firmware_info, any_hart_may_boot_if_there_is_no_struct_with_a_boot_hart, .init = start)
{
	memory[VERSION] = 1;
	cr_expect_eq(firmware_info_boot_hart(INFO), FIRMWARE_BOOT_HART_ANY);
	memory[VERSION] = 2;
	for (unsigned bit = 0; bit < 64; bit++) {
		memory[0] = MAGIC ^ 1ull << bit;
		require(firmware_info_boot_hart(INFO) == FIRMWARE_BOOT_HART_ANY, "bit %u", bit);
	}
}

Test(firmware_info, an_address_outside_memory_holds_no_struct, .init = start)
{
	uint64_t end = INFO + sizeof(memory);

	cr_expect_eq(firmware_info_boot_hart(0), FIRMWARE_BOOT_HART_ANY);
	cr_expect_eq(firmware_info_boot_hart(~0ull), FIRMWARE_BOOT_HART_ANY);
	memcpy(&memory[WORDS - 1], sample, sizeof(*sample)); /* only the magic number is in memory */
	cr_expect_eq(firmware_info_boot_hart(end - 8), FIRMWARE_BOOT_HART_ANY);
	memcpy(&memory[WORDS - 5], sample, 5 * sizeof(*sample)); /* all but the boot hart is in memory */
	cr_expect_eq(firmware_info_boot_hart(end - 40), FIRMWARE_BOOT_HART_ANY);
	for (unsigned offset = 1; offset < 8; offset++)
		cr_expect_eq(firmware_info_boot_hart(INFO + offset), FIRMWARE_BOOT_HART_ANY);
	memcpy(memory, sample, sizeof(memory));
	machine.ram_count = 0;
	cr_expect_eq(firmware_info_boot_hart(INFO), FIRMWARE_BOOT_HART_ANY, "a device that can be read");
}

Test(firmware_info, only_the_boot_hart_is_changed, .init = start)
{
	cr_expect(firmware_info_set_boot_hart(INFO, 1));
	for (unsigned i = 0; i < WORDS; i++)
		cr_expect_eq(memory[i], i == BOOT_HART ? 1 : sample[i], "word %u", i);
}

Test(firmware_info, a_struct_that_cannot_be_changed_is_reported, .init = start)
{
	cr_expect_not(firmware_info_set_boot_hart(INFO + sizeof(memory), 1));
}
