/* What hv reads of device trees, and what it leaves of them for the firmware. libfdt builds the trees and reads them
 * afterwards; hv has a reader of its own. */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "hv/core/core.h"
#include "hv/testing/testing.h"
#include "hv/virt/machine.h"

#define RAM 0x80000000ull
#define RAM_SIZE 0x10000000ull
#define CLINT 0x2000000ull
#define ROOM 0x40000
#define TREE_ADDRESS (RAM + RAM_SIZE - ROOM) /* the trees lie at the end of memory */
#define HV_SIZE 0x200000ull
#define MOST_RANGES 20

struct hart harts[CONFIG_MAX_HARTS];
unsigned hart_count;

static uint8_t *const tree = (uint8_t *)TREE_ADDRESS;
static struct fdt_facts facts;

struct range {
	uint64_t base, size;
};

/* How a machine's tree looks. */
struct shape {
	unsigned harts;
	unsigned first_id;
	uint32_t cells; /* #address-cells and #size-cells of the root */
	const char *isa;
	const char *list;
	int list_length;
	const char *status; /* of the first hart */
	bool reserved;      /* it has a /reserved-memory already */
	bool no_timebase;
	bool clint_first;     /* before /cpus */
	bool aclint, imsic;   /* what interrupt controllers it has */
	unsigned sockets;     /* CLINTs, 0x10000 bytes apart, for as many harts each */
	uint64_t clint;       /* where the first is */
	unsigned unserved;    /* harts at the end that no CLINT names */
	unsigned nodes, each; /* memory nodes, and ranges in each */
	struct range memory[MOST_RANGES];
	const char *memory_status;
};

static const struct shape usual = { .harts = 2,
				    .cells = 2,
				    .isa = "rv64imafdch_zicbom_smaia_sstc",
				    .list = "i\0h\0smaia\0sstc",
				    .list_length = 15,
				    .sockets = 1,
				    .clint = CLINT,
				    .nodes = 1,
				    .each = 1,
				    .memory = { { RAM, RAM_SIZE } } };

/* ---- building ---- */

static void put(int error)
{
	require(error == 0, "libfdt: %s", fdt_strerror(error));
}

static void put_text(void *fdt, const char *name, const char *text)
{
	put(fdt_property(fdt, name, text, (int)strlen(text) + 1));
}

static uint32_t phandle_of(unsigned index)
{
	return 100 + index;
}

static void add_hart(void *fdt, const struct shape *shape, unsigned index)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "cpu@%x", shape->first_id + index);
	put(fdt_begin_node(fdt, name));
	put(fdt_property_string(fdt, "device_type", "cpu"));
	put(fdt_property_u32(fdt, "reg", shape->first_id + index));
	if (shape->status && index == 0)
		put_text(fdt, "status", shape->status);
	if (shape->isa)
		put(fdt_property(fdt, "riscv,isa", shape->isa, (int)strlen(shape->isa) + 1));
	if (shape->list)
		put(fdt_property(fdt, "riscv,isa-extensions", shape->list, shape->list_length));
	put(fdt_property_string(fdt, "mmu-type", "riscv,sv57"));
	put(fdt_begin_node(fdt, "interrupt-controller"));
	put(fdt_property_u32(fdt, "phandle", phandle_of(index)));
	put(fdt_property_string(fdt, "compatible", "riscv,cpu-intc"));
	put(fdt_end_node(fdt));
	put(fdt_end_node(fdt));
}

static void add_ranges(void *fdt, uint32_t cells, const struct range *ranges, unsigned count)
{
	fdt32_t reg[4 * MOST_RANGES];
	unsigned length = 0;

	for (unsigned i = 0; i < 2 * count; i++) {
		uint64_t value = i % 2 ? ranges[i / 2].size : ranges[i / 2].base;

		if (cells == 2)
			reg[length++] = cpu_to_fdt32((uint32_t)(value >> 32));
		reg[length++] = cpu_to_fdt32((uint32_t)value);
	}
	put(fdt_property(fdt, "reg", reg, (int)(4 * length)));
}

static void add_memory(void *fdt, const struct shape *shape)
{
	for (unsigned node = 0; node < shape->nodes; node++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "memory@%lx", shape->memory[node * shape->each].base);
		put(fdt_begin_node(fdt, name));
		put(fdt_property_string(fdt, "device_type", "memory"));
		if (shape->memory_status)
			put_text(fdt, "status", shape->memory_status);
		add_ranges(fdt, shape->cells, shape->memory + node * shape->each, shape->each);
		put(fdt_end_node(fdt));
	}
}

static void add_reserved(void *fdt)
{
	put(fdt_begin_node(fdt, "reserved-memory"));
	put(fdt_property_u32(fdt, "#address-cells", 1));
	put(fdt_property_u32(fdt, "#size-cells", 1));
	put(fdt_property(fdt, "ranges", NULL, 0));
	put(fdt_end_node(fdt));
}

/* Interrupts @p numbers of the harts of @p socket. */
static void add_interrupts(void *fdt, const struct shape *shape, unsigned socket, const uint32_t *numbers,
			   unsigned count)
{
	unsigned served = shape->harts - shape->unserved, each = served / shape->sockets;
	fdt32_t pairs[4 * (CONFIG_MAX_HARTS + 8)];
	unsigned length = 0;

	for (unsigned i = each * socket; i < each * (socket + 1); i++)
		for (unsigned k = 0; k < count; k++) {
			pairs[length++] = cpu_to_fdt32(phandle_of(i));
			pairs[length++] = cpu_to_fdt32(numbers[k]);
		}
	put(fdt_property(fdt, "interrupts-extended", pairs, (int)(4 * length)));
}

static void add_controller(void *fdt, const char *name, const char *compatible, int compatible_length)
{
	put(fdt_begin_node(fdt, name));
	put(fdt_property(fdt, "compatible", compatible, compatible_length));
}

static void add_socket(void *fdt, const struct shape *shape, unsigned socket)
{
	static const uint32_t both[] = { 3, 7 };
	uint64_t base = shape->clint + 0x10000 * socket;

	if (!shape->aclint) {
		add_controller(fdt, "clint", "sifive,clint0\0riscv,clint0", 27);
		add_interrupts(fdt, shape, socket, both, 2);
		add_ranges(fdt, shape->cells, &(struct range){ base, 0x10000 }, 1);
		put(fdt_end_node(fdt));
		return;
	}
	add_controller(fdt, "mtimer", "riscv,aclint-mtimer", 20);
	add_interrupts(fdt, shape, socket, both + 1, 1);
	add_ranges(fdt, shape->cells, (struct range[]){ { base + 0xbff8, 0x4008 }, { base + 0x4000, 0x7ff8 } }, 2);
	put(fdt_end_node(fdt));
	add_controller(fdt, "mswi", "riscv,aclint-mswi", 18);
	add_interrupts(fdt, shape, socket, both, 1);
	add_ranges(fdt, shape->cells, &(struct range){ base, 0x4000 }, 1);
	put(fdt_end_node(fdt));
}

static void add_aia(void *fdt, const struct shape *shape)
{
	static const uint32_t external[] = { 9, 11 };
	static const char *const names[] = { "aplic@s", "aplic@m", "imsics@s", "imsics@m", "aplic@wired" };

	for (unsigned i = 0; i < 5; i++) {
		bool imsic = i / 2 == 1;

		add_controller(fdt, names[i], imsic ? "qemu,imsics\0riscv,imsics" : "qemu,aplic\0riscv,aplic",
			       imsic ? 25 : 23);
		if (imsic)
			put(fdt_property_u32(fdt, "phandle", 50 + i % 2));
		if (i < 2)
			put(fdt_property_u32(fdt, "msi-parent", 50 + i));
		else
			add_interrupts(fdt, shape, 0, external + i % 2, 1);
		put(fdt_begin_node(fdt, "child"));
		put(fdt_end_node(fdt));
		put(fdt_end_node(fdt));
	}
}

static void add_soc(void *fdt, const struct shape *shape)
{
	put(fdt_begin_node(fdt, "soc"));
	put(fdt_property_u32(fdt, "#address-cells", shape->cells));
	put(fdt_property_u32(fdt, "#size-cells", shape->cells));
	if (shape->imsic)
		add_aia(fdt, shape);
	for (unsigned socket = 0; socket < shape->sockets; socket++)
		add_socket(fdt, shape, socket);
	put(fdt_end_node(fdt));
}

static void add_cpus(void *fdt, const struct shape *shape)
{
	put(fdt_begin_node(fdt, "cpus"));
	put(fdt_property_u32(fdt, "#address-cells", 1));
	put(fdt_property_u32(fdt, "#size-cells", 0));
	if (!shape->no_timebase)
		put(fdt_property_u32(fdt, "timebase-frequency", 10000000));
	for (unsigned i = 0; i < shape->harts; i++)
		add_hart(fdt, shape, i);
	put(fdt_begin_node(fdt, "cpu-map"));
	put(fdt_end_node(fdt));
	put(fdt_end_node(fdt));
}

/* The tree of @p shape at @p fdt, without room to spare. @return its size */
static uint32_t build_at(void *fdt, const struct shape *shape)
{
	put(fdt_create(fdt, ROOM / 2));
	put(fdt_add_reservemap_entry(fdt, 0x1000, 0x2000));
	put(fdt_finish_reservemap(fdt));
	put(fdt_begin_node(fdt, ""));
	put(fdt_property_u32(fdt, "#address-cells", shape->cells));
	put(fdt_property_u32(fdt, "#size-cells", shape->cells));
	add_memory(fdt, shape);
	if (shape->reserved)
		add_reserved(fdt);
	if (shape->clint_first)
		add_soc(fdt, shape);
	add_cpus(fdt, shape);
	if (!shape->clint_first)
		add_soc(fdt, shape);
	put(fdt_end_node(fdt));
	put(fdt_finish(fdt));
	return fdt_totalsize(fdt);
}

static void start(void)
{
	void *memory =
		mmap(tree, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	cr_assert_eq(memory, (void *)tree);
}

static const char *take_over(void *fdt)
{
	machine = (struct machine){ .hv_base = RAM, .hv_size = HV_SIZE };
	hart_count = 0;
	return fdt_take_over(fdt, &facts);
}

static const char *edit(const struct shape *shape)
{
	(void)build_at(tree, shape);
	return take_over(tree);
}

/* Whether libfdt can walk all of the tree at @p fdt, which has @p room bytes. */
static bool is_sound(const void *fdt, uint32_t room)
{
	int at = 0, next, length;
	uint32_t tag;

	if (fdt_check_header(fdt) != 0 || fdt_totalsize(fdt) > room)
		return false;
	do {
		const char *name;

		tag = fdt_next_tag(fdt, at, &next);
		if (next < 0 || (tag == FDT_PROP && fdt_getprop_by_offset(fdt, at, &name, &length) == NULL))
			return false;
		at = next;
	} while (tag != FDT_END);
	return true;
}

static int path(const char *name)
{
	return fdt_path_offset(tree, name);
}

/* ---- reading ---- */

Test(fdt, harts_time_and_memory_are_read_in_cells_of_one_or_two, .init = start)
{
	for (uint32_t cells = 1; cells <= 2; cells++) {
		struct shape shape = usual;

		shape.cells = cells;
		shape.first_id = 5;
		cr_expect_null(edit(&shape));
		cr_expect_eq(facts.hart_count, 2);
		cr_expect(harts[0].id == 5 && harts[1].id == 6);
		cr_expect_eq(facts.timebase_hz, 10000000);
		cr_expect_eq(machine.ram_count, 1);
		cr_expect_eq(machine.ram[0].base, RAM);
		cr_expect_eq(machine.ram[0].size, RAM_SIZE);
	}
}

Test(fdt, all_ranges_of_all_memory_nodes_are_memory, .init = start)
{
	struct shape shape = usual;

	for (shape.each = 1; shape.each <= 3; shape.each++)
		for (shape.nodes = 1; shape.nodes <= 3; shape.nodes++) {
			unsigned count = shape.each * shape.nodes;

			for (unsigned i = 1; i < count; i++)
				shape.memory[i] = (struct range){ 0x100000000 + 0x20000000ull * i, 0x1000 };
			cr_expect_null(edit(&shape));
			cr_expect_eq(machine.ram_count, count);
			for (unsigned i = 0; i < count; i++) {
				cr_expect(memory_is_guests(shape.memory[i].base + shape.memory[i].size - 1));
				cr_expect_not(memory_is_guests(shape.memory[i].base + shape.memory[i].size));
			}
		}
}

Test(fdt, memory_that_is_not_in_use_is_none, .init = start)
{
	struct shape shape = usual;

	shape.memory_status = "disabled";
	cr_expect_not_null(edit(&shape));
	shape.memory_status = "okay";
	cr_expect_null(edit(&shape));
}

Test(fdt, more_ranges_of_memory_than_hv_can_hold_are_an_error, .init = start)
{
	struct shape shape = usual;

	for (unsigned i = 1; i < MOST_RANGES; i++)
		shape.memory[i] = (struct range){ RAM + 2 * RAM_SIZE * i, RAM_SIZE };
	shape.each = MEMORY_RANGES_MAX;
	cr_expect_null(edit(&shape));
	shape.each++;
	cr_expect_not_null(edit(&shape));
}

Test(fdt, harts_over_the_limit_are_counted_and_not_stored, .init = start)
{
	struct shape shape = usual;

	shape.harts = CONFIG_MAX_HARTS + 3;
	cr_expect_null(edit(&shape));
	cr_expect_eq(facts.hart_count, CONFIG_MAX_HARTS + 3);
	cr_expect_eq(hart_count, CONFIG_MAX_HARTS);
	cr_expect_eq(harts[CONFIG_MAX_HARTS - 1].id, CONFIG_MAX_HARTS - 1);
}

Test(fdt, a_hart_that_is_not_in_use_is_not_counted, .init = start)
{
	struct shape shape = usual;

	shape.status = "disabled";
	cr_expect_null(edit(&shape));
	cr_expect_eq(facts.hart_count, 1);
	cr_expect_eq(harts[0].id, 1);
	shape.status = "okay";
	cr_expect_null(edit(&shape));
	cr_expect_eq(facts.hart_count, 2);
}

Test(fdt, what_a_tree_lacks_is_an_error, .init = start)
{
	struct shape shape = usual;

	shape.nodes = 0;
	cr_expect_not_null(edit(&shape));
	shape = usual;
	shape.no_timebase = true;
	cr_expect_not_null(edit(&shape));
	shape = usual;
	shape.harts = 0;
	cr_expect_not_null(edit(&shape));
	shape = usual;
	shape.sockets = 0;
	cr_expect_not_null(edit(&shape));
	memset(tree, 0, ROOM);
	cr_expect_not_null(take_over(tree));
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

			cr_expect_null(edit(&shape));
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
	cr_expect_null(edit(&shape));
	expect_registers(0, CLINT, 0);
	cr_expect_eq(harts[1].vcpu.msip_address, 0);
	cr_expect_eq(harts[1].vcpu.timecmp_address, 0);
}

Test(fdt, clints_that_one_pmp_entry_cannot_cover_alone_are_an_error, .init = start)
{
	struct shape shape = usual;

	shape.sockets = 2;
	cr_expect_null(edit(&shape));
	shape.clint = CLINT + 0x10000; /* the two have a hole before and behind */
	cr_expect_null(edit(&shape));
	shape.clint = 0x3ff0000;
	cr_expect_not_null(edit(&shape));
	shape.clint = 0xfff0000; /* the UART lies between */
	cr_expect_not_null(edit(&shape));
	shape.clint = RAM + 0x1000000;
	cr_expect_not_null(edit(&shape));
}

Test(fdt, controllers_with_hidden_registers_leave_the_tree_and_no_others, .init = start)
{
	struct shape shape = usual;

	shape.imsic = true;
	cr_expect_null(edit(&shape));
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

Test(fdt, hidden_extensions_leave_both_forms_of_every_hart, .init = start)
{
	static const char list[] = "i\0sstc";

	cr_assert_null(edit(&usual));
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

Test(fdt, a_tree_with_one_form_or_none_is_edited_alike, .init = start)
{
	struct shape shape = usual;

	shape.isa = NULL;
	shape.list = "h\0smaia";
	shape.list_length = 8;
	cr_assert_null(edit(&shape));
	cr_expect_null(fdt_getprop(tree, path("/cpus/cpu@0"), "riscv,isa-extensions", NULL), "nothing is left of it");
	shape.list = NULL;
	cr_assert_null(edit(&shape));
}

static void expect_reserved(uint32_t cells)
{
	int length, node = path("/reserved-memory/hartscope"), parent = path("/reserved-memory");
	const fdt32_t *reg;

	cr_assert_geq(node, 0);
	cr_expect_eq(fdt_address_cells(tree, parent), (int)cells);
	cr_expect_eq(fdt_size_cells(tree, parent), (int)cells);
	cr_expect_not_null(fdt_getprop(tree, parent, "ranges", NULL));
	cr_expect_not_null(fdt_getprop(tree, node, "no-map", NULL));
	cr_assert_not_null(reg = fdt_getprop(tree, node, "reg", &length));
	cr_assert_eq(length, 8 * (int)cells);
	cr_expect_eq(fdt32_to_cpu(reg[cells - 1]), RAM);
	cr_expect_eq(fdt32_to_cpu(reg[2 * cells - 1]), HV_SIZE);
}

Test(fdt, hvs_memory_is_reserved_without_a_map_in_the_cells_of_its_parent, .init = start)
{
	for (unsigned kind = 0; kind < 4; kind++) {
		struct shape shape = usual;

		shape.reserved = kind & 1;
		shape.cells = kind & 2 ? 1 : 2;
		cr_assert_null(edit(&shape));
		cr_expect(is_sound(tree, ROOM));
		expect_reserved(shape.reserved ? 1 : shape.cells); /* a new one has those of the root */
		cr_expect_eq(fdt_num_mem_rsv(tree), 1, "its other reservations are kept");
	}
}

Test(fdt, harts_over_the_limit_are_disabled_and_no_others, .init = start)
{
	struct shape shape = usual;
	int node;
	unsigned seen = 0;

	shape.harts = CONFIG_MAX_HARTS + 3;
	shape.status = "okay";
	cr_expect_null(edit(&shape));
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

Test(fdt, a_hart_over_the_limit_that_cannot_be_disabled_in_place_goes, .init = start)
{
	struct shape shape = usual;

	shape.harts = CONFIG_MAX_HARTS + 1;
	shape.list = NULL;
	shape.isa = "rv64i";
	cr_expect_null(edit(&shape));
	cr_expect_geq(path("/cpus/cpu@3f"), 0);
	cr_expect_lt(path("/cpus/cpu@40"), 0);
	cr_expect_geq(path("/cpus/cpu-map"), 0);
}

Test(fdt, an_edited_tree_has_room_for_the_firmwares_own_nodes_and_is_still_read, .init = start)
{
	cr_assert_null(edit(&usual));
	cr_expect_geq(fdt_add_subnode(tree, path("/reserved-memory"), "mmode_resv0@80000000"), 0);
	cr_expect_null(take_over(tree));
	cr_expect_eq(facts.hart_count, 2);
}

/* ---- where the tree lies ---- */

Test(fdt, a_tree_is_edited_at_any_alignment, .init = start)
{
	uint32_t size = build_at(tree + ROOM / 2, &usual);

	for (unsigned offset = 0; offset < 8; offset++) {
		memcpy(tree + offset, tree + ROOM / 2, size);
		cr_expect_null(take_over(tree + offset));
		memmove(tree, tree + offset, ROOM / 2 - offset);
		cr_expect(is_sound(tree, ROOM));
		expect_reserved(2);
	}
}

Test(fdt, a_tree_at_the_end_of_memory_takes_what_room_there_is, .init = start)
{
	uint32_t size = build_at(tree + ROOM / 2, &usual), least = ROOM;

	for (uint32_t room = 0; room < 2048; room += 8) {
		uint8_t *at = tree + ((ROOM - size - room) & ~7u);

		memcpy(at, tree + ROOM / 2,
		       size); /* the copy is at the end of the mapping: a byte too many ends the test */
		if (take_over(at) == NULL) {
			least = room < least ? room : least;
			cr_expect_leq(at + fdt_totalsize(at), tree + ROOM);
			cr_expect(is_sound(at, ROOM));
		} else {
			cr_expect_eq(least, ROOM, "%u bytes do, and %u do not", least, room);
		}
	}
	cr_expect(least > 64 && least < 512, "%u", least);
}

Test(fdt, a_tree_in_hvs_memory_or_outside_all_memory_is_an_error, .init = start)
{
	struct shape shape = usual;

	(void)build_at(tree, &usual);
	machine = (struct machine){ .hv_base = TREE_ADDRESS, .hv_size = ROOM };
	cr_expect_not_null(fdt_take_over(tree, &facts));
	machine = (struct machine){ .hv_base = TREE_ADDRESS + 16, .hv_size = ROOM };
	cr_expect_not_null(fdt_take_over(tree, &facts));
	shape.memory[0].size = RAM_SIZE - ROOM;
	cr_expect_not_null(edit(&shape));
}

/* ---- hostile trees ---- */

/* The blocks in any order: strings, structure and reservations behind each other. */
Test(fdt, the_blocks_may_lie_in_any_order, .init = start)
{
	static const unsigned orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					      { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	uint8_t *source = tree + ROOM / 2;

	(void)build_at(source, &usual);
	for (unsigned order = 0; order < 6; order++) {
		uint32_t at = 40, starts[] = { fdt_off_mem_rsvmap(source), fdt_off_dt_struct(source),
					       fdt_off_dt_strings(source) };
		uint32_t sizes[] = { 32, fdt_size_dt_struct(source), fdt_size_dt_strings(source) };

		memset(tree, 0, ROOM / 2);
		memcpy(tree, source, 40);
		for (unsigned i = 0; i < 3; i++) {
			unsigned block = orders[order][i];

			memcpy(tree + at, source + starts[block], sizes[block]);
			starts[block] = at;
			at += (sizes[block] + 7) & ~7u;
		}
		fdt_set_off_mem_rsvmap(tree, starts[0]);
		fdt_set_off_dt_struct(tree, starts[1]);
		fdt_set_off_dt_strings(tree, starts[2]);
		fdt_set_totalsize(tree, at);
		cr_expect_null(take_over(tree));
		cr_expect(is_sound(tree, ROOM), "order %u", order);
		expect_reserved(2);
		cr_expect_eq(fdt_num_mem_rsv(tree), 1);
	}
}

static void damage(uint64_t *seed, uint32_t size)
{
	static const uint32_t numbers[] = {
		0, 1, 2, 3, 4, 9, 0xffffffff, 0x80000000, 0x7fffffff, 40, 0x1000, 0xfffffff0
	};

	for (uint64_t count = random_next(seed) % 6 + 1; count > 0; count--) {
		uint32_t at = (uint32_t)(random_next(seed) % (random_next(seed) % 4 ? size : 56));

		if (random_next(seed) % 2)
			tree[at] = (uint8_t)random_next(seed);
		else
			fdt32_st(tree + (at & ~3u), numbers[random_next(seed) % 12]);
	}
	if (fdt_totalsize(tree) > ROOM / 2) /* it would name memory that the test does not have */
		fdt_set_totalsize(tree, size);
}

Test(fdt, a_damaged_tree_is_an_error_or_is_edited_and_never_more, .init = start, .timeout = 300)
{
	uint8_t *source = tree + ROOM / 2;
	uint64_t seed = 1;
	unsigned edited = 0;

	for (unsigned round = 0; round < 200000; round++) {
		static struct shape shape;
		static uint32_t size;

		if (round % 1000 == 0) {
			shape = usual;
			shape.harts = (unsigned)(random_next(&seed) % 4) * 2 + 2;
			shape.reserved = random_next(&seed) % 2;
			shape.aclint = random_next(&seed) % 2;
			shape.imsic = random_next(&seed) % 2;
			shape.sockets = (unsigned)(random_next(&seed) % 2) + 1;
			size = build_at(source, &shape);
		}
		memcpy(tree, source, size + 64);
		damage(&seed, size);
		edited += take_over(tree) == NULL && fdt_check_header(tree) == 0;
	}
	cr_expect_gt(edited, 20000, "only %u were edited", edited);
}
