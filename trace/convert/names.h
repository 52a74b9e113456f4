/* Names for the numbers in a trace: causes and details of exits, CSRs, SBI functions, modules, counters.
 * Used by every output format, by the statistics, and by options that take names. Knows nothing about these users. */
#ifndef TRACE_CONVERT_NAMES_H
#define TRACE_CONVERT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/dump/nearest.h"
#include "trace/dump/registers.h"
#include "trace/format/slot.h"

#define NAMES_SBI_FUNCTIONS 0x80 /* more than sbi.def has; the last one stands for all functions that are not listed */
#define NAMES_SBI_OTHER (NAMES_SBI_FUNCTIONS - 1)
#define NAMES_CALLERS 3 /* the modes in which an ecall exits to hv: U, S and VS */

/** The kinds of exits, one for each name that an exit can have. A name has two parts. The cause is the privileged
 * manual's name of the exception or interrupt (abi/causes.def). The detail is what the exit was for, for example which
 * CSR the instruction accessed. The kinds below NAMES_KIND_CSR are the causes, for exits without a detail. The kinds
 * after them stand for a cause with a detail: CSRs by number, other instructions, device registers that a guest loads
 * from or stores to, and SBI functions, separately for each calling mode. */
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

enum names_cause {
	NAMES_ILLEGAL_INSTRUCTION = 2,
	NAMES_LOAD_ACCESS_FAULT = 5,
	NAMES_STORE_ACCESS_FAULT = 7,
	NAMES_ECALL_FROM_U_MODE = 8,
	NAMES_ECALL_FROM_VS_MODE = 10,
};

#define NAMES_BYTES 80

/** Whether an exit with this cause is an SBI call. */
static inline bool names_is_call(unsigned cause)
{
	return cause >= NAMES_ECALL_FROM_U_MODE && cause <= NAMES_ECALL_FROM_VS_MODE;
}

/** The kind of an exit by this illegal instruction. @param instruction its 32 bits; 0 if the trace lacks them */
static inline unsigned names_instruction_kind(uint64_t instruction)
{
	if ((instruction & 0x7f) != 0x73)
		return NAMES_ILLEGAL_INSTRUCTION;
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
	return instruction >> 25 == 0x09 ? NAMES_KIND_FENCE : NAMES_ILLEGAL_INSTRUCTION;
}

/** The kind of an exit by an access fault. @param address what the guest loaded from or stored to */
static inline unsigned names_access_kind(unsigned cause, uint64_t address, const struct register_names *registers)
{
	enum register_kind kind = registers_find_kind(registers, address);

	if (kind == REGISTER_KINDS)
		return cause;
	return (cause == NAMES_LOAD_ACCESS_FAULT ? NAMES_KIND_LOAD : NAMES_KIND_STORE) + kind;
}

/** The kind of an exit. For SBI calls it is only the cause: names_sbi_kind() has the kind with the function.
 * @param cause 8 bits, as in the trace
 * @param value the illegal instruction, or mtval; 0 if the trace lacks it
 * @param registers the device registers of the dump
 * @return a kind below NAMES_KIND_SBI */
static inline unsigned names_exit_kind(unsigned cause, uint64_t value, const struct register_names *registers)
{
	if (cause == NAMES_ILLEGAL_INSTRUCTION)
		return names_instruction_kind(value);
	if (cause == NAMES_LOAD_ACCESS_FAULT || cause == NAMES_STORE_ACCESS_FAULT)
		return names_access_kind(cause, value, registers);
	return cause;
}

/** The number of an SBI function, from its EID and FID. @return its place in sbi.def; NAMES_SBI_OTHER if it is not listed */
unsigned names_sbi_function(uint64_t eid, uint64_t fid);

/** The kind of an exit by an SBI call.
 * @param cause for which names_is_call() is true
 * @param function the result of names_sbi_function() */
static inline unsigned names_sbi_kind(unsigned cause, unsigned function)
{
	return NAMES_KIND_SBI + (cause - NAMES_ECALL_FROM_U_MODE) * NAMES_SBI_FUNCTIONS + function;
}

/** The cause of the exits of a kind. */
unsigned names_kind_cause(unsigned kind);

/** Writes the detail of a kind: `csr mscratch`, `mret`, `CLINT msip`, `sbi set_timer`; "" if the kind has no detail.
 * @param text has room for NAMES_BYTES
 * @return text */
char *names_kind_detail(char *text, unsigned kind);

/** Writes the name of a kind, which is its cause and its detail: `illegal_instruction: csr mscratch`, `breakpoint`.
 * @param text has room for NAMES_BYTES
 * @return text */
char *names_kind(char *text, unsigned kind);

/** Whether @p word is a name of the kind: its cause, its detail, the last word of the detail, or the result of
 * names_kind(). */
bool names_kind_is(unsigned kind, const char *word);

/** Translates a name that exits had in an earlier version, such as `load_misaligned` or `ecall set_timer`, into the
 * present name.
 * @param text has room for NAMES_BYTES; may be used for the result
 * @return @p word if it is a present name; NULL if no exit has or had this name */
const char *names_exit_present(const char *word, char *text);

/** Offers all present names of exits to a search for the most similar one. CSRs without a name are left out. */
void names_offer_exits(struct nearest *search);

/** Whether @p word is the name of an SBI function. Only the ECALL records, which hv writes when calls return, show
 * which exits called it. */
bool names_exit_is_call(const char *word);

/** Writes the manual's name of a cause, or "exception_N" or "interrupt_N" if causes.def does not have it.
 * @param text has room for NAMES_BYTES
 * @return text */
char *names_cause(char *text, unsigned cause);

/** Writes the name of an SBI function: `sbi set_timer`, or with numbers (`sbi HSM 9`) if sbi.def does not have it.
 * @param text has room for NAMES_BYTES
 * @return text */
char *names_sbi(char *text, uint64_t eid, uint64_t fid);

/** Writes the name of a counter (trace/format/counters.def).
 * @param text has room for NAMES_BYTES
 * @return text */
char *names_counter(char *text, uint32_t id);

/** Writes the name of a module: "none" for TRACE_NO_MODULE, and "module N" if the configuration does not name it.
 * @param text has room for NAMES_BYTES
 * @param config the configuration as JSON
 * @param field the value of a field of type MODULE
 * @return text */
char *names_module(char *text, const char *config, unsigned field);

/** Writes the name of a module's event, or "event N" if the configuration does not name it.
 * @param text has room for NAMES_BYTES
 * @param config the configuration as JSON
 * @param field the value of a field of type MODULE
 * @param event the event's place in the module's list
 * @return text */
char *names_module_event(char *text, const char *config, unsigned field, unsigned event);

/** The name of an exit's outcome, of a world, of an interrupt's source; "?" for an undefined number. */
const char *names_outcome(unsigned outcome);
const char *names_world(unsigned world);
const char *names_source(unsigned source);

#endif
