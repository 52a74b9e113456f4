/* The page tables of a program. They map physical memory and the devices to the same virtual addresses, and the arena also
 * to a window of eight pages.
 * Called by operand.c and execute.c. They are not the tables of payloads/runtime/page.h, because their address must not
 * change when the guest does.
 * Must not write satp. */
#ifndef PAYLOADS_RANDOM_PROGRAMS_PAGES_H
#define PAYLOADS_RANDOM_PROGRAMS_PAGES_H

#include <stdint.h>

#include "payloads/random_programs/program.h"

/** Returns the number of the page with the root table. */
uint64_t pages_root(void);
/** Writes the tables for @p program. The caller executes sfence.vma. */
void pages_set(const struct program *program);
/** Returns the entry of page @p index of the window. The hardware may have set the bits A and D in it. */
uint64_t pages_entry(unsigned index);

#endif
