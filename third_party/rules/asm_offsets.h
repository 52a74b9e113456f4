/* Markers that the rule asm_offsets turns into #defines for assembly files.
 * Used inside a function of a file that is only ever compiled to assembly.
 * Must not know what is measured. */
#ifndef THIRD_PARTY_RULES_ASM_OFFSETS_H
#define THIRD_PARTY_RULES_ASM_OFFSETS_H

#include <stddef.h>

/** Defines @p name as the integer constant @p value. */
#define CONSTANT(name, value) __asm__ volatile("\n->" #name " %0" : : "i"((long)(value)))

/** Defines @p name as the offset in bytes of @p member in @p type (`struct noun`, or a typedef). */
#define OFFSET(name, type, member) CONSTANT(name, offsetof(type, member))

/** Defines @p name as the size in bytes of @p type. */
#define SIZE(name, type) CONSTANT(name, sizeof(type))

#endif
