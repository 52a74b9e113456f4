/* Walks and edits a device tree in its flattened form. All places in the tree are offsets from the start of the blob,
 * and are below 2^31. The code checks each offset against the end of its block before it uses the offset. It overwrites
 * removed parts with FDT_NOPs. Only tree_make_gap moves bytes. */
#include "hv/core/tree.h"

#include <stddef.h>
#include <string.h>

#define MAGIC 0xd00dfeedu
#define VERSION 17u /* in use since 2007, and the first version with the size of the structure block */
#define HEADER_BYTES 40u
#define TOKEN_BYTES 4u

/* Indexes of numbers in the header (5.2). Each number has 4 bytes. */
enum header { HEADER_MAGIC = 0, HEADER_VERSION = 5, HEADER_COMPATIBLE = 6 };

uint8_t *tree_put_number(uint8_t *bytes, uint32_t number)
{
	for (unsigned i = 0; i < sizeof(number); i++)
		bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	return bytes + sizeof(number);
}

bool tree_list_has(const uint8_t *list, uint32_t length, const char *text)
{
	for (uint32_t i = 0, start = 0; i < length; i++) {
		if (list[i] != (uint8_t)text[i - start]) { /* skip to the next string */
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

/* Whether the @p bytes bytes from @p offset on lie after the header and inside the blob. */
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

/* The index of a number in the header, and the offset of the member of struct tree that holds it. */
static const struct {
	uint8_t place, field;
} fields[] = {
	{ 1, offsetof(struct tree, total) },         { 2, offsetof(struct tree, structure) },
	{ 3, offsetof(struct tree, strings) },       { 4, offsetof(struct tree, reservations) },
	{ 8, offsetof(struct tree, strings_bytes) }, { 9, offsetof(struct tree, structure_bytes) },
};

static uint32_t header_number(const uint8_t *blob, unsigned place)
{
	return tree_number(blob + sizeof(uint32_t) * place);
}

enum error tree_open(struct tree *tree, void *blob)
{
	if (header_number(blob, HEADER_MAGIC) != MAGIC)
		return ERROR_TREE_MISSING;
	if (header_number(blob, HEADER_VERSION) < VERSION || header_number(blob, HEADER_COMPATIBLE) > VERSION)
		return ERROR_TREE_VERSION;
	tree->blob = blob;
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		*(uint32_t *)((uint8_t *)tree + fields[i].field) = header_number(blob, fields[i].place);
	return tree->total <= TREE_TOTAL_MAX && is_whole(tree) ? ERROR_NONE : ERROR_TREE_HEADER;
}

void tree_close(const struct tree *tree)
{
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		tree_put_number(tree->blob + sizeof(uint32_t) * fields[i].place,
				*(const uint32_t *)((const uint8_t *)tree + fields[i].field));
}

/* ---- walking ---- */

void tree_begin(struct tree_cursor *cursor, const struct tree *tree)
{
	cursor->tree = tree;
	cursor->at = tree->structure;
	cursor->end = tree->structure + tree->structure_bytes;
	cursor->depth = cursor->has_root = 0;
}

/* Moves @p cursor over @p bytes bytes and their padding. @return whether they fit in the block */
static bool skip(struct tree_cursor *cursor, uint32_t bytes)
{
	uint32_t left = cursor->end - cursor->at;

	if (bytes > left || tree_padded(bytes) > left)
		return false;
	cursor->at += tree_padded(bytes);
	return true;
}

static enum tree_token begin_node(struct tree_cursor *cursor)
{
	uint32_t length = 0, limit = cursor->end - cursor->at;

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

	/* The reservation block has no length field. It ends with an entry that is all zeros. */
	return tree->reservations >= end ? tree->total : end;
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
