/* Reads functions from ELF files and from lists of symbols into one table. The table is sorted by address, and a binary
 * search finds functions in it. The first bytes of a file show whether it is an ELF file or a list. */
#include "trace/convert/symbols.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/escape.h"
#include "trace/convert/symbol_text.h"
#include "trace/dump/number.h"
#include "trace/elf/elf_file.h"

/* A symbol without a size extends to the next symbol, but has at most this many bytes. */
#define FUNCTION_BYTES_MOST (1u << 20)

struct symbol {
	uint64_t address, end;
	int64_t rank; /* if several symbols have the same start and end, the symbol with the highest rank is used */
	char *name;
};

struct symbols {
	struct symbol *table; /* sorted by address */
	size_t count, capacity;
	size_t longest; /* length of the longest name */
};

/** Adds a symbol. @param rank see struct symbol */
static enum error add(struct symbols *symbols, uint64_t address, uint64_t size, int64_t rank, const char *name)
{
	if (symbols->count == symbols->capacity) {
		size_t capacity = symbols->capacity ? 2 * symbols->capacity : 1024;
		struct symbol *table = realloc(symbols->table, capacity * sizeof(*table));
		if (!table)
			return error_no_memory();
		symbols->table = table;
		symbols->capacity = capacity;
	}
	char *copy = malloc(ESCAPE_FACTOR * strlen(name) + 1);
	if (!copy)
		return error_no_memory();
	size_t length = escape_name(copy, name);
	char *fitting = realloc(copy, length + 1);
	if (length > symbols->longest)
		symbols->longest = length;
	symbols->table[symbols->count++] = (struct symbol){ address, address + size, rank, fitting ? fitting : copy };
	return ERROR_NONE;
}

/* ---- an ELF file ---- */

/** Returns whether a symbol is a function that has a name and lies in an executable section. Link-time optimisation
 * leaves symbols in sections with debug information, and the addresses of these symbols mean nothing. A symbol without
 * a type counts as a function, unless it is a mapping symbol ($...) or a local label (.L...). */
static bool is_function(const struct elf_file *file, const struct elf_symbol *symbol)
{
	bool untyped = symbol->type == STT_NOTYPE && !strchr("$.", symbol->name[0]);
	Elf64_Shdr section;
	return symbol->name[0] && (symbol->type == STT_FUNC || untyped) && symbol->section &&
	       elf_section(file, symbol->section, &section) && section.sh_flags & SHF_EXECINSTR;
}

/** Reads the symbol table of an ELF file.
 * @param base address at which the first loaded segment really is; NULL if it is at the address in the file */
static enum error read_table(struct symbols *symbols, const struct elf_file *file, const uint64_t *base)
{
	uint64_t moved = base ? elf_distance(file, *base) : 0;
	struct elf_symbols table;
	struct elf_symbol symbol;

	RETURN_IF_ERROR(elf_symbols(file, &table));
	for (uint64_t i = 0; i < table.count; i++)
		if (elf_symbol(&table, i, &symbol) && is_function(file, &symbol))
			RETURN_IF_ERROR(add(symbols, symbol.address + moved, symbol.size, (int64_t)i, symbol.name));
	return ERROR_NONE;
}

static enum error read_elf(struct symbols *symbols, const char *path, const struct file_bytes *bytes,
			   const uint64_t *base)
{
	struct elf_file file;

	RETURN_IF_ERROR(elf_open_bytes(&file, path, bytes->bytes, bytes->size));

	enum error error = read_table(symbols, &file, base);

	elf_close(&file);
	return error;
}

/* ---- text ---- */

/** Adds a function from a list. If a function has several names, the kernel lists the preferred name first. So an
 * earlier line gets a higher rank. */
static enum error add_line(void *self, uint64_t address, const char *name)
{
	struct symbols *symbols = self;

	return add(symbols, address, 0, -(int64_t)symbols->count, name);
}

/** Recognises some types of files that users may choose by mistake.
 * @return a text that names the file's type and suggests what to do instead; NULL if the type is not recognised */
static const char *explain(const struct file_bytes *file)
{
	static const struct {
		size_t offset;
		const char *bytes, *meaning;
	} signatures[] = {
		{ 0,
		  "\xfd"
		  "7zXZ",
		  "it is compressed by xz: unpack it first (unxz)" },
		{ 0, "\x89HST", "it is a dump of a trace, which has no symbols" },
		{ 0x38, "RSC\x05",
		  "it is a bootable kernel image without symbols: use its vmlinux, its System.map or /proc/kallsyms" },
	};

	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		size_t length = strlen(signatures[i].bytes), end = signatures[i].offset + length;

		if (file->size >= end && memcmp(file->bytes + signatures[i].offset, signatures[i].bytes, length) == 0)
			return signatures[i].meaning;
	}
	return NULL;
}

/** Returns whether the text begins with a hexadecimal number and a blank, as every list of symbols does. */
static bool is_list(const struct file_bytes *file)
{
	size_t digits = 0;

	while (digits < file->size && strchr("0123456789abcdefABCDEF", file->bytes[digits]) && file->bytes[digits])
		digits++;
	return digits && digits < file->size && strchr(" \t", file->bytes[digits]) && file->bytes[digits];
}

static enum error read_text(struct symbols *symbols, const struct file_bytes *file)
{
	const char *what = explain(file);

	if (!what && !is_list(file))
		what = "it is neither an ELF file nor a list of symbols such as System.map and /proc/kallsyms";
	if (what)
		return error_set(ERROR_DATA, "%s", what);
	return symbol_text_read((const char *)file->bytes, file->size, add_line, symbols);
}

/* ---- a file ---- */

/** Adds the functions of an open file, an ELF file or a list.
 * @param base address at which the first loaded segment really is; NULL if it is at the address in the file */
static enum error read_contents(struct symbols *symbols, const char *path, const struct file_bytes *file,
				const uint64_t *base)
{
	if (file->size >= SELFMAG && memcmp(file->bytes, ELFMAG, SELFMAG) == 0)
		return read_elf(symbols, path, file, base);
	if (base)
		return error_set(ERROR_DATA, "%s: only an ELF file can have an address after its name", path);
	return error_about(read_text(symbols, file), "%s", path);
}

/** Reads the file that @p path names: FILE or FILE@ADDRESS. Changes @p path to FILE. */
static enum error read_file(struct symbols *symbols, char *path)
{
	struct file_bytes file;
	char *at = strrchr(path, '@');
	uint64_t address;
	const uint64_t *base = at && number_read(at + 1, &address) ? &address : NULL;

	if (base)
		*at = 0;
	RETURN_IF_ERROR(file_bytes_open(&file, path));

	enum error error = read_contents(symbols, path, &file, base);

	file_bytes_close(&file);
	return error;
}

/* ---- the table ---- */

static int by_address(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return a->rank < b->rank ? -1 : a->rank > b->rank;
}

/** Sets the end of each symbol that has no size. The table must be sorted. */
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

/** Reads all files. @p list contains their paths, separated by commas. The function changes this text. */
static enum error read_list(struct symbols *symbols, char *list)
{
	for (char *path = NULL; (path = strsep(&list, ","));)
		RETURN_IF_ERROR(read_file(symbols, path));
	return ERROR_NONE;
}

enum error symbols_read(struct symbols **symbols, const char *paths)
{
	struct symbols *read = calloc(1, sizeof(*read));
	char *list = strdup(paths);
	enum error error = read && list ? read_list(read, list) : error_no_memory();

	free(list);
	*symbols = NULL;
	if (error != ERROR_NONE) {
		symbols_close(read);
		return error;
	}
	if (read->count)
		qsort(read->table, read->count, sizeof(read->table[0]), by_address);
	end_at_the_next(read);
	*symbols = read;
	return ERROR_NONE;
}

size_t symbols_count(const struct symbols *symbols)
{
	return symbols ? symbols->count : 0;
}

bool symbols_place(const struct symbols *symbols, uint64_t address, size_t *place)
{
	size_t low = 0, high = symbols->count; /* all symbols in table[0 .. low) begin at or below the address */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (symbols->table[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	*place = low - 1;
	return low && address < symbols->table[low - 1].end;
}

const char *symbols_name(const struct symbols *symbols, size_t place)
{
	return symbols->table[place].name;
}

uint64_t symbols_start(const struct symbols *symbols, size_t place)
{
	return symbols->table[place].address;
}

const char *symbols_find(const struct symbols *symbols, uint64_t address, uint64_t *offset)
{
	size_t place;
	if (!symbols_place(symbols, address, &place))
		return NULL;
	*offset = address - symbols->table[place].address;
	return symbols->table[place].name;
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
