/* Reads 64-bit little-endian ELF files: sections, segments, symbols and notes (System V ABI, chapters 4 and 5).
 * Used by everything that needs symbols or notes. Must not trust the file: offsets may lead out of it, and nothing in
 * it need be aligned. */
#ifndef TRACE_ELF_ELF_FILE_H
#define TRACE_ELF_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/elf/file_bytes.h"
#include "trace/error/error.h"

/** An open ELF file. */
struct elf_file {
	struct file_bytes file; /* owns `bytes`; all 0 if the caller owns them (elf_open_bytes) */
	const char *path;       /* error messages begin with it */
	const uint8_t *bytes;
	uint64_t size;
	uint64_t sections; /* number of sections, from the header or from section 0 */
	uint64_t segments; /* number of segments, from the header or from section 0 */
	Elf64_Ehdr header;
};

/** The symbol table of an ELF file, with the sections that belong to it. */
struct elf_symbols {
	const struct elf_file *file;
	uint64_t count;    /* number of symbols */
	uint64_t offset;   /* where the first symbol lies in the file */
	const char *names; /* the string table: name_bytes bytes, the last of which is 0 */
	uint64_t name_bytes;
	uint64_t indexes; /* number of section indexes in the section SHT_SYMTAB_SHNDX; 0 if there is no such section */
	uint64_t indexes_offset; /* where the first of these indexes lies in the file */
};

/** A symbol. */
struct elf_symbol {
	const char *name; /* copied unchanged from the file, so it may contain any bytes */
	uint64_t address, size;
	unsigned type;    /* STT_... */
	uint64_t section; /* index of the section that it lies in; 0 if it lies in no section */
};

/** Opens an ELF file. @p path must stay valid until elf_close(). Messages begin with it. After an error, do not call
 * elf_close().
 * @return ERROR_SYSTEM, ERROR_MEMORY, or ERROR_DATA if it is not a 64-bit little-endian ELF file */
enum error elf_open(struct elf_file *file, const char *path) MUST_CHECK;

/** Opens an ELF file that is already in memory. The caller keeps @p path and @p bytes, and both must stay valid until
 * elf_close().
 * @param path  name of the file, with which error messages begin
 * @param bytes contents of the file, @p size bytes
 * @return ERROR_DATA if they are not an ELF file; then do not call elf_close() */
enum error elf_open_bytes(struct elf_file *file, const char *path, const uint8_t *bytes, uint64_t size) MUST_CHECK;

/** Copies the header of a section. @return whether there is a section @p index */
bool elf_section(const struct elf_file *file, uint64_t index, Elf64_Shdr *section);

/** Copies the header of a segment. @return whether there is a segment @p index */
bool elf_segment(const struct elf_file *file, uint64_t index, Elf64_Phdr *segment);

/** Returns how far the program was moved when it was loaded: add this number to an address of the file to get the
 * address at run time. @p base is the run-time address of the first segment that is loaded. Modulo 2^64. 0 if the file
 * has no such segment. */
uint64_t elf_distance(const struct elf_file *file, uint64_t base);

/** Finds the symbol table. @return ERROR_DATA if the file has none, or if it lies outside of the file */
enum error elf_symbols(const struct elf_file *file, struct elf_symbols *symbols) MUST_CHECK;

/** Reads symbol @p index, which is below symbols->count. @return false if its name lies outside of the string table */
bool elf_symbol(const struct elf_symbols *symbols, uint64_t index, struct elf_symbol *symbol);

/** Finds the contents of a note. They belong to @p file.
 * @param owner name of the note, such as "GNU"
 * @param type  type of the note, as its owner defines it
 * @param bytes receives the size of the contents
 * @return NULL if there is no such note */
const void *elf_note(const struct elf_file *file, const char *owner, uint32_t type, uint32_t *bytes);

/** Closes an ELF file that was opened. Pointers into it become invalid. */
void elf_close(struct elf_file *file);

#endif
