/* See symbol.h. Offsets of the file are believed only inside of it. */
#include "trace/live/symbol.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct image {
	const uint8_t *bytes;
	uint64_t size;
};

static const void *at(const struct image *image, uint64_t offset, uint64_t bytes)
{
	return offset <= image->size && bytes <= image->size - offset ? image->bytes + offset : NULL;
}

/** Searches the symbols of section @p number. */
static uint64_t search(const struct image *image, const Elf64_Ehdr *header, const Elf64_Shdr *sections, unsigned number,
		       const char *name)
{
	const Elf64_Shdr *table = &sections[number];

	if (table->sh_type != SHT_SYMTAB || table->sh_link >= header->e_shnum)
		return 0;

	const Elf64_Shdr *strings = &sections[table->sh_link];
	const Elf64_Sym *symbols = at(image, table->sh_offset, table->sh_size);
	const char *text = at(image, strings->sh_offset, strings->sh_size);
	size_t bytes = strlen(name) + 1;

	for (uint64_t i = 0; symbols && text && i < table->sh_size / sizeof(*symbols); i++)
		if (symbols[i].st_name < strings->sh_size && strings->sh_size - symbols[i].st_name >= bytes &&
		    memcmp(text + symbols[i].st_name, name, bytes) == 0)
			return symbols[i].st_value;
	return 0;
}

static uint64_t find(const struct image *image, const char *name)
{
	const Elf64_Ehdr *header = at(image, 0, sizeof(*header));
	uint64_t address = 0;

	if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64)
		return 0;

	const Elf64_Shdr *sections = at(image, header->e_shoff, (uint64_t)header->e_shnum * sizeof(*sections));

	for (unsigned i = 0; sections && !address && i < header->e_shnum; i++)
		address = search(image, header, sections, i, name);
	return address;
}

uint64_t symbol_address(const char *path, const char *name, char *error, size_t error_bytes)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	uint64_t address = 0;

	if (file < 0 || fstat(file, &status) != 0) {
		(void)snprintf(error, error_bytes, "%s: cannot be read: %s", path, strerror(errno));
	} else {
		size_t size = (size_t)status.st_size;
		void *mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);

		if (mapped != MAP_FAILED) {
			address = find(&(struct image){ mapped, size }, name);
			(void)munmap(mapped, size);
		}
		if (!address)
			(void)snprintf(error, error_bytes, "%s: no symbol %s: not hv's ELF file", path, name);
	}
	if (file >= 0)
		(void)close(file);
	return address;
}
