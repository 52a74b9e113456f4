#include "trace/convert/symbols.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/escape.h"
#include "trace/dump/number.h"
#include "trace/elf/elf_file.h"

/* A symbol without a size reaches to the next one, but no further than this. */
#define FUNCTION_BYTES_MOST (1u << 20)

struct symbol {
	uint64_t address, end;
	char *name;
};

struct symbols {
	struct symbol *table; /* by address */
	size_t count, capacity;
	size_t longest; /* name */
};

static bool add(struct symbols *symbols, uint64_t address, uint64_t size, const char *name)
{
	if (symbols->count == symbols->capacity) {
		size_t capacity = symbols->capacity ? 2 * symbols->capacity : 1024;
		struct symbol *table = realloc(symbols->table, capacity * sizeof(*table));
		if (!table)
			return false;
		symbols->table = table;
		symbols->capacity = capacity;
	}
	char *copy = malloc(ESCAPE_FACTOR * strlen(name) + 1);
	if (!copy)
		return false;
	size_t length = escape_name(copy, name);
	char *fitting = realloc(copy, length + 1);
	if (length > symbols->longest)
		symbols->longest = length;
	symbols->table[symbols->count++] = (struct symbol){ address, address + size, fitting ? fitting : copy };
	return true;
}

/** Whether it is a function that has a name, and lies in what is executed: link-time optimisation leaves symbols in debug
 * information, where addresses mean nothing. Without a type, $... are mapping symbols and .... local labels. */
static bool is_function(const struct elf_file *file, const struct elf_symbol *symbol)
{
	bool untyped = symbol->type == STT_NOTYPE && !strchr("$.", symbol->name[0]);
	Elf64_Shdr section;
	return symbol->name[0] && (symbol->type == STT_FUNC || untyped) && symbol->section &&
	       elf_section(file, symbol->section, &section) && section.sh_flags & SHF_EXECINSTR;
}

/** What is to be added so that the first loaded segment lies at @p base. */
static uint64_t distance(const struct elf_file *file, uint64_t base)
{
	Elf64_Phdr segment;
	for (uint64_t i = 0; elf_segment(file, i, &segment); i++)
		if (segment.p_type == PT_LOAD)
			return base - segment.p_vaddr;
	return 0;
}

/** @p base: where the first loaded segment lies; null: where the file says */
static const char *read_table(struct symbols *symbols, const struct elf_file *file, const uint64_t *base)
{
	uint64_t moved = base ? distance(file, *base) : 0;
	struct elf_symbols table;
	struct elf_symbol symbol;
	const char *wrong = elf_symbols(file, &table);
	for (uint64_t i = 0; !wrong && i < table.count; i++)
		if (elf_symbol(&table, i, &symbol) && is_function(file, &symbol) &&
		    !add(symbols, symbol.address + moved, symbol.size, symbol.name))
			wrong = "out of memory";
	return wrong;
}

static const char *read_file(struct symbols *symbols, char *path)
{
	struct elf_file file;
	char *at = strrchr(path, '@');
	uint64_t address;
	const uint64_t *base = at && number_read(at + 1, &address) ? &address : NULL;
	if (base)
		*at = 0;
	const char *wrong = elf_open(&file, path);
	if (wrong)
		return wrong;
	wrong = read_table(symbols, &file, base);
	elf_close(&file);
	return wrong;
}

static int by_address(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->end < b->end ? -1 : a->end > b->end;
}

static void end_at_the_next(struct symbols *symbols)
{
	for (size_t i = 0; i < symbols->count; i++) {
		struct symbol *symbol = &symbols->table[i];
		uint64_t next = i + 1 < symbols->count ? symbol[1].address : UINT64_MAX;
		if (symbol->end == symbol->address)
			symbol->end = next - symbol->address < FUNCTION_BYTES_MOST
					      ? next
					      : symbol->address + FUNCTION_BYTES_MOST;
	}
}

struct symbols *symbols_read(const char *paths, char *error, size_t error_bytes)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));
	char *list = strdup(paths), *rest = list;
	const char *wrong = symbols && list ? NULL : "out of memory";
	for (char *path = NULL; !wrong && (path = strsep(&rest, ","));) {
		wrong = read_file(symbols, path);
		if (wrong)
			snprintf(error, error_bytes, "%s: %s", path, wrong);
	}
	free(list);
	if (wrong) {
		symbols_close(symbols);
		return NULL;
	}
	if (symbols->count)
		qsort(symbols->table, symbols->count, sizeof(symbols->table[0]), by_address);
	end_at_the_next(symbols);
	return symbols;
}

const char *symbols_find(const struct symbols *symbols, uint64_t address, uint64_t *offset)
{
	size_t low = 0, high = symbols->count; /* all before low begin at or below the address */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (symbols->table[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address >= symbols->table[low - 1].end)
		return NULL;
	*offset = address - symbols->table[low - 1].address;
	return symbols->table[low - 1].name;
}

size_t symbols_longest(const struct symbols *symbols)
{
	return symbols ? symbols->longest : 0;
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < symbols->count; i++)
		free(symbols->table[i].name);
	free(symbols->table);
	free(symbols);
}
