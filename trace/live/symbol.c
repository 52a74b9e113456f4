/* See symbol.h. */
#include "trace/live/symbol.h"

#include <stdio.h>
#include <string.h>

#include "trace/elf/elf_file.h"

static uint64_t find(const struct elf_file *file, const char *name, const uint64_t *base)
{
	struct elf_symbols symbols;
	struct elf_symbol symbol;

	if (elf_symbols(file, &symbols))
		return 0;
	for (uint64_t i = 0; i < symbols.count; i++)
		if (elf_symbol(&symbols, i, &symbol) && strcmp(symbol.name, name) == 0)
			return symbol.address + (base ? elf_distance(file, *base) : 0);
	return 0;
}

uint64_t symbol_address(const char *path, const char *name, const uint64_t *base, char *error, size_t error_bytes)
{
	struct elf_file file;
	const char *wrong = elf_open(&file, path);
	uint64_t address = wrong ? 0 : find(&file, name, base);

	if (wrong)
		(void)snprintf(error, error_bytes, "%s: %s", path, wrong);
	else
		elf_close(&file);
	if (!wrong && !address)
		(void)snprintf(error, error_bytes, "%s: no symbol %s: not hv's ELF file", path, name);
	return address;
}
