/* Reads the device tree, and changes it for the firmware (semantics 27, 33). One walk reads everything that hv needs,
 * and hides extensions and surplus harts in place. After the walk, hidden interrupt controllers are erased, and the
 * node that reserves hv's memory is inserted. Only that node makes the tree grow. hv inserts it near the end of the
 * tree, so that few bytes have to move. */
#include <string.h>

#include "hv/core/controllers.h"
#include "hv/core/core.h"
#include "hv/core/isa.h"
#include "hv/core/join.h"
#include "hv/core/tree.h"
#include "hv/core/value.h"
#include "hv/virt/machine.h"

/* Free space that hv leaves in the tree for the firmware's own additions. */
#define SLACK_BYTES 1024u

#define LEVELS 8 /* number of levels of nodes that hv reads; the root has level 0, and its children have level 1 */

/* The names of the nodes that hv adds, padded to a multiple of 4 bytes as the format requires. */
static const char HV_NODE[12] = "hartscope", RESERVED_NODE[16] = "reserved-memory";

/* The ranges of memory that modules reserve (`reserve` in hv_module). They are in the same node as hv's memory. */
static const struct memory_range modules_ranges[] = MODULE_RESERVED;
static const struct memory_range *const modules_ranges_end = modules_ranges + MODULE_RESERVED_COUNT;
#define RESERVED_RANGES (1u + MODULE_RESERVED_COUNT)

#define PROPERTY_HEAD_BYTES 12u /* token, length, name */

/* The properties that hv reads or writes. hv writes the properties that come before WRITTEN in this list. It appends
 * their names to the tree's strings, even if the strings already contain these names, because searching for them would
 * take more code. */
enum property {
	ADDRESS_CELLS,
	SIZE_CELLS,
	REG,
	STATUS,
	RANGES,
	NO_MAP,
	WRITTEN,
	COMPATIBLE = WRITTEN,
	PHANDLE,
	INTERRUPTS,
	MSI_PARENT,
	DEVICE_TYPE,
	ISA,
	ISA_EXTENSIONS,
	TIMEBASE,
	MMU,
	PROPERTIES
};

static const char property_names[PROPERTIES][21] = {
	[ADDRESS_CELLS] = "#address-cells",
	[SIZE_CELLS] = "#size-cells",
	[REG] = "reg",
	[STATUS] = "status",
	[RANGES] = "ranges",
	[NO_MAP] = "no-map",
	[COMPATIBLE] = "compatible",
	[PHANDLE] = "phandle",
	[INTERRUPTS] = "interrupts-extended",
	[MSI_PARENT] = "msi-parent",
	[DEVICE_TYPE] = "device_type",
	[ISA] = "riscv,isa",
	[ISA_EXTENSIONS] = "riscv,isa-extensions",
	[TIMEBASE] = "timebase-frequency",
	[MMU] = "mmu-type",
};

/* The number of bytes by which the strings block grows. It is a multiple of 8. */
#define WRITTEN_BYTES ((WRITTEN * sizeof(property_names[0]) + 7) & ~7ul)

/* The harts' phandles and the interrupt controllers. Controllers refer to harts by phandle, and can be assigned to them
 * only when the whole tree has been read. */
static uint32_t hart_phandles[CONFIG_MAX_HARTS] __attribute__((section(".noinit")));
static struct controller controllers[CONTROLLERS_MAX] __attribute__((section(".noinit")));

/* The data that the walk has found so far. */
struct reader {
	struct tree tree;
	struct tree_cursor cursor;
	uint32_t names; /* offset in the strings block at which hv will append its names */
	struct fdt_facts *facts;

	/* The node whose properties are being collected. All of them have been collected when the node's first child
	 * begins or the node ends. */
	bool collecting;
	const char *name;
	struct value values[PROPERTIES];

	uint32_t begin[LEVELS];     /* where the open nodes begin, by level */
	struct cells cells[LEVELS]; /* cells of the open nodes' children, by level */
	bool in_cpus;
	bool hart_goes; /* true if the node of the open hart must be erased */
	unsigned hart;  /* index of the open hart; CONFIG_MAX_HARTS if no hart that hv uses is open */
	unsigned controller_count;

	/* These say where hv inserts its node: at the end of /reserved-memory if that node exists, otherwise at the end
	 * of the root. */
	bool in_reserved, has_reserved;
	uint32_t place;
	struct cells reserved_cells;
};

/* ---- harts ---- */

/* Writes the head of a property to @p at. @return the address after the head */
static uint8_t *put_property(const struct reader *reader, uint8_t *at, enum property property, uint32_t length)
{
	at = tree_put_number(at, TREE_PROPERTY);
	at = tree_put_number(at, length);
	return tree_put_number(at, reader->names + (uint32_t)sizeof(property_names[0]) * property);
}

static void shorten(struct reader *reader, const struct value *value, size_t kept)
{
	tree_shorten(&reader->tree, value->bytes, value->length, (uint32_t)kept);
}

static void hide_extensions(struct reader *reader)
{
	const struct value *isa = &reader->values[ISA], *list = &reader->values[ISA_EXTENSIONS];

	if (isa->bytes && isa->length > 0 && isa->bytes[isa->length - 1] == '\0')
		shorten(reader, isa, isa_hide_in_string((char *)isa->bytes, isa->length) + 1);
	if (list->bytes)
		shorten(reader, list, isa_hide_in_list((char *)list->bytes, list->length));
}

/* Marks a hart as disabled if hv does not use it, because the firmware would otherwise wait for this hart. The property
 * `status` overwrites a property that a disabled hart does not need. If the node has no such property, this function
 * erases the whole node. */
static void disable_hart(struct reader *reader)
{
	static const char disabled[12] = "disabled"; /* padded to a multiple of 4 bytes */
	const struct value *victim = &reader->values[reader->values[ISA].bytes ? ISA : ISA_EXTENSIONS];

	reader->hart_goes = victim->bytes == NULL || victim->length < sizeof(disabled);
	if (reader->hart_goes)
		return;
	if (reader->values[STATUS].bytes)
		shorten(reader, &reader->values[STATUS], 0);
	shorten(reader, victim, 0);
	memcpy(put_property(reader, victim->bytes - PROPERTY_HEAD_BYTES, STATUS, sizeof("disabled")), disabled,
	       sizeof(disabled));
}

/* Whether the node is in use: its status says so, or it has no status (Devicetree specification 2.3.4). */
static bool is_available(const struct reader *reader)
{
	const struct value *status = &reader->values[STATUS];

	return status->bytes == NULL || value_has_text(status, "okay") || value_has_text(status, "ok");
}

/* Whether the open node is a hart that can run a payload. A hart without an MMU, such as SiFive's E51 and S7, has no
 * S-mode. */
static bool has_mmu(const struct reader *reader)
{
	const struct value *mmu = &reader->values[MMU];

	return mmu->bytes && !value_has_text(mmu, "riscv,none");
}

static void finish_cpu(struct reader *reader)
{
	struct fdt_facts *facts = reader->facts;

	if (!value_has_text(&reader->values[DEVICE_TYPE], "cpu"))
		return;
	hide_extensions(reader);
	if (!is_available(reader))
		return;
	if (!has_mmu(reader) || (CONFIG_HARTS_DIFFER && !join_allowed(value_number(&reader->values[REG], 0))) ||
	    facts->hart_count++ >= CONFIG_MAX_HARTS) {
		disable_hart(reader);
		return;
	}
	reader->hart = facts->hart_count - 1;
	hart_phandles[reader->hart] = 0;
	memset(&harts[reader->hart], 0, sizeof(harts[0]));
	harts[reader->hart].id = value_number(&reader->values[REG], 0);
}

/* ---- the other nodes ---- */

static MUST_CHECK enum error finish_memory(struct reader *reader)
{
	const struct value *reg = &reader->values[REG];
	struct memory_range range;
	enum error error;

	if (!value_has_text(&reader->values[DEVICE_TYPE], "memory") || !is_available(reader))
		return ERROR_NONE;
	for (uint32_t i = 0; (error = value_range(reg, &reader->cells[0], i, &range)) == ERROR_NONE; i++)
		if (machine_add_ram(range.base, range.size) != ERROR_NONE)
			return ERROR_TREE_MEMORY_RANGES;
	return error == ERROR_NOT_FOUND ? ERROR_NONE : error;
}

static MUST_CHECK enum error finish_child_of_root(struct reader *reader)
{
	if (strcmp(reader->name, "cpus") == 0) {
		reader->in_cpus = true;
		reader->facts->timebase_hz = value_number(&reader->values[TIMEBASE], 0);
	} else if (strcmp(reader->name, "reserved-memory") == 0) {
		reader->in_reserved = reader->has_reserved = true;
		reader->reserved_cells = reader->cells[1];
	} else {
		return finish_memory(reader);
	}
	return ERROR_NONE;
}

static MUST_CHECK enum error finish_controller(struct reader *reader, unsigned level)
{
	const struct value *compatible = &reader->values[COMPATIBLE], *interrupts = &reader->values[INTERRUPTS];
	enum controller_kind kind = controller_kind(compatible->bytes, compatible->length);
	struct controller *controller = &controllers[reader->controller_count];

	if (kind == CONTROLLER_OTHER)
		return ERROR_NONE;
	if (reader->controller_count == CONTROLLERS_MAX)
		return ERROR_TREE_CONTROLLERS;
	reader->controller_count++;
	controller->kind = kind;
	controller->begin = reader->begin[level];
	controller->phandle = (uint32_t)value_number(&reader->values[PHANDLE], 0);
	controller->msi_parent = (uint32_t)value_number(&reader->values[MSI_PARENT], 0);
	controller->interrupts = interrupts->bytes;
	controller->interrupts_length = interrupts->bytes ? interrupts->length : 0;
	for (unsigned i = 0; i < CONTROLLER_RANGES; i++) {
		enum error error =
			value_range(&reader->values[REG], &reader->cells[level - 1], i, &controller->registers[i]);

		if (error == ERROR_NOT_FOUND)
			controller->registers[i].size = 0;
		else if (error != ERROR_NONE)
			return error;
	}
	return ERROR_NONE;
}

/* ---- the walk ---- */

/* Evaluates the open node at @p level. The walk has already read all properties of this node. */
static MUST_CHECK enum error finish_node(struct reader *reader, unsigned level)
{
	reader->collecting = false;
	reader->cells[level].address = (uint32_t)value_number(&reader->values[ADDRESS_CELLS], 2);
	reader->cells[level].size = (uint32_t)value_number(&reader->values[SIZE_CELLS], 1);
	if (level == 1)
		RETURN_IF_ERROR(finish_child_of_root(reader));
	else if (level == 2 && reader->in_cpus)
		finish_cpu(reader);
	else if (level == 3 && reader->hart < CONFIG_MAX_HARTS &&
		 value_has_text(&reader->values[COMPATIBLE], "riscv,cpu-intc"))
		hart_phandles[reader->hart] = (uint32_t)value_number(&reader->values[PHANDLE], 0);
	if (level > 0 && reader->values[COMPATIBLE].bytes &&
	    (reader->values[INTERRUPTS].bytes || reader->values[MSI_PARENT].bytes))
		return finish_controller(reader, level);
	return ERROR_NONE;
}

static void open_node(struct reader *reader, unsigned level)
{
	reader->collecting = level < LEVELS;
	if (!reader->collecting)
		return;
	reader->begin[level] = reader->cursor.token;
	reader->name = reader->cursor.name;
	for (unsigned i = 0; i < PROPERTIES; i++)
		reader->values[i].bytes = NULL;
}

static void close_node(struct reader *reader, unsigned level)
{
	if (level >= LEVELS)
		return;
	for (unsigned i = 0; i < reader->controller_count; i++)
		if (controllers[i].begin == reader->begin[level])
			controllers[i].end = reader->cursor.at;
	if (level == 2) {
		if (reader->hart_goes)
			tree_erase(&reader->tree, reader->begin[level], reader->cursor.at);
		reader->hart_goes = false;
		reader->hart = CONFIG_MAX_HARTS;
	} else if (level == 1) {
		if (reader->in_reserved)
			reader->place = reader->cursor.token;
		reader->in_cpus = reader->in_reserved = false;
	} else if (level == 0 && !reader->has_reserved) {
		reader->place = reader->cursor.token;
		reader->reserved_cells = reader->cells[0];
	}
}

static void note_property(struct reader *reader)
{
	const struct tree_cursor *cursor = &reader->cursor;
	unsigned i = 0;

	while (property_names[i][0] != cursor->name[0] || property_names[i][1] != cursor->name[1] ||
	       strcmp(property_names[i], cursor->name) != 0)
		if (++i == PROPERTIES)
			return;
	if (reader->values[i].bytes == NULL)
		reader->values[i] = (struct value){ cursor->value, cursor->length };
}

static MUST_CHECK enum error walk(struct reader *reader)
{
	struct tree_cursor *cursor = &reader->cursor;

	tree_begin(cursor, &reader->tree);
	for (;;) {
		enum tree_token token = tree_next(cursor);

		if (token == TREE_PROPERTY) {
			if (reader->collecting)
				note_property(reader);
			continue;
		}
		if (token != TREE_NODE && token != TREE_END_NODE)
			return token == TREE_END ? ERROR_NONE : ERROR_TREE_DAMAGED;
		/* The list of a node's properties ends where the first child begins or where the node ends.
		 * cursor->depth already counts the token that begins the child or ends the node. */
		if (reader->collecting)
			RETURN_IF_ERROR(finish_node(reader, cursor->depth - (token == TREE_NODE ? 2 : 0)));
		if (token == TREE_NODE)
			open_node(reader, cursor->depth - 1);
		else
			close_node(reader, cursor->depth);
	}
}

/* ---- edits after the walk ---- */

static void hide_controllers(struct reader *reader)
{
	for (unsigned i = 0; i < reader->controller_count; i++)
		if (controller_is_hidden(controllers, reader->controller_count, &controllers[i]))
			tree_erase(&reader->tree, controllers[i].begin, controllers[i].end);
}

/* The size in bytes of the node that reserves hv's memory, including /reserved-memory if that has to be added. */
static uint32_t node_length(const struct reader *reader)
{
	uint32_t cells = NUMBER_BYTES * (reader->reserved_cells.address + reader->reserved_cells.size);
	uint32_t inner = 2 * NUMBER_BYTES + sizeof(HV_NODE) + 2 * PROPERTY_HEAD_BYTES + RESERVED_RANGES * cells;
	uint32_t outer = 2 * NUMBER_BYTES + sizeof(RESERVED_NODE) + 3 * PROPERTY_HEAD_BYTES + 2 * NUMBER_BYTES;

	return inner + (reader->has_reserved ? 0 : outer);
}

static uint8_t *put_name(uint8_t *at, const char *name, size_t size)
{
	at = tree_put_number(at, TREE_NODE);
	memcpy(at, name, size);
	return at + size;
}

static uint8_t *put_cells(uint8_t *at, uint32_t cells, uint64_t value)
{
	if (cells > 1)
		at = tree_put_number(at, (uint32_t)(value >> 32));
	return tree_put_number(at, (uint32_t)value);
}

static uint8_t *put_hv_node(struct reader *reader, uint8_t *at)
{
	const struct cells *cells = &reader->reserved_cells;

	at = put_name(at, HV_NODE, sizeof(HV_NODE));
	at = put_property(reader, at, REG, RESERVED_RANGES * NUMBER_BYTES * (cells->address + cells->size));
	at = put_cells(at, cells->address, machine.hv_base);
	at = put_cells(at, cells->size, machine.hv_size);
	for (const struct memory_range *range = modules_ranges; range < modules_ranges_end; range++) {
		at = put_cells(at, cells->address, range->base);
		at = put_cells(at, cells->size, range->size);
	}
	at = put_property(reader, at, NO_MAP, 0);
	return tree_put_number(at, TREE_END_NODE);
}

/* Writes hv's node. If the tree has no /reserved-memory, this function writes that node too, around hv's node. Linux
 * requires /reserved-memory to have the same numbers of cells as the root. */
static uint8_t *put_nodes(struct reader *reader, uint8_t *at)
{
	if (reader->has_reserved)
		return put_hv_node(reader, at);
	at = put_name(at, RESERVED_NODE, sizeof(RESERVED_NODE));
	at = tree_put_number(put_property(reader, at, ADDRESS_CELLS, NUMBER_BYTES), reader->reserved_cells.address);
	at = tree_put_number(put_property(reader, at, SIZE_CELLS, NUMBER_BYTES), reader->reserved_cells.size);
	at = put_property(reader, at, RANGES, 0);
	return tree_put_number(put_hv_node(reader, at), TREE_END_NODE);
}

static void append_names(struct tree *tree)
{
	uint32_t end = tree->strings + tree->strings_bytes;

	tree_make_gap(tree, end, WRITTEN_BYTES);
	memcpy(tree->blob + end, property_names, WRITTEN_BYTES); /* the padding copies a part of the next name */
	tree->blob[end + WRITTEN_BYTES - 1] = '\0';
}

/* Makes the tree's total size at least @p growth bytes larger than the bytes in use. If there is enough memory, it also
 * adds free space for the firmware. */
static MUST_CHECK enum error make_room(struct tree *tree, uint32_t growth)
{
	uint64_t memory = memory_behind((uint64_t)tree->blob), wanted = tree_used(tree) + growth;

	if (memory < tree->total)
		return ERROR_TREE_OUTSIDE_MEMORY;
	if (memory < wanted || wanted + SLACK_BYTES > TREE_TOTAL_MAX)
		return ERROR_TREE_NO_ROOM;
	wanted = memory < wanted + SLACK_BYTES ? memory : wanted + SLACK_BYTES;
	if (tree->total < wanted)
		tree->total = (uint32_t)wanted;
	return ERROR_NONE;
}

static bool cells_hold(uint32_t cells, uint64_t value)
{
	return cells == 2 || (cells == 1 && value >> 32 == 0);
}

static MUST_CHECK enum error reserve_hv(struct reader *reader)
{
	struct tree *tree = &reader->tree;

	if (!cells_hold(reader->reserved_cells.address, machine.hv_base) ||
	    !cells_hold(reader->reserved_cells.size, machine.hv_size))
		return ERROR_TREE_CELLS;
	for (const struct memory_range *range = modules_ranges; range < modules_ranges_end; range++)
		if (!cells_hold(reader->reserved_cells.address, range->base) ||
		    !cells_hold(reader->reserved_cells.size, range->size))
			return ERROR_TREE_CELLS;

	uint32_t length = node_length(reader), gap = (length + 7) & ~7u, place = reader->place;

	RETURN_IF_ERROR(make_room(tree, gap + WRITTEN_BYTES));
	tree_make_gap(tree, place, gap);
	(void)put_nodes(reader, tree->blob + place);
	tree_erase(tree, place + length, place + gap);
	append_names(tree);
	tree_close(tree);
	return ERROR_NONE;
}

/* ---- all of it ---- */

static bool is_in_hv(const struct tree *tree)
{
	struct memory_range blob = { (uint64_t)tree->blob, tree->total }, hv = { machine.hv_base, machine.hv_size };

	return ranges_overlap(blob, hv);
}

static MUST_CHECK enum error complaint(const struct reader *reader)
{
	if (reader->facts->hart_count == 0)
		return ERROR_TREE_NO_HARTS;
	if (reader->facts->timebase_hz == 0)
		return ERROR_TREE_NO_TIMEBASE;
	return machine.ram_count ? ERROR_NONE : ERROR_TREE_NO_MEMORY;
}

enum error fdt_take_over(void *fdt, struct fdt_facts *facts)
{
	struct reader reader = { .facts = facts, .hart = CONFIG_MAX_HARTS };

	*facts = (struct fdt_facts){ 0 };
	RETURN_IF_ERROR(tree_open(&reader.tree, fdt));
	if (is_in_hv(&reader.tree))
		return ERROR_TREE_IN_HV;
	reader.names = reader.tree.strings_bytes;
	RETURN_IF_ERROR(walk(&reader));
	RETURN_IF_ERROR(complaint(&reader));
	hart_count = facts->hart_count < CONFIG_MAX_HARTS ? facts->hart_count : CONFIG_MAX_HARTS;
	RETURN_IF_ERROR(controllers_assign(controllers, reader.controller_count, hart_phandles));
	hide_controllers(&reader);
	return reserve_hv(&reader);
}
