/* Reads facts about hv from hv's ELF file: the build id, the configuration, and the list of events that hv writes.
 * Used by the recorder, and by tools if a dump lacks these facts. It does not read dumps. */
#ifndef TRACE_ELF_HV_ELF_H
#define TRACE_ELF_HV_ELF_H

#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define HV_ELF_BUILD_ID_BYTES 20

/** The notes of hv's ELF file. */
struct hv_elf {
	uint8_t build_id[HV_ELF_BUILD_ID_BYTES];
	char *config; /* hv's configuration as JSON; NULL if no file was read */
	char *events; /* the list of events, as lines of a dump's schema; NULL if an older hv lacks this note */
};

/** Reads the notes of hv's ELF file. Error messages begin with @p path. After an error, @p hv is all zeros, and need
 * not be released.
 * @return the errors of elf_open(), or ERROR_DATA if the file is not an ELF file of hv */
enum error hv_elf_read(struct hv_elf *hv, const char *path) MUST_CHECK;

/** Frees the memory that hv_elf_read() allocated. Does nothing if @p hv is all zeros. */
void hv_elf_release(struct hv_elf *hv);

#endif
