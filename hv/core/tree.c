/* Walking and editing a device tree. All places are offsets from the start of the blob, below 2^31. */
#include "hv/core/tree.h"

#include <stddef.h>
#include <string.h>

#define MAGIC 0xd00dfeedu
#define VERSION 17u /* written since 2007; the first with the structure block's size */
#define HEADER_BYTES 40u
#define TOKEN_BYTES 4u

/* Offsets of the header's numbers (5.2). */
enum header {
	HEADER_MAGIC = 0,
	HEADER_TOTAL = 4,
	HEADER_STRUCTURE = 8,
	HEADER_STRINGS = 12,
	HEADER_RESERVATIONS = 16,
	HEADER_VERSION = 20,
	HEADER_COMPATIBLE = 24,
	HEADER_STRINGS_BYTES = 32,
	HEADER_STRUCTURE_BYTES = 36,
};

uint8_t *tree_put_number(uint8_t *bytes, uint32_t number)
{
	for (unsigned i = 0; i < sizeof(number); i++)
		bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	return bytes + sizeof(number);
}

bool tree_list_has(const uint8_t *list, uint32_t length, const char *text)
{
	for (uint32_t i = 0, start = 0; i < length; i++) {
		if (list[i] != (uint8_t)text[i - start]) { /* on to the next string */
			while (i < length && list[i])
				i++;
			start = i + 1;
		} else if (list[i] == '\0') {
			return true;
		}
	}
	return false;
}

/* ---- the header ---- */

/* Whether [@p offset, + @p bytes) lies behind the header and inside the blob. */
static bool is_inside(const struct tree *tree, uint32_t offset, uint32_t bytes)
{
	return offset >= HEADER_BYTES && offset <= tree->total && bytes <= tree->total - offset;
}

static bool is_apart(uint32_t offset, uint32_t bytes, uint32_t other)
{
	return offset > other || bytes <= other - offset;
}

static bool is_whole(const struct tree *tree)
{
	return is_inside(tree, tree->structure, tree->structure_bytes) && tree->structure % TOKEN_BYTES == 0 &&
	       is_inside(tree, tree->strings, tree->strings_bytes) && tree->strings_bytes > 0 &&
	       is_inside(tree, tree->reservations, 0) &&
	       is_apart(tree->structure, tree->structure_bytes, tree->strings) &&
	       is_apart(tree->strings, tree->strings_bytes, tree->structure) &&
	       tree->blob[tree->strings + tree->strings_bytes - 1] == '\0';
}

const char *tree_open(struct tree *tree, void *blob)
{
	const uint8_t *header = blob;

	if (tree_number(header + HEADER_MAGIC) != MAGIC)
		return "there is none";
	if (tree_number(header + HEADER_VERSION) < VERSION || tree_number(header + HEADER_COMPATIBLE) > VERSION)
		return "its version is not 17";
	*tree = (struct tree){
		.blob = blob,
		.total = tree_number(header + HEADER_TOTAL),
		.structure = tree_number(header + HEADER_STRUCTURE),
		.structure_bytes = tree_number(header + HEADER_STRUCTURE_BYTES),
		.strings = tree_number(header + HEADER_STRINGS),
		.strings_bytes = tree_number(header + HEADER_STRINGS_BYTES),
		.reservations = tree_number(header + HEADER_RESERVATIONS),
	};
	return tree->total <= TREE_TOTAL_MAX && is_whole(tree) ? NULL : "its header is wrong";
}

void tree_close(const struct tree *tree)
{
	uint8_t *header = tree->blob;

	tree_put_number(header + HEADER_TOTAL, tree->total);
	tree_put_number(header + HEADER_STRUCTURE, tree->structure);
	tree_put_number(header + HEADER_STRUCTURE_BYTES, tree->structure_bytes);
	tree_put_number(header + HEADER_STRINGS, tree->strings);
	tree_put_number(header + HEADER_STRINGS_BYTES, tree->strings_bytes);
	tree_put_number(header + HEADER_RESERVATIONS, tree->reservations);
}

/* ---- walking ---- */

void tree_begin(struct tree_cursor *cursor, const struct tree *tree)
{
	*cursor = (struct tree_cursor){ .tree = tree, .at = tree->structure };
}

/* Bytes of the structure block that are left behind @p cursor. */
static uint32_t left(const struct tree_cursor *cursor)
{
	return cursor->tree->structure + cursor->tree->structure_bytes - cursor->at;
}

/* Steps over @p bytes and what pads them. */
static bool skip(struct tree_cursor *cursor, uint32_t bytes)
{
	if (bytes > left(cursor) || tree_padded(bytes) > left(cursor))
		return false;
	cursor->at += tree_padded(bytes);
	return true;
}

static enum tree_token begin_node(struct tree_cursor *cursor)
{
	uint32_t length = 0, limit = left(cursor);

	cursor->name = (const char *)cursor->tree->blob + cursor->at;
	while (length < limit && cursor->name[length])
		length++;
	if (!skip(cursor, length + 1) || (cursor->depth == 0 && cursor->has_root))
		return TREE_BROKEN;
	cursor->has_root = true;
	cursor->depth++;
	return TREE_NODE;
}

static enum tree_token end_node(struct tree_cursor *cursor)
{
	if (cursor->depth == 0)
		return TREE_BROKEN;
	cursor->depth--;
	return TREE_END_NODE;
}

static enum tree_token property(struct tree_cursor *cursor)
{
	const struct tree *tree = cursor->tree;
	uint8_t *head = tree->blob + cursor->at;
	uint32_t name;

	if (cursor->depth == 0 || !skip(cursor, 2 * TOKEN_BYTES))
		return TREE_BROKEN;
	name = tree_number(head + TOKEN_BYTES);
	cursor->length = tree_number(head);
	cursor->value = head + 2 * TOKEN_BYTES;
	if (!skip(cursor, cursor->length) || name >= tree->strings_bytes)
		return TREE_BROKEN;
	cursor->name = (const char *)tree->blob + tree->strings + name;
	return TREE_PROPERTY;
}

enum tree_token tree_next(struct tree_cursor *cursor)
{
	uint32_t token;

	do {
		cursor->token = cursor->at;
		if (!skip(cursor, TOKEN_BYTES))
			return TREE_BROKEN;
		token = tree_number(cursor->tree->blob + cursor->token);
	} while (token == TREE_NOP);
	switch (token) {
	case TREE_NODE:
		return begin_node(cursor);
	case TREE_END_NODE:
		return end_node(cursor);
	case TREE_PROPERTY:
		return property(cursor);
	case TREE_END:
		return cursor->has_root && cursor->depth == 0 ? TREE_END : TREE_BROKEN;
	default:
		return TREE_BROKEN;
	}
}

/* ---- editing ---- */

void tree_erase(struct tree *tree, uint32_t from, uint32_t to)
{
	for (; from < to; from += TOKEN_BYTES)
		tree_put_number(tree->blob + from, TREE_NOP);
}

void tree_shorten(struct tree *tree, const uint8_t *value, uint32_t length, uint32_t kept)
{
	uint32_t at = (uint32_t)(value - tree->blob), head = at - 3 * TOKEN_BYTES;

	tree_put_number(tree->blob + head + TOKEN_BYTES, kept);
	tree_erase(tree, kept ? at + tree_padded(kept) : head, at + tree_padded(length));
}

uint32_t tree_used(const struct tree *tree)
{
	uint32_t structure_end = tree->structure + tree->structure_bytes;
	uint32_t strings_end = tree->strings + tree->strings_bytes;
	uint32_t end = structure_end > strings_end ? structure_end : strings_end;

	return tree->reservations >= end ? tree->total : end; /* reservations have no length: they end with a zero */
}

void tree_make_gap(struct tree *tree, uint32_t at, uint32_t bytes)
{
	bool in_strings = at == tree->strings + tree->strings_bytes;
	uint32_t used = tree_used(tree);

	memmove(tree->blob + at + bytes, tree->blob + at, used - at);
	if (in_strings)
		tree->strings_bytes += bytes;
	else
		tree->structure_bytes += bytes;
	if (tree->structure >= at)
		tree->structure += bytes;
	if (tree->strings >= at)
		tree->strings += bytes;
	if (tree->reservations >= at)
		tree->reservations += bytes;
}
