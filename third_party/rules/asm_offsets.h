/* Markers that the rule asm_offsets converts to #defines for assembly files.
 * The source file for asm_offsets uses these markers inside a function. The source file is only compiled to assembly,
 * and is never linked.
 * Must not know any structure. */
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
