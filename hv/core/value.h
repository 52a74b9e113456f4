/* Values of a device tree's properties (Devicetree specification 2.2.4).
 * Called by fdt.c.
 * Must not know nodes, or what a property is for. */
#ifndef HV_CORE_VALUE_H
#define HV_CORE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/virt/machine.h"

#define NUMBER_BYTES 4u

/** The value of a property. */
struct value {
	uint8_t *bytes; /* NULL: the node lacks the property */
	uint32_t length;
};

/** How a node's children write addresses and sizes. */
struct cells {
	uint32_t address, size; /* #address-cells and #size-cells */
};

/** The number of one or two cells that @p value is, or @p otherwise. Pure. */
COLD uint64_t value_number(const struct value *value, uint64_t otherwise);

/** Whether @p text is one of the strings of @p value. Pure. */
COLD bool value_has_text(const struct value *value, const char *text);

/** Range @p index of @p reg into *@p range.
 * @return whether there is one, in one or two @p cells each, that does not wrap around */
COLD bool value_range(const struct value *reg, const struct cells *cells, uint32_t index, struct memory_range *range);

#endif
