/* Records the trace from /dev/hartscope into a dump.
 * Called by hsctl record, which decides when to begin and when to end.
 * Must not know commands and signals. */
#ifndef HSCTL_RECORDING_H
#define HSCTL_RECORDING_H

#include "payloads/linux/hsctl/device.h"
#include "trace/dump/writer.h"

#define RECORDING_BUFFER_BYTES (256 * 1024)

/** Counts of the slots of one hart so far. */
struct recording_hart {
	uint64_t read, lost; /* number of slots */
	uint64_t before;     /* number of slots lost before the first slot that was read; `lost` includes them */
};

struct recording {
	struct device *device;
	struct dump_writer *writer;
	struct recording_hart hart[DEVICE_HARTS];
	_Alignas(16) uint8_t buffer[RECORDING_BUFFER_BYTES];
};

/** Creates the dump, and writes the machine chunk and the schema chunk. An earlier file at @p path stays until
 * recording_show() or recording_end() replaces it. After an error, do not call recording_end() or recording_drop().
 * @param path  the file to write; "-" for stdout */
enum error recording_begin(struct recording *recording, struct device *device, const char *path) MUST_CHECK;

/** Gives the dump its final name, so that it remains even if hsctl is killed. */
enum error recording_show(struct recording *recording) MUST_CHECK;

/** Copies the slots that are available now to the dump, at most one buffer. Does not wait.
 * @param bytes  receives the number of bytes that were read; 0 if nothing is available */
enum error recording_take(struct recording *recording, size_t *bytes) MUST_CHECK;

/** Copies all slots that exist now, writes the statistics, and closes the dump. Even after an error, the dump is
 * closed. */
enum error recording_end(struct recording *recording) MUST_CHECK;

/** Abandons the dump instead of recording_end(). Reads no slots, and removes the dump unless it was shown. */
void recording_drop(struct recording *recording);

#endif
