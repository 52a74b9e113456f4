/* Reads the values of a device tree's properties (Devicetree specification 2.2.4).
 * Called by fdt.c.
 * Must not know nodes, or the purpose of a property. */
#ifndef HV_CORE_VALUE_H
#define HV_CORE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/error.h"
#include "hv/virt/machine.h"

#define NUMBER_BYTES 4u

/** The value of a property, which lies in the blob. */
struct value {
	uint8_t *bytes;  /* NULL if the node does not have the property */
	uint32_t length; /* bytes */
};

/** The number of cells (32-bit numbers) that the children of a node use for an address, and for a size, in `reg`. */
struct cells {
	uint32_t address, size; /* from #address-cells and #size-cells */
};

/** The number in @p value, which has one or two cells. @return the number, or @p otherwise if the property is missing
 * or has another length. Pure. */
COLD uint64_t value_number(const struct value *value, uint64_t otherwise);

/** Whether @p text is one of the strings in @p value. Pure. */
COLD bool value_has_text(const struct value *value, const char *text);

/** Reads one of the ranges in @p reg.
 * @param cells numbers of cells of an address and of a size in @p reg; hv reads ranges only if each is 1 or 2
 * @param index number of the range, counted from 0
 * @param range filled in
 * @return ERROR_NOT_FOUND if there is no such range or if hv cannot read it, ERROR_TREE_DAMAGED if it wraps around the
 * address space; @p range is undefined after an error */
COLD enum error value_range(const struct value *reg, const struct cells *cells, uint32_t index,
			    struct memory_range *range) MUST_CHECK;

#endif
