/* Reads a flattened device tree. fdt_walk() visits the whole tree once and calls a function for each property
 * (Devicetree specification, chapter 5). */
#include "payloads/runtime/fdt.h"

#define MAGIC 0xd00dfeed
#define BEGIN_NODE 1
#define END_NODE 2
#define PROPERTY 3
#define END 9
#define MAX_DEPTH 16

enum header { HEADER_MAGIC = 0, HEADER_STRUCTURE = 8, HEADER_STRINGS = 12 };

struct cursor {
	const uint8_t *at;
	const char *strings;
	const char *nodes[MAX_DEPTH];
	unsigned depth;
};

uint32_t fdt_number(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

bool fdt_text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

bool fdt_is_valid(const void *fdt)
{
	return fdt_number((const uint8_t *)fdt + HEADER_MAGIC) == MAGIC;
}

static void begin_node(struct cursor *cursor)
{
	if (cursor->depth < MAX_DEPTH)
		cursor->nodes[cursor->depth] = (const char *)cursor->at;
	cursor->depth++;
	while (*cursor->at)
		cursor->at++;
	cursor->at += 4 - ((uint64_t)cursor->at & 3);
}

static struct fdt_property take_property(struct cursor *cursor)
{
	uint32_t length = fdt_number(cursor->at);
	struct fdt_property property = {
		.node = cursor->nodes[cursor->depth - 1],
		.name = cursor->strings + fdt_number(cursor->at + 4),
		.value = cursor->at + 8,
		.length = length,
		.depth = cursor->depth,
	};
	cursor->at += 8 + ((length + 3) & ~3u);
	return property;
}

void fdt_walk(const void *fdt, fdt_visit visit, void *argument)
{
	const uint8_t *base = fdt;
	struct cursor cursor = {
		.at = base + fdt_number(base + HEADER_STRUCTURE),
		.strings = (const char *)base + fdt_number(base + HEADER_STRINGS),
	};
	for (;;) {
		uint32_t token = fdt_number(cursor.at);
		cursor.at += 4;
		if (token == BEGIN_NODE) {
			begin_node(&cursor);
		} else if (token == END_NODE) {
			cursor.depth--;
		} else if (token == PROPERTY) {
			struct fdt_property property = take_property(&cursor);
			if (!visit(&property, argument))
				return;
		} else if (token == END) {
			return;
		}
	}
}

static bool count_cpu(const struct fdt_property *property, void *argument)
{
	unsigned *count = argument;
	bool names_a_device = fdt_text_equal(property->name, "device_type");
	if (names_a_device && fdt_text_equal((const char *)property->value, "cpu"))
		(*count)++;
	return true;
}

unsigned fdt_count_cpus(const void *fdt)
{
	unsigned count = 0;
	fdt_walk(fdt, count_cpu, &count);
	return count;
}

/* The property interrupts-extended of a CLINT lists two interrupts for each hart. Each interrupt takes two 4-byte
 * numbers. */
#define CLINT_BYTES_PER_HART 16

static bool count_clint_harts(const struct fdt_property *property, void *argument)
{
	static const char clint[] = "clint@";
	unsigned *count = argument;
	for (unsigned i = 0; clint[i]; i++)
		if (property->node[i] != clint[i])
			return true;
	if (!fdt_text_equal(property->name, "interrupts-extended"))
		return true;
	*count = property->length / CLINT_BYTES_PER_HART;
	return false;
}

unsigned fdt_count_clint_harts(const void *fdt)
{
	unsigned count = 0;
	fdt_walk(fdt, count_clint_harts, &count);
	return count;
}
