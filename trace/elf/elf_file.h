/* Reads 64-bit little-endian ELF files: sections, segments, symbols and notes (System V ABI, chapters 4 and 5).
 * Used by everything that needs symbols or notes. Must not trust the file: offsets may point outside of the file, and
 * nothing in the file has to be aligned. */
#ifndef TRACE_ELF_ELF_FILE_H
#define TRACE_ELF_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/elf/file_bytes.h"
#include "trace/error/error.h"

/** An open ELF file. */
struct elf_file {
	struct file_bytes file; /* owns `bytes`; all zeros if the caller owns them (elf_open_bytes) */
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
	uint64_t section; /* index of the symbol's section; 0 if the symbol lies in no section */
};

/** Opens an ELF file. Error messages begin with @p path, which must stay valid until elf_close(). After an error, do
 * not call elf_close().
 * @return ERROR_SYSTEM, ERROR_MEMORY, or ERROR_DATA if the file is not a 64-bit little-endian ELF file */
enum error elf_open(struct elf_file *file, const char *path) MUST_CHECK;

/** Opens an ELF file that is already in memory. @p path and @p bytes still belong to the caller, and both must stay
 * valid until elf_close().
 * @param path  name of the file; error messages begin with it
 * @param bytes contents of the file, @p size bytes
 * @return ERROR_DATA if the bytes are not an ELF file; in this case, do not call elf_close() */
enum error elf_open_bytes(struct elf_file *file, const char *path, const uint8_t *bytes, uint64_t size) MUST_CHECK;

/** Copies the header of a section. @return false if there is no section @p index */
bool elf_section(const struct elf_file *file, uint64_t index, Elf64_Shdr *section);

/** Copies the header of a segment. @return false if there is no segment @p index */
bool elf_segment(const struct elf_file *file, uint64_t index, Elf64_Phdr *segment);

/** Returns the difference between the addresses at run time and the addresses in the file, modulo 2^64. Add it to an
 * address in the file to get the address at run time. @p base is the run-time address of the first segment that is
 * loaded. If the file has no such segment, the difference is 0. */
uint64_t elf_distance(const struct elf_file *file, uint64_t base);

/** Finds the symbol table. @return ERROR_DATA if the file has no symbol table, or if a part of the table lies outside
 * of the file */
enum error elf_symbols(const struct elf_file *file, struct elf_symbols *symbols) MUST_CHECK;

/** Reads symbol @p index, which is below symbols->count. @return false if the symbol's name lies outside of the string
 * table */
bool elf_symbol(const struct elf_symbols *symbols, uint64_t index, struct elf_symbol *symbol);

/** Finds the contents of a note. The returned memory belongs to @p file.
 * @param owner name of the note, such as "GNU"
 * @param type  type of the note, as its owner defines it
 * @param bytes receives the size of the contents
 * @return NULL if there is no such note */
const void *elf_note(const struct elf_file *file, const char *owner, uint32_t type, uint32_t *bytes);

/** Closes an ELF file that was opened. Pointers into the file become invalid. */
void elf_close(struct elf_file *file);

#endif
