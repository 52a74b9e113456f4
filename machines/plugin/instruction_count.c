/* QEMU plugin: counts the instructions that the harts execute, in total and in hv's text, and hv's exits by cause. It writes
 * the counts to a file at each mark, at each hart's entry to the firmware, and when QEMU ends. machines/instruction_count.py
 * reads them.
 * The runner loads it with `-plugin instruction_count.so,out=FILE,text=START:END,vector=A,vector=B,entry=C,firmware=START:END`.
 * The arguments are hv's text, hv's trap vectors, the firmware's first instruction and the firmware's memory. All
 * arguments except out may be missing. A mark is the instruction `slti zero, zero, N`, a HINT that no compiler emits.
 * The guest executes it to mark a moment. So the plugin need not know what the guest does.
 *
 * Under icount, QEMU 10.0.2 attributes a block of code that several harts execute to the hart that translated it. So
 * only the sum over all harts is meaningful. For the same reason, the plugin has only one current exit for all harts.
 * An exit ends with the next instruction outside of hv. */

#include "machines/plugin/callbacks.h"
#include "machines/plugin/registers.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SLTI_ZERO_ZERO UINT32_C(0x00002013)
#define IMMEDIATE_SHIFT 20
#define FIRST_MARK 1
#define LAST_MARK 15
#define MAX_HARTS 512
#define MAX_VECTORS 8

/* The indexes of the array by_cause. 0 to 31 stand for exceptions and 32 to 63 for interrupts, as in hv's counters. The
 * last index, NO_EXIT, stands for hv's instructions outside of exits. hv executes these while it boots. */
#define CAUSES 64
#define FIRST_INTERRUPT 32
#define NO_EXIT CAUSES
#define CAUSE_INTERRUPT (UINT64_C(1) << 63)

/** The numbers of instructions of one hart. Only the thread of this hart writes to the structure. The structure of each
 * hart is in a separate cache line, so that the threads do not slow each other down. */
struct counts {
	uint64_t total;
	uint64_t hv;
	uint64_t firmware;
} __attribute__((aligned(64)));

/** The number of exits of all harts with one cause, and the number of hv's instructions in these exits. The numbers are
 * exact only under icount, where one thread runs all harts. */
struct by_cause {
	uint64_t exits;
	uint64_t instructions;
};

static struct counts counts[MAX_HARTS];
static struct by_cause by_cause[CAUSES + 1];
static unsigned current = NO_EXIT;
static uint64_t text_start;
static uint64_t text_end;
static uint64_t firmware_start;
static uint64_t firmware_end;
static uint64_t open_exit; /* hv's instructions since the start of the last exit, which may still be in progress */
static uint64_t vectors[MAX_VECTORS];
static unsigned vector_count;
static uint64_t entry;
static unsigned entries;
static FILE *out;
static bool mark_seen[LAST_MARK + 1];
static struct qemu_plugin_register *mcause;

static void on_instruction(unsigned hart, void *argument)
{
	(void)argument;
	counts[hart].total++;
	current = NO_EXIT;
	open_exit = 0;
}

static void on_firmware_instruction(unsigned hart, void *argument)
{
	counts[hart].firmware++;
	on_instruction(hart, argument);
}

static void on_hv_instruction(unsigned hart, void *argument)
{
	(void)argument;
	counts[hart].total++;
	counts[hart].hv++;
	by_cause[current].instructions++;
	open_exit++;
}

static uint64_t read_mcause(void)
{
	static __thread GByteArray *bytes;
	uint64_t value = 0;
	bytes = bytes ? g_byte_array_set_size(bytes, 0) : g_byte_array_new();
	if (mcause)
		qemu_plugin_read_register(mcause, bytes);
	if (bytes->len == sizeof(value))
		memcpy(&value, bytes->data, sizeof(value));
	return value;
}

static void on_exit_entry(unsigned hart, void *argument)
{
	uint64_t cause = read_mcause();
	(void)hart;
	(void)argument;
	current = (unsigned)(cause % FIRST_INTERRUPT) + (cause & CAUSE_INTERRUPT ? FIRST_INTERRUPT : 0);
	by_cause[current].exits++;
}

static void write_counts(const char *when)
{
	for (unsigned hart = 0; hart < (unsigned)qemu_plugin_num_vcpus(); hart++)
		fprintf(out, "%s %u %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", when, hart, counts[hart].total,
			counts[hart].hv, counts[hart].firmware);
	fprintf(out, "%s open %" PRIu64 "\n", when, open_exit);
	for (unsigned cause = 0; cause <= CAUSES; cause++)
		if (by_cause[cause].exits || by_cause[cause].instructions)
			fprintf(out, "%s cause %u %" PRIu64 " %" PRIu64 "\n", when, cause, by_cause[cause].exits,
				by_cause[cause].instructions);
	fflush(out);
}

/* Writes the counts when a hart executes a mark for the first time. Later executions of the mark are ignored, because a
 * phase begins only once. */
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

/* Writes the counts when a hart enters the firmware. Each hart does this once. The first of these moments has the name
 * `entry1`. */
static void on_firmware(unsigned hart, void *argument)
{
	char name[16];
	(void)hart;
	(void)argument;
	snprintf(name, sizeof(name), "entry%u", ++entries);
	write_counts(name);
}

/** Returns the number of the mark if @p instruction is a mark. Returns 0 for all other instructions. */
static uint32_t mark_of(const struct qemu_plugin_insn *instruction)
{
	uint32_t word = 0;
	if (qemu_plugin_insn_data(instruction, &word, sizeof(word)) != sizeof(word))
		return 0;
	uint32_t mark = word >> IMMEDIATE_SHIFT;
	bool is_mark = (word & ((UINT32_C(1) << IMMEDIATE_SHIFT) - 1)) == SLTI_ZERO_ZERO;
	return is_mark && mark >= FIRST_MARK && mark <= LAST_MARK ? mark : 0;
}

static bool is_vector(uint64_t address)
{
	for (unsigned i = 0; i < vector_count; i++)
		if (vectors[i] == address)
			return true;
	return false;
}

/* QEMU calls the functions of an instruction in the order in which they are registered. So on_exit_entry sets the
 * current exit before the first instruction of the exit is counted. on_firmware writes the counts before the first
 * instruction of the firmware is counted. */
static void on_translated_instruction(struct qemu_plugin_insn *instruction)
{
	uint64_t address = qemu_plugin_insn_vaddr(instruction);
	bool in_hv = address >= text_start && address < text_end;
	uintptr_t mark = mark_of(instruction);
	if (is_vector(address))
		qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_exit_entry, QEMU_PLUGIN_CB_R_REGS, NULL);
	if (entry && address == entry)
		qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_firmware, QEMU_PLUGIN_CB_NO_REGS, NULL);
	bool in_firmware = address >= firmware_start && address < firmware_end;
	qemu_plugin_register_vcpu_insn_exec_cb(instruction,
					       in_hv         ? on_hv_instruction
					       : in_firmware ? on_firmware_instruction
							     : on_instruction,
					       QEMU_PLUGIN_CB_NO_REGS, NULL);
	if (mark)
		qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, QEMU_PLUGIN_CB_NO_REGS, (void *)mark);
}

static void on_translation(struct qemu_plugin_tb *block)
{
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++)
		on_translated_instruction(qemu_plugin_tb_get_insn(block, i));
}

static void on_hart(void)
{
	mcause = plugin_find_register("mcause");
}

static void on_end(void)
{
	write_counts("end");
	fclose(out);
}

static bool take_option(const char *option)
{
	if (strncmp(option, "out=", 4) == 0)
		return (out = fopen(option + 4, "w")) != NULL;
	if (vector_count < MAX_VECTORS && sscanf(option, "vector=%" SCNx64, &vectors[vector_count]) == 1)
		return ++vector_count;
	return sscanf(option, "text=%" SCNx64 ":%" SCNx64, &text_start, &text_end) == 2 ||
	       sscanf(option, "firmware=%" SCNx64 ":%" SCNx64, &firmware_start, &firmware_end) == 2 ||
	       sscanf(option, "entry=%" SCNx64, &entry) == 1;
}

static const struct plugin_callbacks callbacks = {
	.on_translation = on_translation,
	.on_hart = on_hart,
	.on_end = on_end,
};

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!take_option(argv[i]))
			fprintf(stderr, "instruction_count: cannot use the option %s\n", argv[i]);
	if (!out) {
		fprintf(stderr, "instruction_count: out=FILE is missing or cannot be written\n");
		return 1;
	}
	plugin_register_callbacks(id, &callbacks);
	return 0;
}
