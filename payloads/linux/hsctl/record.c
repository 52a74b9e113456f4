/* hsctl record: the trace into a dump, while a command runs or until stopped. */
#include <argp.h>
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

#include "payloads/linux/hsctl/command.h"
#include "payloads/linux/hsctl/events.h"
#include "payloads/linux/hsctl/recording.h"
#include "trace/dump/number.h"

struct options {
	const char *path;
	char **command; /* NULL: none */
	uint64_t mask;
	uint64_t seconds; /* 0: until stopped */
	bool sets_mask, history;
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "The dump to write; - for stdout", 0 },
	{ "mask", 'm', "EVENTS", 0, "Record only these: exit,ipi_send,...; all; or a number (default: as it is)", 0 },
	{ "seconds", 's', "N", 0, "End after N seconds", 0 },
	{ "history", 'H', NULL, 0, "Begin with what the monitor still holds from before", 0 },
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
		if (!number_read(argument, &chosen->seconds) || chosen->seconds < 1 || chosen->seconds > 1000000)
			argp_error(state, "--seconds=%s: 1 to 1000000", argument);
		return 0;
	case 'H':
		chosen->history = true;
		return 0;
	case ARGP_KEY_ARGS:
		chosen->command = state->argv + state->next;
		return 0;
	case ARGP_KEY_END:
		if (!chosen->path)
			argp_error(state, "--output=FILE is missing");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = options,
	.parser = parse,
	.args_doc = "[-- COMMAND [ARGUMENT...]]",
	.doc = "Writes the trace to a dump: while COMMAND runs, or until ^C. Ends with COMMAND's exit code.\v"
	       "Example: hsctl record -o boot.hst --mask=exit,ecall -- sleep 1",
};

/** A process that runs while the trace is recorded; id 0: none. */
struct child {
	pid_t id;
	bool ended;
	int exit_code;
};

static bool start(struct child *child, char **command, const sigset_t *signals)
{
	child->id = fork();
	if (child->id < 0)
		return complain("fork: %s", strerror(errno));
	if (child->id > 0)
		return true;
	(void)sigprocmask(SIG_UNBLOCK, signals, NULL);
	(void)execvp(command[0], command);
	(void)complain("%s: %s", command[0], strerror(errno));
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

/** Takes one signal. @return whether the recording is to end */
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

static double now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool record_until_end(struct recording *recording, struct child *child, int signals, uint64_t seconds)
{
	double end = now() + (double)seconds;
	size_t bytes;

	while (true) {
		struct pollfd files[] = {
			{ .fd = recording->device->file, .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
		};
		double left = seconds ? end - now() : 3600;

		if (left <= 0)
			return true;
		if (poll(files, 2, (int)(left * 1000) + 1) < 0 && errno != EINTR)
			return complain("poll: %s", strerror(errno));
		if (files[0].revents && !recording_take(recording, &bytes))
			return false;
		if ((files[1].revents & POLLIN) && signal_ends(child, signals))
			return true;
	}
}

static void summarise(const struct recording *recording, const char *path)
{
	uint64_t read = 0, lost = 0;

	for (unsigned int hart = 0; hart < recording->device->harts; hart++) {
		read += recording->hart[hart].read;
		lost += recording->hart[hart].lost - recording->hart[hart].before;
	}
	(void)fprintf(stderr, "hsctl: %s: %" PRIu64 " slots of %u harts, %" PRIu64 " lost\n", path, read,
		      recording->device->harts, lost);
}

/** Signals that are taken one by one. The writer tells of a closed pipe: SIGPIPE must not come before the mask is put back. */
static void choose_signals(sigset_t *signals)
{
	static const int chosen[] = { SIGINT, SIGTERM, SIGCHLD, SIGPIPE };
	struct sigaction hangup;

	(void)sigemptyset(signals);
	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++)
		(void)sigaddset(signals, chosen[i]);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* nohup */
		(void)sigaddset(signals, SIGHUP);
}

static int record(struct recording *recording, const struct options *chosen, struct child *child)
{
	sigset_t signals;

	choose_signals(&signals);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	int file = signalfd(-1, &signals, SFD_CLOEXEC);
	bool good = file >= 0 || complain("signalfd: %s", strerror(errno));

	good = good && (chosen->history || device_skip(recording->device)) && device_sync(recording->device);
	good = good && (!chosen->command || start(child, chosen->command, &signals));
	good = good && record_until_end(recording, child, file, chosen->seconds);
	good = recording_end(recording) && good;
	if (file >= 0)
		(void)close(file);
	return good ? child->exit_code : COMMAND_FAILED;
}

/** Sets the mask for the time of the recording. */
static int record_with_mask(struct device *device, const struct options *chosen)
{
	static struct recording recording;
	struct child child = { 0 };
	struct hartscope_control control = { .mask = chosen->mask, .which = HARTSCOPE_CTRL_SET_MASK };

	if (!device_has_trace(device) || !recording_begin(&recording, device, chosen->path))
		return COMMAND_FAILED;
	if (chosen->sets_mask && !device_control(device, &control))
		return COMMAND_FAILED;
	int code = record(&recording, chosen, &child);
	control.which = HARTSCOPE_CTRL_SET_MASK;
	if (chosen->sets_mask && !device_control(device, &control))
		code = COMMAND_FAILED;
	summarise(&recording, chosen->path);
	return code;
}

int command_record(int argc, char **argv)
{
	struct options chosen = { 0 };
	struct device device;

	if (argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, &chosen) != 0)
		return COMMAND_USAGE;
	if (!device_open(&device, chosen.sets_mask))
		return COMMAND_FAILED;
	int code = record_with_mask(&device, &chosen);
	device_close(&device);
	return code;
}
