/* Turns an input into a file. Random changes of an input nearly always make a check sum wrong, and then the reader
 * would refuse the dump at once. So this code can correct the check sums. Then the fuzzer reaches the code that runs
 * after the check. */
#define _GNU_SOURCE
#include "trace/fuzz/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/dump/crc32c.h"
#include "trace/dump/reader.h"
#include "trace/fuzz/fuzz.h"

#define MEND_CHUNKS 1
#define MEND_HEADER 2

/** Corrects the header, or the flags, lengths and check sums of the chunks. @p how is MEND_HEADER, MEND_CHUNKS, or
 * both. */
static void mend(uint8_t *bytes, size_t size, unsigned how)
{
	struct dump_header header = { .magic = DUMP_MAGIC, .version = DUMP_VERSION };
	size_t at = sizeof(header);

	if (how & MEND_HEADER && size >= sizeof(header))
		memcpy(bytes, &header, sizeof(header));
	while (how & MEND_CHUNKS && at + sizeof(struct dump_chunk) <= size) {
		struct dump_chunk chunk;

		memcpy(&chunk, bytes + at, sizeof(chunk));
		chunk.flags = 0;
		if (chunk.length > size - at - sizeof(chunk))
			chunk.length = (uint32_t)(size - at - sizeof(chunk)) & ~15u;
		if (chunk.length > DUMP_CHUNK_BYTES)
			chunk.length = DUMP_CHUNK_BYTES;
		chunk.crc32c = crc32c(crc32c(0, &chunk, offsetof(struct dump_chunk, crc32c)),
				      bytes + at + sizeof(chunk), chunk.length);
		memcpy(bytes + at, &chunk, sizeof(chunk));
		at += sizeof(chunk) + (chunk.length + 15u) / 16 * 16;
	}
}

int input_file(const uint8_t *data, size_t size, char path[INPUT_PATH_BYTES])
{
	uint8_t *bytes = malloc(size);
	int file = memfd_create("input", MFD_CLOEXEC);

	require(bytes && file >= 0);
	memcpy(bytes, data + 1, size - 1);
	mend(bytes, size - 1, data[0]);
	require(write(file, bytes, size - 1) == (ssize_t)(size - 1));
	free(bytes);
	(void)snprintf(path, INPUT_PATH_BYTES, "/proc/self/fd/%d", file);
	return file;
}
