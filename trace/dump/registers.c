/* Writes the names of registers as text, and reads them back. Most machines have one mtime register for all harts, and
 * its line is written only once. If dumps from different machines were merged, two lines may give different names to
 * the same address. When the table is sorted by address, such lines are neighbours, so each register need only be
 * compared with the ones next to it. */
#include "trace/dump/registers.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYWORD "register "
#define LINE_BYTES (sizeof(KEYWORD) + 40 + REGISTERS_NAME_BYTES) /* size of the longest line */
#define TEXT_BYTES 49152 /* room for all registers; the schema chunk has 16384 more bytes, for the events */
#define LINES_OF_A_HART 3
#define MSIP_BYTES 4
#define MTIMECMP_BYTES 8
#define MTIME_BYTES 8

const char *const register_kind_name[REGISTER_KINDS] = {
#define REGISTER(NAME, name) [REGISTER_##NAME] = name,
#include "trace/dump/registers.def"
};

/* ---- writing ---- */

/** A text that is being written. If a line does not fit, it is left out, and `is_full` is set. */
struct writing {
	char *text;
	size_t used, room;
	bool is_full;
};

static void __attribute__((format(printf, 2, 3))) write_line(struct writing *writing, const char *format, ...)
{
	va_list arguments;
	size_t left = writing->room - writing->used;

	va_start(arguments, format);
	int length = vsnprintf(writing->text + writing->used, left, format, arguments);
	va_end(arguments);
	writing->is_full = writing->is_full || length < 0 || (size_t)length >= left;
	if (!writing->is_full)
		writing->used += (size_t)length;
}

/** Whether a hart with a lower index has the same mtime register. If so, the line of this register is written
 * already. */
static bool has_written_mtime(const struct registers_facts *facts, uint32_t hart)
{
	for (uint32_t before = 0; before < hart; before++)
		if (facts->registers[before].mtime == facts->registers[hart].mtime)
			return true;
	return false;
}

static void write_hart(struct writing *writing, const struct registers_facts *facts, uint32_t hart)
{
	const struct hartscope_registers *registers = &facts->registers[hart];
	uint64_t id = facts->ids[hart];

	if (registers->msip)
		write_line(writing, KEYWORD "0x%" PRIx64 " %d %s, hart %" PRIu64 "\n", registers->msip, MSIP_BYTES,
			   register_kind_name[REGISTER_MSIP], id);
	if (registers->mtimecmp)
		write_line(writing, KEYWORD "0x%" PRIx64 " %d %s, hart %" PRIu64 "\n", registers->mtimecmp,
			   MTIMECMP_BYTES, register_kind_name[REGISTER_MTIMECMP], id);
	if (registers->mtime && !has_written_mtime(facts, hart))
		write_line(writing, KEYWORD "0x%" PRIx64 " %d %s\n", registers->mtime, MTIME_BYTES,
			   register_kind_name[REGISTER_MTIME]);
}

enum error registers_text(const struct registers_facts *facts, char **text)
{
	size_t most = (LINES_OF_A_HART * (size_t)facts->harts + 1) * LINE_BYTES;
	struct writing writing = { .room = most < TEXT_BYTES ? most : TEXT_BYTES };

	*text = writing.text = calloc(1, writing.room);
	if (!writing.text)
		return error_no_memory();
	for (uint32_t hart = 0; hart < facts->harts && !writing.is_full; hart++)
		write_hart(&writing, facts, hart);
	if (facts->reset_bytes)
		write_line(&writing, KEYWORD "0x%" PRIx64 " %" PRIu64 " %s\n", facts->reset_base, facts->reset_bytes,
			   register_kind_name[REGISTER_RESET]);
	if (writing.is_full)
		writing.used = 0;
	writing.text[writing.used] = '\0';
	return ERROR_NONE;
}

/* ---- reading ---- */

/** Copies a name from a dump. The dump may come from another tool, so the name may contain any character. Characters
 * that cannot be printed, and characters that JSON must escape, become '?'. */
static void copy_name(char *to, const char *name)
{
	(void)snprintf(to, REGISTERS_NAME_BYTES, "%s", name);
	for (; *to; to++)
		if (*to < ' ' || *to > '~' || *to == '"' || *to == '\\')
			*to = '?';
}

/** Finds the kind of a register. The kind is the part of the register's name before the comma. */
static enum register_kind find_kind(const char *name)
{
	size_t length = strcspn(name, ",");

	for (unsigned kind = 0; kind < REGISTER_KINDS; kind++)
		if (strlen(register_kind_name[kind]) == length && memcmp(name, register_kind_name[kind], length) == 0)
			return (enum register_kind)kind;
	return REGISTER_KINDS;
}

static enum error wrong_line(void)
{
	return error_set(ERROR_DATA, "a register needs ADDRESS BYTES NAME");
}

enum error registers_read_line(const char *line, struct register_name *found)
{
	char *end;

	if (strncmp(line, KEYWORD "0x", strlen(KEYWORD "0x")) != 0)
		return wrong_line();
	line += strlen(KEYWORD "0x");
	if (!isxdigit((unsigned char)line[0]))
		return wrong_line();
	found->address = strtoull(line, &end, 16);
	if (end[0] != ' ' || !isdigit((unsigned char)end[1]))
		return wrong_line();
	found->bytes = strtoull(end + 1, &end, 10);
	if (end[0] != ' ' || !end[1])
		return wrong_line();
	if (!found->bytes || found->bytes - 1 > UINT64_MAX - found->address)
		return error_set(ERROR_DATA, "a register must have at least one byte and end below 2^64");
	copy_name(found->name, end + 1);
	found->kind = find_kind(found->name);
	return ERROR_NONE;
}

static int by_address(const void *left, const void *right)
{
	const struct register_name *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->bytes < b->bytes ? -1 : a->bytes > b->bytes;
}

/** Removes the names of registers that overlap but have different names. */
static void drop_contradictions(struct register_names *names)
{
	size_t widest = 0; /* index of the register that ends at the highest address, among the registers so far */

	for (size_t i = 1; i < names->count; i++) {
		struct register_name *before = &names->table[widest], *now = &names->table[i];

		if (now->address - before->address < before->bytes && strcmp(now->name, before->name) != 0)
			now->name[0] = before->name[0] = '\0';
		if (now->address - before->address + (now->bytes - 1) > before->bytes - 1)
			widest = i;
	}
}

/** Copies the next line of the text, cut to LINE_BYTES, and moves @p text and @p bytes past it. @return false at the
 * end */
static bool take_line(const char **text, size_t *bytes, char line[LINE_BYTES])
{
	const char *end = *bytes ? memchr(*text, '\n', *bytes) : NULL;
	size_t length = end ? (size_t)(end - *text) : *bytes, kept = length < LINE_BYTES ? length : LINE_BYTES - 1;

	if (!*bytes)
		return false;
	memcpy(line, *text, kept);
	line[kept] = '\0';
	length += end != NULL;
	*text += length;
	*bytes -= length;
	return true;
}

enum error registers_read(struct register_names *names, const char *text, size_t bytes)
{
	char line[LINE_BYTES];
	struct register_name found;

	*names = (struct register_names){ 0 };
	while (take_line(&text, &bytes, line)) {
		if (registers_read_line(line, &found) != ERROR_NONE)
			continue;

		struct register_name *more = realloc(names->table, (names->count + 1) * sizeof(*more));

		if (!more) {
			registers_release(names);
			return error_no_memory();
		}
		names->table = more;
		names->table[names->count++] = found;
	}
	if (names->count)
		qsort(names->table, names->count, sizeof(names->table[0]), by_address);
	drop_contradictions(names);
	return ERROR_NONE;
}

static const struct register_name *find(const struct register_names *names, uint64_t address)
{
	size_t low = 0, high = names->count; /* the registers in names->table[0 .. low) begin at or below the address */

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (names->table[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - names->table[low - 1].address >= names->table[low - 1].bytes)
		return NULL;
	return names->table[low - 1].name[0] ? &names->table[low - 1] : NULL;
}

const char *registers_find(const struct register_names *names, uint64_t address)
{
	const struct register_name *found = find(names, address);

	return found ? found->name : NULL;
}

enum register_kind registers_find_kind(const struct register_names *names, uint64_t address)
{
	const struct register_name *found = names ? find(names, address) : NULL;

	return found ? found->kind : REGISTER_KINDS;
}

void registers_release(struct register_names *names)
{
	free(names->table);
	*names = (struct register_names){ 0 };
}
