/* Records hv's rings from the guest's memory into a dump, while the guest runs.
 * Called by hstrace live, which handles options and signals, and waits between two calls. */
#ifndef TRACE_LIVE_RECORDER_H
#define TRACE_LIVE_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/elf/hv_elf.h"
#include "trace/dump/registers.h"
#include "trace/dump/schema.h"
#include "trace/dump/writer.h"
#include "trace/error/error.h"
#include "trace/live/memory.h"
#include "trace/live/ring.h"

/** How far the ring of a hart has been read and recorded. */
struct recorder_place {
	struct ring_reader ring;
	size_t count;       /* slots in the buffer that have not been written as a chunk yet */
	uint64_t first;     /* sequence number of the first of these slots */
	uint64_t exit_time; /* low 48 bits of mcycle at the last EXIT record; valid if exit_seen */
	bool exit_seen;
};

struct recorder_hart {
	uint64_t id;            /* hart id */
	uint64_t slots_address; /* physical address of the ring's slots */
	struct recorder_place now;
	struct recorder_place sure; /* copy of `now` from the last check that found the guest in the recorded boot */
	struct dump_statistics statistics; /* statistics at the time of that same check */
	struct trace_slot *slots;          /* buffer for DUMP_RING_SLOTS slots; the first now.count are in use */
	uint64_t written;                  /* sequence number after that of the last slot written as a chunk */
	uint64_t retained; /* number of slots left in the ring at the end, which are neither read nor lost */
};

/** Receives what the recorder would otherwise write to the dump: a sink may keep some slots and leave out others. */
struct recorder_sink {
	/** Takes slots of a hart. The parameters are those of dump_write_ring(). After an error, the recording ends. */
	enum error (*take)(void *self, uint32_t hart, uint64_t first, uint64_t lost, const struct trace_slot *slots,
			   size_t count);
	/** Called once for each hart at the end, after its last slots. Changes the statistics so that they fit the slots
	 * that the sink has written. */
	enum error (*finish)(void *self, struct dump_statistics *statistics);
	void *self;
};

struct recorder {
	const struct guest_memory *memory;
	uint64_t address; /* physical address of the directory */
	struct hartscope_directory directory;
	struct dump_writer *writer;
	const struct recorder_sink *sink; /* set it after recorder_begin(); null to write everything to the dump */
	struct dump_schema *schema;       /* the schema that was written to the dump */
	struct register_names registers;  /* the registers that were written to the dump */
	uint32_t harts;
	struct recorder_hart *hart;
	struct error_kept failure; /* the first error of the sink */
	bool knows_exits;          /* hv and this program give EXIT the same id */
	uint64_t state;            /* enum hartscope_state, when it was last read */
	const char *ended; /* why the recorder concluded that the guest has left the recorded boot; null until then */
};

/** Starts a recording: writes the machine and the schema.
 * @param address  physical address of hv's directory
 * @param image    provides hv's configuration. If its build id equals the one in the directory, it also provides hv's
 *                 list of events. @p image and its members may be null. Without a list from @p image, the events that
 *                 this tool knows are written
 * @param consumer in discard mode, whether to free the slots that were read, by writing `tail`; only one reader may do
 *                 so
 * @return an error if the directory or a ring is wrong, or if the dump cannot be written */
enum error recorder_begin(struct recorder *recorder, const struct guest_memory *memory, uint64_t address,
			  struct dump_writer *writer, const struct hv_elf *image, bool consumer) MUST_CHECK;

/** Reads the new slots of each ring. If the guest has restarted meanwhile, sets recorder->ended, and drops the slots
 * that were read since the last call, because they may belong to the new boot. Later calls read nothing.
 * @return which part of the fullest ring was new, in units of 1/256. If it is greater than 64, call this function again
 *         at once, before the ring is full */
unsigned recorder_poll(struct recorder *recorder);

/** Writes the slots that were read as chunks, even if the chunks are not full, but does not flush the writer. With a
 * sink, the sink gets them. @return the first error of the writer or of the sink */
enum error recorder_hand_over(struct recorder *recorder) MUST_CHECK;

/** Does the same as recorder_hand_over(), and flushes the writer. */
enum error recorder_flush(struct recorder *recorder) MUST_CHECK;

/** Reads the remaining slots, unless the guest has restarted, and writes the statistics. @return the first error of the
 * writer */
enum error recorder_finish(struct recorder *recorder) MUST_CHECK;

/** Frees the memory that recorder_begin() allocated. Call this function even if recorder_begin() failed. Does not close
 * the writer. */
void recorder_release(struct recorder *recorder);

#endif
