/* Finds names for the numbers in a trace: for causes and details of exits, CSRs, SBI functions, modules and counters.
 * Every output format, the statistics, and the options that take names use it. Knows nothing of these users. */
#ifndef TRACE_CONVERT_NAMES_H
#define TRACE_CONVERT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/dump/nearest.h"
#include "trace/dump/registers.h"
#include "trace/format/event_fields.h"

/* This is more than the number of functions in sbi.def. The last number stands for all functions that are not
 * listed. */
#define NAMES_SBI_FUNCTIONS 0x80
#define NAMES_SBI_OTHER (NAMES_SBI_FUNCTIONS - 1)
#define NAMES_CALLERS 3 /* the modes in which an ecall exits to hv: U, S and VS */

/** The kinds of exits. There is one kind for each name that an exit can have. A name has two parts, cause and detail.
 * The cause is the privileged manual's name of the exception or interrupt (abi/causes.def). The detail shows what the
 * guest did, for example which CSR its instruction accessed. An exit without a detail has a kind below NAMES_KIND_CSR:
 * this kind is the number of the cause. The other kinds stand for a cause with a detail. They are in this order: CSRs
 * by their number, other instructions, device registers that a guest loads from or stores to, and SBI functions (with
 * separate kinds for each calling mode). */
enum names_kind {
	NAMES_KIND_CSR = 0x100,
	NAMES_KIND_MRET = NAMES_KIND_CSR + 0x1000,
	NAMES_KIND_SRET,
	NAMES_KIND_WFI,
	NAMES_KIND_FENCE,
	NAMES_KIND_LOAD,
	NAMES_KIND_STORE = NAMES_KIND_LOAD + REGISTER_KINDS,
	NAMES_KIND_SBI = NAMES_KIND_STORE + REGISTER_KINDS,
	NAMES_KINDS = NAMES_KIND_SBI + NAMES_CALLERS * NAMES_SBI_FUNCTIONS
};

/** The causes of exits, as in the trace: NAMES_CAUSE_load_access_fault is 5. */
enum names_cause {
#define CAUSE(number, name) NAMES_CAUSE_##name = number,
#include "abi/causes.def"
};

#define NAMES_BYTES 80

/* The number of values of a field of type MODULE. Tools have arrays of this size. */
#define NAMES_MODULES 256
_Static_assert(TRACE_EXIT_module_BITS == 8 && TRACE_PMP_module_BITS == 8 && TRACE_MODULE_module_BITS == 8,
	       "a field of type MODULE has 8 bits");

/* hv counts exits by an index (HARTSCOPE_CAUSES): the code of an exception, or 32 + the code of an interrupt. Codes are
 * below 32. In a damaged dump they may be larger; then only their low 5 bits count. */
#define NAMES_CODES HARTSCOPE_CAUSE_INTERRUPT

/** Returns the index under which hv counts exits with the cause @p cause. */
static inline unsigned names_cause_index(unsigned cause)
{
	return (cause & TRACE_CAUSE_INTERRUPT ? NAMES_CODES : 0) + cause % NAMES_CODES;
}

/** Returns the cause of the exits that hv counts under the index @p index. */
static inline unsigned names_index_cause(unsigned index)
{
	return (index < NAMES_CODES ? 0 : TRACE_CAUSE_INTERRUPT) + index % NAMES_CODES;
}

/** Returns whether an exit with this cause is an SBI call. */
static inline bool names_is_call(unsigned cause)
{
	return cause >= NAMES_CAUSE_environment_call_from_u_mode && cause <= NAMES_CAUSE_environment_call_from_vs_mode;
}

/** Returns whether an exit with this cause is a load or a store without permission. Such an exit may be an access to a
 * device that hv answers. */
static inline bool names_is_access(unsigned cause)
{
	return cause == NAMES_CAUSE_load_access_fault || cause == NAMES_CAUSE_store_amo_access_fault;
}

/** Returns the kind of an exit that an illegal instruction caused.
 * @param instruction the 32 bits of the instruction; 0 if the trace does not contain them */
static inline unsigned names_instruction_kind(uint64_t instruction)
{
	if ((instruction & 0x7f) != 0x73)
		return NAMES_CAUSE_illegal_instruction;
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
	return instruction >> 25 == 0x09 ? NAMES_KIND_FENCE : NAMES_CAUSE_illegal_instruction;
}

/** Returns the kind of an exit that an access fault caused.
 * @param address the address that the guest loaded from or stored to */
static inline unsigned names_access_kind(unsigned cause, uint64_t address, const struct register_names *registers)
{
	enum register_kind kind = registers_find_kind(registers, address);

	if (kind == REGISTER_KINDS)
		return cause;
	return (cause == NAMES_CAUSE_load_access_fault ? NAMES_KIND_LOAD : NAMES_KIND_STORE) + kind;
}

/** Finds an SBI function by its EID and FID.
 * @return the function's index in sbi.def; NAMES_SBI_OTHER if sbi.def does not list it */
unsigned names_sbi_function(uint64_t eid, uint64_t fid);

/** Returns the kind of an exit that an SBI call caused.
 * @param cause a cause for which names_is_call() is true
 * @param function the result of names_sbi_function() */
static inline unsigned names_sbi_kind(unsigned cause, unsigned function)
{
	return NAMES_KIND_SBI + (cause - NAMES_CAUSE_environment_call_from_u_mode) * NAMES_SBI_FUNCTIONS + function;
}

/** Returns the kind of an exit. If the exit is an SBI call, the record contains the function only if hv or a
 * module answered the call (TRACE_CALL). For all other calls the result is a kind without a detail; use names_sbi_kind() to
 * get the kind that includes the SBI function.
 * @param cause 8 bits, as in the trace
 * @param value the record's field `value`; 0 if the trace does not contain it
 * @param registers the device registers of the dump */
static inline unsigned names_exit_kind(unsigned cause, uint64_t value, const struct register_names *registers)
{
	if (cause == NAMES_CAUSE_illegal_instruction)
		return names_instruction_kind(value);
	if (names_is_access(cause))
		return names_access_kind(cause, value, registers);
	if (names_is_call(cause) && TRACE_VALUE_IS_CALL(value))
		return names_sbi_kind(cause, names_sbi_function(TRACE_CALL_EID(value), TRACE_CALL_FID(value)));
	return cause;
}

/** Returns the cause that all exits of @p kind have. */
unsigned names_kind_cause(unsigned kind);

/** Writes the detail of a kind, such as `csr mscratch`, `mret`, `CLINT msip` or `sbi set_timer`. If the kind has no
 * detail, writes an empty text.
 * @param text has room for NAMES_BYTES
 * @return text */
char *names_kind_detail(char *text, unsigned kind);

/** Writes the name of a kind. The name is the cause, followed by the detail if the kind has one. Examples:
 * `illegal_instruction: csr mscratch`, `breakpoint`.
 * @param text has room for NAMES_BYTES
 * @return text */
char *names_kind(char *text, unsigned kind);

/** Returns whether a user can mean this kind by @p word. That is so if the word is the kind's cause, its detail, the
 * last word of its detail, or the result of names_kind(). */
bool names_kind_is(unsigned kind, const char *word);

/** Translates a name that exits had in an earlier version, such as `load_misaligned` or `ecall set_timer`, into the
 * present name.
 * @param text has room for NAMES_BYTES; may be used for the result
 * @return the present name (@p word itself if it is a present name); NULL if no version ever used this name */
const char *names_exit_present(const char *word, char *text);

/** Adds all present names of exits to a search for the most similar name. CSRs without a name are left out. */
void names_offer_exits(struct nearest *search);

/** Returns whether @p word is the name of an SBI function. An EXIT record does not contain the SBI function. Only the
 * ECALL record, which hv writes when the call returns, contains it. */
bool names_exit_is_call(const char *word);

/** Writes the privileged manual's name of a cause. If causes.def does not list the cause, writes "exception_N" or
 * "interrupt_N".
 * @param text has room for NAMES_BYTES
 * @return text */
char *names_cause(char *text, unsigned cause);

/** Writes the name of an SBI function, such as `sbi set_timer`. If sbi.def does not list the function, the name
 * contains numbers, such as `sbi HSM 9`.
 * @param text has room for NAMES_BYTES
 * @return text */
char *names_sbi(char *text, uint64_t eid, uint64_t fid);

/** Writes the name of a counter (trace/format/counters.def).
 * @param text has room for NAMES_BYTES
 * @return text */
char *names_counter(char *text, uint32_t id);

/** Writes the name of a module. Writes "none" for TRACE_NO_MODULE, and "module N" for a module that the configuration
 * does not name.
 * @param text has room for NAMES_BYTES
 * @param config the configuration as JSON
 * @param field the value of a field of type MODULE
 * @return text */
char *names_module(char *text, const char *config, unsigned field);

/** Writes the name of a module's event. Writes "event N" if the configuration does not name the event.
 * @param text has room for NAMES_BYTES
 * @param config the configuration as JSON
 * @param field the value of a field of type MODULE
 * @param event the event's place in the module's list
 * @return text */
char *names_module_event(char *text, const char *config, unsigned field, unsigned event);

/** These three functions return the name of an exit's outcome, of a world, and of an interrupt's source. For an
 * undefined number they return "?". */
const char *names_outcome(unsigned outcome);
const char *names_world(unsigned world);
const char *names_source(unsigned source);

#endif
