/* See writer.h. Chunks go through stdio's buffer; nothing is ever written twice, so that pipes will do. */
#include "trace/dump/writer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/dump/crc32c.h"
#include "trace/dump/new_file.h"
#include "trace/dump/schema.h"

#define BUFFER_BYTES (256 * 1024)
#define CHUNK_ALIGNMENT 16

struct dump_writer {
	struct new_file target;
	FILE *file; /* its descriptor is a copy of the target's, which is needed after this is closed */
	char *path;
	char *buffer;
	uint64_t slots, chunks;
	char error[512];
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "dumps are written as they lie in memory");
_Static_assert(DUMP_RING_SLOTS >= 1, "a chunk holds a slot");

static bool __attribute__((format(printf, 2, 3))) fail(struct dump_writer *writer, const char *format, ...)
{
	if (writer->error[0])
		return false;

	int used = snprintf(writer->error, sizeof(writer->error), "%.300s: ", writer->path);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(writer->error + used, sizeof(writer->error) - (size_t)used, format, arguments);
	va_end(arguments);
	return false;
}

static bool put(struct dump_writer *writer, const void *data, size_t bytes)
{
	if (writer->error[0])
		return false;
	if (bytes && fwrite(data, bytes, 1, writer->file) != 1)
		return fail(writer, "cannot write: %s", strerror(errno));
	return true;
}

static struct dump_writer *allocate(const char *path)
{
	struct dump_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->path = strdup(strcmp(path, "-") == 0 ? "stdout" : path);
	writer->buffer = malloc(BUFFER_BYTES);
	return writer;
}

static void release(struct dump_writer *writer)
{
	free(writer->path);
	free(writer->buffer);
	free(writer);
}

/** @return 0, or an errno value; then nothing is to be closed */
static int open_file(struct dump_writer *writer, const char *path)
{
	int wrong = new_file_open(&writer->target, path);
	int copy = wrong ? -1 : dup(writer->target.descriptor);

	writer->file = copy < 0 ? NULL : fdopen(copy, "wb");
	if (wrong || writer->file)
		return wrong;
	wrong = errno;
	if (copy >= 0)
		(void)close(copy);
	(void)new_file_close(&writer->target);
	return wrong;
}

struct dump_writer *dump_writer_open(const char *path, char *error, size_t error_bytes)
{
	struct dump_header header = { .magic = DUMP_MAGIC, .version = DUMP_VERSION };
	struct dump_writer *writer = allocate(path);

	if (!writer || !writer->path || !writer->buffer) {
		(void)snprintf(error, error_bytes, "%s: no memory", path);
	} else {
		int wrong = open_file(writer, path);

		if (!wrong) {
			(void)setvbuf(writer->file, writer->buffer, _IOFBF, BUFFER_BYTES);
			(void)put(writer, &header, sizeof(header));
			return writer;
		}
		(void)snprintf(error, error_bytes, "%s: cannot be created: %s", path, strerror(wrong));
	}
	if (writer)
		release(writer);
	return NULL;
}

bool dump_write_chunk(struct dump_writer *writer, uint32_t type, uint16_t version, const void *first,
		      size_t first_bytes, const void *second, size_t second_bytes)
{
	static const uint8_t zeros[CHUNK_ALIGNMENT];
	size_t length = first_bytes + second_bytes;
	struct dump_chunk chunk = { .type = type, .version = version, .length = (uint32_t)length };

	if (length > DUMP_CHUNK_BYTES)
		return fail(writer, "a chunk of %zu bytes is over the limit of %u", length, DUMP_CHUNK_BYTES);
	chunk.crc32c = crc32c(0, &chunk, offsetof(struct dump_chunk, crc32c));
	chunk.crc32c = crc32c(chunk.crc32c, first, first_bytes);
	chunk.crc32c = crc32c(chunk.crc32c, second, second_bytes);
	writer->chunks++;
	return put(writer, &chunk, sizeof(chunk)) && put(writer, first, first_bytes) &&
	       put(writer, second, second_bytes) && put(writer, zeros, -length % CHUNK_ALIGNMENT);
}

bool dump_write_machine(struct dump_writer *writer, const struct dump_machine *machine, const uint64_t *hart_ids,
			const char *config)
{
	struct {
		struct dump_machine machine;
		uint64_t hart_ids[(DUMP_CHUNK_BYTES - sizeof(struct dump_machine)) / sizeof(uint64_t)];
	} *head = calloc(1, sizeof(*head));
	size_t head_bytes = sizeof(head->machine) + machine->harts * sizeof(uint64_t);
	bool good = false;

	if (!head)
		return fail(writer, "no memory");
	if (head_bytes > sizeof(*head)) {
		(void)fail(writer, "%u harts are too many for a dump", machine->harts);
	} else {
		head->machine = *machine;
		head->machine.config_bytes = config ? (uint32_t)strlen(config) : 0;
		memcpy(head->hart_ids, hart_ids, machine->harts * sizeof(uint64_t));
		good = dump_write_chunk(writer, DUMP_MACHINE, DUMP_VERSION, head, head_bytes, config,
					head->machine.config_bytes);
	}
	free(head);
	return good;
}

bool dump_write_schema_of(struct dump_writer *writer, const char *events, const char *lines)
{
	char *text = events ? strdup(events) : schema_text();
	bool good = text && lines ? dump_write_chunk(writer, DUMP_SCHEMA, DUMP_VERSION, text, strlen(text), lines,
						     strlen(lines))
				  : fail(writer, "no memory");

	free(text);
	return good;
}

bool dump_write_schema_and(struct dump_writer *writer, const char *lines)
{
	return dump_write_schema_of(writer, NULL, lines);
}

bool dump_write_schema(struct dump_writer *writer)
{
	return dump_write_schema_and(writer, "");
}

bool dump_write_ring(struct dump_writer *writer, uint32_t hart, uint64_t first, uint64_t lost,
		     const struct trace_slot *slots, size_t count)
{
	while (count || lost) {
		size_t some = count < DUMP_RING_SLOTS ? count : DUMP_RING_SLOTS;
		struct dump_ring ring = { .hart = hart, .count = (uint32_t)some, .first = first, .lost = lost };

		if (!dump_write_chunk(writer, DUMP_RING, DUMP_VERSION, &ring, sizeof(ring), slots,
				      some * sizeof(*slots)))
			return false;
		writer->slots += some;
		lost = 0;
		first += some;
		slots += some;
		count -= some;
	}
	return true;
}

bool dump_write_statistics(struct dump_writer *writer, const struct dump_statistics *statistics)
{
	return dump_write_chunk(writer, DUMP_STATISTICS, DUMP_VERSION, statistics, sizeof(*statistics), NULL, 0);
}

bool dump_writer_flush(struct dump_writer *writer)
{
	if (!writer->error[0] && fflush(writer->file) != 0)
		return fail(writer, "cannot write: %s", strerror(errno));
	return !writer->error[0];
}

static void keep(struct dump_writer *writer)
{
	int wrong = new_file_keep(&writer->target);

	if (wrong)
		(void)fail(writer, "cannot be created: %s", strerror(wrong));
}

/** @return whether nothing has failed, then or before */
static bool close_target(struct dump_writer *writer)
{
	int wrong = new_file_close(&writer->target);

	if (wrong)
		(void)fail(writer, "cannot write: %s", strerror(wrong));
	return !writer->error[0];
}

bool dump_writer_show(struct dump_writer *writer)
{
	if (dump_writer_flush(writer))
		keep(writer);
	return !writer->error[0];
}

const char *dump_writer_error(const struct dump_writer *writer)
{
	return writer->error;
}

bool dump_writer_close(struct dump_writer *writer, char *error, size_t error_bytes)
{
	if (!writer)
		return false;

	struct dump_end end = { .slots = writer->slots, .chunks = writer->chunks };

	(void)dump_write_chunk(writer, DUMP_END, DUMP_VERSION, &end, sizeof(end), NULL, 0);
	(void)dump_writer_flush(writer);
	if (fclose(writer->file) != 0)
		(void)fail(writer, "cannot write: %s", strerror(errno));
	writer->file = NULL;
	if (!writer->error[0])
		keep(writer);

	bool good = close_target(writer);

	if (!good)
		(void)snprintf(error, error_bytes, "%s", writer->error);
	release(writer);
	return good;
}

void dump_writer_drop(struct dump_writer *writer)
{
	if (!writer)
		return;
	(void)fclose(writer->file);
	(void)close_target(writer);
	release(writer);
}
