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

/** Each call that returns false has said on stderr what is wrong, except that recording_end() reports what could not be
 * written. */

/** Creates the dump and writes what it begins with.
 * @param path  "-" for stdout */
bool recording_begin(struct recording *recording, struct device *device, const char *path);

/** Takes what the device gives without waiting, at most a buffer.
 * @param bytes  how much that was; 0: there is nothing now */
bool recording_take(struct recording *recording, size_t *bytes);

/** Takes all that is there now, and writes what the dump ends with. Closes the dump in any case. */
bool recording_end(struct recording *recording);

#endif
