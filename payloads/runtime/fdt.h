/* Reads what the tests need from a flattened device tree.
 * Used by the runtime to count harts and by the boot tests.
 * Must not change the tree. */
#ifndef PAYLOADS_RUNTIME_FDT_H
#define PAYLOADS_RUNTIME_FDT_H

#include <stdbool.h>
#include <stdint.h>

struct fdt_property {
	const char *node; /* the node's own name, with its unit address */
	const char *name;
	const uint8_t *value;
	uint32_t length; /* bytes of value */
	unsigned depth;  /* depth of the node; the root has depth 1 */
};

/** Called with one property. @return false to end the walk */
typedef bool (*fdt_visit)(const struct fdt_property *property, void *argument);

/** @return true if @p fdt starts with the magic number */
bool fdt_is_valid(const void *fdt);

/** The size of the whole tree in bytes. */
uint32_t fdt_total_size(const void *fdt);

/** The 32-bit big-endian number at @p bytes. */
uint32_t fdt_number(const uint8_t *bytes);

/** Calls @p visit with each property and @p argument, in the order of the tree, until it returns false. */
void fdt_walk(const void *fdt, fdt_visit visit, void *argument);

/** The number of harts in the tree. */
unsigned fdt_count_cpus(const void *fdt);

/** @return true if the two strings are equal */
bool fdt_text_equal(const char *a, const char *b);

/** How many harts the first CLINT in @p fdt serves; 0 if there is no CLINT. */
unsigned fdt_count_clint_harts(const void *fdt);

#endif
