/* Reads the values of properties. Numbers are big-endian and may lie at any alignment. The length of the property
 * decides whether a number has one or two cells. */
#include "hv/core/value.h"

#include <stddef.h>

#include "hv/core/tree.h"

static uint64_t read_cells(const uint8_t *bytes, uint32_t cells)
{
	uint64_t value = 0;

	for (; cells > 0; cells--, bytes += NUMBER_BYTES)
		value = value << 32 | tree_number(bytes);
	return value;
}

uint64_t value_number(const struct value *value, uint64_t otherwise)
{
	return value->bytes && (value->length == 4 || value->length == 8)
		       ? read_cells(value->bytes, value->length / NUMBER_BYTES)
		       : otherwise;
}

bool value_has_text(const struct value *value, const char *text)
{
	return value->bytes && tree_list_has(value->bytes, value->length, text);
}

enum error value_range(const struct value *reg, const struct cells *cells, uint32_t index, struct memory_range *range)
{
	uint32_t stride = NUMBER_BYTES * (cells->address + cells->size);

	if (reg->bytes == NULL || cells->address - 1 > 1 || cells->size - 1 > 1 || reg->length / stride <= index)
		return ERROR_NOT_FOUND;
	range->base = read_cells(reg->bytes + index * stride, cells->address);
	range->size = read_cells(reg->bytes + index * stride + NUMBER_BYTES * cells->address, cells->size);
	return range->size <= ~range->base ? ERROR_NONE : ERROR_TREE_DAMAGED;
}
