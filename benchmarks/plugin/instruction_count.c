/* QEMU plugin: counts the instructions that each hart executes, in all and in hv's text, up to marks.
 * Loaded by the runner as `-plugin instruction_count.so,out=FILE,text=START:END`.
 * Knows nothing of what the guest does: a mark is the instruction `slti zero, zero, N`, a HINT that no compiler emits. */

#include "benchmarks/plugin/qemu_plugin.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SLTI_ZERO_ZERO UINT32_C(0x00002013)
#define IMMEDIATE_SHIFT 20
#define FIRST_MARK 1
#define LAST_MARK 15
#define MAX_HARTS 512

int qemu_plugin_version = QEMU_PLUGIN_INTERFACE;

/** One hart's counts, on a cache line of their own. Written by that hart's thread only. */
struct counts {
	uint64_t total;
	uint64_t hv;
} __attribute__((aligned(64)));

static struct counts counts[MAX_HARTS];
static uint64_t text_start;
static uint64_t text_end;
static FILE *out;
static bool mark_seen[LAST_MARK + 1];

static void on_instruction(unsigned hart, void *argument)
{
	(void)argument;
	counts[hart].total++;
}

static void on_hv_instruction(unsigned hart, void *argument)
{
	(void)argument;
	counts[hart].total++;
	counts[hart].hv++;
}

static void write_counts(const char *when)
{
	for (unsigned hart = 0; hart < (unsigned)qemu_plugin_num_vcpus(); hart++)
		fprintf(out, "%s %u %" PRIu64 " %" PRIu64 "\n", when, hart, counts[hart].total, counts[hart].hv);
	fflush(out);
}

/* Only the first time: a phase begins once. */
static void on_mark(unsigned hart, void *argument)
{
	uintptr_t mark = (uintptr_t)argument;
	char name[16];
	(void)hart;
	if (mark_seen[mark])
		return;
	mark_seen[mark] = true;
	snprintf(name, sizeof(name), "mark%u", (unsigned)mark);
	write_counts(name);
}

/** The number of the mark that @p instruction is, 0 if it is none. */
static uint32_t mark_of(const struct qemu_plugin_insn *instruction)
{
	uint32_t word = 0;
	if (qemu_plugin_insn_data(instruction, &word, sizeof(word)) != sizeof(word))
		return 0;
	uint32_t mark = word >> IMMEDIATE_SHIFT;
	bool is_mark = (word & ((UINT32_C(1) << IMMEDIATE_SHIFT) - 1)) == SLTI_ZERO_ZERO;
	return is_mark && mark >= FIRST_MARK && mark <= LAST_MARK ? mark : 0;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
		uint64_t address = qemu_plugin_insn_vaddr(instruction);
		bool in_hv = address >= text_start && address < text_end;
		qemu_plugin_register_vcpu_insn_exec_cb(instruction, in_hv ? on_hv_instruction : on_instruction,
						       QEMU_PLUGIN_CB_NO_REGS, NULL);
		uintptr_t mark = mark_of(instruction);
		if (mark)
			qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, QEMU_PLUGIN_CB_NO_REGS,
							       (void *)mark);
	}
}

static void on_exit(qemu_plugin_id_t id, void *argument)
{
	(void)id;
	(void)argument;
	write_counts("end");
	fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "out=", 4) == 0)
			out = fopen(argv[i] + 4, "w");
		else if (sscanf(argv[i], "text=%" SCNx64 ":%" SCNx64, &text_start, &text_end) != 2)
			fprintf(stderr, "instruction_count: unknown option %s\n", argv[i]);
	}
	if (!out) {
		fprintf(stderr, "instruction_count: out=FILE is missing or cannot be written\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_exit, NULL);
	return 0;
}
