/* The layout of a dump. A dump is a file with the extension .hst. It consists of a header and then chunks. All numbers
 * are little-endian. All chunks begin at multiples of 16 bytes.
 * Included by host tools and by the recorder that runs in the guest. Depends only on slot.h. docs/trace-format.md
 * describes the file for people who write a reader. */
#ifndef TRACE_FORMAT_DUMP_H
#define TRACE_FORMAT_DUMP_H

#include <stdint.h>

#include "abi/layout.h"
#include "trace/format/slot.h"

/** The first eight bytes of the file. If a file is transferred in text mode, some of these bytes change. So a reader
 * notices that the dump was damaged in this way. */
#define DUMP_MAGIC                                                                                                     \
	{                                                                                                              \
		0x89, 'H', 'S', 'T', '\r', '\n', 0x1a, '\n'                                                            \
	}
#define DUMP_VERSION 1

struct dump_header {
	uint8_t magic[8];
	uint32_t version; /* DUMP_VERSION: version of the file's structure; each chunk has a version of its own */
	uint32_t flags;   /* 0 */
};
LAYOUT_OFFSET(struct dump_header, magic, 0);
LAYOUT_OFFSET(struct dump_header, version, 8);
LAYOUT_OFFSET(struct dump_header, flags, 12);
LAYOUT_SIZE(struct dump_header, 16);

/** Header of a chunk. The payload follows the header, and then zeros that pad the payload to a multiple of 16 bytes. */
struct dump_chunk {
	uint32_t type;    /* DUMP_... below; a reader skips unknown types, and reports them */
	uint16_t version; /* version of the payload: 1 for all types below */
	uint16_t flags;   /* 0 */
	uint32_t length;  /* bytes of the payload, without padding; at most DUMP_CHUNK_BYTES */
	uint32_t crc32c;  /* CRC-32C (as in iSCSI) of the 12 bytes before this field and of the unpadded payload */
};
LAYOUT_OFFSET(struct dump_chunk, type, 0);
LAYOUT_OFFSET(struct dump_chunk, version, 4);
LAYOUT_OFFSET(struct dump_chunk, flags, 6);
LAYOUT_OFFSET(struct dump_chunk, length, 8);
LAYOUT_OFFSET(struct dump_chunk, crc32c, 12);
LAYOUT_SIZE(struct dump_chunk, 16);

#define DUMP_CHUNK_BYTES 65536
#define DUMP_TYPE(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/** The first chunk. It contains a struct dump_machine, then the hart ids (a uint64_t for each hart index), and then
 * hv's configuration as JSON, without a zero at its end. */
#define DUMP_MACHINE DUMP_TYPE('M', 'A', 'C', 'H')
/** A machine has at most this many harts. A dump with more is damaged. */
#define DUMP_HARTS 4096
/** The second chunk. It contains lines "event ID NAME EXT" and "field EVENT NAME WORD FIRST BITS TYPE". Their values
 * are those in events.def, in lower case. If the machine's devices are known, lines "register ADDRESS BYTES NAME"
 * follow. A reader skips lines of other kinds. */
#define DUMP_SCHEMA DUMP_TYPE('S', 'C', 'H', 'M')
/** Any number of chunks. Each contains a struct dump_ring, and then slots of one hart. The chunks of different harts
 * come in any order. The chunks of one hart come in the order of their slots. */
#define DUMP_RING DUMP_TYPE('R', 'I', 'N', 'G')
/** One chunk for each hart. It contains a struct dump_statistics. */
#define DUMP_STATISTICS DUMP_TYPE('S', 'T', 'A', 'T')
/** At most one chunk, anywhere after the second chunk. It contains a line "phase MTIME NAME" for each phase that a
 * program outside of the machine noticed, and a line "trigger MTIME HART SEQUENCE CYCLES TEXT" for each trigger of the
 * recorder that fired. The numbers are decimal, and MTIME is in ticks. A reader skips lines of other kinds. */
#define DUMP_PHASES DUMP_TYPE('P', 'H', 'A', 'S')
/** The last chunk. It contains a struct dump_end. A file without this chunk was cut. */
#define DUMP_END DUMP_TYPE('D', 'O', 'N', 'E')

/** The machine that the dump was recorded on. */
struct dump_machine {
	uint64_t timebase_hz;  /* ticks of mtime per second; 0 if not known */
	uint32_t harts;        /* number of harts; as many hart ids follow this struct */
	uint32_t abi_version;  /* HARTSCOPE_ABI_VERSION of hv */
	uint8_t build_id[24];  /* hv's build id: 20 bytes, then zeros */
	uint64_t slots;        /* number of slots in each ring */
	uint32_t config_bytes; /* bytes of JSON; 0 if the recorder did not have the configuration */
	uint32_t mode;         /* HARTSCOPE_MODE_...: whether a full ring overwrites old slots or discards new ones */
};
LAYOUT_OFFSET(struct dump_machine, timebase_hz, 0);
LAYOUT_OFFSET(struct dump_machine, harts, 8);
LAYOUT_OFFSET(struct dump_machine, abi_version, 12);
LAYOUT_OFFSET(struct dump_machine, build_id, 16);
LAYOUT_OFFSET(struct dump_machine, slots, 40);
LAYOUT_OFFSET(struct dump_machine, config_bytes, 48);
LAYOUT_OFFSET(struct dump_machine, mode, 52);
LAYOUT_SIZE(struct dump_machine, 56);

/** Slots of one hart that follow each other. */
struct dump_ring {
	uint32_t hart;  /* hart index */
	uint32_t count; /* number of slots that follow; 0 if the chunk only reports a loss */
	uint64_t first; /* sequence number of the first slot, which is how many slots the hart produced before it */
	uint64_t lost;  /* slots lost just before that slot; the hart's previous RING chunk ended at first - lost */
	uint64_t reserved;
};
LAYOUT_OFFSET(struct dump_ring, hart, 0);
LAYOUT_OFFSET(struct dump_ring, count, 4);
LAYOUT_OFFSET(struct dump_ring, first, 8);
LAYOUT_OFFSET(struct dump_ring, lost, 16);
LAYOUT_OFFSET(struct dump_ring, reserved, 24);
LAYOUT_SIZE(struct dump_ring, 32);

/** The values of hv's counters for one hart when the recording ended. `emitted` is the sum of `read`, `lost` and the
 * number of slots that are still in the ring. */
struct dump_statistics {
	uint32_t hart, reserved;
	uint64_t emitted;      /* slots that the hart produced, including those that it could not write */
	uint64_t read;         /* how many of the emitted slots are in this dump */
	uint64_t lost;         /* how many emitted slots were overwritten before they were read, or never written */
	uint64_t in_flight;    /* if the hart was in an exit at the end: mcycle when the exit began; otherwise 0 */
	uint64_t exits[2][64]; /* by world and cause, as in struct hartscope_counters; all 0 if hv lacks that module */
	uint64_t cycles_hv, cycles_firmware, cycles_payload; /* how the hart's time was spent */
	uint64_t cycles_asleep;                              /* older dumps end before this field */
};
LAYOUT_OFFSET(struct dump_statistics, hart, 0);
LAYOUT_OFFSET(struct dump_statistics, reserved, 4);
LAYOUT_OFFSET(struct dump_statistics, emitted, 8);
LAYOUT_OFFSET(struct dump_statistics, read, 16);
LAYOUT_OFFSET(struct dump_statistics, lost, 24);
LAYOUT_OFFSET(struct dump_statistics, in_flight, 32);
LAYOUT_OFFSET(struct dump_statistics, exits, 40);
LAYOUT_OFFSET(struct dump_statistics, cycles_hv, 1064);
LAYOUT_OFFSET(struct dump_statistics, cycles_firmware, 1072);
LAYOUT_OFFSET(struct dump_statistics, cycles_payload, 1080);
LAYOUT_OFFSET(struct dump_statistics, cycles_asleep, 1088);
LAYOUT_SIZE(struct dump_statistics, 1096);

/** Size of a struct dump_statistics in older dumps. */
#define DUMP_STATISTICS_LEAST (sizeof(struct dump_statistics) - sizeof(uint64_t))

/** Totals. By comparing them with the chunks, a reader can check that nothing is missing. */
struct dump_end {
	uint64_t slots;  /* number of slots in all RING chunks */
	uint64_t chunks; /* number of chunks before this one */
};
LAYOUT_OFFSET(struct dump_end, slots, 0);
LAYOUT_OFFSET(struct dump_end, chunks, 8);
LAYOUT_SIZE(struct dump_end, 16);

#endif
