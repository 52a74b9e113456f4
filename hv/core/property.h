/* Compares two harts by what machine_probe finds on them. Used by join.c. Pure: it must not know how a hart is examined or
 * what happens to a hart that differs. */
#ifndef HV_CORE_PROPERTY_H
#define HV_CORE_PROPERTY_H

#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/virt/machine.h"

/** The properties of property.def, in its order. */
enum property_of_hart {
#define PROPERTY(member, name) PROPERTY_##member,
#include "hv/core/property.def"
#undef PROPERTY
	PROPERTY_COUNT
};

/** The value of a property: a number, or 0 or 1. -1 becomes 0xffffffff. Pure. */
COLD uint64_t property_value(const struct machine *hart, enum property_of_hart property);

/** The name of a property, for messages. Pure. */
COLD const char *property_name(enum property_of_hart property);

/** Searches for a difference between two harts. If one of them has no S-mode, nothing else is known about it, so that is
 * the only difference. Pure.
 * @param after the property after which the search starts, or PROPERTY_COUNT to search from the first one on
 * @return the first property with different values; PROPERTY_COUNT if there is none */
COLD enum property_of_hart property_difference(const struct machine *a, const struct machine *b,
					       enum property_of_hart after);

#endif
