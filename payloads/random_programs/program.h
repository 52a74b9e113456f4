/* A random program: its instructions, and the state of the hart in which it starts.
 * The generator makes it from a seed, the executor runs it, and the host can also pass one to the guest. The struct
 * consists of 64-bit words, because the host packs and unpacks it (programs.py).
 * Must not know how the program runs. */
#ifndef PAYLOADS_RANDOM_PROGRAMS_PROGRAM_H
#define PAYLOADS_RANDOM_PROGRAMS_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRAM_INSTRUCTIONS 50
#define PROGRAM_PAGES 8

/* A hart has locked PMP entries until it is reset. So all programs of one chunk run after one reset, and have the same
 * locked entries. Only the last program of a chunk can lock more entries. */
#define PROGRAMS_PER_CHUNK 250

/* The area that programs load from and store to: the lower half of a naturally aligned block, so that no NAPOT range
 * that starts in the area reaches beyond the block. */
#define ARENA_BYTES 16384
extern volatile uint64_t arena[2 * ARENA_BYTES / sizeof(uint64_t)];

enum state_csr {
#define STATE_CSR(number, name) STATE_##name,
#include "payloads/random_programs/state.def"
#undef STATE_CSR
	STATE_CSRS
};

struct program {
	uint64_t seed;          /* of the choices that the trap handler makes */
	uint64_t registers[32]; /* x1 to x29; the executor needs gp, tp, x30 and x31 for itself */
	uint64_t csr[STATE_CSRS];
	uint64_t page
		[PROGRAM_PAGES]; /* for each page of the window, the page of the arena << 8 | the flags of its PTE */
	uint64_t identity;       /* the flags of the PTEs that map physical memory and the devices */
	uint64_t mtimecmp;
	uint64_t
		wake; /* an interrupt that is always pending and enabled, so that wfi does not sleep; 0 if there is none */
	uint32_t code[PROGRAM_INSTRUCTIONS];
};

/** Returns whether some PMP entries are locked in all programs of @p chunk. */
static inline bool chunk_is_locked(uint64_t chunk)
{
	return chunk % 2 == 1;
}

/** Returns whether the program locks a PMP entry that was not locked when it started. */
static inline bool program_locks(uint64_t seed)
{
	return seed % PROGRAMS_PER_CHUNK == PROGRAMS_PER_CHUNK - 1;
}

#endif
