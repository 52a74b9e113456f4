/* QEMU plugin: writes a line into QEMU's log when a hart enters one of hv's trap vectors, and another line when the
 * hart leaves hv by mret. The line for mret contains CSRs. From these CSRs a reader can derive whether firmware or
 * payload runs next, and which traps hv delegates.
 * The runner loads it with `-plugin monitor_log.so,text=START:END,vector=A,vector=B` and `-d int,plugin`. So these lines are
 * in the same log as QEMU's lines about traps, in the order in which things happened on each hart.
 * The plugin does not compare anything; benchmarks/oracle does. */

#include "machines/plugin/callbacks.h"
#include "machines/plugin/registers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WORD_MRET UINT32_C(0x30200073)
#define CAUSE_ILLEGAL 2
#define NOT_COMPRESSED 3
#define MAX_VECTORS 8

/* The registers that the plugin reads, and their names in QEMU. */
enum wanted { MHARTID, MCAUSE, MEPC, MSTATUS, SATP, MEDELEG, MIDELEG, WANTED };
static const char *const names[WANTED] = {
	"mhartid", "mcause", "mepc", "mstatus", "satp", "medeleg", "mideleg",
};

static struct qemu_plugin_register *handles[WANTED];
static uint64_t text_start;
static uint64_t text_end;
static uint64_t vectors[MAX_VECTORS];
static unsigned vector_count;

/* Returns an empty array for reads of registers and memory. Each thread has one array, and uses the same array for all
 * reads. */
static GByteArray *scratch(void)
{
	static __thread GByteArray *array;
	if (!array)
		array = g_byte_array_new();
	return g_byte_array_set_size(array, 0);
}

/* Returns the value of a register. Returns 0 if the hart does not have this register. */
static uint64_t read_register(enum wanted which)
{
	GByteArray *bytes = scratch();
	uint64_t value = 0;
	if (handles[which])
		qemu_plugin_read_register(handles[which], bytes);
	if (bytes->len == sizeof(value))
		memcpy(&value, bytes->data, sizeof(value));
	return value;
}

/* Reads the instruction at a physical address. QEMU translates addresses as the hart does, and hv runs without translation.
 * @param word the instruction; unchanged if it could not be read
 * @return whether all bytes of the instruction could be read */
static bool read_instruction(uint64_t address, uint32_t *word)
{
	uint16_t parts[2] = { 0, 0 };
	for (unsigned i = 0; i < 2; i++) {
		GByteArray *bytes = scratch();
		if (!qemu_plugin_read_memory_vaddr(address + i * sizeof(parts[0]), bytes, sizeof(parts[0])))
			return false;
		memcpy(&parts[i], bytes->data, sizeof(parts[i]));
		if ((parts[0] & NOT_COMPRESSED) != NOT_COMPRESSED)
			break;
	}
	*word = (uint32_t)parts[1] << 16 | parts[0];
	return true;
}

/* Writes `enter HART`. For an illegal instruction, the line also contains the instruction word from memory, if there is no
 * address translation: the word that QEMU itself logs may belong to an earlier trap. */
static void on_enter(unsigned index, void *argument)
{
	uint64_t hart = read_register(MHARTID);
	uint32_t word;
	char line[64];
	(void)index;
	(void)argument;
	if (read_register(MCAUSE) == CAUSE_ILLEGAL && read_register(SATP) == 0 &&
	    read_instruction(read_register(MEPC), &word))
		snprintf(line, sizeof(line), "monitor: enter %" PRIu64 " %" PRIx32 "\n", hart, word);
	else
		snprintf(line, sizeof(line), "monitor: enter %" PRIu64 "\n", hart);
	qemu_plugin_outs(line);
}

/* Writes `leave HART MSTATUS SATP MEDELEG MIDELEG`. */
static void on_leave(unsigned index, void *argument)
{
	char line[128];
	(void)index;
	(void)argument;
	snprintf(line, sizeof(line), "monitor: leave %" PRIu64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 "\n",
		 read_register(MHARTID), read_register(MSTATUS), read_register(SATP), read_register(MEDELEG),
		 read_register(MIDELEG));
	qemu_plugin_outs(line);
}

static bool is_mret(const struct qemu_plugin_insn *instruction)
{
	uint32_t word = 0;
	return qemu_plugin_insn_data(instruction, &word, sizeof(word)) == sizeof(word) && word == WORD_MRET;
}

static bool is_vector(uint64_t address)
{
	for (unsigned i = 0; i < vector_count; i++)
		if (vectors[i] == address)
			return true;
	return false;
}

static void on_translation(struct qemu_plugin_tb *block)
{
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
		uint64_t address = qemu_plugin_insn_vaddr(instruction);
		if (address < text_start || address >= text_end)
			return;
		if (is_vector(address))
			qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_enter, QEMU_PLUGIN_CB_R_REGS, NULL);
		if (is_mret(instruction))
			qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_leave, QEMU_PLUGIN_CB_R_REGS, NULL);
	}
}

static void on_hart(void)
{
	for (unsigned which = 0; which < WANTED; which++)
		handles[which] = plugin_find_register(names[which]);
}

static const struct plugin_callbacks callbacks = { .on_translation = on_translation, .on_hart = on_hart };

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (vector_count < MAX_VECTORS && sscanf(argv[i], "vector=%" SCNx64, &vectors[vector_count]) == 1)
			vector_count++;
		else if (sscanf(argv[i], "text=%" SCNx64 ":%" SCNx64, &text_start, &text_end) != 2)
			fprintf(stderr, "monitor_log: unknown option %s\n", argv[i]);
	}
	if (text_start >= text_end || vector_count == 0) {
		fprintf(stderr, "monitor_log: text=START:END or vector=ADDRESS is missing\n");
		return 1;
	}
	plugin_register_callbacks(id, &callbacks);
	return 0;
}
