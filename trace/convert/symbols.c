#include "trace/convert/symbols.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	char *copy = strdup(name);
	if (!copy)
		return false;
	for (char *at = copy; *at; at++) /* so that CSV, JSON and folded lines can have it as it is */
		if (*at <= ' ' || *at > '~' || strchr("\",;\\", *at))
			*at = '?';
	symbols->table[symbols->count++] = (struct symbol){ address, address + size, copy };
	return true;
}

/** Whether it lies in what is executed: link-time optimisation leaves symbols in debug information, where addresses mean
 * nothing. */
static bool is_function(const struct elf_file *file, const Elf64_Sym *symbol)
{
	unsigned type = ELF64_ST_TYPE(symbol->st_info);
	return symbol->st_name && symbol->st_shndx < file->header->e_shnum &&
	       file->sections[symbol->st_shndx].sh_flags & SHF_EXECINSTR && (type == STT_FUNC || type == STT_NOTYPE);
}

/** What is to be added so that the first loaded segment lies at @p base. */
static uint64_t distance(const struct elf_file *file, uint64_t base)
{
	const Elf64_Ehdr *header = file->header;
	const Elf64_Phdr *segments = elf_part(file, header->e_phoff, (uint64_t)header->e_phnum * sizeof(*segments));
	for (unsigned i = 0; segments && i < header->e_phnum; i++)
		if (segments[i].p_type == PT_LOAD)
			return base - segments[i].p_vaddr;
	return 0;
}

/** @p base: where the first loaded segment lies; null: where the file says */
static const char *read_table(struct symbols *symbols, const struct elf_file *file, const uint64_t *base)
{
	uint64_t moved = base ? distance(file, *base) : 0, bytes;
	const Elf64_Shdr *section = elf_section(file, SHT_SYMTAB);
	if (!section)
		return "it has no symbols";
	const char *names = elf_names(file, section, &bytes);
	const Elf64_Sym *table = elf_part(file, section->sh_offset, section->sh_size);
	if (!names || !table)
		return "its symbols lie outside of the file";
	for (size_t i = 0; i < section->sh_size / sizeof(*table); i++) {
		Elf64_Sym symbol;
		memcpy(&symbol, &table[i], sizeof(symbol));
		if (!is_function(file, &symbol) || symbol.st_name >= bytes)
			continue;
		const char *name = names + symbol.st_name;
		if (name[0] == '$' || name[0] == '.') /* mapping symbols, and local labels */
			continue;
		if (!add(symbols, symbol.st_value + moved, symbol.st_size, name))
			return "out of memory";
	}
	return NULL;
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

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < symbols->count; i++)
		free(symbols->table[i].name);
	free(symbols->table);
	free(symbols);
}
