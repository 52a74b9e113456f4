/* What numbers in a trace are called: exits by cause and instruction, CSRs, SBI functions, modules, counters.
 * Used by every output format and by the statistics. Knows nothing of them. */
#ifndef TRACE_CONVERT_NAMES_H
#define TRACE_CONVERT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/dump/nearest.h"
#include "trace/format/slot.h"

/** Kinds of exits: one for each name that an exit can have. Below NAMES_KIND_CSR: causes; then CSRs by number; then
 * instructions; then SBI functions. */
enum names_kind {
	NAMES_KIND_CSR = 0x100,
	NAMES_KIND_MRET = NAMES_KIND_CSR + 0x1000,
	NAMES_KIND_SRET,
	NAMES_KIND_WFI,
	NAMES_KIND_FENCE,
	NAMES_KIND_SBI,
	NAMES_KIND_SBI_OTHER = NAMES_KIND_SBI + 0x80,
	NAMES_KINDS
};

#define NAMES_BYTES 80

/** Kind of an exit with @p cause (8 bits as in the trace). @p instruction: its word if @p cause is 2 and the trace has it,
 * else 0. @return below NAMES_KIND_SBI */
static inline unsigned names_exit_kind(unsigned cause, uint64_t instruction)
{
	if (cause != 2 || (instruction & 0x7f) != 0x73)
		return cause;
	if (instruction & 0x3000)
		return NAMES_KIND_CSR + (unsigned)(instruction >> 20 & 0xfff);
	switch (instruction) {
	case 0x30200073:
		return NAMES_KIND_MRET;
	case 0x10200073:
		return NAMES_KIND_SRET;
	case 0x10500073:
		return NAMES_KIND_WFI;
	}
	return instruction >> 25 == 0x09 ? NAMES_KIND_FENCE : cause;
}

/** Kind of an exit by an ecall that the trace has the SBI numbers of. @return NAMES_KIND_SBI and above */
unsigned names_sbi_kind(uint64_t eid, uint64_t fid);

/** Name of an exit's kind: `ecall set_timer`, `csr mscratch`, `load misaligned`. @p text: NAMES_BYTES. @return text */
char *names_kind(char *text, unsigned kind);

/** Short name of an exit's kind, without spaces, as options take it: `set_timer`, `mscratch`, `load_misaligned`. */
char *names_kind_short(char *text, unsigned kind);

/** Whether @p kind is what @p word names: its name, its short name, or the manual's name of the cause that it has. */
bool names_kind_is(unsigned kind, unsigned cause, const char *word);

/** Whether there is an exit that names_kind_is() says @p word names. */
bool names_exit_exists(const char *word);

/** Offers @p search each name of an exit that names_exit_exists() accepts, in its short form; CSRs only if they have a name. */
void names_offer_exits(struct nearest *search);

/** Whether @p word names an SBI function: which exits those are, the records of the calls' returns tell. */
bool names_exit_is_call(const char *word);

/** The manual's name of a cause; "cause N" if it has none. @p text: NAMES_BYTES. @return text */
char *names_cause(char *text, unsigned cause);

/** Name of an SBI function: `set_timer`, or its numbers. @p text: NAMES_BYTES. @return text */
char *names_sbi(char *text, uint64_t eid, uint64_t fid);

/** Name of a counter (trace/format/counters.def). @p text: NAMES_BYTES. @return text */
char *names_counter(char *text, uint32_t id);

/** Name of the module that a field of type MODULE means, by the configuration's JSON; "none" for TRACE_NO_MODULE, and
 * "module N" if the JSON does not say. @p text: NAMES_BYTES. @return text */
char *names_module(char *text, const char *config, unsigned field);

/** Name of an event of a module, by the same JSON; "event N" if that does not say. @p text: NAMES_BYTES. @return text */
char *names_module_event(char *text, const char *config, unsigned field, unsigned event);

/** Name of an outcome of an exit, of a world, of an interrupt's source; "?" for a number that is none. */
const char *names_outcome(unsigned outcome);
const char *names_world(unsigned world);
const char *names_source(unsigned source);

#endif
