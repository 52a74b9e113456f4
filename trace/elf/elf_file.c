/* Reads an ELF file from memory. Before a header is used, the code checks that it lies inside of the file, and copies
 * it. The copy is needed because a header in the file may not be aligned.
 *
 * Three numbers have only 16 bits: the number of sections, the number of segments, and the index of the section that a
 * symbol lies in. A number that does not fit is stored elsewhere. The numbers of sections and segments are then in the
 * header of section 0. The symbol's section index is then in a section of type SHT_SYMTAB_SHNDX. */
#include "trace/elf/elf_file.h"

#include <string.h>

#define NOTE_ALIGNMENT 4

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + NOTE_ALIGNMENT - 1) / NOTE_ALIGNMENT * NOTE_ALIGNMENT;
}

/** Returns a pointer to the @p bytes bytes at @p offset in the file. @return NULL if the file does not contain all of
 * them */
static const void *part(const struct elf_file *file, uint64_t offset, uint64_t bytes)
{
	return offset <= file->size && bytes <= file->size - offset ? file->bytes + offset : NULL;
}

/** Copies an entry out of a table in the file.
 * @param offset where the table begins in the file
 * @param count  number of entries in the table
 * @param bytes  size of an entry
 * @return false if the table has no entry @p index, or if part of the entry lies after the end of the file */
static bool read_entry(const struct elf_file *file, uint64_t offset, uint64_t count, uint64_t index, void *entry,
		       uint64_t bytes)
{
	const void *there = index < count && index < file->size / bytes && offset <= file->size
				    ? part(file, offset + index * bytes, bytes)
				    : NULL;

	if (there)
		memcpy(entry, there, bytes);
	return there;
}

static enum error wrong(const struct elf_file *file, const char *what)
{
	return error_set(ERROR_DATA, "%s: %s", file->path, what);
}

static bool is_elf(const Elf64_Ehdr *header)
{
	return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64 &&
	       header->e_ident[EI_DATA] == ELFDATA2LSB && header->e_shentsize == sizeof(Elf64_Shdr);
}

/** Sets the numbers of sections and segments. @return whether all their headers lie in the file */
static bool count_headers(struct elf_file *file)
{
	const Elf64_Ehdr *header = &file->header;
	Elf64_Shdr first;
	bool has_first = header->e_shoff && read_entry(file, header->e_shoff, 1, 0, &first, sizeof(first));

	file->sections = header->e_shnum;
	file->segments = header->e_phnum;
	if (has_first && header->e_shnum == SHN_UNDEF)
		file->sections = first.sh_size;
	if (has_first && header->e_phnum == PN_XNUM)
		file->segments = first.sh_info;
	return file->sections <= file->size / sizeof(Elf64_Shdr) &&
	       part(file, header->e_shoff, file->sections * sizeof(Elf64_Shdr)) &&
	       part(file, header->e_phoff, file->segments * sizeof(Elf64_Phdr));
}

enum error elf_open_bytes(struct elf_file *file, const char *path, const uint8_t *bytes, uint64_t size)
{
	*file = (struct elf_file){ .path = path, .bytes = bytes, .size = size };
	if (!read_entry(file, 0, 1, 0, &file->header, sizeof(file->header)) || !is_elf(&file->header))
		return wrong(file, "not a 64-bit little-endian ELF file");
	return count_headers(file) ? ERROR_NONE : wrong(file, "its sections or segments lie outside of the file");
}

enum error elf_open(struct elf_file *file, const char *path)
{
	struct file_bytes bytes;

	RETURN_IF_ERROR(file_bytes_open(&bytes, path));

	enum error error = elf_open_bytes(file, path, bytes.bytes, bytes.size);

	if (error == ERROR_NONE)
		file->file = bytes;
	else
		file_bytes_close(&bytes);
	return error;
}

bool elf_section(const struct elf_file *file, uint64_t index, Elf64_Shdr *section)
{
	return read_entry(file, file->header.e_shoff, file->sections, index, section, sizeof(*section));
}

bool elf_segment(const struct elf_file *file, uint64_t index, Elf64_Phdr *segment)
{
	return read_entry(file, file->header.e_phoff, file->segments, index, segment, sizeof(*segment));
}

/** Finds the first section of type @p type.
 * @param link if not null, the section's sh_link must be *@p link
 * @param index receives the section's index
 * @return whether there is such a section */
static bool find_section(const struct elf_file *file, uint32_t type, const uint64_t *link, Elf64_Shdr *section,
			 uint64_t *index)
{
	for (*index = 0; elf_section(file, *index, section); ++*index)
		if (section->sh_type == type && (!link || section->sh_link == *link))
			return true;
	return false;
}

uint64_t elf_distance(const struct elf_file *file, uint64_t base)
{
	Elf64_Phdr segment;

	for (uint64_t i = 0; elf_segment(file, i, &segment); i++)
		if (segment.p_type == PT_LOAD)
			return base - segment.p_vaddr;
	return 0;
}

enum error elf_symbols(const struct elf_file *file, struct elf_symbols *symbols)
{
	Elf64_Shdr table, names, indexes;
	uint64_t index, other;

	*symbols = (struct elf_symbols){ .file = file };
	if (!find_section(file, SHT_SYMTAB, NULL, &table, &index))
		return wrong(file, "it has no symbols");
	if (elf_section(file, table.sh_link, &names) && names.sh_size)
		symbols->names = part(file, names.sh_offset, names.sh_size);
	if (!symbols->names || symbols->names[names.sh_size - 1] != 0 || !part(file, table.sh_offset, table.sh_size))
		return wrong(file, "its symbols lie outside of the file");
	symbols->name_bytes = names.sh_size;
	symbols->offset = table.sh_offset;
	symbols->count = table.sh_size / sizeof(Elf64_Sym);
	if (find_section(file, SHT_SYMTAB_SHNDX, &index, &indexes, &other) &&
	    part(file, indexes.sh_offset, indexes.sh_size)) {
		symbols->indexes_offset = indexes.sh_offset;
		symbols->indexes = indexes.sh_size / sizeof(uint32_t);
	}
	return ERROR_NONE;
}

/** @return the index of the section that symbol @p index lies in; 0 if the symbol lies in no section, for example
 * because it is absolute */
static uint64_t section_of(const struct elf_symbols *symbols, uint64_t index, const Elf64_Sym *symbol)
{
	uint32_t extended = 0;

	if (symbol->st_shndx < SHN_LORESERVE)
		return symbol->st_shndx;
	if (symbol->st_shndx == SHN_XINDEX)
		(void)read_entry(symbols->file, symbols->indexes_offset, symbols->indexes, index, &extended,
				 sizeof(extended));
	return extended;
}

bool elf_symbol(const struct elf_symbols *symbols, uint64_t index, struct elf_symbol *symbol)
{
	Elf64_Sym raw;

	if (!read_entry(symbols->file, symbols->offset, symbols->count, index, &raw, sizeof(raw)) ||
	    raw.st_name >= symbols->name_bytes)
		return false;
	*symbol = (struct elf_symbol){ .name = symbols->names + raw.st_name,
				       .address = raw.st_value,
				       .size = raw.st_size,
				       .type = ELF64_ST_TYPE(raw.st_info),
				       .section = section_of(symbols, index, &raw) };
	return true;
}

/** Searches a section of notes for a note.
 * @param bytes receives the size of the note's contents
 * @return the note's contents; NULL if there is no such note */
static const void *search(const struct elf_file *file, const Elf64_Shdr *section, const char *owner, uint32_t type,
			  uint32_t *bytes)
{
	uint64_t at = section->sh_offset, end = at + section->sh_size;
	Elf64_Nhdr note;

	while (at < end && read_entry(file, at, 1, 0, &note, sizeof(note))) {
		uint64_t name = at + sizeof(note), contents = name + round_up(note.n_namesz);
		const char *text = part(file, name, note.n_namesz);
		const void *found = part(file, contents, note.n_descsz);

		if (!text || !found)
			return NULL;
		*bytes = note.n_descsz;
		if (note.n_type == type && note.n_namesz == strlen(owner) + 1 &&
		    memcmp(text, owner, note.n_namesz) == 0)
			return found;
		at = contents + round_up(note.n_descsz);
	}
	return NULL;
}

const void *elf_note(const struct elf_file *file, const char *owner, uint32_t type, uint32_t *bytes)
{
	const void *found = NULL;
	Elf64_Shdr section;

	for (uint64_t i = 0; !found && elf_section(file, i, &section); i++)
		if (section.sh_type == SHT_NOTE)
			found = search(file, &section, owner, type, bytes);
	return found;
}

void elf_close(struct elf_file *file)
{
	file_bytes_close(&file->file);
	*file = (struct elf_file){ 0 };
}
