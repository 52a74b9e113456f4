/* hstrace live: records a guest's rings from its memory, while it runs or after it has hung.
 *
 * The command waits until hv's directory (the table that describes the rings) appears in the guest's memory. Then it
 * polls the rings, and writes their slots to a dump. If the guest restarts in the same memory, the recording ends. With
 * --follow=reboots, a new recording begins then. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trace/elf/file_bytes.h"
#include "trace/hstrace/command.h"
#include "trace/hstrace/live_options.h"
#include "trace/hstrace/live_watch.h"
#include "trace/live/recorder.h"
#include "trace/live/symbol.h"

#define MICROSECOND 1000L /* ns */
#define SECOND 1000000000L
#define FLUSH_EVERY (SECOND / 10)
#define WAIT_EVERY (10000 * MICROSECOND)
#define BUSY 64 /* if recorder_poll() returns this much or more, the next poll follows without a pause */

/** The state of the command. It covers all boots of the guest that are recorded. */
struct session {
	const char *command;
	const struct live_options *chosen;
	struct guest_memory memory;
	uint64_t symbol; /* address of hv's directory in the file of --elf; 0 to search the memory for the directory */
	uint64_t until;  /* when to stop waiting for the first boot, in the time of now() */
	unsigned boot;   /* number of the boot that is being recorded, from 1 */
	uint64_t ends;   /* when --for ends the recording, in the time of now(); UINT64_MAX before the first boot */
	unsigned dumps;  /* how many dumps have been written */

	/* These members describe the boot that was recorded last. They help to recognise that a directory belongs to a
	 * later boot. The first two are the boot's number and its state at the end of the recording. */
	uint64_t last_id, last_state;
	uint64_t restarted_at; /* when the recorder noticed that the guest had restarted; 0 if hv shut down instead */
	bool gone;             /* hv's directory has been missing at least once since the last boot */
};

static volatile sig_atomic_t stopped;

/** Handles SIGINT and SIGTERM. The recording ends at the next poll. */
static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/** Handles SIGBUS, which the kernel sends when the program reads a mapped file beyond its end. */
static void lose_memory(int signal)
{
	static const char text[] =
		"hstrace live: the guest's memory file has become shorter: the last part of the recording is missing\n";

	(void)signal;

	ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)written; /* if writing this message failed, another message would fail, too */
	_exit(COMMAND_BAD);
}

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

/** Returns whether the time of --for is over. */
static bool time_is_over(const struct session *session)
{
	return now() >= session->ends;
}

/** Reads a text file. @param text the caller frees it; null after an error */
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

/** Returns when to stop waiting for a boot. The waiting begins now. */
static uint64_t deadline(const struct live_options *chosen)
{
	return chosen->wait == UINT64_MAX ? UINT64_MAX : now() + chosen->wait * SECOND;
}

/** Maps the memory file. If QEMU has not created the file yet, waits for it, but not longer than until @p until. */
static enum error map_memory(struct session *session, uint64_t until)
{
	const struct live_options *chosen = session->chosen;
	struct stat status;

	while (!stopped && now() < until && (stat(chosen->memory, &status) != 0 || status.st_size == 0))
		pause_for(WAIT_EVERY);
	return memory_map(&session->memory, chosen->memory, chosen->base, chosen->consume);
}

/** If a new QEMU has created another memory file with the same name, maps this new file. */
static enum error follow_file(struct session *session, uint64_t until)
{
	if (!memory_is_replaced(&session->memory, session->chosen->memory))
		return ERROR_NONE;
	memory_unmap(&session->memory);
	session->gone = true;
	return map_memory(session, until);
}

/** Returns whether @p directory belongs to a boot after the last recorded boot. If the guest restarted more than a
 * second ago, any directory is accepted, because QEMU with icount can repeat a boot with exactly the same numbers. */
static bool is_next_boot(const struct session *session, const struct hartscope_directory *directory)
{
	return session->boot == 1 || session->gone || directory->boot != session->last_id ||
	       directory->state < session->last_state ||
	       (session->restarted_at && now() - session->restarted_at > SECOND);
}

/** Reads hv's directory. @return ERROR_DATA if there is no directory at @p address, or if hv has not filled it in
 * yet */
static enum error read_directory(const struct session *session, uint64_t address, struct hartscope_directory *directory)
{
	if (!address)
		return error_set(ERROR_DATA, "it contains no directory of hv");
	RETURN_IF_ERROR(memory_read_directory(&session->memory, address, directory));
	if (directory->state == HARTSCOPE_BOOTING)
		return error_set(ERROR_DATA, "hv has not started its guest yet");
	return ERROR_NONE;
}

/** Looks once for hv's directory.
 * @return ERROR_DATA if the directory is missing, if hv has not filled it in yet, or if it still belongs to the
 * previous boot */
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
		return error_set(ERROR_DATA, "the guest has not restarted");
	return ERROR_NONE;
}

/** Waits until hv has filled in its directory. @param address receives the directory's address.
 * @return ERROR_DATA if no directory appears */
static enum error find_directory(struct session *session, uint64_t *address)
{
	uint64_t until = session->boot == 1 ? session->until : deadline(session->chosen);
	enum error error;

	/* A short run may begin and end between the last look and the signal. So the loop looks once more after the
	 * signal. */
	for (bool last = false;; pause_for(WAIT_EVERY)) {
		last = stopped || now() >= until || time_is_over(session);
		RETURN_IF_ERROR(follow_file(session, until));
		error = look(session, address);
		if (error == ERROR_NONE || last)
			return error_about(error, "%s", session->chosen->memory);
	}
}

/* ---- a recording ---- */

/** Returns the stream for what the user should read: stdout, or stderr if the dump goes to stdout. */
static FILE *stream(const char *path)
{
	return strcmp(path, "-") == 0 ? stderr : stdout;
}

/** Polls the rings until hv ends, the guest restarts, a limit is reached, the time after a trigger is over, or the
 * program receives a signal. */
static void follow(struct session *session, struct recorder *recorder, struct live_watch *live, const char *path)
{
	FILE *out = session->chosen->options.json ? NULL : stream(path);
	uint64_t flushed = now();

	while (!stopped && !recorder->ended && recorder->state < HARTSCOPE_SHUT_DOWN && !time_is_over(session) &&
	       !live_watch_is_over(live, now())) {
		unsigned fullest = recorder_poll(recorder);

		if (live_watch_poll(live, recorder, now(), out) != ERROR_NONE) /* recorder_finish() will return it */
			return;
		if (fullest < BUSY)
			pause_for(session->chosen->interval * MICROSECOND);
		if (now() - flushed < FLUSH_EVERY)
			continue;
		if (recorder_flush(recorder) != ERROR_NONE) /* recorder_finish() will return this error */
			return;
		if (!recorder->ended && memory_is_replaced(&session->memory, session->chosen->memory))
			recorder->ended = "the guest's memory is now another file";
		flushed = now();
	}
}

/** @param left_out slots that are not in the dump because of --trigger or --max-size */
static void summarize_hart(FILE *out, const struct recorder_hart *hart, bool json, const char *before,
			   uint64_t left_out)
{
	const struct dump_statistics *statistics = &hart->statistics;

	(void)fprintf(out,
		      json ? "%s{\"id\": %" PRIu64 ", \"emitted\": %" PRIu64 ", \"read\": %" PRIu64
			     ", \"lost\": %" PRIu64 ", \"retained\": %" PRIu64
			   : "%shart %" PRIu64 ": emitted %" PRIu64 " = read %" PRIu64 " + lost %" PRIu64
			     " + still in the ring %" PRIu64,
		      before, hart->id, statistics->emitted, statistics->read, statistics->lost, hart->retained);
	if (left_out)
		(void)fprintf(out, json ? ", \"left_out\": %" PRIu64 : " + left out %" PRIu64, left_out);
	(void)fprintf(out, json ? "}" : "\n");
}

/** Returns a text for messages that says how hv's run ended. Returns null if the run has not ended, or if the guest has
 * restarted. */
static const char *end_of_run(const struct recorder *recorder)
{
	static const char *const ends[] = { [HARTSCOPE_SHUT_DOWN] = "hv has shut down",
					    [HARTSCOPE_BOOT_ERROR] = "hv has ended with a boot error",
					    [HARTSCOPE_PANIC] = "hv has panicked",
					    [HARTSCOPE_MODULE_FATAL] = "a module of hv has ended the run" };

	return !recorder->ended && recorder->state < sizeof(ends) / sizeof(ends[0]) ? ends[recorder->state] : NULL;
}

/** Prints a summary of the recording.
 * @param path the dump; null if nothing was written because no trigger has fired */
static void summarize_json(const struct session *session, const struct recorder *recorder,
			   const struct live_watch *live, FILE *out, const char *path)
{
	(void)fprintf(out, "{\"state\": %" PRIu64 ", \"boot\": %u, \"dump\": ", recorder->state, session->boot);
	if (path)
		command_json_string(out, path, strlen(path));
	else
		(void)fprintf(out, "null");
	(void)fprintf(out, ", \"restarted\": %s", recorder->ended ? "true" : "false");
	live_watch_json(live, out);
	(void)fprintf(out, ", \"harts\": [");
	for (uint32_t index = 0; index < recorder->harts; index++)
		summarize_hart(out, &recorder->hart[index], true, index ? ", " : "", live_watch_left_out(live, index));
	(void)fprintf(out, "]}\n");
}

/** Prints a summary of the recording. The last line says why the recording has ended. */
static void summarize(const struct session *session, const struct recorder *recorder, const struct live_watch *live,
		      const char *path)
{
	FILE *out = stream(path);

	if (session->chosen->options.json) {
		summarize_json(session, recorder, live, out, path);
		(void)fflush(out);
		return;
	}
	if (session->chosen->reboots)
		(void)fprintf(out, "boot %u: %s\n", session->boot, path);
	for (uint32_t index = 0; index < recorder->harts; index++)
		summarize_hart(out, &recorder->hart[index], false, "", live_watch_left_out(live, index));
	if (session->chosen->follow && end_of_run(recorder))
		(void)fprintf(out, "%s: the recording %s\n", end_of_run(recorder),
			      session->chosen->reboots ? "of this boot is complete" : "is complete");
	else if (time_is_over(session) && !recorder->ended && !live_watch_is_over(live, now()))
		(void)fprintf(out, "the recording has ended after the time of --for\n");
	live_watch_summarize(live, out, path);
	(void)fflush(out);
}

/** Called when a recording has ended before a trigger fired. Nothing was written then. */
static void summarize_idle(const struct session *session, const struct recorder *recorder,
			   const struct live_watch *live, const char *path)
{
	if (session->chosen->options.json) {
		summarize_json(session, recorder, live, stream(path), NULL);
		(void)fflush(stream(path));
	}
	(void)command_complain(session->command, "%s%sno trigger has fired, so %s was not written",
			       end_of_run(recorder) ? end_of_run(recorder) : "", end_of_run(recorder) ? ": " : "",
			       path);
}

/** Called after a recording. Stores the data that is needed to recognise the next boot. If the guest has restarted,
 * prints a message. */
static void note_end(struct session *session, const struct recorder *recorder)
{
	session->last_id = recorder->directory.boot;
	session->last_state = recorder->state;
	session->restarted_at = recorder->ended ? now() : 0;
	session->gone = false;
	if (recorder->ended)
		(void)command_complain(
			session->command, "%s: %s: %s", session->chosen->memory, recorder->ended,
			session->chosen->reboots
				? "the next recording begins"
				: "the recording ends here (--follow=reboots would record the next boot)");
}

/** Records until the end. With --follow, OUT exists as soon as the recording has begun, so that a failure does not
 * destroy the slots that were recorded before it. With a trigger, OUT exists as soon as the trigger has fired. */
static enum error record_until_end(struct session *session, struct recorder *recorder, struct live_watch *live,
				   const char *path)
{
	if (session->chosen->follow && !live_watch_is_idle(live))
		IGNORE_ERROR(dump_writer_show(recorder->writer)); /* recorder_finish() will return this error */
	(void)recorder_poll(recorder);
	if (session->chosen->follow)
		follow(session, recorder, live, path);
	return recorder_finish(recorder);
}

/** Closes the dump and prints the summary. The summary comes last, because a full disk may only show when the dump is
 * closed. If no trigger has fired, drops the dump. */
static enum error end_record(struct session *session, const struct recorder *recorder, const struct live_watch *live,
			     const char *path)
{
	if (live_watch_is_idle(live)) {
		dump_writer_drop(recorder->writer);
		summarize_idle(session, recorder, live, path);
	} else {
		RETURN_IF_ERROR(dump_writer_close(recorder->writer));
		session->dumps++;
		summarize(session, recorder, live, path);
	}
	note_end(session, recorder);
	return ERROR_NONE;
}

/** Records one boot into an open dump, and closes the dump. */
static enum error record(struct session *session, uint64_t address, struct dump_writer *writer, const char *path,
			 const struct hv_elf *image)
{
	struct live_watch live = { 0 };
	struct recorder recorder;
	enum error error =
		recorder_begin(&recorder, &session->memory, address, writer, image, session->chosen->consume);

	if (error == ERROR_NONE)
		error = live_watch_open(&live, session->chosen, &recorder, image->config);
	if (session->ends == UINT64_MAX && session->chosen->time != INT64_MAX)
		session->ends = now() + (uint64_t)session->chosen->time;
	if (error == ERROR_NONE)
		error = record_until_end(session, &recorder, &live, path);
	if (error == ERROR_NONE)
		error = end_record(session, &recorder, &live, path);
	else
		dump_writer_drop(writer);
	live_watch_close(&live);
	recorder_release(&recorder);
	return error;
}

/** Reads the data about hv that the dump will contain. This data is in the notes of the ELF file of --elf. If --config
 * was given, the configuration in the file of --config replaces the configuration in the notes. The caller must release
 * @p image, even after an error. */
static enum error read_image(const struct live_options *chosen, struct hv_elf *image)
{
	RETURN_IF_ERROR(options_read_elf(&chosen->options, image));
	if (!chosen->options.config)
		return ERROR_NONE;
	free(image->config);
	return read_text(chosen->options.config, &image->config);
}

/** Returns the path of the dump for the boot with the number @p boot. The path is OUT for the first boot. For later
 * boots, the path is OUT with the boot's number in front of the extension.
 * @return the path, which the caller must free; null if memory ran out */
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
	return record(session, address, writer, path, image);
}

static enum error record_boot(struct session *session, uint64_t address, const struct hv_elf *image)
{
	char *path = dump_path(session->chosen->options.out, session->boot);
	enum error error = path ? record_file(session, address, path, image) : error_no_memory();

	free(path);
	return error;
}

/** Records one boot of the guest, or, with --follow=reboots, each boot. It is no error if no further boot comes. */
static enum error record_all(struct session *session, const struct hv_elf *image)
{
	uint64_t address;

	session->boot = 1;
	RETURN_IF_ERROR(find_directory(session, &address));
	RETURN_IF_ERROR(record_boot(session, address, image));
	while (session->chosen->reboots && !stopped && !time_is_over(session)) {
		session->boot++;

		enum error error = find_directory(session, &address);

		/* Other errors only mean that no further boot came. This is the normal end of a recording of all
		 * boots. */
		if (error == ERROR_SYSTEM)
			(void)command_complain(session->command, "%s", error_message());
		if (error != ERROR_NONE)
			break;
		RETURN_IF_ERROR(record_boot(session, address, image));
	}
	return ERROR_NONE;
}

/** If --elf was given, finds the address of hv's directory in the ELF file. */
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

	enum error error = read_image(session->chosen, &image);

	if (error == ERROR_NONE)
		error = live_watch_check(session->chosen, &image);
	if (error == ERROR_NONE)
		error = map_memory(session, session->until);
	if (error == ERROR_NONE)
		error = record_all(session, &image);
	hv_elf_release(&image);
	if (session->memory.bytes)
		memory_unmap(&session->memory);
	return error;
}

int command_live(int argc, char **argv)
{
	struct live_options chosen = { .options.children = live_children,
				       .base = 0x80000000,
				       .interval = 1000,
				       .wait = UINT64_MAX,
				       .time = INT64_MAX,
				       .watch = LIVE_WATCH_DEFAULTS };
	struct session session = { .command = argv[0], .chosen = &chosen, .ends = UINT64_MAX };
	struct sigaction action = { .sa_handler = stop,
				    .sa_flags = SA_RESTART }; /* a signal must not interrupt a write into a pipe */

	if (command_parse(&live_parser, argc, argv, &chosen) != ERROR_NONE)
		return command_complain(argv[0], "%s", error_message());
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)signal(SIGBUS, lose_memory);
	if (chosen.wait == UINT64_MAX && !chosen.follow)
		chosen.wait = 10;
	session.until = deadline(&chosen);

	enum error error = run(&session);
	int result = command_end(argv[0], error);

	if (error == ERROR_OPTION)
		return COMMAND_USAGE;
	return error == ERROR_NONE && chosen.watch.triggers && !session.dumps ? COMMAND_BAD : result;
}
