/* Tests which values hv reads from device trees, and how the trees look after hv has edited them for the firmware. */
#include "hv/core/fdt_testing.h"

/* ---- reading ---- */

Test(fdt, harts_timebase_and_memory_can_be_read_with_one_or_two_cells, .init = start)
{
	for (uint32_t cells = 1; cells <= 2; cells++) {
		struct shape shape = usual;

		shape.cells = cells;
		shape.first_id = 5;
		cr_expect_eq(edit(&shape), ERROR_NONE);
		cr_expect_eq(facts.hart_count, 2);
		cr_expect(harts[0].id == 5 && harts[1].id == 6);
		cr_expect_eq(facts.timebase_hz, 10000000);
		cr_expect_eq(machine.ram_count, 1);
		cr_expect_eq(machine.ram[0].base, RAM);
		cr_expect_eq(machine.ram[0].size, RAM_SIZE);
	}
}

Test(fdt, every_range_of_every_memory_node_counts_as_memory, .init = start)
{
	struct shape shape = usual;

	for (shape.each = 1; shape.each <= 3; shape.each++)
		for (shape.nodes = 1; shape.nodes <= 3; shape.nodes++) {
			unsigned count = shape.each * shape.nodes;

			for (unsigned i = 1; i < count; i++)
				shape.memory[i] = (struct range){ 0x100000000 + 0x20000000ull * i, 0x1000 };
			cr_expect_eq(edit(&shape), ERROR_NONE);
			cr_expect_eq(machine.ram_count, count);
			for (unsigned i = 0; i < count; i++) {
				cr_expect(memory_is_guests(shape.memory[i].base + shape.memory[i].size - 1));
				cr_expect_not(memory_is_guests(shape.memory[i].base + shape.memory[i].size));
			}
		}
}

Test(fdt, a_disabled_memory_node_does_not_count_as_memory, .init = start)
{
	struct shape shape = usual;

	shape.memory_status = "disabled";
	cr_expect_eq(edit(&shape), ERROR_TREE_NO_MEMORY);
	shape.memory_status = "okay";
	cr_expect_eq(edit(&shape), ERROR_NONE);
}

Test(fdt, more_ranges_of_memory_than_hv_can_hold_are_an_error, .init = start)
{
	struct shape shape = usual;

	for (unsigned i = 1; i < MOST_RANGES; i++)
		shape.memory[i] = (struct range){ RAM + 2 * RAM_SIZE * i, RAM_SIZE };
	shape.each = MEMORY_RANGES_MAX;
	cr_expect_eq(edit(&shape), ERROR_NONE);
	shape.each++;
	cr_expect_eq(edit(&shape), ERROR_TREE_MEMORY_RANGES);
}

Test(fdt, a_range_that_wraps_around_the_address_space_is_an_error_even_if_others_follow, .init = start)
{
	struct shape shape = usual;

	shape.each = 2;
	shape.memory[0] = (struct range){ ~0xfffull, 0x2000 };
	shape.memory[1] = (struct range){ RAM, RAM_SIZE };
	cr_expect_eq(edit(&shape), ERROR_TREE_DAMAGED);
	shape = usual;
	shape.each = 2;
	shape.memory[1] = (struct range){ ~0xfffull, 0x2000 };
	cr_expect_eq(edit(&shape), ERROR_TREE_DAMAGED);
	shape = usual;
	shape.clint = ~0xfffull;
	cr_expect_eq(edit(&shape), ERROR_TREE_DAMAGED);
}

Test(fdt, hv_edits_nothing_after_the_first_error, .init = start)
{
	struct shape shape = usual;
	const char *isa;

	shape.memory[0] = (struct range){ ~0xfffull, 0x2000 };
	cr_expect_eq(edit(&shape), ERROR_TREE_DAMAGED);
	cr_assert_not_null(isa = fdt_getprop(tree, path("/cpus/cpu@0"), "riscv,isa", NULL));
	cr_expect_str_eq(isa, usual.isa, "the memory node comes before /cpus");
	cr_expect_eq(facts.hart_count, 0);
}

Test(fdt, a_timer_without_its_second_range_serves_no_hart, .init = start)
{
	struct shape shape = usual;

	shape.aclint = true;
	cr_expect_eq(edit(&shape), ERROR_NONE);
	shape.mtimer_ranges = 1;
	cr_expect_eq(edit(&shape), ERROR_NONE);
	for (unsigned i = 0; i < 2; i++) {
		cr_expect_neq(harts[i].vcpu.msip_address, 0);
		cr_expect_eq(harts[i].vcpu.timecmp_address, 0);
	}
}

Test(fdt, a_clint_without_a_range_serves_no_hart, .init = start)
{
	struct shape shape = usual;

	shape.sockets = 2;
	cr_expect_eq(edit(&shape), ERROR_NONE);
	cr_expect_neq(harts[1].vcpu.msip_address, 0);
	shape.without_reg = 1;
	cr_expect_eq(edit(&shape), ERROR_NONE);
	cr_expect_eq(harts[0].vcpu.msip_address, CLINT);
	cr_expect_eq(harts[1].vcpu.msip_address, 0);
	cr_expect_eq(harts[1].vcpu.timecmp_address, 0);
	cr_expect_eq(machine.clint_size, 0x10000, "the region is that of the other CLINT");
	shape.without_reg = 2;
	cr_expect_eq(edit(&shape), ERROR_TREE_NO_CLINT);
}

Test(fdt, harts_over_the_limit_are_counted_but_not_stored, .init = start)
{
	struct shape shape = usual;

	shape.harts = CONFIG_MAX_HARTS + 3;
	cr_expect_eq(edit(&shape), ERROR_NONE);
	cr_expect_eq(facts.hart_count, CONFIG_MAX_HARTS + 3);
	cr_expect_eq(hart_count, CONFIG_MAX_HARTS);
	cr_expect_eq(harts[CONFIG_MAX_HARTS - 1].id, CONFIG_MAX_HARTS - 1);
}

Test(fdt, a_disabled_hart_is_not_counted, .init = start)
{
	struct shape shape = usual;

	shape.status = "disabled";
	cr_expect_eq(edit(&shape), ERROR_NONE);
	cr_expect_eq(facts.hart_count, 1);
	cr_expect_eq(harts[0].id, 1);
	shape.status = "okay";
	cr_expect_eq(edit(&shape), ERROR_NONE);
	cr_expect_eq(facts.hart_count, 2);
}

Test(fdt, harts_without_an_mmu_are_left_out_and_disabled, .init = start)
{
	for (unsigned count = 1; count <= 5; count++)
		for (uint64_t without = 0; without < 1u << count; without++) {
			struct shape shape = usual;
			unsigned used = 0;

			shape.harts = count;
			shape.first_id = 3;
			shape.without_mmu = without;
			if (without == (1u << count) - 1) {
				cr_expect_eq(edit(&shape), ERROR_TREE_NO_HARTS);
				continue;
			}
			require(edit(&shape) == ERROR_NONE, "%lx of %u", without, count);
			for (unsigned i = 0; i < count; i++) {
				char name[32];
				bool stays = !(without >> i & 1);
				const char *status;

				(void)snprintf(name, sizeof(name), "/cpus/cpu@%x", 3 + i);
				status = fdt_getprop(tree, path(name), "status", NULL);
				require(stays == (status == NULL), "hart %u with %lx of %u", i, without, count);
				require(!stays || harts[used].id == 3 + i, "hart %u with %lx of %u", i, without, count);
				used += stays;
			}
			cr_expect_eq(facts.hart_count, used);
			cr_expect_eq(machine.ram_count, 1);
		}
}

Test(fdt, a_hart_whose_mmu_type_is_none_is_left_out, .init = start)
{
	struct shape shape = usual;

	shape.without_mmu = 1;
	shape.names_no_mmu = true;
	cr_expect_eq(edit(&shape), ERROR_NONE);
	cr_expect_eq(facts.hart_count, 1);
	cr_expect_eq(harts[0].id, 1);
}

Test(fdt, harts_without_an_mmu_take_no_room_in_the_table, .init = start)
{
	struct shape shape = usual;

	shape.harts = CONFIG_MAX_HARTS + 1;
	for (unsigned without = 0; without < CONFIG_MAX_HARTS; without++) {
		shape.without_mmu = 1ull << without;
		cr_expect_eq(edit(&shape), ERROR_NONE);
		cr_expect_eq(facts.hart_count, CONFIG_MAX_HARTS);
		for (unsigned i = 0; i < CONFIG_MAX_HARTS; i++)
			cr_expect_eq(harts[i].id, i + (i >= without));
	}
}

Test(fdt, a_tree_without_a_required_node_or_property_is_an_error, .init = start)
{
	struct shape shape = usual;

	shape.nodes = 0;
	cr_expect_eq(edit(&shape), ERROR_TREE_NO_MEMORY);
	shape = usual;
	shape.no_timebase = true;
	cr_expect_eq(edit(&shape), ERROR_TREE_NO_TIMEBASE);
	shape = usual;
	shape.harts = 0;
	cr_expect_eq(edit(&shape), ERROR_TREE_NO_HARTS);
	shape = usual;
	shape.sockets = 0;
	cr_expect_eq(edit(&shape), ERROR_TREE_NO_CLINT);
	memset(tree, 0, ROOM);
	cr_expect_eq(take_over(tree), ERROR_TREE_MISSING);
}

/* ---- controllers ---- */

static void expect_registers(unsigned index, uint64_t base, unsigned in_socket)
{
	const struct vcpu *vcpu = &harts[index].vcpu;

	cr_expect_eq(vcpu->msip_address, base + 4 * in_socket, "msip of %u: %lx", index, vcpu->msip_address);
	cr_expect_eq(vcpu->timecmp_address, base + 0x4000 + 8 * in_socket, "mtimecmp of %u", index);
	cr_expect_eq(vcpu->mtime_address, base + 0xbff8, "mtime of %u", index);
}

Test(fdt, each_hart_has_the_registers_that_a_controller_names_for_it, .init = start)
{
	for (unsigned kind = 0; kind < 4; kind++) {
		struct shape shape = usual;

		shape.harts = 8;
		shape.first_id = 3;
		shape.aclint = kind & 1;
		shape.clint_first = kind & 2;
		for (shape.sockets = 1; shape.sockets <= 4; shape.sockets *= 2) {
			unsigned each = shape.harts / shape.sockets;

			cr_expect_eq(edit(&shape), ERROR_NONE);
			for (unsigned i = 0; i < shape.harts; i++)
				expect_registers(i, CLINT + 0x10000 * (i / each), i % each);
			cr_expect_eq(machine.clint_base, CLINT);
			cr_expect_eq(machine.clint_size, 0x10000 * shape.sockets);
		}
	}
}

Test(fdt, a_hart_that_no_controller_names_has_no_registers, .init = start)
{
	struct shape shape = usual;

	shape.unserved = 1;
	cr_expect_eq(edit(&shape), ERROR_NONE);
	expect_registers(0, CLINT, 0);
	cr_expect_eq(harts[1].vcpu.msip_address, 0);
	cr_expect_eq(harts[1].vcpu.timecmp_address, 0);
}

Test(fdt, clints_are_refused_if_one_pmp_entry_cannot_cover_them_and_nothing_else, .init = start)
{
	struct shape shape = usual;

	shape.sockets = 2;
	cr_expect_eq(edit(&shape), ERROR_NONE);
	shape.clint = CLINT + 0x10000; /* the region has a hole before and after the two CLINTs */
	cr_expect_eq(edit(&shape), ERROR_NONE);
	shape.clint = 0x3ff0000;
	cr_expect_eq(edit(&shape), ERROR_TREE_CLINT_SPREAD);
	shape.clint = 0xfff0000; /* the UART lies between the two CLINTs */
	cr_expect_eq(edit(&shape), ERROR_TREE_CLINT_SPREAD);
	shape.clint = RAM + 0x1000000;
	cr_expect_eq(edit(&shape), ERROR_TREE_CLINT_SPREAD);
}

Test(fdt, only_controllers_with_hidden_registers_are_removed_from_the_tree, .init = start)
{
	struct shape shape = usual;

	shape.imsic = true;
	cr_expect_eq(edit(&shape), ERROR_NONE);
	cr_expect(is_sound(tree, ROOM));
	cr_expect_lt(path("/soc/imsics@m"), 0);
	cr_expect_lt(path("/soc/imsics@s"), 0);
	cr_expect_lt(path("/soc/aplic@m"), 0);
	cr_expect_lt(path("/soc/aplic@s"), 0);
	cr_expect_geq(path("/soc/aplic@wired/child"), 0, "it reaches harts by wire");
	cr_expect_geq(path("/soc/clint"), 0);
	cr_expect_lt(fdt_node_offset_by_compatible(tree, -1, "riscv,imsics"), 0);
}

/* ---- editing ---- */

Test(fdt, hidden_extensions_are_removed_from_both_isa_properties_of_every_hart, .init = start)
{
	static const char list[] = "i\0sstc";

	cr_assert_eq(edit(&usual), ERROR_NONE);
	for (unsigned i = 0; i < 2; i++) {
		int length, node = path(i ? "/cpus/cpu@1" : "/cpus/cpu@0");
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

Test(fdt, a_tree_with_one_isa_property_or_none_can_be_edited, .init = start)
{
	struct shape shape = usual;

	shape.isa = NULL;
	shape.list = "h\0smaia";
	shape.list_length = 8;
	cr_assert_eq(edit(&shape), ERROR_NONE);
	cr_expect_null(fdt_getprop(tree, path("/cpus/cpu@0"), "riscv,isa-extensions", NULL), "nothing is left of it");
	shape.list = NULL;
	cr_assert_eq(edit(&shape), ERROR_NONE);
}

Test(fdt, hvs_memory_is_reserved_with_no_map_and_the_cell_sizes_of_the_parent_node, .init = start)
{
	for (unsigned kind = 0; kind < 4; kind++) {
		struct shape shape = usual;

		shape.reserved = kind & 1;
		shape.cells = kind & 2 ? 1 : 2;
		cr_assert_eq(edit(&shape), ERROR_NONE);
		cr_expect(is_sound(tree, ROOM));
		/* If hv adds /reserved-memory, that node has the same numbers of cells as the root. */
		expect_reserved(shape.reserved ? 1 : shape.cells);
		cr_expect_eq(fdt_num_mem_rsv(tree), 1, "its other reservations are kept");
	}
}

Test(fdt, only_harts_over_the_limit_are_disabled, .init = start)
{
	struct shape shape = usual;
	int node;
	unsigned seen = 0;

	shape.harts = CONFIG_MAX_HARTS + 3;
	shape.status = "okay";
	cr_expect_eq(edit(&shape), ERROR_NONE);
	fdt_for_each_subnode(node, tree, path("/cpus"))
	{
		const char *status = fdt_getprop(tree, node, "status", NULL);

		if (fdt_getprop(tree, node, "device_type", NULL) == NULL)
			continue;
		if (seen++ < CONFIG_MAX_HARTS)
			cr_expect(status == NULL || strcmp(status, "okay") == 0);
		else
			cr_expect_str_eq(status, "disabled");
		cr_expect_not_null(fdt_getprop(tree, node, "mmu-type", NULL));
	}
	cr_expect_eq(seen, CONFIG_MAX_HARTS + 3);
	cr_expect(is_sound(tree, ROOM));
}

Test(fdt, a_hart_over_the_limit_is_removed_if_it_cannot_be_disabled_in_place, .init = start)
{
	struct shape shape = usual;

	shape.harts = CONFIG_MAX_HARTS + 1;
	shape.list = NULL;
	shape.isa = "rv64i";
	cr_expect_eq(edit(&shape), ERROR_NONE);
	cr_expect_geq(path("/cpus/cpu@3f"), 0);
	cr_expect_lt(path("/cpus/cpu@40"), 0);
	cr_expect_geq(path("/cpus/cpu-map"), 0);
}

Test(fdt, an_edited_tree_has_room_for_nodes_of_the_firmware_and_can_be_read_again, .init = start)
{
	cr_assert_eq(edit(&usual), ERROR_NONE);
	cr_expect_geq(fdt_add_subnode(tree, path("/reserved-memory"), "mmode_resv0@80000000"), 0);
	cr_expect_eq(take_over(tree), ERROR_NONE);
	cr_expect_eq(facts.hart_count, 2);
}
