/* Searches all symbols of the file one by one, which is fast enough for a single search. */
#include "trace/live/symbol.h"

#include <string.h>

#include "trace/elf/elf_file.h"

/** Finds a symbol by name. A symbol with the address 0 is skipped, because the file uses this symbol but does not
 * define it. */
static enum error find(const struct elf_file *file, const char *name, uint64_t *address)
{
	struct elf_symbols symbols;
	struct elf_symbol symbol;

	if (elf_symbols(file, &symbols) == ERROR_NONE)
		for (uint64_t i = 0; i < symbols.count; i++)
			if (elf_symbol(&symbols, i, &symbol) && strcmp(symbol.name, name) == 0 && symbol.address) {
				*address = symbol.address;
				return ERROR_NONE;
			}
	return error_set(ERROR_DATA, "%s: it has no symbol %s, so it is not hv's ELF file", file->path, name);
}

enum error symbol_address(const char *path, const char *name, const uint64_t *base, uint64_t *address)
{
	struct elf_file file;

	RETURN_IF_ERROR(elf_open(&file, path));

	enum error error = find(&file, name, address);

	if (error == ERROR_NONE && base)
		*address += elf_distance(&file, *base);
	elf_close(&file);
	return error;
}
