/* A 64-bit little-endian ELF file: its sections, and its notes.
 * Used by all that needs symbols or notes. Must not believe an offset that leads out of the file. */
#ifndef TRACE_ELF_ELF_FILE_H
#define TRACE_ELF_ELF_FILE_H

#include <elf.h>
#include <stdint.h>

struct elf_file {
	const uint8_t *bytes;
	uint64_t size;
	const Elf64_Ehdr *header;
	const Elf64_Shdr *sections; /* header->e_shnum of them */
};

/** Maps a file. @return NULL, or what is wrong with it; then nothing is to be closed */
const char *elf_open(struct elf_file *file, const char *path);

/** @p bytes of the file from @p offset on. @return NULL if they do not lie in it, or not at a multiple of 4 */
const void *elf_part(const struct elf_file *file, uint64_t offset, uint64_t bytes);

/** The section of this type, the first one. @return NULL if there is none */
const Elf64_Shdr *elf_section(const struct elf_file *file, uint32_t type);

/** The names that the symbols of @p table have: a string table that ends with a 0. @return NULL if it is none */
const char *elf_names(const struct elf_file *file, const Elf64_Shdr *table, uint64_t *bytes);

/** Contents of the note of this owner and type. @return NULL if there is none */
const void *elf_note(const struct elf_file *file, const char *owner, uint32_t type, uint32_t *bytes);

void elf_close(struct elf_file *file);

#endif
