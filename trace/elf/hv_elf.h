/* What hv's own ELF file says of it: its build id, its configuration, and the events that it writes.
 * Used by tools whose dump lacks these, and by the recorder. Knows nothing of dumps. */
#ifndef TRACE_ELF_HV_ELF_H
#define TRACE_ELF_HV_ELF_H

#include <stddef.h>
#include <stdint.h>

#define HV_ELF_BUILD_ID_BYTES 20

struct hv_elf {
	uint8_t build_id[HV_ELF_BUILD_ID_BYTES];
	char *config; /* JSON; NULL: no file was read */
	char *events; /* its events, as lines of a dump's schema; NULL: the image is older than that note */
};

/** Reads the notes of hv's ELF file (hv/config/emit_c.py). @return NULL, or what is wrong with the file; the result is to be
 * released only if it was read */
const char *hv_elf_read(struct hv_elf *hv, const char *path);

void hv_elf_release(struct hv_elf *hv);

#endif
