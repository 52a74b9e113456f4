/* Maps the file that QEMU uses as the guest's RAM. Searches for hv's directory only where the file has data, because
 * reading a hole of the file would allocate memory for that hole. */
#define _GNU_SOURCE
#include "trace/live/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/format/dump.h"

#define PAGE 4096
/* The smallest valid length of a directory. An older hv lacks the fields from boot_mtime on. */
#define LEAST_LENGTH offsetof(struct hartscope_directory, boot_mtime)

enum error memory_map(struct guest_memory *memory, const char *path, uint64_t base, bool writable)
{
	struct stat status;
	void *mapped = MAP_FAILED;

	*memory = (struct guest_memory){ .base = base };
	memory->file = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (memory->file >= 0 && fstat(memory->file, &status) == 0) {
		memory->size = (uint64_t)status.st_size;
		mapped = mmap(NULL, memory->size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
			      memory->file, 0);
	}
	if (mapped != MAP_FAILED) {
		memory->bytes = mapped;
		return ERROR_NONE;
	}

	int reason = errno; /* close() may change errno */

	if (memory->file >= 0)
		(void)close(memory->file);
	return error_set(ERROR_SYSTEM, "%s: cannot be mapped: %s", path, strerror(reason));
}

void memory_unmap(struct guest_memory *memory)
{
	(void)munmap(memory->bytes, memory->size);
	(void)close(memory->file);
	memory->bytes = NULL;
}

bool memory_is_replaced(const struct guest_memory *memory, const char *path)
{
	struct stat mapped, named;

	return fstat(memory->file, &mapped) == 0 && stat(path, &named) == 0 &&
	       (mapped.st_dev != named.st_dev || mapped.st_ino != named.st_ino);
}

void *memory_at(const struct guest_memory *memory, uint64_t address, uint64_t bytes)
{
	uint64_t offset = address - memory->base;

	if (address < memory->base || offset > memory->size || bytes > memory->size - offset ||
	    offset % sizeof(uint64_t))
		return NULL;
	return memory->bytes + offset;
}

/** Reads the magic. hv stores the magic after everything else, so a reader that sees the magic sees the rest of the
 * directory, too. */
static uint64_t load_magic(const struct guest_memory *memory, uint64_t offset)
{
	return __atomic_load_n((const uint64_t *)(const void *)(memory->bytes + offset), __ATOMIC_ACQUIRE);
}

uint64_t memory_find_directory(const struct guest_memory *memory)
{
	struct hartscope_directory directory;
	off_t data, hole = 0;

	/* Skip holes, because reading a hole would allocate pages for it. */
	while ((data = lseek(memory->file, hole, SEEK_DATA)) >= 0 &&
	       (hole = lseek(memory->file, data, SEEK_HOLE)) > data)
		/* The directory lies at the start of a page, but data may begin in the middle of a page. */
		for (data &= -PAGE; data < hole && (uint64_t)data + PAGE <= memory->size; data += PAGE)
			if (load_magic(memory, (uint64_t)data) == HARTSCOPE_MAGIC &&
			    memory_read_directory(memory, memory->base + (uint64_t)data, &directory) == ERROR_NONE)
				return memory->base + (uint64_t)data;
	return 0;
}

bool memory_has_directory(const struct guest_memory *memory, uint64_t address)
{
	return memory_at(memory, address, sizeof(uint64_t)) &&
	       load_magic(memory, address - memory->base) == HARTSCOPE_MAGIC;
}

enum error memory_read_directory(const struct guest_memory *memory, uint64_t address,
				 struct hartscope_directory *directory)
{
	const void *there = memory_at(memory, address, sizeof(*directory));

	if (!there)
		return error_set(ERROR_DATA, "it is not in RAM, or its address is not a multiple of 8");
	if (load_magic(memory, address - memory->base) != HARTSCOPE_MAGIC)
		return error_set(ERROR_DATA, "its magic is not there");
	memcpy(directory, there, sizeof(*directory));
	if (directory->version != HARTSCOPE_ABI_VERSION || directory->length < LEAST_LENGTH)
		return error_set(ERROR_DATA, "its version is not the one that this tool reads");
	if (directory->length < sizeof(*directory)) /* the directory of an older hv lacks the newer fields */
		memset((uint8_t *)directory + directory->length, 0, sizeof(*directory) - directory->length);
	if (directory->hart_count == 0 || directory->hart_count > DUMP_HARTS)
		return error_set(ERROR_DATA, "its number of harts is impossible");
	return ERROR_NONE;
}
