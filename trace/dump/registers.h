/* Names of the device registers that guests access through hv. In a dump, they are lines "register ADDRESS BYTES NAME"
 * of the schema chunk.
 * Called by writers of dumps, with the facts that hv reports about its devices, and by tools that show addresses. It
 * does not deal with records. */
#ifndef TRACE_DUMP_REGISTERS_H
#define TRACE_DUMP_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/error/error.h"

#define REGISTERS_NAME_BYTES 64 /* size of a name, including the zero at its end; longer names are cut */

/** The kinds of registers (registers.def). All harts' registers of the same purpose have the same kind. */
enum register_kind {
#define REGISTER(NAME, name) REGISTER_##NAME,
#include "trace/dump/registers.def"
	REGISTER_KINDS /* the number of kinds; it also stands for a register of an unknown kind */
};

/** The name of each kind, such as "CLINT msip". */
extern const char *const register_kind_name[REGISTER_KINDS];

/** The facts that hv reports about its devices. Addresses are physical. An address is 0 if it is not known. */
struct registers_facts {
	uint32_t harts;
	const uint64_t *ids;                         /* hart ids, by hart index */
	const struct hartscope_registers *registers; /* addresses of each hart's registers, by hart index */
	uint64_t reset_base, reset_bytes;            /* device that resets the machine; 0 bytes if unknown */
};

/** Makes the lines of all registers for a schema chunk.
 * @param text receives the lines, and the caller frees it. It is "" if no register is known, or if a chunk has no room
 *             for all the lines; null after an error
 * @return ERROR_MEMORY */
enum error registers_text(const struct registers_facts *facts, char **text) MUST_CHECK;

/** A register. */
struct register_name {
	uint64_t address, bytes;
	char name[REGISTERS_NAME_BYTES]; /* printable ASCII without '"' and '\\' */
	enum register_kind kind;         /* the register's kind; REGISTER_KINDS if it is unknown */
};

/** Registers, sorted by address. If it is all zeros, there are no registers. */
struct register_names {
	struct register_name *table;
	size_t count;
};

/** Reads one line, without its line break. @return ERROR_DATA if the line is wrong */
enum error registers_read_line(const char *line, struct register_name *found) MUST_CHECK;

/** Reads the registers in the text of a schema chunk. Skips wrong lines and lines of other kinds. If two lines give
 * different names to the same address, neither name is kept.
 * @param names receives the registers; registers_release() frees them
 * @param text  @p bytes characters, without a zero at the end
 * @return ERROR_MEMORY; @p names is then empty */
enum error registers_read(struct register_names *names, const char *text, size_t bytes) MUST_CHECK;

/** Finds the kind of the register that @p address lies in.
 * @param names the registers; may be NULL if there are none
 * @return REGISTER_KINDS if the address lies in no register, or in one that registers.def does not list */
enum register_kind registers_find_kind(const struct register_names *names, uint64_t address);

/** Finds the register that @p address lies in. @return the register's name; NULL if no register with a name is known at
 * this address */
const char *registers_find(const struct register_names *names, uint64_t address);

/** Frees the table. */
void registers_release(struct register_names *names);

#endif
