/* Records hv's rings from the guest's memory into a dump, while the guest runs.
 * Called by hstrace live. Knows nothing about options, signals or waiting. */
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

/** How far the recording of a hart has come. */
struct recorder_place {
	struct ring_reader ring;
	size_t count;       /* slots in the buffer that have not been written as a chunk yet */
	uint64_t first;     /* sequence number of the first of them */
	uint64_t exit_time; /* low 48 bits of mcycle at the last EXIT record; valid if exit_seen */
	bool exit_seen;
};

struct recorder_hart {
	uint64_t id;            /* hart id */
	uint64_t slots_address; /* physical address of the ring's slots */
	struct recorder_place now;
	struct recorder_place sure; /* copy of `now` from the last check that found the guest in the recorded boot */
	struct dump_statistics statistics; /* copied at that same check */
	struct trace_slot *slots;          /* buffer for DUMP_RING_SLOTS slots; the first now.count are in use */
	uint64_t written;                  /* sequence number after the last slot written as a chunk */
	uint64_t retained;                 /* slots left in the ring at the end, neither read nor lost */
};

struct recorder {
	const struct guest_memory *memory;
	uint64_t address; /* physical address of the directory */
	struct hartscope_directory directory;
	struct dump_writer *writer;
	uint32_t harts;
	struct recorder_hart *hart;
	uint64_t state;    /* enum hartscope_state, as last read */
	const char *ended; /* how the recorder saw that the guest has left the recorded boot; null until then */
};

/** Starts a recording: writes the machine and the schema.
 * @param address  physical address of hv's directory
 * @param image    provides hv's configuration, and its events if the build id is the directory's. It and its
 *                 members may be null. If events are missing, those that this tool knows are written
 * @param consumer in discard mode, free the slots that were read, by writing `tail`; only one reader may do so
 * @return an error if the directory or a ring is wrong, or if the dump cannot be written */
enum error recorder_begin(struct recorder *recorder, const struct guest_memory *memory, uint64_t address,
			  struct dump_writer *writer, const struct hv_elf *image, bool consumer) MUST_CHECK;

/** Reads the new slots of each ring. If the guest has restarted meanwhile, sets recorder->ended, and drops what was
 * read since the last call, as it may belong to the new boot. After that, nothing more is read.
 * @return how much of the fullest ring was new, in units of 1/256. If it is over 64, the next call should follow at
 *         once */
unsigned recorder_poll(struct recorder *recorder);

/** Writes what was read as chunks, even if they are not full. @return the first error of the writer */
enum error recorder_flush(struct recorder *recorder) MUST_CHECK;

/** Reads what is left, unless the guest has restarted, and writes statistics. @return the first error of the writer */
enum error recorder_finish(struct recorder *recorder) MUST_CHECK;

/** Frees what recorder_begin() allocated; to be called also if that failed. Does not close the writer. */
void recorder_release(struct recorder *recorder);

#endif
