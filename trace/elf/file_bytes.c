/* Maps a regular file into memory. So if an ELF file is large, only the pages that the tool reads are loaded. A pipe or
 * a file of /proc has no size and cannot be mapped, and a compressed file has to be unpacked. These are read into a buffer, whose
 * size doubles whenever it is full. */
#include "trace/elf/file_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/pack/unpack.h"

#define FIRST_BYTES (64 * 1024)

/** Sets the message to the text of errno. */
static enum error refused(void)
{
	return error_set(ERROR_SYSTEM, "%s", strerror(errno));
}

static enum error map(struct file_bytes *file, int descriptor, uint64_t size)
{
	void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);

	if (bytes == MAP_FAILED)
		return refused();
	*file = (struct file_bytes){ .bytes = bytes, .size = size, .is_mapped = true };
	return ERROR_NONE;
}

/** Reads until the end of the file. The caller frees *@p buffer, also after an error. */
static enum error read_to_end(struct unpacker *unpacker, uint8_t **buffer, uint64_t *size)
{
	uint64_t capacity = 0;

	for (;;) {
		if (*size == capacity) {
			capacity = capacity ? 2 * capacity : FIRST_BYTES;
			if (capacity > FILE_BYTES_MOST)
				return error_set(ERROR_DATA, "it is longer than 2 GiB");
			uint8_t *larger = realloc(*buffer, capacity);
			if (!larger)
				return error_no_memory();
			*buffer = larger;
		}

		size_t count;

		RETURN_IF_ERROR(unpacker_read(unpacker, *buffer + *size, capacity - *size, &count));
		if (count == 0)
			return *size ? ERROR_NONE : error_set(ERROR_DATA, "it is empty");
		*size += count;
	}
}

/** Reads a file that cannot be mapped. */
static enum error take(struct file_bytes *file, int descriptor)
{
	struct unpacker *unpacker;
	uint8_t *buffer = NULL;
	uint64_t size = 0;

	RETURN_IF_ERROR(unpacker_open(&unpacker, descriptor));

	enum error error = read_to_end(unpacker, &buffer, &size);

	unpacker_close(unpacker);

	if (error == ERROR_NONE)
		*file = (struct file_bytes){ .bytes = buffer, .size = size };
	else
		free(buffer);
	return error;
}

static bool is_packed(int descriptor)
{
	uint8_t bytes[PACKING_MAGIC_BYTES];
	ssize_t length = pread(descriptor, bytes, sizeof(bytes), 0);

	return length > 0 && packing_of_bytes(bytes, (size_t)length) != PACKING_NONE;
}

static enum error open_descriptor(struct file_bytes *file, int descriptor)
{
	struct stat status;

	if (descriptor < 0 || fstat(descriptor, &status) != 0)
		return refused();
	if (S_ISREG(status.st_mode) && status.st_size > 0 && !is_packed(descriptor))
		return map(file, descriptor, (uint64_t)status.st_size);
	return take(file, descriptor);
}

enum error file_bytes_open(struct file_bytes *file, const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);

	*file = (struct file_bytes){ 0 };

	enum error error = error_about(open_descriptor(file, descriptor), "%s", path);

	if (descriptor >= 0)
		(void)close(descriptor);
	return error;
}

void file_bytes_close(struct file_bytes *file)
{
	if (file->is_mapped)
		(void)munmap((void *)(uintptr_t)file->bytes, file->size);
	else
		free((void *)(uintptr_t)file->bytes);
	*file = (struct file_bytes){ 0 };
}
