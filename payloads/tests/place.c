/* A firmware that is linked at several addresses and runs under images of hv of several sizes. It must run at the
 * address where it is linked, and must be able to use all memory except the memory that the device tree reserves. It
 * must print the same lines wherever hv lies, and also on the bare machine. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/fdt.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define FW_DYNAMIC_MAGIC 0x4942534f /* first word of struct fw_dynamic_info, whose address QEMU passes in a2 */
#define OWN_BYTES 0x200000          /* more than the size of this guest */
#define LEAST_BLOCK UINT64_C(0x200000)

struct range {
	uint64_t base, size;
};

struct layout {
	struct range ram, reserved;
};

extern const char start[];

/* The address of the symbol `start` as the linker has written it into memory. Code computes addresses relative to pc
 * instead. The two differ if the guest does not run at the address where it is linked. */
static const char *const volatile linked_start = start;

static struct range range_of(const struct fdt_property *property)
{
	const uint8_t *value = property->value;
	return (struct range){ (uint64_t)fdt_number(value) << 32 | fdt_number(value + 4),
			       (uint64_t)fdt_number(value + 8) << 32 | fdt_number(value + 12) };
}

static bool begins_with(const char *text, const char *start_of_it)
{
	while (*start_of_it && *text == *start_of_it) {
		text++;
		start_of_it++;
	}
	return !*start_of_it;
}

static bool note(const struct fdt_property *property, void *argument)
{
	struct layout *layout = argument;
	if (!fdt_text_equal(property->name, "reg") || property->length != 16)
		return true;
	if (property->depth == 2 && begins_with(property->node, "memory@"))
		layout->ram = range_of(property);
	if (property->depth == 3 && fdt_text_equal(property->node, "hartscope"))
		layout->reserved = range_of(property);
	return true;
}

static struct layout find(void)
{
	struct layout layout = { 0 };
	fdt_walk((const void *)harts[0].entry.a1, note, &layout);
	return layout;
}

static bool is_reserved(const struct layout *layout, uint64_t address)
{
	return address - layout->reserved.base < layout->reserved.size;
}

static bool is_ram(const struct layout *layout, uint64_t address)
{
	return address - layout->ram.base < layout->ram.size;
}

TEST(s33_the_firmware_runs_where_it_is_linked)
{
	const char *here;
	__asm__("lla %0, start" : "=r"(here));
	expect(here == linked_start, "start lies at the address for which it is linked");
	show("address of start", (uint64_t)here);
}

static void do_nothing(void *unused)
{
	(void)unused;
}

TEST(s33_all_harts_get_the_arguments_that_the_reset_code_passes)
{
	uint64_t info = harts[0].entry.a2;
	hart_all(do_nothing, 0); /* waits for all harts: some may enter much later */
	for (unsigned i = 0; i < hart_count(); i++) {
		expect_equal(harts[i].entry.a0, i, "a0 is the hart's id");
		expect_equal(harts[i].entry.a1, harts[0].entry.a1, "a1 is the same as on hart 0");
		expect_equal(harts[i].entry.a2, info, "a2 is the same as on hart 0");
	}
	expect(fdt_is_valid((const void *)harts[0].entry.a1), "a1 points to a device tree");
	expect_equal(load64(info), FW_DYNAMIC_MAGIC, "a2 points to a struct fw_dynamic_info");
	show("address of the device tree", harts[0].entry.a1);
}

TEST(s33_the_reserved_memory_is_one_aligned_block_outside_the_firmware)
{
	struct layout layout = find();
	struct range block = layout.reserved;
	bool good = !block.size ||
		    (block.size >= LEAST_BLOCK && !(block.size & (block.size - 1)) && !(block.base & (block.size - 1)));
	expect(good, "the block's size is a power of two, and its address a multiple of that");
	expect(!block.size || (is_ram(&layout, block.base) && is_ram(&layout, block.base + block.size - 1)),
	       "the block lies in memory");
	expect(!is_reserved(&layout, (uint64_t)start), "the block does not contain the firmware");
	expect(!is_reserved(&layout, harts[0].entry.a1), "the block does not contain the device tree");
}

static uint64_t use(uint64_t address)
{
	uint64_t old = load64(address);
	store64(address, ~old);
	uint64_t seen = load64(address);
	store64(address, old);
	return seen == ~old;
}

TEST(s33_the_firmware_can_use_all_other_memory)
{
	struct layout layout = find();
	uint64_t step = layout.ram.size / 1024, wrong = 0;
	quiet();
	for (uint64_t address = layout.ram.base + step - 8; is_ram(&layout, address); address += step)
		if (!is_reserved(&layout, address) && address - (uint64_t)start >= OWN_BYTES)
			wrong += !use(address);
	expect_equal(wrong, 0, "one word in each 1024th of memory was tried; number of words that cannot be used");
}

static bool is_closed(uint64_t address)
{
	trap_catch(trap_machine());
	(void)load64(address);
	return trap_release(trap_machine()).cause == CAUSE_LOAD_ACCESS;
}

TEST(s33_the_reserved_block_is_closed_exactly_between_its_borders)
{
	struct layout layout = find();
	uint64_t first = layout.reserved.base, last = first + layout.reserved.size - 8;
	quiet();
	expect(!layout.reserved.size || (is_closed(first) && is_closed(last)),
	       "the first and the last word of the block are not accessible");
	expect(!layout.reserved.size || !is_ram(&layout, first - 8) || use(first - 8),
	       "the word below the block is accessible");
	expect(!layout.reserved.size || !is_ram(&layout, last + 8) || use(last + 8),
	       "the word above the block is accessible");
}
