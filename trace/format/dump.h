/* The dump file .hst: a header, then chunks. All numbers are little-endian, all chunks begin at multiples of 16 bytes.
 * Included by host tools and by the guest's recorder. Depends on nothing but slots. */
#ifndef TRACE_FORMAT_DUMP_H
#define TRACE_FORMAT_DUMP_H

#include <stdint.h>

#include "abi/layout.h"
#include "trace/format/slot.h"

/** The file's first 16 bytes. The magic has what text-mode transfers damage. */
#define DUMP_MAGIC                                                                                                     \
	{                                                                                                              \
		0x89, 'H', 'S', 'T', '\r', '\n', 0x1a, '\n'                                                            \
	}
#define DUMP_VERSION 1

struct dump_header {
	uint8_t magic[8];
	uint32_t version; /* of the file's structure; chunks have their own */
	uint32_t flags;   /* 0 */
};
LAYOUT_OFFSET(struct dump_header, magic, 0);
LAYOUT_OFFSET(struct dump_header, version, 8);
LAYOUT_OFFSET(struct dump_header, flags, 12);
LAYOUT_SIZE(struct dump_header, 16);

/** Before each chunk's payload, which is padded with zeros to a multiple of 16 bytes. */
struct dump_chunk {
	uint32_t type;    /* DUMP_... below; a reader skips what it does not know, and says so */
	uint16_t version; /* of this chunk's payload: 1 for all types below */
	uint16_t flags;   /* 0 */
	uint32_t length;  /* bytes of the payload, without padding; at most DUMP_CHUNK_BYTES */
	uint32_t crc32c;  /* CRC-32C (as iSCSI's) of the 12 bytes before and the payload, without padding */
};
LAYOUT_OFFSET(struct dump_chunk, type, 0);
LAYOUT_OFFSET(struct dump_chunk, version, 4);
LAYOUT_OFFSET(struct dump_chunk, flags, 6);
LAYOUT_OFFSET(struct dump_chunk, length, 8);
LAYOUT_OFFSET(struct dump_chunk, crc32c, 12);
LAYOUT_SIZE(struct dump_chunk, 16);

#define DUMP_CHUNK_BYTES 65536
#define DUMP_TYPE(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/** First chunk: struct dump_machine, hart ids (uint64_t by hart index), then the config's JSON without an end. */
#define DUMP_MACHINE DUMP_TYPE('M', 'A', 'C', 'H')
/** Second: lines "event ID NAME EXT" and "field EVENT NAME WORD FIRST BITS TYPE", as in events.def, in lower case; then, of a
 * machine whose devices are known, lines "register ADDRESS BYTES NAME". A reader skips lines of other kinds. */
#define DUMP_SCHEMA DUMP_TYPE('S', 'C', 'H', 'M')
/** Any number, harts mixed, each hart's in order: struct dump_ring, then slots. */
#define DUMP_RING DUMP_TYPE('R', 'I', 'N', 'G')
/** One for each hart: struct dump_statistics. */
#define DUMP_STATISTICS DUMP_TYPE('S', 'T', 'A', 'T')
/** At most one, anywhere: lines "phase MTIME NAME", of phases that were seen from outside of the machine; MTIME in ticks, decimal. */
#define DUMP_PHASES DUMP_TYPE('P', 'H', 'A', 'S')
/** Last: struct dump_end. A file without it was cut. */
#define DUMP_END DUMP_TYPE('D', 'O', 'N', 'E')

struct dump_machine {
	uint64_t timebase_hz;  /* ticks of mtime per second; 0: not known */
	uint32_t harts;        /* hart ids that follow */
	uint32_t abi_version;  /* HARTSCOPE_ABI_VERSION */
	uint8_t build_id[24];  /* 20 bytes, then zeros */
	uint64_t slots;        /* of each ring */
	uint32_t config_bytes; /* of JSON; 0 if the recorder did not have it */
	uint32_t mode;         /* HARTSCOPE_MODE_... */
};
LAYOUT_OFFSET(struct dump_machine, timebase_hz, 0);
LAYOUT_OFFSET(struct dump_machine, harts, 8);
LAYOUT_OFFSET(struct dump_machine, abi_version, 12);
LAYOUT_OFFSET(struct dump_machine, build_id, 16);
LAYOUT_OFFSET(struct dump_machine, slots, 40);
LAYOUT_OFFSET(struct dump_machine, config_bytes, 48);
LAYOUT_OFFSET(struct dump_machine, mode, 52);
LAYOUT_SIZE(struct dump_machine, 56);

struct dump_ring {
	uint32_t hart;  /* index */
	uint32_t count; /* slots that follow; 0: the chunk only says what was lost */
	uint64_t first; /* sequence number of the first of them: slots that the hart had written before */
	uint64_t lost;  /* slots lost just before it: first - lost is where this hart's chunk before ended */
	uint64_t reserved;
};
LAYOUT_OFFSET(struct dump_ring, hart, 0);
LAYOUT_OFFSET(struct dump_ring, count, 4);
LAYOUT_OFFSET(struct dump_ring, first, 8);
LAYOUT_OFFSET(struct dump_ring, lost, 16);
LAYOUT_OFFSET(struct dump_ring, reserved, 24);
LAYOUT_SIZE(struct dump_ring, 32);

struct dump_statistics {
	uint32_t hart, reserved;
	uint64_t emitted;      /* slots that the hart has made */
	uint64_t read;         /* of those: in this dump */
	uint64_t lost;         /* gone before they were read, or never written; the rest is still in the ring */
	uint64_t in_flight;    /* mcycle at which the exit began that had not ended; 0 if none */
	uint64_t exits[2][64]; /* by world and cause, as struct hartscope_counters; all 0 without that module */
	uint64_t cycles_hv, cycles_firmware, cycles_payload;
	uint64_t cycles_asleep; /* not there in dumps of before it was counted */
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

#define DUMP_STATISTICS_LEAST (sizeof(struct dump_statistics) - sizeof(uint64_t)) /* bytes that each dump has of it */

struct dump_end {
	uint64_t slots;  /* of all ring chunks */
	uint64_t chunks; /* before this one */
};
LAYOUT_OFFSET(struct dump_end, slots, 0);
LAYOUT_OFFSET(struct dump_end, chunks, 8);
LAYOUT_SIZE(struct dump_end, 16);

#endif
