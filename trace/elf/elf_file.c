#include "trace/elf/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIGNMENT 4

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

const void *elf_part(const struct elf_file *file, uint64_t offset, uint64_t bytes)
{
	bool inside = offset <= file->size && bytes <= file->size - offset;

	return inside && offset % ALIGNMENT == 0 ? file->bytes + offset : NULL;
}

static const char *map(struct elf_file *file, const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	const char *wrong = NULL;

	if (descriptor < 0)
		return strerror(errno);
	if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
		wrong = "empty, or no file";
	} else {
		void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
		*file = (struct elf_file){ .bytes = bytes, .size = (uint64_t)status.st_size };
		wrong = bytes == MAP_FAILED ? strerror(errno) : NULL;
	}
	(void)close(descriptor);
	return wrong;
}

static bool is_elf(const Elf64_Ehdr *header)
{
	return header && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64 &&
	       header->e_ident[EI_DATA] == ELFDATA2LSB && header->e_shentsize == sizeof(Elf64_Shdr);
}

const char *elf_open(struct elf_file *file, const char *path)
{
	const char *wrong = map(file, path);

	if (wrong)
		return wrong;
	file->header = elf_part(file, 0, sizeof(*file->header));
	if (!is_elf(file->header))
		wrong = "not a 64-bit little-endian ELF file";
	else if (file->header->e_shoff % _Alignof(Elf64_Shdr) == 0)
		file->sections =
			elf_part(file, file->header->e_shoff, (uint64_t)file->header->e_shnum * sizeof(Elf64_Shdr));
	if (!wrong && !file->sections)
		wrong = "its sections lie outside of the file";
	if (wrong)
		elf_close(file);
	return wrong;
}

const Elf64_Shdr *elf_section(const struct elf_file *file, uint32_t type)
{
	for (unsigned i = 0; i < file->header->e_shnum; i++)
		if (file->sections[i].sh_type == type)
			return &file->sections[i];
	return NULL;
}

const char *elf_names(const struct elf_file *file, const Elf64_Shdr *table, uint64_t *bytes)
{
	const Elf64_Shdr *section = table->sh_link < file->header->e_shnum ? &file->sections[table->sh_link] : NULL;
	bool inside =
		section && section->sh_offset <= file->size && section->sh_size <= file->size - section->sh_offset;
	const char *names = inside && section->sh_size ? (const char *)file->bytes + section->sh_offset : NULL;

	*bytes = names ? section->sh_size : 0;
	return names && names[*bytes - 1] == 0 ? names : NULL;
}

/** Searches a section of notes. */
static const void *search(const struct elf_file *file, const Elf64_Shdr *section, const char *owner, uint32_t type,
			  uint32_t *bytes)
{
	uint64_t at = section->sh_offset, end = at + section->sh_size;

	while (at < end) {
		const Elf64_Nhdr *note = elf_part(file, at, sizeof(*note));

		if (!note)
			return NULL;
		uint64_t name = at + sizeof(*note), contents = name + round_up(note->n_namesz);
		const char *text = elf_part(file, name, note->n_namesz);
		const void *found = elf_part(file, contents, note->n_descsz);

		if (!text || !found)
			return NULL;
		*bytes = note->n_descsz;
		if (note->n_type == type && note->n_namesz == strlen(owner) + 1 &&
		    memcmp(text, owner, note->n_namesz) == 0)
			return found;
		at = contents + round_up(note->n_descsz);
	}
	return NULL;
}

const void *elf_note(const struct elf_file *file, const char *owner, uint32_t type, uint32_t *bytes)
{
	const void *found = NULL;

	for (unsigned i = 0; !found && i < file->header->e_shnum; i++)
		if (file->sections[i].sh_type == SHT_NOTE)
			found = search(file, &file->sections[i], owner, type, bytes);
	return found;
}

void elf_close(struct elf_file *file)
{
	(void)munmap((void *)(uintptr_t)file->bytes, file->size);
	*file = (struct elf_file){ 0 };
}
