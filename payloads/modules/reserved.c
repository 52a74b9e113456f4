/* Tests that the device tree reserves the memory that the module keeper asks for, in hv's node. */
#include "payloads/runtime/fdt.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/test.h"

#define RANGES 2
#define CELLS 4 /* address and size have two each */

struct found {
	unsigned no_map, ranges;
	uint64_t numbers[2 * RANGES];
};

static bool look(const struct fdt_property *property, void *argument)
{
	struct found *found = argument;
	if (property->depth != 3 || !fdt_text_equal(property->node, "hartscope"))
		return true;
	found->no_map += fdt_text_equal(property->name, "no-map");
	if (!fdt_text_equal(property->name, "reg"))
		return true;
	found->ranges = property->length / (4 * CELLS);
	for (unsigned i = 0; i < 2 * RANGES && i < 2 * found->ranges; i++)
		found->numbers[i] = (uint64_t)fdt_number(property->value + 8 * (uint64_t)i) << 32 |
				    fdt_number(property->value + 8 * (uint64_t)i + 4);
	return true;
}

TEST(the_tree_reserves_the_modules_memory_after_hvs)
{
	struct found found = { 0 };
	fdt_walk((const void *)harts[0].entry.a1, look, &found);
	expect_equal(found.no_map, 1, "the node has no-map");
	expect_equal(found.ranges, RANGES, "the ranges");
	expect_equal(found.numbers[0], RAM_ADDRESS, "hv's memory comes first");
	expect_equal(found.numbers[2], PAYLOAD_ADDRESS + 0x1000000, "the start of the module's memory");
	expect_equal(found.numbers[3], 0x200000, "its size");
}
