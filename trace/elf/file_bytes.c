/* Maps a regular file, so that a large ELF file costs only what is looked at. What has no size, as a pipe or a file of /proc,
 * cannot be mapped: it is read into a buffer that doubles. */
#include "trace/elf/file_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_BYTES (64 * 1024)

static const char *map(struct file_bytes *file, int descriptor, uint64_t size)
{
	void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);

	if (bytes == MAP_FAILED)
		return strerror(errno);
	*file = (struct file_bytes){ .bytes = bytes, .size = size, .is_mapped = true };
	return NULL;
}

/** Reads until the end of the file. @return NULL, or what is wrong; *buffer is to be freed in either case */
static const char *read_to_end(int descriptor, uint8_t **buffer, uint64_t *size)
{
	uint64_t capacity = 0;

	for (;;) {
		if (*size == capacity) {
			capacity = capacity ? 2 * capacity : FIRST_BYTES;
			if (capacity > FILE_BYTES_MOST)
				return "it is longer than 2 GiB";
			uint8_t *larger = realloc(*buffer, capacity);
			if (!larger)
				return "out of memory";
			*buffer = larger;
		}

		ssize_t count = read(descriptor, *buffer + *size, capacity - *size);

		if (count == 0)
			return *size ? NULL : "it is empty";
		if (count < 0 && errno != EINTR)
			return strerror(errno);
		if (count > 0)
			*size += (uint64_t)count;
	}
}

static const char *take(struct file_bytes *file, int descriptor)
{
	uint8_t *buffer = NULL;
	uint64_t size = 0;
	const char *wrong = read_to_end(descriptor, &buffer, &size);

	if (wrong)
		free(buffer);
	else
		*file = (struct file_bytes){ .bytes = buffer, .size = size };
	return wrong;
}

const char *file_bytes_open(struct file_bytes *file, const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	const char *wrong;

	*file = (struct file_bytes){ 0 };
	if (descriptor < 0)
		return strerror(errno);
	if (fstat(descriptor, &status) != 0)
		wrong = strerror(errno);
	else if (S_ISREG(status.st_mode) && status.st_size > 0)
		wrong = map(file, descriptor, (uint64_t)status.st_size);
	else
		wrong = take(file, descriptor);
	(void)close(descriptor);
	return wrong;
}

void file_bytes_close(struct file_bytes *file)
{
	if (file->is_mapped)
		(void)munmap((void *)(uintptr_t)file->bytes, file->size);
	else
		free((void *)(uintptr_t)file->bytes);
	*file = (struct file_bytes){ 0 };
}
