/* See symbol.h. */
#include "trace/live/symbol.h"

#include <stdio.h>
#include <string.h>

#include "trace/elf/elf_file.h"

static uint64_t find(const struct elf_file *file, const char *name)
{
	const Elf64_Shdr *table = elf_section(file, SHT_SYMTAB);
	const Elf64_Sym *symbols = table ? elf_part(file, table->sh_offset, table->sh_size) : NULL;
	uint64_t bytes;
	const char *names = symbols ? elf_names(file, table, &bytes) : NULL;

	for (uint64_t i = 0; names && i < table->sh_size / sizeof(*symbols); i++)
		if (symbols[i].st_name < bytes && strcmp(names + symbols[i].st_name, name) == 0)
			return symbols[i].st_value;
	return 0;
}

uint64_t symbol_address(const char *path, const char *name, char *error, size_t error_bytes)
{
	struct elf_file file;
	const char *wrong = elf_open(&file, path);
	uint64_t address = wrong ? 0 : find(&file, name);

	if (wrong)
		(void)snprintf(error, error_bytes, "%s: %s", path, wrong);
	else
		elf_close(&file);
	if (!wrong && !address)
		(void)snprintf(error, error_bytes, "%s: no symbol %s: not hv's ELF file", path, name);
	return address;
}
