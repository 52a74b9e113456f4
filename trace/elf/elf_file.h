/* A 64-bit little-endian ELF file: its sections, segments, symbols and notes (System V ABI, chapters 4 and 5).
 * Used by all that needs symbols or notes. Must not believe an offset that leads out of the file, nor that anything in it is
 * aligned: headers are copied. */
#ifndef TRACE_ELF_ELF_FILE_H
#define TRACE_ELF_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/elf/file_bytes.h"
#include "trace/error/error.h"

struct elf_file {
	struct file_bytes file; /* all 0 if the bytes are another's */
	const char *path;       /* messages begin with it */
	const uint8_t *bytes;
	uint64_t size;
	uint64_t sections; /* how many: more than the header can say are counted in section 0 */
	uint64_t segments; /* how many */
	Elf64_Ehdr header;
};

/** The symbol table, and what belongs to it. */
struct elf_symbols {
	const struct elf_file *file;
	uint64_t count;
	uint64_t offset;   /* of the first symbol in the file */
	const char *names; /* name_bytes of them, the last of which is 0 */
	uint64_t name_bytes;
	uint64_t indexes,
		indexes_offset; /* section indexes that do not fit a symbol (SHT_SYMTAB_SHNDX): how many, and where */
};

/** A symbol. */
struct elf_symbol {
	const char *name; /* as it stands in the file: any bytes */
	uint64_t address, size;
	unsigned type;    /* STT_... */
	uint64_t section; /* index of the one that it lies in; 0 if it lies in none */
};

/** Opens a file. @p path must stay as long as it is open. After an error nothing is to be closed. */
enum error elf_open(struct elf_file *file, const char *path) MUST_CHECK;

/** Takes @p size bytes, those of the file @p path, as an ELF file. Both stay the caller's, and must stay until elf_close.
 * @return ERROR_DATA if they are none; then nothing is to be closed */
enum error elf_open_bytes(struct elf_file *file, const char *path, const uint8_t *bytes, uint64_t size) MUST_CHECK;

/** Reads the header of a section or segment. @return whether there is one of that index */
bool elf_section(const struct elf_file *file, uint64_t index, Elf64_Shdr *section);
bool elf_segment(const struct elf_file *file, uint64_t index, Elf64_Phdr *segment);

/** What is to be added to the file's addresses where its first loaded segment lies at @p base instead. Modulo 2^64; 0 if the
 * file has no such segment. */
uint64_t elf_distance(const struct elf_file *file, uint64_t base);

/** Finds the symbol table. @return ERROR_DATA if there is none, or none that lies in the file */
enum error elf_symbols(const struct elf_file *file, struct elf_symbols *symbols) MUST_CHECK;

/** Reads symbol @p index, below symbols->count. @return whether it has a name in the file, or an empty one */
bool elf_symbol(const struct elf_symbols *symbols, uint64_t index, struct elf_symbol *symbol);

/** Contents of the note of this owner and type. @return NULL if there is none */
const void *elf_note(const struct elf_file *file, const char *owner, uint32_t type, uint32_t *bytes);

/** Ends the use of an ELF file that was opened. */
void elf_close(struct elf_file *file);

#endif
