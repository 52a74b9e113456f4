/* Writes a dump. Chunks go through a buffer. The writer never goes back to change earlier bytes, so the output can be a
 * pipe, and compressed. */
#include "trace/dump/writer.h"

#include <stdlib.h>
#include <string.h>

#include "trace/dump/crc32c.h"
#include "trace/dump/new_file.h"
#include "trace/dump/schema.h"
#include "trace/pack/pack.h"

#define BUFFER_BYTES (256 * 1024)
#define CHUNK_ALIGNMENT 16

struct dump_writer {
	struct new_file target;
	struct packer *packer;
	char *path;
	uint8_t *buffer;
	size_t filled; /* bytes in the buffer */
	uint64_t slots, chunks, bytes;
	struct error_kept failure;
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structs are written to the dump as they are in memory");
_Static_assert(DUMP_RING_SLOTS >= 1, "a chunk has room for at least one slot");

/** Stores @p error if it is the first error, and puts the file's name in front of its message. @return the first
 * error */
static enum error keep_error(struct dump_writer *writer, enum error error)
{
	if (error != ERROR_NONE && writer->failure.error == ERROR_NONE)
		error_keep(&writer->failure, error_about(error, "%.300s", writer->path));
	return error_again(&writer->failure);
}

/** Hands the bytes of the buffer to the packer. */
static enum error empty(struct dump_writer *writer)
{
	size_t filled = writer->filled;

	writer->filled = 0;
	return keep_error(writer, packer_write(writer->packer, writer->buffer, filled));
}

/** Writes at most DUMP_CHUNK_BYTES bytes. */
static enum error put(struct dump_writer *writer, const void *data, size_t bytes)
{
	RETURN_IF_ERROR(error_again(&writer->failure));
	if (bytes > BUFFER_BYTES - writer->filled)
		RETURN_IF_ERROR(empty(writer));
	if (bytes)
		memcpy(writer->buffer + writer->filled, data, bytes);
	writer->filled += bytes;
	writer->bytes += bytes;
	return ERROR_NONE;
}

static void release(struct dump_writer *writer)
{
	packer_close(writer->packer);
	free(writer->path);
	free(writer->buffer);
	free(writer);
}

/** @return a writer without a file; null if memory ran out */
static struct dump_writer *allocate(const char *path)
{
	struct dump_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->path = strdup(strcmp(path, "-") == 0 ? "stdout" : path);
	writer->buffer = malloc(BUFFER_BYTES);
	if (writer->path && writer->buffer)
		return writer;
	release(writer);
	return NULL;
}

/** Opens the file of a new writer. If that fails, nothing stays open. */
static enum error open_file(struct dump_writer *writer, const char *path)
{
	RETURN_IF_ERROR(new_file_open(&writer->target, path));

	struct error_kept failure = { 0 };

	error_keep(&failure, packer_open(&writer->packer, writer->target.descriptor, packing_of_name(path)));
	if (failure.error != ERROR_NONE)
		IGNORE_ERROR(new_file_close(&writer->target));
	return error_again(&failure);
}

enum error dump_writer_open(struct dump_writer **writer, const char *path)
{
	struct dump_header header = { .magic = DUMP_MAGIC, .version = DUMP_VERSION };

	*writer = allocate(path);

	enum error error = error_about(*writer ? open_file(*writer, path) : error_no_memory(), "%s", path);

	if (error == ERROR_NONE) {
		IGNORE_ERROR(put(*writer, &header, sizeof(header))); /* the writer returns this error in later calls */
		return ERROR_NONE;
	}
	if (*writer)
		release(*writer);
	*writer = NULL;
	return error;
}

enum error dump_write_chunk(struct dump_writer *writer, uint32_t type, uint16_t version, const void *first,
			    size_t first_bytes, const void *second, size_t second_bytes)
{
	static const uint8_t zeros[CHUNK_ALIGNMENT];
	size_t length = first_bytes + second_bytes;
	struct dump_chunk chunk = { .type = type, .version = version, .length = (uint32_t)length };

	if (length > DUMP_CHUNK_BYTES)
		return keep_error(writer,
				  error_set(ERROR_DATA, "a chunk of %zu bytes is too long: at most %u are allowed",
					    length, DUMP_CHUNK_BYTES));
	chunk.crc32c = crc32c(0, &chunk, offsetof(struct dump_chunk, crc32c));
	chunk.crc32c = crc32c(chunk.crc32c, first, first_bytes);
	chunk.crc32c = crc32c(chunk.crc32c, second, second_bytes);
	writer->chunks++;
	RETURN_IF_ERROR(put(writer, &chunk, sizeof(chunk)));
	RETURN_IF_ERROR(put(writer, first, first_bytes));
	RETURN_IF_ERROR(put(writer, second, second_bytes));
	return put(writer, zeros, -length % CHUNK_ALIGNMENT);
}

enum error dump_write_machine(struct dump_writer *writer, const struct dump_machine *machine, const uint64_t *hart_ids,
			      const char *config)
{
	struct {
		struct dump_machine machine;
		uint64_t hart_ids[(DUMP_CHUNK_BYTES - sizeof(struct dump_machine)) / sizeof(uint64_t)];
	} * head;
	size_t head_bytes = sizeof(head->machine) + machine->harts * sizeof(uint64_t);

	if (head_bytes > sizeof(*head))
		return keep_error(writer, error_set(ERROR_DATA, "%u harts are too many for a dump", machine->harts));
	head = calloc(1, sizeof(*head));
	if (!head)
		return keep_error(writer, error_no_memory());
	head->machine = *machine;
	head->machine.config_bytes = config ? (uint32_t)strlen(config) : 0;
	memcpy(head->hart_ids, hart_ids, machine->harts * sizeof(uint64_t));

	enum error error = dump_write_chunk(writer, DUMP_MACHINE, DUMP_VERSION, head, head_bytes, config,
					    head->machine.config_bytes);

	free(head);
	return error;
}

enum error dump_write_schema_of(struct dump_writer *writer, const char *events, const char *lines)
{
	char *own = NULL;

	if (!events) {
		RETURN_IF_ERROR(keep_error(writer, schema_text(&own)));
		events = own;
	}

	enum error error =
		dump_write_chunk(writer, DUMP_SCHEMA, DUMP_VERSION, events, strlen(events), lines, strlen(lines));

	free(own);
	return error;
}

enum error dump_write_schema_and(struct dump_writer *writer, const char *lines)
{
	return dump_write_schema_of(writer, NULL, lines);
}

enum error dump_write_schema(struct dump_writer *writer)
{
	return dump_write_schema_and(writer, "");
}

enum error dump_write_ring(struct dump_writer *writer, uint32_t hart, uint64_t first, uint64_t lost,
			   const struct trace_slot *slots, size_t count)
{
	while (count || lost) {
		size_t some = count < DUMP_RING_SLOTS ? count : DUMP_RING_SLOTS;
		struct dump_ring ring = { .hart = hart, .count = (uint32_t)some, .first = first, .lost = lost };

		RETURN_IF_ERROR(dump_write_chunk(writer, DUMP_RING, DUMP_VERSION, &ring, sizeof(ring), slots,
						 some * sizeof(*slots)));
		writer->slots += some;
		lost = 0;
		first += some;
		slots += some;
		count -= some;
	}
	return ERROR_NONE;
}

enum error dump_write_statistics(struct dump_writer *writer, const struct dump_statistics *statistics)
{
	return dump_write_chunk(writer, DUMP_STATISTICS, DUMP_VERSION, statistics, sizeof(*statistics), NULL, 0);
}

uint64_t dump_writer_bytes(const struct dump_writer *writer)
{
	return writer->bytes;
}

enum error dump_writer_flush(struct dump_writer *writer)
{
	RETURN_IF_ERROR(error_again(&writer->failure));
	RETURN_IF_ERROR(empty(writer));
	return keep_error(writer, packer_flush(writer->packer));
}

enum error dump_writer_show(struct dump_writer *writer)
{
	RETURN_IF_ERROR(dump_writer_flush(writer));
	return keep_error(writer, new_file_keep(&writer->target));
}

enum error dump_writer_close(struct dump_writer *writer)
{
	struct dump_end end = { .slots = writer->slots, .chunks = writer->chunks };
	enum error error = dump_write_chunk(writer, DUMP_END, DUMP_VERSION, &end, sizeof(end), NULL, 0);

	if (error == ERROR_NONE)
		error = empty(writer);
	if (error == ERROR_NONE)
		error = keep_error(writer, packer_end(writer->packer));
	if (error == ERROR_NONE)
		error = keep_error(writer, new_file_keep(&writer->target));
	error = keep_error(writer, new_file_close(&writer->target));
	release(writer);
	return error;
}

void dump_writer_drop(struct dump_writer *writer)
{
	struct error_kept reason = { 0 };

	if (!writer)
		return;
	/* The caller may not yet have shown why it abandons the dump. */
	error_keep(&reason, ERROR_DATA);
	if (writer->failure.error == ERROR_NONE) {
		IGNORE_ERROR(empty(writer)); /* if the file has its final name, it keeps all chunks so far */
		IGNORE_ERROR(packer_end(writer->packer));
	}
	IGNORE_ERROR(new_file_close(&writer->target));
	release(writer);
	IGNORE_ERROR(error_again(&reason));
}
