/* A device tree as a block of memory (Devicetree specification, chapter 5): walked token by token, and edited in place.
 * Called by fdt.c. Knows no node and no property by name. The blob may lie at any alignment; whatever it says is checked
 * before it is followed, so that a wrong tree is an error and never a stray access. */
#ifndef HV_CORE_TREE_H
#define HV_CORE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"

/** The longest blob, bytes: sums of offsets do not wrap. */
#define TREE_TOTAL_MAX 0x7fffffffu

/** Where the parts of a blob lie: offsets from its start, and lengths, in bytes. */
struct tree {
	uint8_t *blob;
	uint32_t total;
	uint32_t structure, structure_bytes;
	uint32_t strings, strings_bytes; /* the last byte of it is 0 */
	uint32_t reservations;
};

/** Tokens of the structure block by their numbers there (5.4.1), and what stands for anything else. */
enum tree_token {
	TREE_BROKEN = 0,
	TREE_NODE = 1,
	TREE_END_NODE = 2,
	TREE_PROPERTY = 3,
	TREE_NOP = 4,
	TREE_END = 9,
};

/** A place in the structure block. All fields are those of the token that tree_next returned last. */
struct tree_cursor {
	const struct tree *tree;
	uint32_t end;   /* of the structure block */
	uint32_t token; /* offset of the token */
	uint32_t at;    /* offset of what follows it */
	uint32_t depth; /* nodes that are open behind it: 1 behind the root's TREE_NODE */
	uint32_t has_root;
	const char *name; /* of the node or the property, terminated */
	uint8_t *value;   /* of a property */
	uint32_t length;  /* bytes of the value */
};

/** Bytes that a value of @p length takes: values and names end at a multiple of 4. Pure. */
static inline uint32_t tree_padded(uint32_t length)
{
	return (length + 3) & ~3u;
}

/** The big-endian number at @p bytes. */
static inline uint32_t tree_number(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/** Whether @p text is one of the strings in the @p length bytes of @p list, each with its terminator. Pure. */
COLD bool tree_list_has(const uint8_t *list, uint32_t length, const char *text);

/** Writes @p number big-endian to @p bytes. @return what follows it */
COLD uint8_t *tree_put_number(uint8_t *bytes, uint32_t number);

/** Reads and checks the header at @p blob, whose first 4 bytes can be read; other memory is read only if it belongs to the
 * blob by its own account. @return NULL, or what is wrong with it */
COLD const char *tree_open(struct tree *tree, void *blob);

/** Places @p cursor before the root. */
COLD void tree_begin(struct tree_cursor *cursor, const struct tree *tree);

/** Takes the next token; FDT_NOPs are skipped. After TREE_END or TREE_BROKEN there is none. */
COLD enum tree_token tree_next(struct tree_cursor *cursor);

/** Fills the structure block from offset @p from to @p to, both multiples of 4, with FDT_NOPs. */
COLD void tree_erase(struct tree *tree, uint32_t from, uint32_t to);

/** Shortens the value of the property that @p value belongs to from @p length to @p kept bytes; with 0 the property goes. */
COLD void tree_shorten(struct tree *tree, const uint8_t *value, uint32_t length, uint32_t kept);

/** Bytes of the blob that are in use; the rest of tree->total is slack at its end. */
COLD uint32_t tree_used(const struct tree *tree);

/** Makes a gap of @p bytes (a multiple of 8) at offset @p at: inside the structure block, or at the end of the strings.
 * That part grows, and whatever follows moves up. The caller has made tree->total large enough, and fills the gap. */
COLD void tree_make_gap(struct tree *tree, uint32_t at, uint32_t bytes);

/** Writes the header anew, after changes of @p tree. */
COLD void tree_close(const struct tree *tree);

#endif
