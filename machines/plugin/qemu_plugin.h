/* The part of QEMU's plugin interface (versions 4 to 7, QEMU 10 and 11) that this tree uses, declared here: Debian ships no header
 * for it. Included by the plugins of this folder; QEMU itself defines the functions when it loads a plugin.
 * Must not declare what no plugin here calls, nor what differs between those versions: callbacks.h has that. */
#ifndef MACHINES_PLUGIN_QEMU_PLUGIN_H
#define MACHINES_PLUGIN_QEMU_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id_t;

struct qemu_plugin_tb;   /* a block of translated instructions */
struct qemu_plugin_insn; /* one instruction of a block */
struct qemu_info;

/** What a function that QEMU calls may do with the hart's registers. */
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_CB_R_REGS };

/** A register as qemu_plugin_get_registers lists it; the names are those that gdb sees (`medeleg`). Newer versions have more members
 * behind these, so that only the array knows the size of an element. */
struct qemu_plugin_register;
typedef struct {
	struct qemu_plugin_register *handle;
	const char *name;
	const char *feature;
} qemu_plugin_reg_descriptor;

/** GLib's arrays, as the interface returns and fills them. */
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

/** What a plugin defines: its start. argv are the options NAME=VALUE.
 * @return 0, or anything else to make QEMU end with an error */
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv);

/** Number of instructions in a block, and each of them. Only during translation. */
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);

/** An instruction's virtual address, and its bytes. @return bytes copied */
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction, void *destination, size_t length);

/** Makes each execution of an instruction call a function first. @p hart: its index. */
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
					    void (*call)(unsigned hart, void *argument),
					    enum qemu_plugin_cb_flags flags, void *argument);

/** The registers of a hart, qemu_plugin_reg_descriptor each; the same for all harts. Only when a hart is set up. */
GArray *qemu_plugin_get_registers(void);

/** Appends a register of the calling hart, in the guest's byte order, or nothing if it cannot be read. Only from a function with
 * QEMU_PLUGIN_CB_R_REGS. What it returns depends on the interface's version, so nobody looks at that. */
void qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *value);

/** Reads memory as the calling hart addresses it now. @p data becomes @p length bytes. @return whether it could be read */
bool qemu_plugin_read_memory_vaddr(uint64_t address, GByteArray *data, size_t length);

/** Writes to QEMU's log (-D), if it has `-d plugin`. A line is not mixed with others. */
void qemu_plugin_outs(const char *text);

/** Number of harts that have been started. */
int qemu_plugin_num_vcpus(void);

#endif
