/* Tests the device tree in an image with a module that reserves memory (sample). */
#include "hv/core/fdt_testing.h"

#define PAYLOAD 0x80400000ull

Test(fdt_reserve, the_modules_range_follows_hvs_memory_in_the_node_with_no_map, .init = start)
{
	static const uint64_t expected[] = { RAM, HV_SIZE, PAYLOAD + 0x100000, 0x2000 };

	for (unsigned kind = 0; kind < 4; kind++) {
		struct shape shape = usual;
		const fdt32_t *reg;
		int length, node;

		shape.reserved = kind & 1;
		shape.cells = kind & 2 ? 1 : 2;
		cr_assert_eq(edit(&shape), ERROR_NONE);
		cr_expect(is_sound(tree, ROOM));
		node = path("/reserved-memory/hartscope");

		unsigned cells = shape.reserved ? 1 : shape.cells;

		cr_expect_not_null(fdt_getprop(tree, node, "no-map", NULL));
		cr_assert_not_null(reg = fdt_getprop(tree, node, "reg", &length));
		cr_assert_eq(length, 16 * (int)cells);
		for (unsigned i = 0; i < 4; i++) {
			cr_expect_eq(fdt32_to_cpu(reg[cells * (i + 1) - 1]), expected[i]);
			cr_expect(cells == 1 || fdt32_to_cpu(reg[cells * i]) == 0);
		}
	}
}
