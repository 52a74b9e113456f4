/* Reads the properties that the tests need from a flattened device tree.
 * Used by the runtime, which counts the harts, and by the boot tests.
 * Must not change the tree. */
#ifndef PAYLOADS_RUNTIME_FDT_H
#define PAYLOADS_RUNTIME_FDT_H

#include <stdbool.h>
#include <stdint.h>

struct fdt_property {
	const char *node; /* the name of the node without its path, but with its unit address */
	const char *name;
	const uint8_t *value;
	uint32_t length; /* size of value in bytes */
	unsigned depth;  /* depth of the node; the root has depth 1 */
};

/** A function that fdt_walk() calls for each property. @return false to end the walk */
typedef bool (*fdt_visit)(const struct fdt_property *property, void *argument);

/** @return true if @p fdt starts with the magic number */
bool fdt_is_valid(const void *fdt);

/** Returns the 32-bit big-endian number at @p bytes. */
uint32_t fdt_number(const uint8_t *bytes);

/** Calls @p visit for each property, in the order of the tree, until @p visit returns false. Passes @p argument to each
 * call. */
void fdt_walk(const void *fdt, fdt_visit visit, void *argument);

/** Returns the number of harts in the tree. */
unsigned fdt_count_cpus(const void *fdt);

/** @return true if the two strings are equal */
bool fdt_text_equal(const char *a, const char *b);

/** Returns the number of harts that the first CLINT in @p fdt serves, or 0 if there is no CLINT. */
unsigned fdt_count_clint_harts(const void *fdt);

#endif
