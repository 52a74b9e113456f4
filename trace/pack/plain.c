/* What pack.h declares, for programs that run in a guest and have neither zlib nor Zstandard: they write files as they are. */
#include <stdlib.h>

#include "trace/pack/pack.h"
#include "trace/pack/write_all.h"

struct packer {
	int descriptor;
};

enum error packer_open(struct packer **packer, int descriptor, enum packing packing)
{
	*packer = NULL;
	if (packing != PACKING_NONE)
		return error_set(ERROR_OPTION, "this program cannot compress: choose a name without .gz or .zst");
	*packer = calloc(1, sizeof(**packer));
	if (!*packer)
		return error_no_memory();
	(*packer)->descriptor = descriptor;
	return ERROR_NONE;
}

enum error packer_write(struct packer *packer, const void *bytes, size_t length)
{
	return write_all(packer->descriptor, bytes, length);
}

enum error packer_flush(struct packer *packer)
{
	(void)packer;
	return ERROR_NONE;
}

enum error packer_end(struct packer *packer)
{
	(void)packer;
	return ERROR_NONE;
}

void packer_close(struct packer *packer)
{
	free(packer);
}
