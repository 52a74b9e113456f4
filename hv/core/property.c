/* Compares two harts, property by property. A table has the place of each property in struct machine. Its entries are
 * numbers and not pointers, so hv does not have to relocate them. */
#include "hv/core/property.h"

#include <stddef.h>
#include <string.h>

#include "hv/log/log.h"

static const struct {
	uint16_t offset;
	uint8_t size; /* bytes: 1, 4 or 8 */
} places[] = {
#define PROPERTY(member, name) { offsetof(struct machine, member), sizeof(((struct machine *)0)->member) },
#include "hv/core/property.def"
#undef PROPERTY
};

uint64_t property_value(const struct machine *hart, enum property_of_hart property)
{
	uint64_t value = 0;

	memcpy(&value, (const uint8_t *)hart + places[property].offset, places[property].size);
	return value;
}

const char *property_name(enum property_of_hart property)
{
	static const char names[] =
#define PROPERTY(member, name) name "\0"
#include "hv/core/property.def"
#undef PROPERTY
		;

	return log_nth(names, property);
}

enum property_of_hart property_difference(const struct machine *a, const struct machine *b, enum property_of_hart after)
{
	unsigned i = after == PROPERTY_COUNT ? 0 : after + 1u;

	if (after == PROPERTY_has_supervisor)
		return PROPERTY_COUNT;
	while (i < PROPERTY_COUNT && property_value(a, i) == property_value(b, i))
		i++;
	return i;
}
