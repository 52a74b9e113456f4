/* The device tree: what hv reads of it, and what it changes for the firmware (semantics 27, 33). */
#include <libfdt.h>
#include <string.h>

#include "hv/core/core.h"
#include "hv/core/isa.h"
#include "hv/virt/machine.h"

/* The reserved-memory node needs about 130 bytes; /reserved-memory itself as much again; a hart's status 24. */
#define SLACK_BYTES(harts) (1024 + 24 * (harts))

static uint64_t read_cells(const fdt32_t *cells, int count)
{
	uint64_t value = 0;

	for (int i = 0; i < count; i++)
		value = value << 32 | fdt32_to_cpu(cells[i]);
	return value;
}

static uint64_t read_number(const void *fdt, int node, const char *name, uint64_t otherwise)
{
	int length;
	const fdt32_t *cells = fdt_getprop(fdt, node, name, &length);

	return cells && (length == 4 || length == 8) ? read_cells(cells, length / 4) : otherwise;
}

/* Whether @p node is of this device_type: "cpu", "memory". */
static bool is_a(const char *type, const void *fdt, int node)
{
	const char *found = fdt_getprop(fdt, node, "device_type", NULL);

	return found && strcmp(found, type) == 0;
}

/* The memory node, a child of the root (devicetree specification 3.4); negative if there is none. */
static int find_memory(const void *fdt)
{
	int node;

	fdt_for_each_subnode(node, fdt, 0)
	{
		if (is_a("memory", fdt, node))
			break;
	}
	return node;
}

static const char *read_memory(const void *fdt, struct fdt_facts *facts)
{
	int node = find_memory(fdt);
	int address_cells = fdt_address_cells(fdt, 0), size_cells = fdt_size_cells(fdt, 0), length;
	const fdt32_t *reg = node < 0 ? NULL : fdt_getprop(fdt, node, "reg", &length);

	if (reg == NULL || address_cells < 1 || size_cells < 1 || length < 4 * (address_cells + size_cells))
		return "the device tree has no usable memory node";
	facts->memory_base = read_cells(reg, address_cells);
	facts->memory_size = read_cells(reg + address_cells, size_cells);
	return NULL;
}

const char *fdt_read(const void *fdt, struct fdt_facts *facts)
{
	int cpus, node;

	*facts = (struct fdt_facts){ 0 };
	if (fdt_check_header(fdt) != 0)
		return "there is no device tree where a1 points";
	cpus = fdt_path_offset(fdt, "/cpus");
	if (cpus < 0)
		return "the device tree has no /cpus";
	facts->timebase_hz = read_number(fdt, cpus, "timebase-frequency", 0);
	fdt_for_each_subnode(node, fdt, cpus)
	{
		if (!is_a("cpu", fdt, node))
			continue;
		if (facts->hart_count < CONFIG_MAX_HARTS)
			harts[facts->hart_count].id = read_number(fdt, node, "reg", 0);
		facts->hart_count++;
	}
	if (facts->timebase_hz == 0)
		return "the device tree has no timebase-frequency";
	return read_memory(fdt, facts);
}

/* Shrinks property @p name to what @p length bytes of it are left. */
static void shrink(void *fdt, int node, const char *name, char *value, int length)
{
	if (length == 0)
		(void)fdt_delprop(fdt, node, name);
	else
		(void)fdt_setprop(fdt, node, name, value, length);
}

static void hide_extensions(void *fdt, int node)
{
	int length;
	char *isa = fdt_getprop_w(fdt, node, "riscv,isa", &length);

	if (isa && length > 0 && isa[length - 1] == '\0')
		shrink(fdt, node, "riscv,isa", isa, (int)isa_hide_in_string(isa, (size_t)length) + 1);

	char *list = fdt_getprop_w(fdt, node, "riscv,isa-extensions", &length);

	if (list && length > 0)
		shrink(fdt, node, "riscv,isa-extensions", list, (int)isa_hide_in_list(list, (size_t)length));
}

static int reserved_memory_node(void *fdt)
{
	int node = fdt_path_offset(fdt, "/reserved-memory");

	if (node >= 0)
		return node;
	node = fdt_add_subnode(fdt, 0, "reserved-memory");
	if (node < 0 || fdt_setprop_u32(fdt, node, "#address-cells", 2) ||
	    fdt_setprop_u32(fdt, node, "#size-cells", 2) || fdt_setprop(fdt, node, "ranges", NULL, 0))
		return -1;
	return node;
}

/* Sets `reg` of @p node to one range, in the cells that its parent asks for. */
static bool set_range(void *fdt, int node, int parent, uint64_t base, uint64_t size)
{
	fdt64_t wide[2] = { cpu_to_fdt64(base), cpu_to_fdt64(size) };
	fdt32_t narrow[2] = { cpu_to_fdt32((uint32_t)base), cpu_to_fdt32((uint32_t)size) };
	int cells = fdt_address_cells(fdt, parent);

	if (cells != fdt_size_cells(fdt, parent) || cells > 2 || (cells == 1 && (base + size) >> 32))
		return false;
	return fdt_setprop(fdt, node, "reg", cells == 2 ? (void *)wide : narrow, 8 * cells) == 0;
}

static bool reserve_hv(void *fdt)
{
	int parent = reserved_memory_node(fdt);
	int node = parent < 0 ? parent : fdt_add_subnode(fdt, parent, "hartscope");

	return node >= 0 && set_range(fdt, node, parent, machine.hv_base, machine.hv_size) &&
	       fdt_setprop(fdt, node, "no-map", NULL, 0) == 0;
}

const char *fdt_edit(void *fdt, const struct fdt_facts *facts)
{
	int cpus, node, size = (int)fdt_totalsize(fdt) + SLACK_BYTES((int)facts->hart_count);
	bool ok = fdt_open_into(fdt, fdt, size) == 0 && reserve_hv(fdt);
	unsigned seen = 0;

	cpus = fdt_path_offset(fdt, "/cpus");
	fdt_for_each_subnode(node, fdt, cpus)
	{
		if (!is_a("cpu", fdt, node))
			continue;
		hide_extensions(fdt, node);
		if (seen++ >= CONFIG_MAX_HARTS) /* parked: the firmware would wait for it */
			ok &= fdt_setprop(fdt, node, "status", "disabled", sizeof("disabled")) == 0;
	}
	return ok ? NULL : "the device tree cannot be edited in place";
}
