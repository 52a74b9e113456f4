/* Fuzz target for the readers of ELF files: hstrace reads the names of functions, the address of hv's directory and
 * hv's notes from ELF files. The first byte of the input selects the addresses at which functions are looked up. The
 * rest of the input is the ELF file. The target checks that the names of the functions that it finds are UTF-8. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/convert/escape.h"
#include "trace/convert/symbols.h"
#include "trace/elf/hv_elf.h"
#include "trace/fuzz/fuzz.h"
#include "trace/live/symbol.h"

#define ADDRESSES 64
#define PATH_BYTES 80

/** Looks up the functions at some addresses from @p address on, and checks their names. */
static void check_names(const struct symbols *symbols, uint64_t address)
{
	for (unsigned i = 0; i < ADDRESSES; i++, address += 8) {
		uint64_t offset;
		const char *name = symbols_find(symbols, address, &offset);

		if (!name)
			continue;
		require(*name && strlen(name) <= symbols_longest(symbols) && offset <= address);
		for (size_t length; *name; name += length)
			require((length = escape_utf8_length(name)) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[PATH_BYTES];
	int file = memfd_create("elf", MFD_CLOEXEC);
	struct hv_elf hv;
	struct symbols *symbols;
	uint64_t address;

	if (size < 2) {
		(void)close(file);
		return 0;
	}
	require(file >= 0 && write(file, data + 1, size - 1) == (ssize_t)(size - 1));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	IGNORE_ERROR(symbol_address(path, "hartscope_directory", NULL, &address));
	if (hv_elf_read(&hv, path) == ERROR_NONE)
		hv_elf_release(&hv);
	if (symbols_read(&symbols, path) == ERROR_NONE)
		check_names(symbols, (uint64_t)data[0] << 24);
	else
		require(strncmp(error_message(), path, strlen(path)) == 0);
	symbols_close(symbols);
	(void)close(file);
	return 0;
}
