/* Reads a dump through a window that slides over the file. The window has room for several chunks of the maximum size,
 * so that one read() loads many small chunks. Chunks are not copied: the caller gets a pointer into the window.
 *
 * Salvaging means to read on after damage. The reader then skips a chunk whose check sum is wrong, and tries each byte
 * after the chunk's start as the possible start of the next chunk. */
#include "trace/dump/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/dump/crc32c.h"
#include "trace/dump/range_sums.h"
#include "trace/dump/section.h"
#include "trace/pack/unpack.h"

#define ALIGNMENT 16
#define WINDOW_BYTES (4 * DUMP_CHUNK_BYTES)

struct dump_reader {
	int file;
	struct unpacker *unpacker;
	char *name;
	uint8_t *window;
	size_t begin, end;        /* the bytes of the window that were read from the file, and not yet returned */
	uint64_t offset;          /* offset in the file of window[begin] */
	uint64_t length;          /* length of the file in bytes; 0 if it is unknown */
	bool at_end;              /* the whole rest of the file is in the window */
	bool in_gap;              /* salvaging: the bytes before window[begin] were skipped */
	struct error_kept unread; /* the error of a failed read */
	struct error_kept failure;
	struct dump_sections sections;
	struct dump_salvaged salvaged;
	struct range_sums *sums; /* of the bytes in the window; null until they are needed */
};

_Static_assert(WINDOW_BYTES >= DUMP_CHUNK_BYTES + sizeof(struct dump_chunk) + 2 * ALIGNMENT,
	       "a chunk fits into the window");

/** Why a chunk cannot be returned. When salvaging, this decides how many bytes are skipped. */
enum damage {
	DAMAGE_UNPROVEN,     /* these bytes may not be a chunk at all, so the next chunk may begin at the next byte */
	DAMAGE_CONTRADICTION /* its check sum is right, but it contradicts other chunks; the whole chunk is skipped */
};

/** If @p error is an error, puts the file's name, the offset and the section's name in front of the error's message. */
static enum error here(const struct dump_reader *reader, const char *section, enum error error)
{
	return error_about(error, "%.200s: offset 0x%" PRIx64 ": %s", reader->name, reader->offset, section);
}

/** Called when salvaging, after an error. Stores the error's message if it is the first error. Without salvaging,
 * reading would have ended with this error. */
static void note_reason(struct dump_reader *reader)
{
	if (!reader->salvaged.reason[0])
		(void)snprintf(reader->salvaged.reason, sizeof(reader->salvaged.reason), "%s", error_message());
}

/** Moves the bytes that are not yet returned to the start of the window. This makes room for more bytes, and aligns the
 * next chunk again. */
static void compact(struct dump_reader *reader)
{
	memmove(reader->window, reader->window + reader->begin, reader->end - reader->begin);
	reader->end -= reader->begin;
	reader->begin = 0;
	if (reader->sums)
		range_sums_reset(reader->sums);
}

/** Reads from the file until the window has @p bytes bytes that are not yet returned, or until the file ends. If a read
 * fails, stores the error in reader->unread. If the file is compressed and damaged, a salvaging reader takes the damage as
 * the end of the file. @return how many such bytes the window has, which may be fewer or more than @p
 * bytes */
static size_t want(struct dump_reader *reader, size_t bytes)
{
	if (reader->begin + bytes > WINDOW_BYTES)
		compact(reader);
	while (reader->end - reader->begin < bytes && !reader->at_end && reader->unread.error == ERROR_NONE) {
		size_t got;
		enum error error =
			unpacker_read(reader->unpacker, reader->window + reader->end, WINDOW_BYTES - reader->end, &got);

		reader->end += got;
		reader->at_end = error == ERROR_NONE && got == 0;
		if (error == ERROR_DATA && reader->sections.salvage) {
			reader->at_end = reader->salvaged.cut = true;
			IGNORE_ERROR(error_about(error, "%.200s", reader->name));
			note_reason(reader);
		} else {
			error_keep(&reader->unread, error);
		}
	}
	return reader->end - reader->begin;
}

static void advance(struct dump_reader *reader, size_t bytes)
{
	size_t there = reader->end - reader->begin;

	bytes = bytes < there ? bytes : there;
	reader->begin += bytes;
	reader->offset += bytes;
}

static size_t chunk_bytes(const struct dump_chunk *chunk)
{
	return sizeof(*chunk) + ((size_t)chunk->length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/** Whether the padding after the payload consists of zeros. */
static bool padding_is_zero(const struct dump_reader *reader, const struct dump_chunk *chunk)
{
	for (size_t i = sizeof(*chunk) + chunk->length; i < chunk_bytes(chunk); i++)
		if (reader->window[reader->begin + i])
			return false;
	return true;
}

/** Reads the whole chunk whose header is at the start of the window, and checks that it is complete and undamaged. */
static enum error prove(struct dump_reader *reader, const struct dump_chunk *chunk)
{
	bool salvage = reader->sections.salvage;
	size_t needed = salvage ? sizeof(*chunk) + chunk->length : chunk_bytes(chunk);

	if (!section_possible(chunk))
		return error_set(ERROR_DATA,
				 "the header has flags 0x%x and length %u; a chunk has flags 0 and at most %u bytes",
				 chunk->flags, chunk->length, DUMP_CHUNK_BYTES);

	size_t there = want(reader, chunk_bytes(chunk));

	RETURN_IF_ERROR(error_again(&reader->unread));
	if (there < needed) {
		reader->salvaged.cut = salvage;
		return error_set(ERROR_DATA, "the file was cut: it ends %zu bytes before this chunk of %zu bytes does",
				 needed - there, needed);
	}

	const uint8_t *bytes = reader->window + reader->begin;
	uint32_t sum = crc32c(0, bytes, offsetof(struct dump_chunk, crc32c));

	sum = crc32c(sum, bytes + sizeof(*chunk), chunk->length);
	if (sum != chunk->crc32c)
		return error_set(ERROR_DATA, "the chunk should have the check sum 0x%08x, but it has 0x%08x",
				 chunk->crc32c, sum);
	if (!salvage && !padding_is_zero(reader, chunk))
		return error_set(ERROR_DATA, "the padding is not zero");
	return ERROR_NONE;
}

/** Copies the header of the next chunk. @param there receives whether there is one; false at the end of the file */
static enum error read_header(struct dump_reader *reader, struct dump_chunk *chunk, bool *there)
{
	size_t bytes = want(reader, sizeof(*chunk));

	*there = bytes > 0;
	RETURN_IF_ERROR(error_again(&reader->unread));
	if (bytes > 0 && bytes < sizeof(*chunk)) {
		reader->salvaged.cut = reader->sections.salvage;
		return error_set(ERROR_DATA, "the file was cut: it ends %zu bytes into a chunk's header", bytes);
	}
	if (bytes > 0)
		memcpy(chunk, reader->window + reader->begin, sizeof(*chunk));
	return ERROR_NONE;
}

/** Reads and checks the chunk at the start of the window, but does not move past it.
 * @param view   receives the chunk; at the end of the file its payload is null
 * @param damage receives the kind of damage if ERROR_DATA is returned */
static enum error examine(struct dump_reader *reader, struct dump_view *view, enum damage *damage)
{
	char section[16];
	bool there;

	*damage = DAMAGE_UNPROVEN;
	view->payload = NULL;
	RETURN_IF_ERROR(here(reader, "chunk", read_header(reader, &view->chunk, &there)));
	if (!there)
		return ERROR_NONE;
	(void)dump_section(view->chunk.type, section);
	RETURN_IF_ERROR(here(reader, section, prove(reader, &view->chunk)));
	if (reader->begin % ALIGNMENT)
		compact(reader);

	const void *payload = reader->window + reader->begin + sizeof(view->chunk);

	*damage = DAMAGE_CONTRADICTION;
	RETURN_IF_ERROR(here(reader, section, section_accept(&reader->sections, &view->chunk, payload)));
	view->payload = payload;
	view->offset = reader->offset;
	return ERROR_NONE;
}

static void skip(struct dump_reader *reader, size_t bytes)
{
	uint64_t before = reader->offset;

	advance(reader, bytes);
	reader->salvaged.bytes += reader->offset - before;
}

/** Whether these bytes may be a chunk's header. A chunk of a known type may begin anywhere, since bytes may have been added to
 * the file or removed from it. A chunk of an unknown type is only looked for at multiples of 16 bytes.
 * @param offset where the bytes are in the file */
static inline bool may_begin(const uint8_t *bytes, uint64_t offset)
{
	struct dump_chunk chunk;

	memcpy(&chunk, bytes, sizeof(chunk));
	return section_possible(&chunk) && (section_known(chunk.type) || offset % ALIGNMENT == 0);
}

/** Moves to the next place in the window where a chunk may begin. @return false if there is none; then fewer bytes than a chunk's
 * header are left */
static bool skip_to_header(struct dump_reader *reader)
{
	size_t at = reader->begin;

	while (reader->end - at >= sizeof(struct dump_chunk) &&
	       !may_begin(reader->window + at, reader->offset + (at - reader->begin)))
		at++;
	skip(reader, at - reader->begin);
	return reader->end - reader->begin >= sizeof(struct dump_chunk);
}

/** Whether the chunk at the start of the window may have the right check sum: it has, or it is not whole. */
static bool may_be_right(struct dump_reader *reader)
{
	struct dump_chunk chunk;

	memcpy(&chunk, reader->window + reader->begin, sizeof(chunk));

	size_t bytes = sizeof(chunk) + chunk.length;

	if (!reader->sums)
		reader->sums = range_sums_new(WINDOW_BYTES, DUMP_CHUNK_BYTES);
	if (want(reader, bytes) < bytes || !reader->sums)
		return true;

	size_t payload = reader->begin + sizeof(chunk);
	uint32_t sum = crc32c(0, reader->window + reader->begin, offsetof(struct dump_chunk, crc32c));

	sum = range_sums_get(reader->sums, sum, reader->window, payload, reader->begin + bytes);
	reader->salvaged.summed = range_sums_work(reader->sums);
	return sum == chunk.crc32c;
}

/** Called when salvaging. Records the damage at the start of the window in reader->salvaged, and moves to the next
 * place where a chunk may begin. */
static void pass_over(struct dump_reader *reader, enum damage damage, const struct dump_chunk *chunk)
{
	note_reason(reader);
	reader->salvaged.gaps += !reader->in_gap;
	reader->in_gap = true;
	if (damage == DAMAGE_CONTRADICTION) {
		skip(reader, chunk_bytes(chunk));
		return;
	}
	skip(reader, 1);
	while (want(reader, sizeof(*chunk)) >= sizeof(*chunk)) {
		if (!skip_to_header(reader))
			continue;
		if (may_be_right(reader))
			return;
		skip(reader, 1);
	}
	skip(reader, sizeof(*chunk));
}

/** Called at the end of the file. @return ERROR_DATA if the end chunk is missing, except when salvaging */
static enum error conclude(struct dump_reader *reader)
{
	static const char text[] = "the file was cut: it has no end chunk; how much is missing is unknown";

	if (reader->sections.end)
		return ERROR_NONE;

	enum error error = here(reader, "end", error_set(ERROR_DATA, "%s", text));

	if (!reader->sections.salvage)
		return error;
	reader->salvaged.cut = true;
	note_reason(reader);
	return ERROR_NONE;
}

/** Finds the next chunk or the end of the dump. When salvaging, skips damaged bytes. */
static enum error next(struct dump_reader *reader, struct dump_view *view)
{
	for (;;) {
		enum damage damage;
		enum error error = examine(reader, view, &damage);

		if (error == ERROR_DATA && reader->sections.salvage) {
			pass_over(reader, damage, &view->chunk);
			continue;
		}
		RETURN_IF_ERROR(error);
		if (!view->payload)
			return conclude(reader);
		advance(reader, chunk_bytes(&view->chunk));
		reader->in_gap = false;
		return ERROR_NONE;
	}
}

enum error dump_next(struct dump_reader *reader, struct dump_view *view)
{
	if (reader->failure.error == ERROR_NONE)
		error_keep(&reader->failure, next(reader, view));
	return error_again(&reader->failure);
}

static enum error check_header(const struct dump_header *header, size_t bytes)
{
	static const uint8_t magic[sizeof(header->magic)] = DUMP_MAGIC;

	if (bytes == 0)
		return error_set(ERROR_DATA, "the file is empty");
	if (memcmp(header->magic, magic, bytes < sizeof(magic) ? bytes : sizeof(magic)) != 0) {
		/* A transfer in text mode only changes line breaks, so the first four bytes are still right. */
		if (memcmp(header->magic, magic, 4) == 0)
			return error_set(ERROR_DATA, "a transfer in text mode damaged this dump");
		return error_set(ERROR_DATA, "this is not a dump (the magic is wrong)");
	}
	if (bytes < sizeof(*header))
		return error_set(ERROR_DATA, "the file was cut: it ends inside of its header");
	if (header->version != DUMP_VERSION || header->flags != 0)
		return error_set(ERROR_DATA,
				 "the dump has version %u and flags 0x%x; this tool reads version %u and flags 0",
				 header->version, header->flags, DUMP_VERSION);
	return ERROR_NONE;
}

/** Reads the header of the dump. When salvaging, a damaged header is skipped. */
static enum error begin(struct dump_reader *reader)
{
	struct dump_header header = { 0 };
	size_t bytes = want(reader, sizeof(header));

	RETURN_IF_ERROR(here(reader, "header", error_again(&reader->unread)));
	if (bytes == 0 && reader->salvaged.reason[0]) /* a compressed file that is damaged before its first byte */
		return error_set(ERROR_DATA, "%s", reader->salvaged.reason);
	bytes = bytes < sizeof(header) ? bytes : sizeof(header);
	memcpy(&header, reader->window, bytes);

	enum error error = here(reader, "header", check_header(&header, bytes));

	if (error == ERROR_NONE)
		advance(reader, sizeof(header));
	if (!reader->sections.salvage || bytes == 0 || error == ERROR_NONE)
		return error;
	pass_over(reader, DAMAGE_UNPROVEN, NULL);
	return ERROR_NONE;
}

static enum error open_file(struct dump_reader *reader, const char *path)
{
	struct stat status;

	reader->file = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (reader->file < 0)
		return error_set(ERROR_SYSTEM, "%s: cannot be opened: %s", reader->name, strerror(errno));
	if (fstat(reader->file, &status) == 0 && S_ISREG(status.st_mode))
		reader->length = (uint64_t)status.st_size;
	RETURN_IF_ERROR(error_about(unpacker_open(&reader->unpacker, reader->file), "%s", reader->name));
	return begin(reader);
}

/** @return a reader without a file; null if memory ran out */
static struct dump_reader *allocate(const char *path, bool salvage)
{
	struct dump_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->file = -1;
	reader->name = strdup(strcmp(path, "-") == 0 ? "stdin" : path);
	reader->window = aligned_alloc(ALIGNMENT, WINDOW_BYTES);
	reader->sections.salvage = salvage;
	if (reader->name && reader->window)
		return reader;
	dump_close(reader);
	return NULL;
}

enum error dump_open(struct dump_reader **reader, const char *path, bool salvage)
{
	*reader = allocate(path, salvage);
	if (!*reader)
		return error_about(error_no_memory(), "%s", path);

	enum error error = open_file(*reader, path);

	if (error != ERROR_NONE) {
		dump_close(*reader);
		*reader = NULL;
	}
	return error;
}

const struct dump_salvaged *dump_salvaged(const struct dump_reader *reader)
{
	return &reader->salvaged;
}

uint64_t dump_position(const struct dump_reader *reader)
{
	return unpacker_packing(reader->unpacker) == PACKING_NONE ? reader->offset : unpacker_taken(reader->unpacker);
}

uint64_t dump_length(const struct dump_reader *reader)
{
	return reader->length;
}

void dump_close(struct dump_reader *reader)
{
	if (!reader)
		return;
	if (reader->file > STDIN_FILENO)
		(void)close(reader->file);
	unpacker_close(reader->unpacker);
	section_release(&reader->sections);
	range_sums_free(reader->sums);
	free(reader->window);
	free(reader->name);
	free(reader);
}
