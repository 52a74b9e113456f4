/* The trace on its way from /dev/hartscope into a dump.
 * Called by hsctl record, which decides when to begin and to end. Knows nothing of commands and signals. */
#ifndef HSCTL_RECORDING_H
#define HSCTL_RECORDING_H

#include "payloads/linux/hsctl/device.h"
#include "trace/dump/writer.h"

#define RECORDING_BUFFER_BYTES (256 * 1024)

/** What came of one hart so far. */
struct recording_hart {
	uint64_t read, lost; /* slots */
	uint64_t before;     /* of those lost, the ones from before the first that was read */
};

struct recording {
	struct device *device;
	struct dump_writer *writer;
	struct recording_hart hart[DEVICE_HARTS];
	_Alignas(16) uint8_t buffer[RECORDING_BUFFER_BYTES];
};

/** Creates the dump and writes what it begins with. After an error nothing is to be ended.
 * @param path  "-" for stdout */
enum error recording_begin(struct recording *recording, struct device *device, const char *path) MUST_CHECK;

/** Takes what the device gives without waiting, at most a buffer.
 * @param bytes  how much that was; 0: there is nothing now */
enum error recording_take(struct recording *recording, size_t *bytes) MUST_CHECK;

/** Takes all that is there now, and writes what the dump ends with. Closes the dump in any case. */
enum error recording_end(struct recording *recording) MUST_CHECK;

#endif
