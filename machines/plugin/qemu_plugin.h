/* The part of QEMU's plugin interface (versions 4 to 7, QEMU 10 and 11) that this tree uses. It is declared here because Debian has
 * no package with QEMU's header. The plugins of this folder include it; QEMU itself defines the functions when it loads a plugin.
 * Must not declare functions that no plugin here calls. Must not declare functions that differ between these versions
 * either, because callbacks.h hides the differences. */
#ifndef MACHINES_PLUGIN_QEMU_PLUGIN_H
#define MACHINES_PLUGIN_QEMU_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id_t;

struct qemu_plugin_tb;   /* a block of translated instructions */
struct qemu_plugin_insn; /* one instruction of a block */
struct qemu_info;

/** Whether a function that QEMU calls may read the hart's registers. */
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_CB_R_REGS };

/** An element of the list that qemu_plugin_get_registers returns. The names of registers are the same as in gdb
 * (`medeleg`). In newer versions of QEMU the structure has more members at its end, so callers must ask the array for
 * the size of an element. */
struct qemu_plugin_register;
typedef struct {
	struct qemu_plugin_register *handle;
	const char *name;
	const char *feature;
} qemu_plugin_reg_descriptor;

/** The arrays of GLib. The interface returns and fills such arrays. */
typedef struct {
	char *data;
	unsigned len; /* elements */
} GArray;
unsigned g_array_get_element_size(GArray *array);
char *g_array_free(GArray *array, int with_elements);
typedef struct {
	uint8_t *data;
	unsigned len; /* bytes */
} GByteArray;
GByteArray *g_byte_array_new(void);
GByteArray *g_byte_array_set_size(GByteArray *array, unsigned length);

/** The entry point of a plugin. Each plugin defines this function, and QEMU calls it when QEMU loads the plugin.
 * @param id   the plugin's id, for functions that register callbacks
 * @param argv the @p argc options of the command line, NAME=VALUE each
 * @return 0, or any other number to make QEMU end with an error */
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv);

/** Return the number of instructions in a block, and the instruction with the given index. May be called only from
 * on_translation. */
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);

/** Return the virtual address of an instruction, and copy at most @p length of its bytes. May be called only from
 * on_translation.
 * @return qemu_plugin_insn_data: the number of bytes that were copied */
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction, void *destination, size_t length);

/** Makes QEMU call a function before each execution of an instruction.
 * @param call     gets the index of the hart that executes the instruction, and @p argument
 * @param flags    whether @p call may read registers */
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
					    void (*call)(unsigned hart, void *argument),
					    enum qemu_plugin_cb_flags flags, void *argument);

/** Returns a list of a hart's registers, with elements of type qemu_plugin_reg_descriptor. The list is the same for all
 * harts. The caller frees the list with g_array_free. May be called only from on_hart. */
GArray *qemu_plugin_get_registers(void);

/** Appends the value of a register of the calling hart to @p value, in the guest's byte order. Appends nothing if the register
 * cannot be read. May be called only from a function with QEMU_PLUGIN_CB_R_REGS. QEMU's function returns a number. The
 * return value is not declared here, because its meaning depends on the version of the interface. */
void qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *value);

/** Reads @p length bytes of memory at a virtual address, with the calling hart's present address translation, into @p data.
 * @return whether all bytes could be read */
bool qemu_plugin_read_memory_vaddr(uint64_t address, GByteArray *data, size_t length);

/** Writes @p text to QEMU's log (-D), if QEMU was started with `-d plugin`. Even if several threads write at the same
 * time, each text appears in one piece. */
void qemu_plugin_outs(const char *text);

/** Returns the number of harts that QEMU has started. */
int qemu_plugin_num_vcpus(void);

#endif
