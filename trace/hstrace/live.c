/* hstrace live: records a guest's rings out of its memory, while it runs or after it has hung.
 *
 * A recording ends when the guest starts anew in the same memory; with --follow=reboots the next one begins then. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trace/dump/number.h"
#include "trace/elf/file_bytes.h"
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
	uint64_t hv;                   /* where hv lies, if it was given with --elf */
	bool follow, reboots, consume, hv_given;
};

/** The guest, over its boots. */
struct session {
	const char *command;
	const struct chosen *chosen;
	struct guest_memory memory;
	uint64_t symbol; /* address of the directory by --elf; 0: by its magic */
	uint64_t until;  /* how long to wait for the first boot */
	unsigned boot;   /* that is recorded, from 1 on */

	/* Of the boot before: */
	uint64_t last_id, last_state;
	uint64_t restarted_at; /* when it was seen to be over; 0 if it has shut down */
	bool gone;             /* its directory was not there for a while */
};

static const struct argp_child children[] = { { .argp = &options_output }, { .argp = &options_json }, { 0 } };

static const struct argp_option own_options[] = {
	{ "memory", 'm', "FILE", 0, "The guest's RAM (QEMU: memory-backend-file,share=on,mem-path=FILE)", 0 },
	{ "base", KEY_BASE, "ADDRESS", 0, "Physical address of its first byte (0x80000000)", 0 },
	{ "follow", 'f', "reboots", OPTION_ARG_OPTIONAL,
	  "Go on until hv has shut down or the guest starts anew, or SIGINT or SIGTERM; else read once what is there. With "
	  "=reboots each boot has a dump, until a signal: OUT.hst, OUT.2.hst, OUT.3.hst, ...",
	  0 },
	{ "elf", KEY_ELF, "FILE[@ADDRESS]", 0,
	  "hv's ELF file, and where hv was loaded: its directory is there by a symbol of the file. Without ADDRESS it is looked "
	  "for where the file is linked, then by its magic",
	  0 },
	{ "config", KEY_CONFIG, "FILE", 0, "JSON of hv's configuration, to be kept in the dump (that of --elf)", 0 },
	{ "wait", KEY_WAIT, "SECONDS", 0,
	  "How long to wait for hv to appear (10; with --follow: for ever); and for each further boot", 0 },
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

/** @p argument: FILE or FILE@ADDRESS, as --symbols takes them */
static void take_elf(struct chosen *chosen, char *argument)
{
	char *at = strrchr(argument, '@');

	chosen->options.elf = argument;
	chosen->hv_given = at && number_read(at + 1, &chosen->hv);
	if (chosen->hv_given)
		*at = 0;
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
		chosen->reboots = argument != NULL;
		if (argument && strcmp(argument, "reboots") != 0)
			argp_error(state, "--follow=%s: it is --follow or --follow=reboots", argument);
		return 0;
	case KEY_BASE:
		chosen->base = options_number(argument, state);
		return 0;
	case KEY_ELF:
		take_elf(chosen, argument);
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
		if (chosen->reboots && chosen->options.out && strcmp(chosen->options.out, "-") == 0)
			argp_error(state, "--follow=reboots writes a file for each boot: not to stdout");
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

/** Reads a text file. @param text to be freed; null after an error */
static enum error read_text(const char *path, char **text)
{
	struct file_bytes file;

	*text = NULL;
	RETURN_IF_ERROR(file_bytes_open(&file, path));
	*text = strndup((const char *)file.bytes, file.size);
	file_bytes_close(&file);
	return *text ? ERROR_NONE : error_no_memory();
}

/* ---- the guest, and its boots ---- */

static uint64_t deadline(const struct chosen *chosen)
{
	return chosen->wait == UINT64_MAX ? UINT64_MAX : now() + chosen->wait * SECOND;
}

/** Maps the memory, waiting until @p until for QEMU to make it. */
static enum error map_memory(struct session *session, uint64_t until)
{
	const struct chosen *chosen = session->chosen;
	struct stat status;

	while (!stopped && now() < until && (stat(chosen->memory, &status) != 0 || status.st_size == 0))
		pause_for(WAIT_EVERY);
	return memory_map(&session->memory, chosen->memory, chosen->base, chosen->consume);
}

/** Maps the memory file anew if a new QEMU has made another one of the same name. */
static enum error follow_file(struct session *session, uint64_t until)
{
	if (!memory_is_replaced(&session->memory, session->chosen->memory))
		return ERROR_NONE;
	memory_unmap(&session->memory);
	session->gone = true;
	return map_memory(session, until);
}

/** Whether @p directory belongs to a later boot than the last one that was recorded. If that one was seen to end, any directory
 * is accepted after a second: a QEMU under icount repeats a boot with the same numbers. */
static bool is_next_boot(const struct session *session, const struct hartscope_directory *directory)
{
	return session->boot == 1 || session->gone || directory->boot != session->last_id ||
	       directory->state < session->last_state ||
	       (session->restarted_at && now() - session->restarted_at > SECOND);
}

/** Whether hv's directory is there, and filled in. */
static enum error read_directory(const struct session *session, uint64_t address, struct hartscope_directory *directory)
{
	if (!address)
		return error_set(ERROR_DATA, "there is no directory of hv in it");
	RETURN_IF_ERROR(memory_read_directory(&session->memory, address, directory));
	if (directory->state == HARTSCOPE_BOOTING)
		return error_set(ERROR_DATA, "hv has not begun to run guests");
	return ERROR_NONE;
}

/** Finds hv's directory, unless it is not filled in, or is that of the boot before. */
static enum error look(struct session *session, uint64_t *address)
{
	struct hartscope_directory directory;
	enum error error;

	*address = session->symbol;
	if (!session->chosen->hv_given && !memory_has_directory(&session->memory, *address))
		*address = memory_find_directory(&session->memory);
	error = read_directory(session, *address, &directory);
	session->gone = session->gone || error != ERROR_NONE;
	RETURN_IF_ERROR(error);
	if (!is_next_boot(session, &directory))
		return error_set(ERROR_DATA, "the guest has not started anew");
	return ERROR_NONE;
}

/** Waits until hv has filled in its directory, and finds its @p address. @return ERROR_DATA if it does not appear */
static enum error find_directory(struct session *session, uint64_t *address)
{
	uint64_t until = session->boot == 1 ? session->until : deadline(session->chosen);
	enum error error;

	/* What a short guest did may not have been seen when the stop comes: so this looks once more after it. */
	for (bool last = false;; pause_for(WAIT_EVERY)) {
		last = stopped || now() >= until;
		RETURN_IF_ERROR(follow_file(session, until));
		error = look(session, address);
		if (error == ERROR_NONE || last)
			return error_about(error, "%s", session->chosen->memory);
	}
}

/* ---- a recording ---- */

static void follow(struct session *session, struct recorder *recorder)
{
	uint64_t flushed = now();

	while (!stopped && !recorder->ended && recorder->state < HARTSCOPE_SHUT_DOWN) {
		if (recorder_poll(recorder) < BUSY)
			pause_for(session->chosen->interval * MICROSECOND);
		if (now() - flushed < FLUSH_EVERY)
			continue;
		if (recorder_flush(recorder) != ERROR_NONE) /* finishing returns it */
			return;
		if (!recorder->ended && memory_is_replaced(&session->memory, session->chosen->memory))
			recorder->ended = "the guest's memory is another file now";
		flushed = now();
	}
}

static void summarize_hart(FILE *out, const struct recorder_hart *hart, bool json, const char *before)
{
	const struct dump_statistics *statistics = &hart->statistics;

	(void)fprintf(out,
		      json ? "%s{\"id\": %" PRIu64 ", \"emitted\": %" PRIu64 ", \"read\": %" PRIu64
			     ", \"lost\": %" PRIu64 ", \"retained\": %" PRIu64 "}"
			   : "%shart %" PRIu64 ": emitted %" PRIu64 " = read %" PRIu64 " + lost %" PRIu64
			     " + still in the ring %" PRIu64 "\n",
		      before, hart->id, statistics->emitted, statistics->read, statistics->lost, hart->retained);
}

/** How hv's run ended, for people; null if it has not, or if the guest has started anew. */
static const char *end_of_run(const struct recorder *recorder)
{
	static const char *const ends[] = { [HARTSCOPE_SHUT_DOWN] = "hv has shut down",
					    [HARTSCOPE_BOOT_ERROR] = "hv has ended with a boot error",
					    [HARTSCOPE_PANIC] = "hv has panicked",
					    [HARTSCOPE_MODULE_FATAL] = "a module of hv has ended the run" };

	return !recorder->ended && recorder->state < sizeof(ends) / sizeof(ends[0]) ? ends[recorder->state] : NULL;
}

static void summarize(const struct session *session, const struct recorder *recorder, const char *path)
{
	bool json = session->chosen->options.json;
	FILE *out = strcmp(path, "-") == 0 ? stderr : stdout;

	if (json) {
		(void)fprintf(out, "{\"state\": %" PRIu64 ", \"boot\": %u, \"dump\": ", recorder->state, session->boot);
		command_json_string(out, path, strlen(path));
		(void)fprintf(out, ", \"restarted\": %s, \"harts\": [", recorder->ended ? "true" : "false");
	} else if (session->chosen->reboots) {
		(void)fprintf(out, "boot %u: %s\n", session->boot, path);
	}
	for (uint32_t index = 0; index < recorder->harts; index++)
		summarize_hart(out, &recorder->hart[index], json, json && index ? ", " : "");
	if (json)
		(void)fprintf(out, "]}\n");
	else if (session->chosen->follow && end_of_run(recorder))
		(void)fprintf(out, "%s: the recording %s\n", end_of_run(recorder),
			      session->chosen->reboots ? "of this boot is complete" : "is complete");
	(void)fflush(out);
}

/** After a recording: remembers how to recognise the next boot, and reports that the guest has started anew if it has. */
static void note_end(struct session *session, const struct recorder *recorder)
{
	session->last_id = recorder->directory.boot;
	session->last_state = recorder->state;
	session->restarted_at = recorder->ended ? now() : 0;
	session->gone = false;
	if (recorder->ended)
		(void)command_complain(session->command, "%s: %s: %s", session->chosen->memory, recorder->ended,
				       session->chosen->reboots ? "the next recording begins"
								: "the recording ends here (--follow=reboots goes on)");
}

/** Records until the end. With --follow, the dump is at OUT as soon as the recording has begun, so that what was recorded
 * survives a failure. */
static enum error record_until_end(struct session *session, struct recorder *recorder, struct dump_writer *writer)
{
	if (session->chosen->follow)
		IGNORE_ERROR(dump_writer_show(writer)); /* finishing returns it */
	(void)recorder_poll(recorder);
	if (session->chosen->follow)
		follow(session, recorder);
	return recorder_finish(recorder);
}

/** Records one boot into an open dump. */
static enum error record(struct session *session, uint64_t address, struct dump_writer *writer, const char *path,
			 const struct hv_elf *image)
{
	struct recorder recorder;
	enum error error =
		recorder_begin(&recorder, &session->memory, address, writer, image, session->chosen->consume);

	if (error == ERROR_NONE)
		error = record_until_end(session, &recorder, writer);
	if (error == ERROR_NONE) {
		summarize(session, &recorder, path);
		note_end(session, &recorder);
	}
	recorder_release(&recorder);
	return error;
}

/** What the dump is to have of hv: what its ELF file says, and another file's configuration instead if there is one. To be released,
 * also after an error */
static enum error read_image(const struct chosen *chosen, struct hv_elf *image)
{
	enum error error = options_read_elf(&chosen->options, image);

	if (!chosen->options.config)
		return error;
	free(image->config);
	return read_text(chosen->options.config, &image->config);
}

/** Where the dump of boot @p boot goes: OUT, or with the boot's number before its ending. @return to be freed */
static char *dump_path(const char *out, unsigned boot)
{
	const char *slash = strrchr(out, '/'), *end = strrchr(slash ? slash : out, '.');
	char *path = NULL;

	if (boot == 1)
		return strdup(out);
	if (!end || end == (slash ? slash + 1 : out))
		end = out + strlen(out);
	return asprintf(&path, "%.*s.%u%s", (int)(end - out), out, boot, end) < 0 ? NULL : path;
}

static enum error record_file(struct session *session, uint64_t address, const char *path, const struct hv_elf *image)
{
	struct dump_writer *writer;

	RETURN_IF_ERROR(dump_writer_open(&writer, path));

	enum error error = record(session, address, writer, path, image);

	if (error == ERROR_NONE)
		return dump_writer_close(writer);
	dump_writer_drop(writer);
	return error;
}

static enum error record_boot(struct session *session, uint64_t address, const struct hv_elf *image)
{
	char *path = dump_path(session->chosen->options.out, session->boot);
	enum error error = path ? record_file(session, address, path, image) : error_no_memory();

	free(path);
	return error;
}

/** Records the guest, or each of its boots. That no further boot comes is no error. */
static enum error record_all(struct session *session, const struct hv_elf *image)
{
	uint64_t address;

	session->boot = 1;
	RETURN_IF_ERROR(find_directory(session, &address));
	RETURN_IF_ERROR(record_boot(session, address, image));
	while (session->chosen->reboots && !stopped) {
		session->boot++;

		enum error error = find_directory(session, &address);

		if (error == ERROR_SYSTEM)
			(void)command_complain(session->command, "%s", error_message());
		if (error != ERROR_NONE)
			break;
		RETURN_IF_ERROR(record_boot(session, address, image));
	}
	return ERROR_NONE;
}

/** Finds the directory's address in --elf, if that was given. */
static enum error find_symbol(struct session *session)
{
	const char *elf = session->chosen->options.elf;

	if (!elf)
		return ERROR_NONE;
	return symbol_address(elf, "hartscope_directory", session->chosen->hv_given ? &session->chosen->hv : NULL,
			      &session->symbol);
}

static enum error run(struct session *session)
{
	struct hv_elf image = { 0 };

	RETURN_IF_ERROR(find_symbol(session));
	RETURN_IF_ERROR(map_memory(session, session->until));

	enum error error = read_image(session->chosen, &image);

	if (error == ERROR_NONE)
		error = record_all(session, &image);
	hv_elf_release(&image);
	if (session->memory.bytes)
		memory_unmap(&session->memory);
	return error;
}

int command_live(int argc, char **argv)
{
	struct chosen chosen = {
		.options.children = children, .base = 0x80000000, .interval = 1000, .wait = UINT64_MAX
	};
	struct session session = { .command = argv[0], .chosen = &chosen };
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART }; /* a write into a pipe goes on */

	if (command_parse(&parser, argc, argv, &chosen) != ERROR_NONE)
		return command_complain(argv[0], "%s", error_message());
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)signal(SIGBUS, lose_memory);
	if (chosen.wait == UINT64_MAX && !chosen.follow)
		chosen.wait = 10;
	session.until = deadline(&chosen);
	return command_end(argv[0], run(&session));
}
