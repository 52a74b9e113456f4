/* Makes a program from a seed.
 * Called by main.c for each seed.
 * Must not read or change the state of the hart: a seed gives the same program on every machine. */
#ifndef PAYLOADS_RANDOM_PROGRAMS_GENERATE_H
#define PAYLOADS_RANDOM_PROGRAMS_GENERATE_H

#include "payloads/random_programs/program.h"

/** Makes the program of @p seed. */
void generate(struct program *program, uint64_t seed);

#endif
