/* The part of QEMU's plugin interface (version 4, QEMU 10) that this tree uses, declared here: Debian ships no header for it.
 * Included by the plugins of this folder; QEMU itself defines the functions when it loads a plugin.
 * Must not declare what no plugin here calls. */
#ifndef BENCHMARKS_PLUGIN_QEMU_PLUGIN_H
#define BENCHMARKS_PLUGIN_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define QEMU_PLUGIN_INTERFACE 4

typedef uint64_t qemu_plugin_id_t;

struct qemu_plugin_tb;   /* a block of translated instructions */
struct qemu_plugin_insn; /* one instruction of a block */
struct qemu_info;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

/** What a plugin defines: the interface it was written for, and its start. argv are the options NAME=VALUE.
 * @return 0, or anything else to make QEMU end with an error */
extern int qemu_plugin_version;
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv);

/** Registers a function that is called whenever QEMU translates a block. */
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*call)(qemu_plugin_id_t, struct qemu_plugin_tb *));

/** Registers a function that is called when QEMU ends. */
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*call)(qemu_plugin_id_t, void *), void *argument);

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

/** Number of harts that have been started. */
int qemu_plugin_num_vcpus(void);

#endif
