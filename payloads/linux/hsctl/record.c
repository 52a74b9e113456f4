/* hsctl record writes the trace to a dump, while a command runs or until the user stops the recording. Signals are
 * blocked and read from a file descriptor. So one poll() can wait for slots, for the end of the command, and for a
 * signal from the user. In whatever way the recording ends, hsctl completes the dump, restores the mask, and switches off
 * what it has switched on in ftrace. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "payloads/linux/ftrace/tracefs.h"
#include "payloads/linux/hsctl/command.h"
#include "payloads/linux/hsctl/events.h"
#include "payloads/linux/hsctl/ftrace.h"
#include "payloads/linux/hsctl/recording.h"
#include "trace/dump/number.h"

#define MOST_SECONDS 1000000
#define POLL_SECONDS 3600 /* without a time limit, poll() returns at least this often */

struct options {
	const char *path;
	char **command; /* NULL if no command was given */
	uint64_t mask;
	uint64_t seconds;          /* length of the recording; 0 to record until the user stops it */
	const char *ftrace_events; /* null for the usual ones */
	bool sets_mask, history, ftrace;
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "The dump to write; - for stdout", 0 },
	{ "mask", 'm', "EVENTS", 0,
	  "Record only these events: exit,ipi_send,...; all; or a number (default: no change)", 0 },
	{ "seconds", 's', "N", 0, "End after N seconds", 0 },
	{ "history", 'H', NULL, 0, "Also record the slots that are still in the rings at the start", 0 },
	{ "ftrace", 'f', "EVENTS", OPTION_ARG_OPTIONAL,
	  "Also record these events of Linux, and its SBI calls, into FILE" FTRACE_ENDING
	  ": sched:*,irq:*,... (default: threads, interrupts, timers and IPIs)",
	  0 },
	{ 0 },
};

static void parse_mask(struct options *chosen, const char *argument, const struct argp_state *state)
{
	char unknown[EVENTS_NAME_BYTES], meant[NEAREST_MESSAGE_BYTES];
	struct nearest search;

	chosen->sets_mask = true;
	if (events_parse_mask(argument, &chosen->mask, unknown))
		return;
	nearest_begin(&search, unknown);
	events_offer(&search);
	argp_error(state, "--mask: there is no event \"%s\"%s", unknown, nearest_message(&search, meant));
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *chosen = state->input;

	switch (key) {
	case 'o':
		chosen->path = argument;
		return 0;
	case 'm':
		parse_mask(chosen, argument, state);
		return 0;
	case 's':
		if (!number_read(argument, &chosen->seconds) || chosen->seconds < 1 || chosen->seconds > MOST_SECONDS)
			argp_error(state, "--seconds=%s: give a number from 1 to %d", argument, MOST_SECONDS);
		return 0;
	case 'H':
		chosen->history = true;
		return 0;
	case 'f':
		chosen->ftrace = true;
		chosen->ftrace_events = argument;
		return 0;
	case ARGP_KEY_ARGS:
		chosen->command = state->argv + state->next;
		return 0;
	case ARGP_KEY_END:
		if (!chosen->path)
			argp_error(state, "--output=FILE is missing");
		if (chosen->ftrace && strcmp(chosen->path, "-") == 0)
			argp_error(state, "--ftrace writes FILE" FTRACE_ENDING ", so --output=- is not possible");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = options,
	.parser = parse,
	.args_doc = "[-- COMMAND [ARGUMENT...]]",
	.doc = "Writes the trace to a dump while COMMAND runs, or until ^C. Ends with COMMAND's exit code.\v"
	       "Example: hsctl record -o boot.hst --mask=exit,ecall -- sleep 1\n"
	       "Example: hsctl record -o boot.hst --ftrace -- sleep 1",
};

/** The process that runs while the trace is recorded. If there is no such process, the id is 0. */
struct child {
	pid_t id;
	bool ended;
	int exit_code;
};

static enum error start(struct child *child, char **command, const sigset_t *signals)
{
	child->id = fork();
	if (child->id < 0)
		return error_set(ERROR_SYSTEM, "fork: %s", strerror(errno));
	if (child->id > 0)
		return ERROR_NONE;
	(void)sigprocmask(SIG_UNBLOCK, signals, NULL);
	(void)execvp(command[0], command);
	complain("%s: %s", command[0], strerror(errno));
	_exit(COMMAND_NOT_RUN);
}

static void collect(struct child *child)
{
	int status;

	if (child->id == 0 || waitpid(child->id, &status, WNOHANG) != child->id)
		return;
	child->ended = true;
	child->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/** Handles one signal. While a command runs, a signal that asks hsctl to end is passed on to the command, and the
 * recording goes on until the command has ended. @return whether the recording must end */
static bool signal_ends(struct child *child, int signals)
{
	struct signalfd_siginfo received;

	if (read(signals, &received, sizeof(received)) != sizeof(received))
		return false;
	if (received.ssi_signo == SIGCHLD) {
		collect(child);
		return child->ended;
	}
	if (child->id && !child->ended && (received.ssi_signo == SIGTERM || received.ssi_signo == SIGHUP))
		(void)kill(child->id, (int)received.ssi_signo);
	return child->id == 0;
}

/** What belongs to one recording. */
struct session {
	struct recording *recording;
	struct ftrace *ftrace; /* null without --ftrace */
	const struct options *chosen;
	struct child *child;
	sigset_t signals; /* the blocked signals */
};

static double now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/** Empties ftrace's buffers if that is due. @param due  the time at which it is due next, as now() returns it */
static enum error take_from_ftrace(struct ftrace *ftrace, double *due)
{
	if (!ftrace || now() < *due)
		return ERROR_NONE;
	RETURN_IF_ERROR(ftrace_take(ftrace));
	*due = now() + FTRACE_PERIOD_MS / 1e3;
	return ERROR_NONE;
}

/** Waits for slots or a signal.
 * @param files   the device, and the descriptor of the signals; receives which of them has something to read
 * @param seconds the longest time to wait */
static enum error wait_for(struct pollfd files[2], double seconds)
{
	if (poll(files, 2, (int)(seconds * 1000) + 1) < 0 && errno != EINTR)
		return error_set(ERROR_SYSTEM, "poll: %s", strerror(errno));
	return ERROR_NONE;
}

static enum error record_until_end(const struct session *session, int signals)
{
	uint64_t seconds = session->chosen->seconds;
	double end = now() + (double)seconds, due = now();
	size_t bytes;

	while (true) {
		struct pollfd files[] = {
			{ .fd = session->recording->device->file, .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
		};
		double left = seconds ? end - now() : POLL_SECONDS;

		if (left <= 0)
			return ERROR_NONE;
		RETURN_IF_ERROR(take_from_ftrace(session->ftrace, &due));
		if (session->ftrace && left > FTRACE_PERIOD_MS / 1e3)
			left = FTRACE_PERIOD_MS / 1e3;
		RETURN_IF_ERROR(wait_for(files, left));
		if (files[0].revents)
			RETURN_IF_ERROR(recording_take(session->recording, &bytes));
		if ((files[1].revents & POLLIN) && signal_ends(session->child, signals))
			return ERROR_NONE;
	}
}

static void summarise(const struct session *session)
{
	const struct recording *recording = session->recording;
	uint64_t read = 0, lost = 0;

	for (unsigned int hart = 0; hart < recording->device->harts; hart++) {
		read += recording->hart[hart].read;
		lost += recording->hart[hart].lost - recording->hart[hart].before;
	}
	(void)fprintf(stderr, "hsctl: %s: %" PRIu64 " slots of %u harts, %" PRIu64 " lost\n", session->chosen->path,
		      read, recording->device->harts, lost);
}

/** Selects the signals to block. SIGPIPE is blocked because it would end hsctl before hsctl has restored the mask. If
 * the pipe is closed, the writer of the dump returns an error instead. SIGHUP is left alone if it is already ignored,
 * because then hsctl was started with nohup. */
static void choose_signals(sigset_t *signals)
{
	static const int chosen[] = { SIGINT, SIGTERM, SIGCHLD, SIGPIPE };
	struct sigaction hangup;

	(void)sigemptyset(signals);
	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++)
		(void)sigaddset(signals, chosen[i]);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* not started with nohup */
		(void)sigaddset(signals, SIGHUP);
}

/** Shows the dump. Skips the slots that were written before the recording, unless the user gave --history. Then starts
 * ftrace and the command. */
static enum error begin(const struct session *session)
{
	RETURN_IF_ERROR(recording_show(session->recording));
	if (!session->chosen->history)
		RETURN_IF_ERROR(device_skip(session->recording->device));
	RETURN_IF_ERROR(device_sync(session->recording->device));
	if (session->ftrace)
		RETURN_IF_ERROR(ftrace_start(session->ftrace, session->recording));
	return session->chosen->command ? start(session->child, session->chosen->command, &session->signals)
					: ERROR_NONE;
}

/** Records until the command or the time ends, or until a signal stops it. */
static enum error run(const struct session *session)
{
	int file = signalfd(-1, &session->signals, SFD_CLOEXEC);

	if (file < 0)
		return error_set(ERROR_SYSTEM, "signalfd: %s", strerror(errno));

	enum error error = begin(session);

	if (error == ERROR_NONE)
		error = record_until_end(session, file);
	(void)close(file);
	if (error == ERROR_NONE && session->ftrace)
		error = ftrace_stop(session->ftrace, session->recording);
	return error;
}

/** Sets the mask, if the user gave one. @p control receives the mask that was set before. */
static enum error set_mask(struct device *device, const struct options *chosen, struct hartscope_control *control)
{
	control->which = HARTSCOPE_CTRL_SET_MASK;
	return chosen->sets_mask ? device_control(device, control) : ERROR_NONE;
}

/** Sets the mask, records, and restores the mask. Closes the dump even after an error. If the mask cannot be set, drops
 * the dump without reading slots. In discard mode, a later recording would not get them any more. */
static enum error record_with_mask(const struct session *session)
{
	struct recording *recording = session->recording;
	struct hartscope_control control = { .mask = session->chosen->mask };
	struct error_kept failure = { 0 };

	error_keep(&failure, set_mask(recording->device, session->chosen, &control));
	if (failure.error != ERROR_NONE) {
		recording_drop(recording);
		return error_again(&failure);
	}
	error_keep(&failure, run(session));
	error_keep(&failure, recording_end(recording));
	error_keep(&failure, set_mask(recording->device, session->chosen, &control));
	summarise(session);
	return error_again(&failure);
}

static enum error record(struct session *session, struct device *device)
{
	static struct recording recording;

	session->recording = &recording;
	RETURN_IF_ERROR(recording_begin(&recording, device, session->chosen->path));
	return record_with_mask(session);
}

/** Writes the rest of ftrace's file after hv's dump is complete, because hv's rings might become full meanwhile. */
static enum error record_with_ftrace(struct session *session, struct device *device)
{
	struct ftrace ftrace;

	RETURN_IF_ERROR(ftrace_open(&ftrace, TRACEFS, session->chosen->ftrace_events, session->chosen->path));
	session->ftrace = &ftrace;

	enum error error = record(session, device);

	if (error == ERROR_NONE)
		error = ftrace_keep(&ftrace);
	if (error == ERROR_NONE)
		(void)fprintf(stderr, "hsctl: %s: %" PRIu64 " pages of %zu CPUs\n", ftrace.path, ftrace.save.pages,
			      ftrace.save.cpus);
	ftrace_close(&ftrace);
	return error;
}

static enum error open_and_record(struct session *session)
{
	const struct options *chosen = session->chosen;
	struct device device;

	RETURN_IF_ERROR(device_open(&device, chosen->sets_mask || chosen->ftrace));

	enum error error = device_check_trace(&device);

	if (error == ERROR_NONE)
		error = chosen->ftrace ? record_with_ftrace(session, &device) : record(session, &device);
	device_close(&device);
	return error;
}

int command_record(int argc, char **argv)
{
	struct options chosen = { 0 };
	struct child child = { 0 };

	struct session session = { .chosen = &chosen, .child = &child };

	command_parse(&parser, ARGP_IN_ORDER, argc, argv, &chosen);
	choose_signals(&session.signals);
	(void)sigprocmask(SIG_BLOCK, &session.signals, NULL);

	int code = command_end(open_and_record(&session));

	return code == COMMAND_GOOD ? child.exit_code : code;
}
