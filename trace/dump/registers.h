/* Names of the device registers that guests access through hv. They are lines "register ADDRESS BYTES NAME" in a dump's
 * schema chunk.
 * Called by writers of dumps, with what hv reports about its devices, and by tools that show addresses. Knows nothing
 * of records. */
#ifndef TRACE_DUMP_REGISTERS_H
#define TRACE_DUMP_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/error/error.h"

#define REGISTERS_NAME_BYTES 64 /* with the zero at its end; longer names are cut */

/** What a register is, whichever hart it belongs to (registers.def). */
enum register_kind {
#define REGISTER(NAME, name) REGISTER_##NAME,
#include "trace/dump/registers.def"
	REGISTER_KINDS /* number of kinds; also: a register of no known kind */
};

/** The name of each kind, such as "CLINT msip". */
extern const char *const register_kind_name[REGISTER_KINDS];

/** What hv reports about its devices. Addresses are physical; 0 if an address is not known. */
struct registers_facts {
	uint32_t harts;
	const uint64_t *ids;                         /* hart ids, by hart index */
	const struct hartscope_registers *registers; /* addresses of each hart's registers, by hart index */
	uint64_t reset_base, reset_bytes;            /* the device that resets the machine; 0 bytes: not known */
};

/** Makes the lines for a schema chunk.
 * @param text receives them, and the caller frees it. It is "" if no register is known, or if a chunk has no room for
 *             all of them; null after an error
 * @return ERROR_MEMORY */
enum error registers_text(const struct registers_facts *facts, char **text) MUST_CHECK;

/** A register. */
struct register_name {
	uint64_t address, bytes;
	char name[REGISTERS_NAME_BYTES]; /* printable ASCII without '"' and '\\' */
	enum register_kind kind;         /* what the register is, without the hart; REGISTER_KINDS if it is unknown */
};

/** Registers, sorted by address. All 0: there are none. */
struct register_names {
	struct register_name *table;
	size_t count;
};

/** Reads one line, without its line break. @return ERROR_DATA if the line is wrong */
enum error registers_read_line(const char *line, struct register_name *found) MUST_CHECK;

/** Reads the registers in the text of a schema chunk. Skips wrong lines and lines of other kinds. If two lines give
 * different names to the same address, it has no name.
 * @param names receives the registers; registers_release() frees them
 * @param text  @p bytes characters, without a zero at the end
 * @return ERROR_MEMORY; then there are no names */
enum error registers_read(struct register_names *names, const char *text, size_t bytes) MUST_CHECK;

/** Finds the kind of the register that @p address lies in.
 * @param names the registers; may be NULL if there are none
 * @return REGISTER_KINDS if the address lies in no register, or in one that registers.def does not list */
enum register_kind registers_find_kind(const struct register_names *names, uint64_t address);

/** Finds the register that @p address lies in. @return its name; NULL if there is none, or if it has no name */
const char *registers_find(const struct register_names *names, uint64_t address);

/** Frees the table. */
void registers_release(struct register_names *names);

#endif
