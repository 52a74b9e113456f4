/* hstrace live: records a guest's rings out of its memory, while it runs or after it has hung. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trace/hstrace/command.h"
#include "trace/hstrace/options.h"
#include "trace/live/recorder.h"
#include "trace/live/symbol.h"

#define MICROSECOND 1000L /* ns */
#define SECOND 1000000000L
#define FLUSH_EVERY (SECOND / 10)
#define WAIT_EVERY (10000 * MICROSECOND)
#define BUSY 64 /* of recorder_poll()'s 256: do not sleep */

enum { KEY_BASE = 256, KEY_CONFIG, KEY_CONSUME, KEY_ELF, KEY_INTERVAL, KEY_WAIT };

struct chosen {
	struct options options; /* its FILE is the memory, so that OUT is not */
	const char *memory;
	uint64_t base, interval, wait; /* us, s */
	bool follow, consume;
};

static const struct argp_child children[] = { { .argp = &options_output }, { .argp = &options_json }, { 0 } };

static const struct argp_option own_options[] = {
	{ "memory", 'm', "FILE", 0, "The guest's RAM (QEMU: memory-backend-file,share=on,mem-path=FILE)", 0 },
	{ "base", KEY_BASE, "ADDRESS", 0, "Physical address of its first byte (0x80000000)", 0 },
	{ "follow", 'f', NULL, 0, "Go on until hv has shut down, or SIGINT or SIGTERM; else read once what is there",
	  0 },
	{ "elf", KEY_ELF, "FILE", 0, "hv's ELF file: its directory is found by symbol instead of by magic", 0 },
	{ "config", KEY_CONFIG, "FILE", 0, "JSON of hv's configuration, to be kept in the dump (that of --elf)", 0 },
	{ "wait", KEY_WAIT, "SECONDS", 0, "How long to wait for hv to appear (10; with --follow: for ever)", 0 },
	{ "interval", KEY_INTERVAL, "US", 0, "Pause between two looks, if rings do not fill fast (1000)", 0 },
	{ "consume", KEY_CONSUME, NULL, 0,
	  "Discard mode: free what was read, by writing the rings' tail; this alone "
	  "changes the guest's memory",
	  0 },
	{ 0 },
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* Reads of a mapped file behind its end come as this signal. */
static void lose_memory(int signal)
{
	static const char text[] =
		"hstrace live: the guest's memory has become shorter: the recording ends without its last part\n";

	(void)signal;

	ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)written; /* there is nobody else to tell */
	_exit(COMMAND_BAD);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct chosen *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_hand_on(state, &chosen->options);
		return 0;
	case 'm':
		chosen->memory = chosen->options.file[0] = argument;
		chosen->options.files = 1;
		return 0;
	case 'f':
		chosen->follow = true;
		return 0;
	case KEY_BASE:
		chosen->base = options_number(argument, state);
		return 0;
	case KEY_ELF:
		chosen->options.elf = argument;
		return 0;
	case KEY_CONFIG:
		chosen->options.config = argument;
		return 0;
	case KEY_WAIT:
		chosen->wait = options_number(argument, state);
		if (chosen->wait > OPTIONS_SECONDS)
			argp_error(state, "--wait=%s: at most %d s", argument, OPTIONS_SECONDS);
		return 0;
	case KEY_INTERVAL:
		chosen->interval = options_number(argument, state);
		if (chosen->interval > SECOND / MICROSECOND)
			argp_error(state, "--interval=%s: at most %ld us", argument, SECOND / MICROSECOND);
		return 0;
	case KEY_CONSUME:
		chosen->consume = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "%s is one argument too many", argument);
		return 0;
	case ARGP_KEY_END:
		if (!chosen->memory)
			argp_error(state, "--memory=FILE is missing");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = own_options,
	.parser = parse,
	.children = children,
	.doc = "Records the trace of a guest from its memory, while it runs or after it has hung. The guest notices "
	       "nothing.\v"
	       "Example: hstrace live --memory=ram --follow -o trace.hst\n",
};

static uint64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void pause_for(uint64_t nanoseconds)
{
	(void)nanosleep(&(struct timespec){ (time_t)(nanoseconds / SECOND), (long)(nanoseconds % SECOND) }, NULL);
}

/** Reads a text file. @return to be freed; null after a complaint */
static char *read_text(const char *command, const char *path)
{
	errno = 0;
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;

	if (!file || getdelim(&text, &room, '\0', file) < 0) {
		(void)command_complain(command, "%s: cannot be read: %s", path,
				       errno ? strerror(errno) : "it is empty");
		free(text);
		text = NULL;
	}
	if (file)
		(void)fclose(file);
	return text;
}

/** Maps the memory, waiting for QEMU to make it. */
static bool map_memory(const char *command, const struct chosen *chosen, uint64_t until, struct guest_memory *memory)
{
	struct stat status;
	char error[512];

	while (!stopped && now() < until && (stat(chosen->memory, &status) != 0 || status.st_size == 0))
		pause_for(WAIT_EVERY);
	if (memory_map(memory, chosen->memory, chosen->base, chosen->consume, error, sizeof(error)))
		return true;
	(void)command_complain(command, "%s", error);
	return false;
}

/** Waits for hv's directory, and for hv to have filled it in. @return its address; 0 after a complaint */
static uint64_t find_directory(const char *command, const struct chosen *chosen, uint64_t until,
			       const struct guest_memory *memory)
{
	struct hartscope_directory directory;
	char error[512];
	const char *problem = "there is no directory of hv in it";
	uint64_t symbol = chosen->options.elf
				  ? symbol_address(chosen->options.elf, "hartscope_directory", error, sizeof(error))
				  : 0;

	if (chosen->options.elf && !symbol) {
		(void)command_complain(command, "%s", error);
		return 0;
	}
	do {
		uint64_t address = symbol ? symbol : memory_find_directory(memory);

		if (address)
			problem = memory_read_directory(memory, address, &directory);
		if (address && !problem && directory.state != HARTSCOPE_BOOTING)
			return address;
		if (address && !problem)
			problem = "hv has not begun to run guests";
		pause_for(WAIT_EVERY);
	} while (!stopped && now() < until);
	(void)command_complain(command, "%s: %s", chosen->memory, problem);
	return 0;
}

static void follow(struct recorder *recorder, const struct chosen *chosen)
{
	uint64_t flushed = now();

	while (!stopped && recorder_state(recorder) < HARTSCOPE_SHUT_DOWN) {
		if (recorder_poll(recorder) < BUSY)
			pause_for(chosen->interval * MICROSECOND);
		if (now() - flushed < FLUSH_EVERY)
			continue;
		if (!recorder_flush(recorder))
			return;
		flushed = now();
	}
}

static void summarize(FILE *out, const struct recorder *recorder, bool json)
{
	if (json)
		(void)fprintf(out, "{\"state\": %" PRIu64 ", \"harts\": [", recorder_state(recorder));
	for (uint32_t index = 0; index < recorder->harts; index++) {
		const struct recorder_hart *hart = &recorder->hart[index];
		uint64_t discarded = ring_discarded(&hart->ring), lost = hart->ring.lost + discarded;
		uint64_t emitted = hart->ring.read + lost + hart->retained;

		(void)fprintf(out,
			      json ? "%s{\"id\": %" PRIu64 ", \"emitted\": %" PRIu64 ", \"read\": %" PRIu64
				     ", \"lost\": %" PRIu64 ", \"retained\": %" PRIu64 "}"
				   : "%shart %" PRIu64 ": emitted %" PRIu64 " = read %" PRIu64 " + lost %" PRIu64
				     " + still in the ring %" PRIu64 "\n",
			      json && index ? ", " : "", hart->id, emitted, hart->ring.read, lost, hart->retained);
	}
	if (json)
		(void)fprintf(out, "]}\n");
}

/** Records into the open dump. @return whether the recording could be made; what went wrong is in @p error */
static bool record(const struct chosen *chosen, const struct guest_memory *memory, uint64_t address,
		   struct dump_writer *writer, const char *config, char *error, size_t error_bytes)
{
	struct recorder recorder;
	bool good = recorder_begin(&recorder, memory, address, writer, config, chosen->consume, error, error_bytes);

	if (good) {
		(void)recorder_poll(&recorder);
		if (chosen->follow)
			follow(&recorder, chosen);
		good = recorder_finish(&recorder);
		(void)snprintf(error, error_bytes, "%s", dump_writer_error(writer));
	}
	if (good)
		summarize(strcmp(chosen->options.out, "-") == 0 ? stderr : stdout, &recorder, chosen->options.json);
	recorder_release(&recorder);
	return good;
}

/** The configuration that the dump is to have: a file's, or that of hv's ELF file. @return whether it could be read */
static bool read_config(const char *command, const struct chosen *chosen, char **config)
{
	struct hv_elf hv = { 0 };
	const char *wrong = NULL;

	if (chosen->options.config)
		*config = read_text(command, chosen->options.config);
	else if (chosen->options.elf)
		wrong = hv_elf_read(&hv, chosen->options.elf);
	if (wrong)
		(void)command_complain(command, "%s: %s", chosen->options.elf, wrong);
	if (!chosen->options.config)
		*config = hv.config;
	return !wrong && (*config || !chosen->options.config);
}

static int record_file(const char *command, const struct chosen *chosen, const struct guest_memory *memory,
		       uint64_t address)
{
	char error[512], later[512];
	char *config = NULL;

	if (!read_config(command, chosen, &config))
		return COMMAND_BAD;

	struct dump_writer *writer = dump_writer_open(chosen->options.out, error, sizeof(error));
	bool good = writer && record(chosen, memory, address, writer, config, error, sizeof(error));

	if (writer && !dump_writer_close(writer, good ? error : later, sizeof(error)))
		good = false;
	free(config);
	return good ? COMMAND_GOOD : command_complain(command, "%s", error);
}

int command_live(int argc, char **argv)
{
	struct chosen chosen = {
		.options.children = children, .base = 0x80000000, .interval = 1000, .wait = UINT64_MAX
	};
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART }; /* a write into a pipe goes on */
	struct guest_memory memory;
	int result = COMMAND_BAD;

	if (argp_parse(&parser, argc, argv, 0, NULL, &chosen) != 0)
		return COMMAND_USAGE;
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)signal(SIGBUS, lose_memory);
	if (chosen.wait == UINT64_MAX && !chosen.follow)
		chosen.wait = 10;

	uint64_t until = chosen.wait == UINT64_MAX ? UINT64_MAX : now() + chosen.wait * SECOND;

	if (!map_memory(argv[0], &chosen, until, &memory))
		return COMMAND_BAD;

	uint64_t address = find_directory(argv[0], &chosen, until, &memory);

	if (address)
		result = record_file(argv[0], &chosen, &memory, address);
	memory_unmap(&memory);
	return command_flush(argv[0]) == COMMAND_GOOD ? result : COMMAND_BAD;
}
