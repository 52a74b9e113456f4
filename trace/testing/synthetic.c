/* Makes a synthetic run. The next scene (scenes.c) always happens on the hart with the earliest clock, so that no hart
 * receives an interrupt before it was sent. All decisions use random numbers that are computed from the seed. So the
 * same options give the same dump. */
#include "trace/testing/synthetic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/testing/hart.h"

static const char config[] =
	"{\"name\":\"synthetic\",\"modules\":[{\"name\":\"offload\",\"hooks\":[]},"
	"{\"name\":\"boot_counter\",\"hooks\":[],\"events\":[\"reached_hv\",\"reached_firmware\",\"reached_kernel\"]},{\"name\":\"trace\",\"hooks\":[]}]}";

/** Sets a hart up. As on real machines, mcycle is 0 at a different time on each hart, and the harts start one after the
 * other. */
static void start_hart(struct run *run, uint32_t index)
{
	struct hart *hart = &run->harts[index];
	hart->run = run;
	hart->index = index;
	hart->random = (run->options.seed * 64 + index + 1) * 0x9e3779b97f4a7c15ull;
	hart->cycles_ns0 = run->options.start_cycles + index * 7777777ull;
	hart->ns = run->options.start_ns + index * 2000ull;
	if (run->options.slots)
		hart_sync(hart);
}

/** Finds the hart on which the next scene happens. It is the hart with the earliest clock among the harts that do not
 * hang. */
static struct hart *next_hart(struct run *run)
{
	struct hart *next = NULL;
	for (uint32_t i = 0; i < run->options.harts; i++)
		if (!run->harts[i].hangs && (!next || run->harts[i].ns < next->ns))
			next = &run->harts[i];
	return next;
}

/** Makes the hart options.hung hang. The hart begins an exit that never ends. */
static void hang(struct run *run)
{
	struct hart *hart = &run->harts[run->options.hung];
	hart->hangs = true;
	hart->in_flight = hart_cycles(hart, hart->ns + 500);
}

static void play(struct run *run)
{
	uint64_t emitted = 0;
	struct hart *hart;
	while (emitted < run->options.slots && (hart = next_hart(run))) {
		uint64_t before = hart->emitted;
		hart_scene(hart);
		emitted += hart->emitted - before;
		if (run->options.hung >= 0 && emitted > run->options.slots / 2 && !run->harts[run->options.hung].hangs)
			hang(run);
	}
}

/** Writes the hart's last slots. With option `full`, further slots are lost after these, and only the statistics report
 * them. */
static void finish_hart(struct hart *hart)
{
	if (hart->run->options.slots && !hart->hangs)
		hart_sync(hart);
	hart_flush(hart);
	if (!hart->run->options.full)
		return;
	uint64_t lost = 1 + hart_random(hart, 1000);
	hart->emitted += lost;
	hart->lost += lost;
	hart->run->facts->lost += lost;
}

static void write_statistics(struct hart *hart)
{
	struct dump_statistics statistics = { .hart = hart->index,
					      .emitted = hart->emitted,
					      .read = hart->emitted - hart->lost,
					      .lost = hart->lost,
					      .in_flight = hart->in_flight };
	memcpy(statistics.exits, hart->exits, sizeof(hart->exits));
	IGNORE_ERROR(dump_write_statistics(hart->run->writer, &statistics)); /* the writer returns this error later */
}

static void write_machine(struct run *run)
{
	struct dump_machine machine = { .timebase_hz = run->options.timebase_hz,
					.harts = run->options.harts,
					.abi_version = 1,
					.slots = 65536,
					.mode = run->options.discard };
	uint64_t ids[SYNTHETIC_HARTS];
	for (unsigned i = 0; i < 20; i++)
		machine.build_id[i] = (uint8_t)(i * 13 + run->options.seed);
	for (uint32_t i = 0; i < run->options.harts; i++)
		ids[i] = i;
	/* the writer returns this error later */
	IGNORE_ERROR(dump_write_machine(run->writer, &machine, ids, run->options.no_config ? NULL : config));
	IGNORE_ERROR(dump_write_schema(run->writer));
}

/** Simulates the run, and writes everything except the end of the dump. The writer stores errors, and returns them when
 * it is closed. */
static void write_run(struct run *run)
{
	write_machine(run);
	for (uint32_t i = 0; i < run->options.harts; i++)
		start_hart(run, i);
	play(run);
	for (uint32_t i = 0; i < run->options.harts; i++)
		finish_hart(&run->harts[i]);
	for (uint32_t i = 0; i < run->options.harts; i++)
		write_statistics(&run->harts[i]);
}

enum error synthetic_write(const char *path, const struct synthetic_options *options, struct synthetic_facts *facts)
{
	struct run run = { .options = *options, .facts = facts };

	*facts = (struct synthetic_facts){ 0 };
	run.harts = calloc(options->harts, sizeof(run.harts[0]));

	enum error error = run.harts ? dump_writer_open(&run.writer, path) : error_no_memory();

	if (error == ERROR_NONE) {
		write_run(&run);
		error = dump_writer_close(run.writer);
	}
	free(run.harts);
	return error;
}
