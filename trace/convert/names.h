/* Names for the numbers in a trace: exits by cause and detail, CSRs, SBI functions, modules, counters.
 * Used by every output format, by the statistics, and by options that take names. Knows nothing of these users. */
#ifndef TRACE_CONVERT_NAMES_H
#define TRACE_CONVERT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/dump/nearest.h"
#include "trace/dump/registers.h"
#include "trace/format/slot.h"

#define NAMES_SBI_FUNCTIONS 0x80 /* more than sbi.def lists; the last one stands for all other functions */
#define NAMES_SBI_OTHER (NAMES_SBI_FUNCTIONS - 1)
#define NAMES_CALLERS 3 /* modes that call the SBI: U, S and VS */

/** Kinds of exits: one for each name that an exit can have. A name consists of the cause, as the privileged manual
 * calls it (abi/causes.def), and the detail, which says what the exit was for. Kinds below NAMES_KIND_CSR are causes
 * without a detail. After them come the details: CSRs by number, instructions, loads and stores of device registers,
 * and SBI functions by the mode of the caller. */
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

/** Whether @p cause is an SBI call. */
static inline bool names_is_call(unsigned cause)
{
	return cause >= NAMES_ECALL_FROM_U_MODE && cause <= NAMES_ECALL_FROM_VS_MODE;
}

/** Kind of an exit with the cause illegal instruction. @param instruction 0 if it is not known */
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

/** Kind of an exit with the cause load or store access fault. @param address what the load or store accessed */
static inline unsigned names_access_kind(unsigned cause, uint64_t address, const struct register_names *registers)
{
	enum register_kind kind = registers_find_kind(registers, address);

	if (kind == REGISTER_KINDS)
		return cause;
	return (cause == NAMES_LOAD_ACCESS_FAULT ? NAMES_KIND_LOAD : NAMES_KIND_STORE) + kind;
}

/** Kind of an exit, as far as its EXIT record shows it.
 * @param cause the 8 bits in the record
 * @param value the instruction or mtval; 0 if the record does not contain it
 * @param registers the device registers that the dump names
 * @return a kind below NAMES_KIND_SBI */
static inline unsigned names_exit_kind(unsigned cause, uint64_t value, const struct register_names *registers)
{
	if (cause == NAMES_ILLEGAL_INSTRUCTION)
		return names_instruction_kind(value);
	if (cause == NAMES_LOAD_ACCESS_FAULT || cause == NAMES_STORE_ACCESS_FAULT)
		return names_access_kind(cause, value, registers);
	return cause;
}

/** Finds the SBI function with these extension and function numbers. @return its index, which is NAMES_SBI_OTHER if
 * sbi.def does not list the function */
unsigned names_sbi_function(uint64_t eid, uint64_t fid);

/** Kind of an exit by a call of an SBI function.
 * @param cause one for which names_is_call() is true
 * @param function a result of names_sbi_function() */
static inline unsigned names_sbi_kind(unsigned cause, unsigned function)
{
	return NAMES_KIND_SBI + (cause - NAMES_ECALL_FROM_U_MODE) * NAMES_SBI_FUNCTIONS + function;
}

/** The cause of the exits of a kind. */
unsigned names_kind_cause(unsigned kind);

/** The detail of a kind: `csr mscratch`, `mret`, `CLINT msip`, `sbi set_timer`; "" if it has none.
 * @param text room for NAMES_BYTES
 * @return text */
char *names_kind_detail(char *text, unsigned kind);

/** Cause and detail of a kind: `illegal_instruction: csr mscratch`, `breakpoint`. @p text: NAMES_BYTES. @return text */
char *names_kind(char *text, unsigned kind);

/** Whether @p word is a name for @p kind: its cause, its detail, the last word of the detail, or the
 * result of names_kind(). */
bool names_kind_is(unsigned kind, const char *word);

/** Finds the present name for a name that a user has typed. Earlier versions called exits by other names, such as
 * `load_misaligned` or `ecall set_timer`.
 * @param text room for NAMES_BYTES
 * @return @p word if it is a present name, the name that has replaced it if it is an earlier one, otherwise NULL */
const char *names_exit_present(const char *word, char *text);

/** Offers to @p search each present name of an exit. CSRs without a name are omitted. */
void names_offer_exits(struct nearest *search);

/** Whether @p word names an SBI function. Then EXIT records alone do not show which exits are
 * meant: the ECALL records do. */
bool names_exit_is_call(const char *word);

/** The manual's name of a cause; "exception_N" or "interrupt_N" if it has none. @p text: NAMES_BYTES. @return text */
char *names_cause(char *text, unsigned cause);

/** Name of an SBI function, such as `sbi set_timer`; its numbers if it has no name.
 * @param text room for NAMES_BYTES
 * @return text */
char *names_sbi(char *text, uint64_t eid, uint64_t fid);

/** Name of a counter (trace/format/counters.def). @p text: NAMES_BYTES. @return text */
char *names_counter(char *text, uint32_t id);

/** Name of a module.
 * @param text room for NAMES_BYTES
 * @param config JSON of hv's configuration, which lists the modules
 * @param field value of a field of type MODULE
 * @return text: "none" for TRACE_NO_MODULE, and "module N" if the configuration does not list the module */
char *names_module(char *text, const char *config, unsigned field);

/** Name of a module's event, as the configuration lists it; "event N" if it does not. The parameters are those of
 * names_module().
 * @param event its number within the module */
char *names_module_event(char *text, const char *config, unsigned field, unsigned event);

/** Names of an exit's outcome, of a world, and of an interrupt's source. "?" if the number has no name. */
const char *names_outcome(unsigned outcome);
const char *names_world(unsigned world);
const char *names_source(unsigned source);

#endif
