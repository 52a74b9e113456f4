/* See reader.h. A window of the file slides over it: room for a few chunks, so that a read() brings many small ones. */
#include "trace/dump/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/dump/crc32c.h"
#include "trace/dump/section.h"

#define ALIGNMENT 16
#define WINDOW_BYTES (4 * DUMP_CHUNK_BYTES)
#define TEXT_BYTES 256

struct dump_reader {
	int file;
	char *name;
	uint8_t *window;
	size_t begin, end; /* of what the window has and no chunk was made of */
	uint64_t offset;   /* of window[begin] in the file */
	uint64_t length;   /* of the file; 0: unknown */
	bool at_end;       /* of the file: the window has all that is left */
	bool in_gap;       /* salvaging: the bytes before this place were skipped */
	bool failed;
	struct dump_sections sections;
	struct dump_salvaged salvaged;
	char error[512];
};

_Static_assert(WINDOW_BYTES >= DUMP_CHUNK_BYTES + sizeof(struct dump_chunk) + 2 * ALIGNMENT, "a chunk fits");

/** Why the chunk at the window's begin was not returned. */
enum finding { CHUNK_GOOD, CHUNK_NONE, CHUNK_UNPROVEN, CHUNK_CONTRADICTS, FILE_UNREADABLE };

static void describe(struct dump_reader *reader, const char *section, const char *text)
{
	(void)snprintf(reader->error, sizeof(reader->error), "%.200s: offset 0x%" PRIx64 ": %s: %s", reader->name,
		       reader->offset, section, text);
}

/** Moves what the window has to its begin. */
static void compact(struct dump_reader *reader)
{
	memmove(reader->window, reader->window + reader->begin, reader->end - reader->begin);
	reader->end -= reader->begin;
	reader->begin = 0;
}

/** Reads until the window has @p bytes, or all that is left. @return how many it has; reader->failed: a read failed */
static size_t want(struct dump_reader *reader, size_t bytes)
{
	if (reader->begin + bytes > WINDOW_BYTES)
		compact(reader);
	while (reader->end - reader->begin < bytes && !reader->at_end && !reader->failed) {
		ssize_t got = read(reader->file, reader->window + reader->end, WINDOW_BYTES - reader->end);

		if (got > 0)
			reader->end += (size_t)got;
		else if (got == 0)
			reader->at_end = true;
		else
			reader->failed = errno != EINTR;
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

static enum finding __attribute__((format(printf, 4, 5)))
found(struct dump_reader *reader, enum finding finding, const char *section, const char *format, ...)
{
	char text[TEXT_BYTES];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	describe(reader, section, text);
	return finding;
}

/** Whether the bytes after the payload are zeros, as they have to be. */
static bool padding_is_zero(const struct dump_reader *reader, const struct dump_chunk *chunk)
{
	for (size_t i = sizeof(*chunk) + chunk->length; i < chunk_bytes(chunk); i++)
		if (reader->window[reader->begin + i])
			return false;
	return true;
}

/** Checks the whole chunk whose header is at the window's begin. */
static enum finding prove(struct dump_reader *reader, const struct dump_chunk *chunk)
{
	bool salvage = reader->sections.salvage;
	size_t needed = salvage ? sizeof(*chunk) + chunk->length : chunk_bytes(chunk);
	char section[16];

	(void)dump_section(chunk->type, section);
	if (!section_possible(chunk))
		return found(reader, CHUNK_UNPROVEN, section,
			     "a chunk cannot have flags 0x%x and %u bytes (at most %u)", chunk->flags, chunk->length,
			     DUMP_CHUNK_BYTES);

	size_t there = want(reader, chunk_bytes(chunk));

	if (reader->failed)
		return FILE_UNREADABLE;
	if (there < needed) {
		reader->salvaged.cut = salvage;
		return found(reader, CHUNK_UNPROVEN, section,
			     "the file was cut: it ends %zu bytes before this chunk of %zu bytes does", needed - there,
			     needed);
	}

	const uint8_t *bytes = reader->window + reader->begin;
	uint32_t sum = crc32c(0, bytes, offsetof(struct dump_chunk, crc32c));

	sum = crc32c(sum, bytes + sizeof(*chunk), chunk->length);
	if (sum != chunk->crc32c)
		return found(reader, CHUNK_UNPROVEN, section,
			     "the check sum is 0x%08x, but that of the contents is 0x%08x", chunk->crc32c, sum);
	if (!salvage && !padding_is_zero(reader, chunk))
		return found(reader, CHUNK_UNPROVEN, section, "the padding is not zero");
	return CHUNK_GOOD;
}

/** Looks at what the window begins with. CHUNK_GOOD: @p view is that chunk, not yet consumed. */
static enum finding examine(struct dump_reader *reader, struct dump_view *view)
{
	size_t there = want(reader, sizeof(view->chunk));
	char text[TEXT_BYTES], section[16];

	if (reader->failed)
		return FILE_UNREADABLE;
	if (there == 0)
		return CHUNK_NONE;
	if (there < sizeof(view->chunk)) {
		reader->salvaged.cut = reader->sections.salvage;
		return found(reader, CHUNK_UNPROVEN, "chunk",
			     "the file was cut: it ends %zu bytes into a chunk's header", there);
	}
	memcpy(&view->chunk, reader->window + reader->begin, sizeof(view->chunk));

	enum finding finding = prove(reader, &view->chunk);

	if (finding != CHUNK_GOOD)
		return finding;
	if (reader->begin % ALIGNMENT)
		compact(reader);
	view->payload = reader->window + reader->begin + sizeof(view->chunk);
	view->offset = reader->offset;
	if (!section_accept(&reader->sections, &view->chunk, view->payload, text))
		return found(reader, CHUNK_CONTRADICTS, dump_section(view->chunk.type, section), "%s", text);
	return CHUNK_GOOD;
}

static void skip(struct dump_reader *reader, size_t bytes)
{
	uint64_t before = reader->offset;

	advance(reader, bytes);
	reader->salvaged.bytes += reader->offset - before;
}

/** Whether a chunk may begin at the window's begin: one of a known type anywhere, since bytes may have been put in or taken
 * out; one of any type where chunks begin in a dump. */
static bool may_begin(const struct dump_reader *reader)
{
	struct dump_chunk chunk;

	memcpy(&chunk, reader->window + reader->begin, sizeof(chunk));
	return section_possible(&chunk) && (section_known(chunk.type) || reader->offset % ALIGNMENT == 0);
}

/** Salvaging: counts what is wrong at the window's begin, and goes to the next place that may be a chunk's. */
static void pass_over(struct dump_reader *reader, enum finding finding, const struct dump_chunk *chunk)
{
	if (!reader->salvaged.reason[0])
		memcpy(reader->salvaged.reason, reader->error, sizeof(reader->error));
	if (!reader->in_gap && reader->salvaged.gaps++ == 0)
		reader->salvaged.first_gap = reader->offset;
	reader->in_gap = true;
	if (finding == CHUNK_CONTRADICTS) {
		skip(reader, chunk_bytes(chunk));
		return;
	}
	skip(reader, 1);
	while (want(reader, sizeof(*chunk)) >= sizeof(*chunk) && !may_begin(reader))
		skip(reader, 1);
	if (reader->end - reader->begin < sizeof(*chunk))
		skip(reader, sizeof(*chunk));
}

/** What the end of the file means. */
static enum dump_status conclude(struct dump_reader *reader)
{
	if (reader->sections.end)
		return DUMP_EOF;
	(void)found(reader, CHUNK_NONE, "end", "the file was cut: it has no end chunk; how much is missing is unknown");
	if (!reader->sections.salvage) {
		reader->failed = true;
		return DUMP_BAD;
	}
	reader->salvaged.cut = true;
	if (!reader->salvaged.reason[0])
		memcpy(reader->salvaged.reason, reader->error, sizeof(reader->error));
	return DUMP_EOF;
}

enum dump_status dump_next(struct dump_reader *reader, struct dump_view *view)
{
	while (!reader->failed) {
		enum finding finding = examine(reader, view);

		if (finding == CHUNK_GOOD) {
			advance(reader, chunk_bytes(&view->chunk));
			reader->in_gap = false;
			return DUMP_OK;
		}
		if (finding == CHUNK_NONE)
			return conclude(reader);
		if (finding == FILE_UNREADABLE)
			(void)found(reader, finding, "file", "cannot be read: %s", strerror(errno));
		else if (reader->sections.salvage)
			pass_over(reader, finding, &view->chunk);
		else
			reader->failed = true;
	}
	return DUMP_BAD;
}

/** What is wrong with a header; null if nothing is. */
static const char *header_problem(const struct dump_header *header, size_t bytes, char *text)
{
	static const uint8_t magic[sizeof(header->magic)] = DUMP_MAGIC;

	if (bytes == 0)
		return "the file is empty";
	if (memcmp(header->magic, magic, bytes < sizeof(magic) ? bytes : sizeof(magic)) != 0) {
		if (memcmp(header->magic, magic, 4) == 0)
			return "a transfer as text changed this dump";
		return "this is not a dump (the magic is wrong)";
	}
	if (bytes < sizeof(*header))
		return "the file was cut: it ends inside of its header";
	if (header->version == DUMP_VERSION && header->flags == 0)
		return NULL;
	(void)snprintf(text, TEXT_BYTES, "version %u with flags 0x%x; this tool reads version %u", header->version,
		       header->flags, DUMP_VERSION);
	return text;
}

/** Reads the header. @return whether reading can go on */
static bool begin(struct dump_reader *reader)
{
	struct dump_header header = { 0 };
	size_t bytes = want(reader, sizeof(header));
	char text[TEXT_BYTES];

	if (reader->failed) {
		(void)found(reader, FILE_UNREADABLE, "header", "cannot be read: %s", strerror(errno));
		return false;
	}
	bytes = bytes < sizeof(header) ? bytes : sizeof(header);
	memcpy(&header, reader->window, bytes);

	const char *problem = header_problem(&header, bytes, text);

	if (!problem) {
		advance(reader, sizeof(header));
		return true;
	}
	describe(reader, "header", problem);
	if (!reader->sections.salvage || bytes == 0)
		return false;
	pass_over(reader, CHUNK_UNPROVEN, NULL);
	return true;
}

static bool open_file(struct dump_reader *reader, const char *path)
{
	struct stat status;

	reader->file = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (reader->file < 0)
		return false;
	if (fstat(reader->file, &status) == 0 && S_ISREG(status.st_mode))
		reader->length = (uint64_t)status.st_size;
	return true;
}

struct dump_reader *dump_open(const char *path, bool salvage, char *error, size_t error_bytes)
{
	struct dump_reader *reader = calloc(1, sizeof(*reader));
	const char *name = strcmp(path, "-") == 0 ? "stdin" : path;

	if (reader) {
		reader->file = -1;
		reader->name = strdup(name);
		reader->window = aligned_alloc(ALIGNMENT, WINDOW_BYTES);
		reader->sections.salvage = salvage;
	}
	if (!reader || !reader->name || !reader->window)
		(void)snprintf(error, error_bytes, "%s: no memory", name);
	else if (!open_file(reader, path))
		(void)snprintf(error, error_bytes, "%s: cannot be opened: %s", name, strerror(errno));
	else if (!begin(reader))
		(void)snprintf(error, error_bytes, "%s", reader->error);
	else
		return reader;
	dump_close(reader);
	return NULL;
}

const char *dump_error(const struct dump_reader *reader)
{
	return reader->error;
}

const struct dump_salvaged *dump_salvaged(const struct dump_reader *reader)
{
	return &reader->salvaged;
}

uint64_t dump_position(const struct dump_reader *reader)
{
	return reader->offset;
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
	section_release(&reader->sections);
	free(reader->window);
	free(reader->name);
	free(reader);
}
