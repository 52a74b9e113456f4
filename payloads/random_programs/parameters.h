/* What the guest runs. The host writes the parameters into the ELF file before it starts a machine (programs.py), so
 * every model that takes an ELF file runs the same programs.
 * Must not know what the host does with the output. */
#ifndef PAYLOADS_RANDOM_PROGRAMS_PARAMETERS_H
#define PAYLOADS_RANDOM_PROGRAMS_PARAMETERS_H

#include "payloads/random_programs/differences.h"
#include "payloads/random_programs/program.h"

#define PARAMETERS_PROGRAMS 64

struct parameters {
	uint64_t first; /* the first seed */
	uint64_t count; /* number of seeds */
	uint64_t shown; /* one bit for each enum difference: programs may show it */
	uint64_t log;   /* 0: print a hash of each log; 1: print the whole log */
	uint64_t htif;  /* 0: the console is a UART; 1: it is the host-target interface of Spike and Sail */
	uint64_t given; /* number of programs in `programs`; if it is not 0, these run instead of those of the seeds */
	struct program programs[PARAMETERS_PROGRAMS];
};

/* Written by the host only. */
extern const volatile struct parameters parameters;

static inline bool may_show(enum difference difference)
{
	return parameters.shown >> difference & 1;
}

#endif
