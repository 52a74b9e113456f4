/* A device tree as a block of memory, called a blob (Devicetree specification, chapter 5). This code walks through a
 * blob token by token, and edits it in place. Called by fdt.c. It must not know any node or property by name. The blob
 * may lie at any alignment. The code checks every offset and length in the blob before it uses it, so that a damaged
 * tree causes an error message and never an access outside the blob. */
#ifndef HV_CORE_TREE_H
#define HV_CORE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/error.h"

/** The longest blob that is accepted, in bytes. Sums of two offsets below it cannot wrap around. */
#define TREE_TOTAL_MAX 0x7fffffffu

/** Where the parts of a blob lie. Offsets count from its start. Everything is in bytes. */
struct tree {
	uint8_t *blob;
	uint32_t total;
	uint32_t structure, structure_bytes;
	uint32_t strings, strings_bytes; /* the last byte of the strings block is 0 */
	uint32_t reservations;
};

/** Tokens of the structure block, with their numbers in the blob (5.4.1). TREE_BROKEN stands for any other number. */
enum tree_token {
	TREE_BROKEN = 0,
	TREE_NODE = 1,
	TREE_END_NODE = 2,
	TREE_PROPERTY = 3,
	TREE_NOP = 4,
	TREE_END = 9,
};

/** A place in the structure block. Except `tree` and `end`, the members describe the token that tree_next returned
 * last. */
struct tree_cursor {
	const struct tree *tree;
	uint32_t end;      /* end of the structure block: an offset */
	uint32_t token;    /* offset of the token */
	uint32_t at;       /* offset of the first byte after the token and its contents */
	uint32_t depth;    /* number of nodes that are open after the token: 1 after the root's TREE_NODE */
	uint32_t has_root; /* not 0 if the root has begun; a second root makes the tree broken */
	const char *name;  /* name of the node or the property, with a terminator */
	uint8_t *value;    /* value of the property */
	uint32_t length;   /* bytes of the value */
};

/** The number of bytes that a value or name of @p length bytes occupies in the blob, where it is padded to a multiple
 * of 4. Pure. */
static inline uint32_t tree_padded(uint32_t length)
{
	return (length + 3) & ~3u;
}

/** Reads the big-endian number in the 4 bytes at @p bytes, which may have any alignment. Pure. */
static inline uint32_t tree_number(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/** Whether @p text is one of the strings of a list. Pure.
 * @param list   strings, each with its terminator
 * @param length bytes of the list */
COLD bool tree_list_has(const uint8_t *list, uint32_t length, const char *text);

/** Writes @p number to the 4 bytes at @p bytes, big-endian. @return the address after these bytes */
COLD uint8_t *tree_put_number(uint8_t *bytes, uint32_t number);

/** Reads the header of the blob at @p blob and checks it. The first 4 bytes must be readable. This function reads
 * further bytes only if the header says that they belong to the blob.
 * @param tree filled in
 * @return ERROR_TREE_MISSING, ERROR_TREE_VERSION or ERROR_TREE_HEADER if hv cannot use the blob */
COLD enum error tree_open(struct tree *tree, void *blob) MUST_CHECK;

/** Places @p cursor before the root of @p tree. */
COLD void tree_begin(struct tree_cursor *cursor, const struct tree *tree);

/** Moves @p cursor to the next token and returns it. Skips FDT_NOPs. After TREE_END or TREE_BROKEN it must not be
 * called again. */
COLD enum tree_token tree_next(struct tree_cursor *cursor);

/** Fills the structure block with FDT_NOPs from offset @p from up to offset @p to, which is not included. Both are
 * multiples of 4. */
COLD void tree_erase(struct tree *tree, uint32_t from, uint32_t to);

/** Shortens a property's value. FDT_NOPs fill the bytes that become free.
 * @param value  the value, as tree_cursor has it
 * @param length its present length in bytes
 * @param kept   its new length, at most @p length; with 0 the whole property is removed */
COLD void tree_shorten(struct tree *tree, const uint8_t *value, uint32_t length, uint32_t kept);

/** How many bytes of the blob are in use. The rest, up to tree->total, is free space at its end. */
COLD uint32_t tree_used(const struct tree *tree);

/** Makes a gap in the blob, and moves everything after the gap to higher addresses. The caller has already made
 * tree->total large enough. It fills the gap after the call.
 * @param at    offset of the gap. It is inside the structure block, or at the end of the strings block. The block with
 * the gap grows.
 * @param bytes a multiple of 8 */
COLD void tree_make_gap(struct tree *tree, uint32_t at, uint32_t bytes);

/** Writes the header of the blob from @p tree. Called after changes of the tree. */
COLD void tree_close(const struct tree *tree);

#endif
