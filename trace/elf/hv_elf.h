/* What hv's own ELF file says of it: its build id, its configuration, and the events that it writes.
 * Used by tools whose dump lacks these, and by the recorder. Knows nothing of dumps. */
#ifndef TRACE_ELF_HV_ELF_H
#define TRACE_ELF_HV_ELF_H

#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define HV_ELF_BUILD_ID_BYTES 20

struct hv_elf {
	uint8_t build_id[HV_ELF_BUILD_ID_BYTES];
	char *config; /* JSON; NULL: no file was read */
	char *events; /* its events, as lines of a dump's schema; NULL: the image is older than that note */
};

/** Reads the notes of hv's ELF file (hv/config/emit_c.py). Messages begin with @p path. After an error @p hv is all zeros, and
 * need not be released. */
enum error hv_elf_read(struct hv_elf *hv, const char *path) MUST_CHECK;

void hv_elf_release(struct hv_elf *hv);

#endif
