/* The list of differences that programs avoid, as bits of a word.
 * The generator asks may_show() before it makes something that would show a difference.
 * Must not know how programs are compared. */
#ifndef PAYLOADS_RANDOM_PROGRAMS_DIFFERENCES_H
#define PAYLOADS_RANDOM_PROGRAMS_DIFFERENCES_H

enum difference {
#define DIFFERENCE(name, where, chapter, what) SHOWS_##name,
#include "payloads/random_programs/differences.def"
#undef DIFFERENCE
};

#endif
