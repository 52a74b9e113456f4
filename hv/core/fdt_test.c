/* What hv reads of device trees, and what it leaves of them for the firmware. */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "hv/core/core.h"
#include "hv/testing/testing.h"
#include "hv/virt/machine.h"

#define ROOM 16384

struct hart harts[CONFIG_MAX_HARTS];

static uint8_t tree[ROOM];

/* How a machine's tree looks. */
struct shape {
	unsigned harts;
	unsigned first_id;
	uint32_t cells; /* #address-cells and #size-cells of the root */
	const char *isa;
	const char *list;
	int list_length;
	bool reserved; /* it has a /reserved-memory already */
	bool no_memory, no_timebase;
};

static const struct shape usual = {
	.harts = 2, .cells = 2, .isa = "rv64imafdch_zicbom_smaia_sstc", .list = "i\0h\0smaia\0sstc", .list_length = 15
};

static void add_hart(void *fdt, const struct shape *shape, unsigned index)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "cpu@%x", shape->first_id + index);
	cr_assert_eq(fdt_begin_node(fdt, name), 0);
	cr_assert_eq(fdt_property_string(fdt, "device_type", "cpu"), 0);
	cr_assert_eq(fdt_property_u32(fdt, "reg", shape->first_id + index), 0);
	if (shape->isa)
		cr_assert_eq(fdt_property(fdt, "riscv,isa", shape->isa, (int)strlen(shape->isa) + 1), 0);
	if (shape->list)
		cr_assert_eq(fdt_property(fdt, "riscv,isa-extensions", shape->list, shape->list_length), 0);
	cr_assert_eq(fdt_property_string(fdt, "mmu-type", "riscv,sv57"), 0);
	cr_assert_eq(fdt_end_node(fdt), 0);
}

static void add_memory(void *fdt, uint32_t cells)
{
	fdt64_t wide[2] = { cpu_to_fdt64(0x80000000), cpu_to_fdt64(0x10000000) };
	fdt32_t narrow[2] = { cpu_to_fdt32(0x80000000), cpu_to_fdt32(0x10000000) };

	cr_assert_eq(fdt_begin_node(fdt, "memory@80000000"), 0);
	cr_assert_eq(fdt_property_string(fdt, "device_type", "memory"), 0);
	cr_assert_eq(fdt_property(fdt, "reg", cells == 2 ? (void *)wide : narrow, 8 * (int)cells), 0);
	cr_assert_eq(fdt_end_node(fdt), 0);
}

static void add_reserved(void *fdt)
{
	cr_assert_eq(fdt_begin_node(fdt, "reserved-memory"), 0);
	cr_assert_eq(fdt_property_u32(fdt, "#address-cells", 1), 0);
	cr_assert_eq(fdt_property_u32(fdt, "#size-cells", 1), 0);
	cr_assert_eq(fdt_property(fdt, "ranges", NULL, 0), 0);
	cr_assert_eq(fdt_end_node(fdt), 0);
}

static void build(const struct shape *shape)
{
	void *fdt = tree;

	cr_assert_eq(fdt_create(fdt, ROOM - 2048), 0);
	cr_assert_eq(fdt_finish_reservemap(fdt), 0);
	cr_assert_eq(fdt_begin_node(fdt, ""), 0);
	cr_assert_eq(fdt_property_u32(fdt, "#address-cells", shape->cells), 0);
	cr_assert_eq(fdt_property_u32(fdt, "#size-cells", shape->cells), 0);
	if (!shape->no_memory)
		add_memory(fdt, shape->cells);
	if (shape->reserved)
		add_reserved(fdt);
	cr_assert_eq(fdt_begin_node(fdt, "cpus"), 0);
	cr_assert_eq(fdt_property_u32(fdt, "#address-cells", 1), 0);
	cr_assert_eq(fdt_property_u32(fdt, "#size-cells", 0), 0);
	if (!shape->no_timebase)
		cr_assert_eq(fdt_property_u32(fdt, "timebase-frequency", 10000000), 0);
	for (unsigned i = 0; i < shape->harts; i++)
		add_hart(fdt, shape, i);
	cr_assert_eq(fdt_begin_node(fdt, "cpu-map"), 0);
	cr_assert_eq(fdt_end_node(fdt), 0);
	cr_assert_eq(fdt_end_node(fdt), 0);
	cr_assert_eq(fdt_end_node(fdt), 0);
	cr_assert_eq(fdt_finish(fdt), 0);
}

static const char *edit(const struct shape *shape)
{
	machine.hv_base = 0x80000000;
	machine.hv_size = 0x200000;
	build(shape);
	return fdt_edit(tree, &(struct fdt_facts){ .hart_count = shape->harts });
}

/* ---- reading ---- */

Test(fdt, harts_time_and_memory_are_read_in_cells_of_one_or_two)
{
	for (uint32_t cells = 1; cells <= 2; cells++) {
		struct shape shape = usual;
		struct fdt_facts facts;

		shape.cells = cells;
		shape.first_id = 5;
		build(&shape);
		cr_expect_null(fdt_read(tree, &facts));
		cr_expect_eq(facts.hart_count, 2);
		cr_expect(harts[0].id == 5 && harts[1].id == 6);
		cr_expect_eq(facts.timebase_hz, 10000000);
		cr_expect_eq(facts.memory_base, 0x80000000);
		cr_expect_eq(facts.memory_size, 0x10000000);
	}
}

Test(fdt, harts_over_the_limit_are_counted_and_not_stored)
{
	struct shape shape = { .harts = CONFIG_MAX_HARTS + 3, .cells = 2 };
	struct fdt_facts facts;

	build(&shape);
	cr_expect_null(fdt_read(tree, &facts));
	cr_expect_eq(facts.hart_count, CONFIG_MAX_HARTS + 3);
	cr_expect_eq(harts[CONFIG_MAX_HARTS - 1].id, CONFIG_MAX_HARTS - 1);
}

Test(fdt, harts_over_the_limit_are_disabled_and_no_others)
{
	struct shape shape = { .harts = CONFIG_MAX_HARTS + 3, .cells = 2 };
	int node;
	unsigned seen = 0;

	cr_expect_null(edit(&shape));
	fdt_for_each_subnode(node, tree, fdt_path_offset(tree, "/cpus"))
	{
		const char *status = fdt_getprop(tree, node, "status", NULL);

		if (fdt_getprop(tree, node, "device_type", NULL) == NULL)
			continue;
		if (seen++ < CONFIG_MAX_HARTS)
			cr_expect_null(status);
		else
			cr_expect_str_eq(status, "disabled");
	}
	cr_expect_eq(seen, CONFIG_MAX_HARTS + 3);
}

Test(fdt, what_a_tree_lacks_is_said)
{
	struct shape shape = usual;
	struct fdt_facts facts;

	shape.no_memory = true;
	build(&shape);
	cr_expect_not_null(fdt_read(tree, &facts));
	shape = usual;
	shape.no_timebase = true;
	build(&shape);
	cr_expect_not_null(fdt_read(tree, &facts));
	memset(tree, 0, sizeof(tree));
	cr_expect_not_null(fdt_read(tree, &facts));
}

/* ---- editing ---- */

Test(fdt, hidden_extensions_leave_both_forms_of_every_hart)
{
	static const char list[] = "i\0sstc";

	cr_assert_null(edit(&usual));
	for (unsigned i = 0; i < 2; i++) {
		int length, node = fdt_path_offset(tree, i ? "/cpus/cpu@1" : "/cpus/cpu@0");
		const char *isa = fdt_getprop(tree, node, "riscv,isa", &length);

		cr_assert_not_null(isa);
		cr_expect_str_eq(isa, "rv64imafdc_zicbom_sstc");
		cr_expect_eq(length, (int)strlen(isa) + 1);
		cr_assert_not_null(isa = fdt_getprop(tree, node, "riscv,isa-extensions", &length));
		cr_assert_eq(length, (int)sizeof(list));
		cr_expect_arr_eq(isa, list, sizeof(list));
		cr_expect_str_eq(fdt_getprop(tree, node, "mmu-type", NULL), "riscv,sv57");
	}
}

Test(fdt, a_tree_with_one_form_or_none_is_edited_alike)
{
	struct shape shape = { .harts = 1, .cells = 2, .list = "h\0smaia", .list_length = 8 };

	cr_assert_null(edit(&shape));
	cr_expect_null(fdt_getprop(tree, fdt_path_offset(tree, "/cpus/cpu@0"), "riscv,isa-extensions", NULL),
		       "nothing is left of it");
	shape.list = NULL;
	cr_assert_null(edit(&shape));
}

Test(fdt, hvs_memory_is_reserved_without_a_map_in_the_cells_of_its_parent)
{
	for (unsigned reserved = 0; reserved < 2; reserved++) {
		struct shape shape = usual;
		int length, node;
		const fdt32_t *reg;

		shape.reserved = reserved;
		cr_assert_null(edit(&shape));
		node = fdt_path_offset(tree, "/reserved-memory/hartscope");
		cr_assert_geq(node, 0);
		cr_expect_not_null(fdt_getprop(tree, node, "no-map", NULL));
		cr_assert_not_null(reg = fdt_getprop(tree, node, "reg", &length));
		cr_assert_eq(length, reserved ? 8 : 16);
		cr_expect_eq(fdt32_to_cpu(reg[reserved ? 0 : 1]), 0x80000000);
		cr_expect_eq(fdt32_to_cpu(reg[reserved ? 1 : 3]), 0x200000);
	}
}

Test(fdt, an_edited_tree_has_room_for_the_firmwares_own_nodes_and_is_still_read)
{
	struct fdt_facts facts;

	cr_assert_null(edit(&usual));
	cr_expect_null(fdt_read(tree, &facts));
	cr_expect_eq(facts.hart_count, 2);
	cr_expect_leq(fdt_totalsize(tree), ROOM);
	cr_expect_geq(fdt_add_subnode(tree, fdt_path_offset(tree, "/reserved-memory"), "mmode_resv0@80000000"), 0);
}
