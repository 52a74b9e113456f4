/* Records hv's rings into a dump while the guest runs, from its memory.
 * Called by hstrace live. Knows nothing of options, signals or waiting. */
#ifndef TRACE_LIVE_RECORDER_H
#define TRACE_LIVE_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/elf/hv_elf.h"
#include "trace/dump/writer.h"
#include "trace/error/error.h"
#include "trace/live/memory.h"
#include "trace/live/ring.h"

/** Where a hart's recording stands. */
struct recorder_place {
	struct ring_reader ring;
	size_t count;       /* slots that no chunk has yet */
	uint64_t first;     /* sequence number of the first of them */
	uint64_t exit_time; /* 48 bits, of the last EXIT record; valid if exit_seen */
	bool exit_seen;
};

struct recorder_hart {
	uint64_t id;
	uint64_t slots_address;
	struct recorder_place now;
	struct recorder_place sure;        /* when the guest was last seen to be in the boot that is recorded */
	struct dump_statistics statistics; /* at the same time as `sure` */
	struct trace_slot *slots;          /* DUMP_RING_SLOTS: now.count of them are used */
	uint64_t written;                  /* sequence number after the last slot that a chunk has */
	uint64_t retained;                 /* in the ring at the end, neither read nor lost */
};

struct recorder {
	const struct guest_memory *memory;
	uint64_t address; /* of the directory */
	struct hartscope_directory directory;
	struct dump_writer *writer;
	uint32_t harts;
	struct recorder_hart *hart;
	uint64_t state;    /* enum hartscope_state, as last seen */
	const char *ended; /* how the guest was seen to have left the boot that is recorded; null while it is in it */
};

/** Starts a recording: writes machine and schema.
 * @param address  of the directory, which must be one that memory_read_directory() takes, with rings
 * @param image    what is known of hv besides: its configuration, and its events if the build id is the directory's; may be null, as
 *                 may both be. Events that are not known are those of this build
 * @param consumer in discard mode, free the slots that were read, by writing `tail`: at most one reader may
 * @return an error if the directory or a ring cannot be right, or if the dump cannot be written */
enum error recorder_begin(struct recorder *recorder, const struct guest_memory *memory, uint64_t address,
			  struct dump_writer *writer, const struct hv_elf *image, bool consumer) MUST_CHECK;

/** Reads what each ring has. If the guest has started anew meanwhile, recorder->ended is set, and what was read since the last
 * time is dropped, as it may be of another boot: nothing more can be read then.
 * @return the fullest ring's share that was new, in 1/256: over 64 says that the next poll should come at once */
unsigned recorder_poll(struct recorder *recorder);

/** Writes chunks of what was read; without it they are written as they fill. @return the first failure of the writer */
enum error recorder_flush(struct recorder *recorder) MUST_CHECK;

/** Reads what is left, unless the guest has started anew, and writes statistics. @return the first failure of the writer */
enum error recorder_finish(struct recorder *recorder) MUST_CHECK;

/** Frees what recorder_begin() took; also after an error. The writer is the caller's. */
void recorder_release(struct recorder *recorder);

#endif
