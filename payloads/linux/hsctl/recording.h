/* Records the trace from /dev/hartscope into a dump.
 * Called by hsctl record, which decides when to begin and when to end.
 * Must not know commands and signals. */
#ifndef HSCTL_RECORDING_H
#define HSCTL_RECORDING_H

#include "payloads/linux/hsctl/device.h"
#include "trace/dump/writer.h"

#define RECORDING_BUFFER_BYTES (256 * 1024)

/** The slots of one hart so far. */
struct recording_hart {
	uint64_t read, lost; /* number of slots */
	uint64_t before;     /* lost slots before the first one that was read; these are included in `lost` */
};

struct recording {
	struct device *device;
	struct dump_writer *writer;
	struct recording_hart hart[DEVICE_HARTS];
	_Alignas(16) uint8_t buffer[RECORDING_BUFFER_BYTES];
};

/** Creates the dump, and writes the machine and the schema. After an error, recording_end() must not be called.
 * @param path  the file to write, "-" for stdout */
enum error recording_begin(struct recording *recording, struct device *device, const char *path) MUST_CHECK;

/** Copies the slots that are available now to the dump, at most one buffer. Does not wait.
 * @param bytes  gets the number of bytes that were read; 0 if nothing is available */
enum error recording_take(struct recording *recording, size_t *bytes) MUST_CHECK;

/** Copies all slots that exist now, writes the statistics, and closes the dump. Closes it even after an error. */
enum error recording_end(struct recording *recording) MUST_CHECK;

#endif
