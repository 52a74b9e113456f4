/* Writes the memory of a guest to stdout: hv's directory, the counters of two harts with the ids 0 and 5, and the phases.
 * directory_test.py reads this memory and expects the numbers in this file. This program uses hv's own header. So
 * directory_test.py fails if somebody changes a structure in the header without changing the code in Python that reads
 * the structure. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "abi/hartscope.h"

#define RAM_START UINT64_C(0x80000000)
#define DIRECTORY_OFFSET 0x3000

static struct tables {
	struct {
		uint64_t something_else;
		uint64_t id;
	} harts[2];
	struct {
		struct hartscope_counters counters;
		uint8_t something_else[64];
	} counted[2];
	struct hartscope_phases phases;
} tables = {
	.harts = { { .id = 0 }, { .id = 5 } },
	.phases = { .count = 2, .at = { { 1000, 11, 0 }, { 3000, 22, 5 } } },
};

static uint8_t ram[0x10000];

static void fill_counters(struct hartscope_counters *counters, uint64_t illegal, uint64_t ecalls, uint64_t timers)
{
	counters->exits[0][2] = illegal;
	counters->exits[1][9] = ecalls;
	counters->exits[1][HARTSCOPE_CAUSE_INTERRUPT + 7] = timers;
}

static void fill_cycles(struct hartscope_counters *counters, uint64_t first)
{
	for (unsigned owner = 0; owner < HARTSCOPE_OWNERS; owner++)
		counters->cycles[owner] = first + 10 * owner;
}

static struct hartscope_directory make_directory(void)
{
	struct hartscope_directory directory = {
		.magic = HARTSCOPE_MAGIC,
		.length = sizeof(directory),
		.version = HARTSCOPE_ABI_VERSION,
		.timebase_hz = 10000000,
		.hart_count = 2,
		.max_harts = 64,
		.hart_ids = RAM_START + offsetof(struct tables, harts[0].id),
		.hart_ids_stride = sizeof(tables.harts[0]),
		.counters = RAM_START + offsetof(struct tables, counted[0].counters),
		.counters_stride = sizeof(tables.counted[0]),
		.phases = RAM_START + offsetof(struct tables, phases),
		.state = HARTSCOPE_RUNNING,
		.hv_base = RAM_START,
		.hv_size = 0x200000,
		.text_start = RAM_START,
		.text_end = RAM_START + 0x2000,
	};
	for (unsigned i = 0; i < 20; i++)
		directory.build_id[i] = (uint8_t)i;
	return directory;
}

int main(void)
{
	fill_counters(&tables.counted[0].counters, 100, 20, 3);
	fill_counters(&tables.counted[1].counters, 7, 1, 0);
	fill_cycles(&tables.counted[0].counters, 10);
	fill_cycles(&tables.counted[1].counters, 11);
	struct hartscope_directory directory = make_directory();
	memcpy(ram, &tables, sizeof(tables));
	memcpy(ram + DIRECTORY_OFFSET, &directory, sizeof(directory));
	return fwrite(ram, sizeof(ram), 1, stdout) == 1 ? 0 : 1;
}
