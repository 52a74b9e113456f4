/* What numbers in a trace are called: exits by cause and detail, CSRs, SBI functions, modules, counters.
 * Used by every output format, by the statistics, and by options that take names. Knows nothing of them. */
#ifndef TRACE_CONVERT_NAMES_H
#define TRACE_CONVERT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/dump/nearest.h"
#include "trace/dump/registers.h"
#include "trace/format/slot.h"

#define NAMES_SBI_FUNCTIONS 0x80 /* more than the list has; the last one is any other function */
#define NAMES_SBI_OTHER (NAMES_SBI_FUNCTIONS - 1)
#define NAMES_CALLERS 3 /* modes that call the SBI: U, S and VS */

/** Kinds of exits: one for each name that an exit can have. An exit is called by its cause, by the privileged manual's name
 * (abi/causes.def), and by its detail, which is what it was for within its cause. Kinds below NAMES_KIND_CSR are causes, without
 * a detail. The others follow by detail: CSRs by number, instructions, device registers that are loaded and stored, and SBI
 * functions by the mode that calls. */
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

/** Whether @p cause is that of a call of the SBI. */
static inline bool names_is_call(unsigned cause)
{
	return cause >= NAMES_ECALL_FROM_U_MODE && cause <= NAMES_ECALL_FROM_VS_MODE;
}

/** Kind of an exit by an illegal instruction, by its word. */
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

/** Kind of an exit by an access fault, by the address of the load or store. */
static inline unsigned names_access_kind(unsigned cause, uint64_t address, const struct register_names *registers)
{
	enum register_kind kind = registers_find_kind(registers, address);

	if (kind == REGISTER_KINDS)
		return cause;
	return (cause == NAMES_LOAD_ACCESS_FAULT ? NAMES_KIND_LOAD : NAMES_KIND_STORE) + kind;
}

/** Kind of an exit with @p cause (8 bits as in the trace).
 * @param value the instruction's word, or mtval; 0 if the trace does not have it
 * @param registers of the dump
 * @return below NAMES_KIND_SBI */
static inline unsigned names_exit_kind(unsigned cause, uint64_t value, const struct register_names *registers)
{
	if (cause == NAMES_ILLEGAL_INSTRUCTION)
		return names_instruction_kind(value);
	if (cause == NAMES_LOAD_ACCESS_FAULT || cause == NAMES_STORE_ACCESS_FAULT)
		return names_access_kind(cause, value, registers);
	return cause;
}

/** Which function of the SBI has these numbers. @return below NAMES_SBI_OTHER, or that if sbi.def does not list it */
unsigned names_sbi_function(uint64_t eid, uint64_t fid);

/** Kind of an exit by a call of @p function. @param cause one that names_is_call() */
static inline unsigned names_sbi_kind(unsigned cause, unsigned function)
{
	return NAMES_KIND_SBI + (cause - NAMES_ECALL_FROM_U_MODE) * NAMES_SBI_FUNCTIONS + function;
}

/** The cause of the exits of a kind. */
unsigned names_kind_cause(unsigned kind);

/** The detail of a kind: `csr mscratch`, `mret`, `CLINT msip`, `sbi set_timer`; "" if it has none. @p text: NAMES_BYTES.
 * @return text */
char *names_kind_detail(char *text, unsigned kind);

/** Cause and detail of a kind: `illegal_instruction: csr mscratch`, `breakpoint`. @p text: NAMES_BYTES. @return text */
char *names_kind(char *text, unsigned kind);

/** Whether @p word names @p kind: its cause, its detail, the last word of that, or both as names_kind() has them. */
bool names_kind_is(unsigned kind, const char *word);

/** The present name of the exits that @p word names: itself, or what is said instead of an earlier name, such as
 * `load_misaligned` or `ecall set_timer`. @p text: NAMES_BYTES, for that. @return NULL if no exit is called so, nor was */
const char *names_exit_present(const char *word, char *text);

/** Offers @p search each name of an exit that names_exit_present() takes for a present one; CSRs only if they have a name. */
void names_offer_exits(struct nearest *search);

/** Whether @p word names an SBI function: the records of the calls' returns say which exits those are. */
bool names_exit_is_call(const char *word);

/** The manual's name of a cause; "exception_N" or "interrupt_N" if it has none. @p text: NAMES_BYTES. @return text */
char *names_cause(char *text, unsigned cause);

/** Name of an SBI function: `sbi set_timer`, or its numbers. @p text: NAMES_BYTES. @return text */
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
