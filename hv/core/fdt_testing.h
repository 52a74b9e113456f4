/* Builds device trees for unit tests with libfdt. The trees lie at the end of the test's memory. hv takes over each
 * tree, and the test reads the result with libfdt.
 * fdt_test.c and fdt_hostile_test.c include this header.
 * Must not depend on what a test checks. If libfdt returns an error, the test fails. */
#ifndef HV_CORE_FDT_TESTING_H
#define HV_CORE_FDT_TESTING_H

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

static uint8_t *const tree = (uint8_t *)TREE_ADDRESS;
static struct fdt_facts facts;

struct range {
	uint64_t base, size;
};

/** Describes the device tree of a machine. A test copies `usual` and changes some members. */
struct shape {
	unsigned harts;
	unsigned first_id;
	uint32_t cells; /* #address-cells and #size-cells of the root */
	const char *isa;
	const char *list;
	int list_length;
	const char *status;   /* status of the first hart */
	uint64_t without_mmu; /* bit n is set if the hart with index n has no property mmu-type */
	bool names_no_mmu;    /* these harts have the property with the value riscv,none */
	bool reserved;        /* the tree already has a /reserved-memory */
	bool no_timebase;
	bool clint_first;       /* the controllers come before /cpus */
	bool aclint, imsic;     /* which interrupt controllers the machine has */
	unsigned sockets;       /* number of CLINTs, 0x10000 bytes apart; each serves an equal share of the harts */
	uint64_t clint;         /* address of the first CLINT */
	unsigned without_reg;   /* number of CLINTs, from the last one on, whose nodes have no reg */
	unsigned mtimer_ranges; /* number of ranges in the timer of an ACLINT; mtimecmp has the second range */
	unsigned unserved;      /* number of harts at the end of the list that no CLINT names */
	unsigned nodes, each;   /* number of memory nodes, and number of ranges in each */
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
				    .mtimer_ranges = 2,
				    .nodes = 1,
				    .each = 1,
				    .memory = { { RAM, RAM_SIZE } } };

/* ---- building ---- */

/** Fails the test if libfdt returned an @p error. */
static inline void put(int error)
{
	require(error == 0, "libfdt: %s", fdt_strerror(error));
}

/** Writes the property @p name with the string @p text. */
static inline void put_text(void *fdt, const char *name, const char *text)
{
	put(fdt_property(fdt, name, text, (int)strlen(text) + 1));
}

/** The phandle of the interrupt controller of hart @p index. */
static inline uint32_t phandle_of(unsigned index)
{
	return 100 + index;
}

/** Writes the node of hart @p index. */
static inline void add_hart(void *fdt, const struct shape *shape, unsigned index)
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
	if (index >= 64 || !(shape->without_mmu >> index & 1))
		put(fdt_property_string(fdt, "mmu-type", "riscv,sv57"));
	else if (shape->names_no_mmu)
		put(fdt_property_string(fdt, "mmu-type", "riscv,none"));
	put(fdt_begin_node(fdt, "interrupt-controller"));
	put(fdt_property_u32(fdt, "phandle", phandle_of(index)));
	put(fdt_property_string(fdt, "compatible", "riscv,cpu-intc"));
	put(fdt_end_node(fdt));
	put(fdt_end_node(fdt));
}

/** Writes `reg` with @p count ranges, each address and size in @p cells cells. */
static inline void add_ranges(void *fdt, uint32_t cells, const struct range *ranges, unsigned count)
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

/** Writes the memory nodes. */
static inline void add_memory(void *fdt, const struct shape *shape)
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

/** Writes a /reserved-memory. */
static inline void add_reserved(void *fdt)
{
	put(fdt_begin_node(fdt, "reserved-memory"));
	put(fdt_property_u32(fdt, "#address-cells", 1));
	put(fdt_property_u32(fdt, "#size-cells", 1));
	put(fdt_property(fdt, "ranges", NULL, 0));
	put(fdt_end_node(fdt));
}

/** Writes interrupts-extended for a controller of @p socket. For each hart of the socket, the property lists the @p
 * count interrupts in @p numbers. */
static inline void add_interrupts(void *fdt, const struct shape *shape, unsigned socket, const uint32_t *numbers,
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

/** Begins the node of an interrupt controller. */
static inline void add_controller(void *fdt, const char *name, const char *compatible, int compatible_length)
{
	put(fdt_begin_node(fdt, name));
	put(fdt_property(fdt, "compatible", compatible, compatible_length));
}

/** Writes the CLINT or the ACLINT of @p socket. */
static inline void add_socket(void *fdt, const struct shape *shape, unsigned socket)
{
	static const uint32_t both[] = { 3, 7 };
	uint64_t base = shape->clint + 0x10000 * socket;

	if (!shape->aclint) {
		add_controller(fdt, "clint", "sifive,clint0\0riscv,clint0", 27);
		add_interrupts(fdt, shape, socket, both, 2);
		if (socket + shape->without_reg < shape->sockets)
			add_ranges(fdt, shape->cells, &(struct range){ base, 0x10000 }, 1);
		put(fdt_end_node(fdt));
		return;
	}
	add_controller(fdt, "mtimer", "riscv,aclint-mtimer", 20);
	add_interrupts(fdt, shape, socket, both + 1, 1);
	add_ranges(fdt, shape->cells, (struct range[]){ { base + 0xbff8, 0x4008 }, { base + 0x4000, 0x7ff8 } },
		   shape->mtimer_ranges);
	put(fdt_end_node(fdt));
	add_controller(fdt, "mswi", "riscv,aclint-mswi", 18);
	add_interrupts(fdt, shape, socket, both, 1);
	add_ranges(fdt, shape->cells, &(struct range){ base, 0x4000 }, 1);
	put(fdt_end_node(fdt));
}

/** Writes IMSICs and APLICs. */
static inline void add_aia(void *fdt, const struct shape *shape)
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

/** Writes /soc with all interrupt controllers. */
static inline void add_soc(void *fdt, const struct shape *shape)
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

/** Writes /cpus with all harts. */
static inline void add_cpus(void *fdt, const struct shape *shape)
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

/** Builds the tree of @p shape at @p fdt, without free space at its end. @return its size in bytes */
static inline uint32_t build_at(void *fdt, const struct shape *shape)
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

/** Maps memory for the trees at TREE_ADDRESS. The initialiser of each test. */
static inline void start(void)
{
	void *memory =
		mmap(tree, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	cr_assert_eq(memory, (void *)tree);
}

/** Lets hv take over the tree at @p fdt, and fills `facts`. @return the result of fdt_take_over */
static inline MUST_CHECK enum error take_over(void *fdt)
{
	machine = (struct machine){ .hv_base = RAM, .hv_size = HV_SIZE };
	hart_count = 0;
	return fdt_take_over(fdt, &facts);
}

/** Builds the tree of @p shape at TREE_ADDRESS, and lets hv take it over. @return the result of fdt_take_over */
static inline MUST_CHECK enum error edit(const struct shape *shape)
{
	(void)build_at(tree, shape);
	return take_over(tree);
}

/** Whether libfdt can walk the whole tree at @p fdt, which has @p room bytes. */
static inline bool is_sound(const void *fdt, uint32_t room)
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

/** The offset of the node with path @p name in the edited tree; negative if there is none. */
static inline int path(const char *name)
{
	return fdt_path_offset(tree, name);
}

/** Fails the test unless /reserved-memory contains hv's memory. Each address and each size there has @p cells cells. */
static inline void expect_reserved(uint32_t cells)
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

#endif
