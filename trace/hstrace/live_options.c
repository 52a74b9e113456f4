/* Parses and checks the options of hstrace live. Also contains their help texts. */
#include "trace/hstrace/live_options.h"

#include <stdlib.h>
#include <string.h>

#include "trace/dump/number.h"

#define INTERVAL_MOST 1000000 /* us */

enum {
	KEY_BASE = 256,
	KEY_CONFIG,
	KEY_CONSUME,
	KEY_ELF,
	KEY_INTERVAL,
	KEY_WAIT,
	KEY_TRIGGER,
	KEY_BEFORE,
	KEY_AFTER,
	KEY_BUFFER,
	KEY_FOR,
	KEY_MAX_SIZE
};

const struct argp_child live_children[] = { { .argp = &options_output }, { .argp = &options_json }, { 0 } };

static const struct argp_option own_options[] = {
	{ "memory", 'm', "FILE", 0, "The guest's RAM (QEMU: memory-backend-file,share=on,mem-path=FILE)", 0 },
	{ "base", KEY_BASE, "ADDRESS", 0, "Physical address of the first byte of the RAM (default: 0x80000000)", 0 },
	{ "follow", 'f', "reboots", OPTION_ARG_OPTIONAL,
	  "Record until hv shuts down, the guest restarts, or SIGINT or SIGTERM comes; without this option, read the "
	  "rings once. With =reboots, record each boot to a separate dump until a signal comes: OUT.hst, OUT.2.hst, "
	  "OUT.3.hst, ...",
	  0 },
	{ "elf", KEY_ELF, "FILE[@ADDRESS]", 0,
	  "hv's ELF file, and the address at which hv was loaded: a symbol of the file leads to hv's directory. "
	  "Without ADDRESS, hstrace looks at the address for which the file is linked, then searches for the "
	  "directory's magic",
	  0 },
	{ "config", KEY_CONFIG, "FILE", 0,
	  "JSON file with hv's configuration, to be stored in the dump (default: the one in the file of --elf)", 0 },
	{ "wait", KEY_WAIT, "SECONDS", 0,
	  "How long to wait for hv to appear, and for each further boot (default: 10; with --follow, for ever)", 0 },
	{ "interval", KEY_INTERVAL, "US", 0,
	  "Pause in microseconds between two polls while the rings fill slowly (default: 1000)", 0 },
	{ "consume", KEY_CONSUME, NULL, 0,
	  "In discard mode, free the slots that were read, by writing the rings' tail. Only this option changes the "
	  "guest's memory",
	  0 },
	{ "trigger", KEY_TRIGGER, "CONDITION", 0,
	  "Write only what happens before and after the first record that fulfils CONDITION, such as 'exit.cycles>50000 and "
	  "exit.cause=illegal_instruction', ecall.name=set_timer, mark.id=7 or lost; then end. If given several times, one "
	  "of the conditions is enough",
	  0 },
	{ "before", KEY_BEFORE, "TIME", 0,
	  "With --trigger: how long before the trigger the dump begins (default: 1 s). TIME is a number of seconds, or a "
	  "number with a suffix (ns, us, ms, s)",
	  0 },
	{ "after", KEY_AFTER, "TIME", 0, "With --trigger: how long after the trigger the dump ends (default: 1 s)", 0 },
	{ "buffer", KEY_BUFFER, "SIZE", 0,
	  "With --trigger: memory for slots before the trigger, in bytes or with a suffix K, M or G (default: 64M)",
	  0 },
	{ "for", KEY_FOR, "TIME", 0, "End after this time of the host's clock", 0 },
	{ "max-size", KEY_MAX_SIZE, "SIZE", 0, "End before the dump is larger than SIZE, in the notation of --buffer",
	  0 },
	{ 0 },
};

/** Splits the argument of --elf, which is FILE or FILE@ADDRESS. If no number follows an @, the @ is part of the file's
 * name. */
static void take_elf(struct live_options *chosen, char *argument)
{
	char *at = strrchr(argument, '@');

	chosen->options.elf = argument;
	chosen->hv_given = at && number_read(at + 1, &chosen->hv);
	if (chosen->hv_given)
		*at = 0;
}

/** Reads a number of bytes, which may have the suffix K, M or G. */
static uint64_t read_size(const char *option, const char *text, struct argp_state *state)
{
	static const char suffixes[] = "KMG";
	size_t length = strlen(text);
	const char *suffix = length ? strchr(suffixes, text[length - 1]) : NULL;
	unsigned shift = suffix ? 10 * (unsigned)(suffix - suffixes + 1) : 0;
	char *number = strndup(text, suffix ? length - 1 : length);
	uint64_t value = 0;

	if (!number || !number_read(number, &value) || value > UINT64_MAX >> 1 >> shift)
		argp_error(state,
			   "%s=%s: not a size: it is a number of bytes, or one with a suffix: 65536, 64K, 10M, 1G",
			   option, text);
	free(number);
	return value << shift;
}

static void add_trigger(struct live_options *chosen, const char *text, struct argp_state *state)
{
	if (chosen->watch.triggers == LIVE_TRIGGERS)
		argp_error(state, "at most %d --trigger", LIVE_TRIGGERS);
	chosen->trigger[chosen->watch.triggers++] = text;
}

/** Parses the options with which a recording stops itself. They all imply --follow, except those that only describe the
 * window of a trigger. */
static error_t parse_limits(int key, char *argument, struct argp_state *state)
{
	struct live_options *chosen = state->input;

	switch (key) {
	case KEY_TRIGGER:
		add_trigger(chosen, argument, state);
		break;
	case KEY_BEFORE:
		chosen->watch.before_ns = options_time("--before", argument, state);
		chosen->window_given = true;
		return 0;
	case KEY_AFTER:
		chosen->watch.after_ns = options_time("--after", argument, state);
		chosen->window_given = true;
		return 0;
	case KEY_BUFFER:
		chosen->watch.hold_bytes = read_size("--buffer", argument, state);
		chosen->window_given = true;
		return 0;
	case KEY_FOR:
		chosen->time = options_time("--for", argument, state);
		break;
	case KEY_MAX_SIZE:
		chosen->watch.most_bytes = read_size("--max-size", argument, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	chosen->follow = true;
	return 0;
}

/** Checks that the options fit together. */
static void check(const struct live_options *chosen, struct argp_state *state)
{
	if (!chosen->memory)
		argp_error(state, "--memory=FILE is missing");
	if (chosen->reboots && chosen->options.out && strcmp(chosen->options.out, "-") == 0)
		argp_error(state, "--follow=reboots writes a file for each boot and cannot write to stdout");
	if (chosen->window_given && !chosen->watch.triggers)
		argp_error(state, "--before, --after and --buffer need --trigger");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct live_options *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_hand_on(state, &chosen->options);
		return 0;
	case 'm': /* the memory file is also FILE 0, so that it is refused as OUT */
		chosen->memory = chosen->options.file[0] = argument;
		chosen->options.files = 1;
		return 0;
	case 'f':
		chosen->follow = true;
		chosen->reboots = argument != NULL;
		if (argument && strcmp(argument, "reboots") != 0)
			argp_error(state, "--follow=%s: must be --follow or --follow=reboots", argument);
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
		if (chosen->interval > INTERVAL_MOST)
			argp_error(state, "--interval=%s: at most %d us", argument, INTERVAL_MOST);
		return 0;
	case KEY_CONSUME:
		chosen->consume = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", argument);
		return 0;
	case ARGP_KEY_END:
		check(chosen, state);
		return 0;
	}
	return parse_limits(key, argument, state);
}

const struct argp live_parser = {
	.options = own_options,
	.parser = parse,
	.children = live_children,
	.doc = "Records the trace of a guest from its memory, while it runs or after it has hung. This does not "
	       "disturb the guest.\v"
	       "Example: hstrace live --memory=ram --follow -o trace.hst\n"
	       "Example: hstrace live --memory=ram --trigger='exit.cycles>50000' -o slow.hst\n"
	       "Example: hstrace live --memory=ram --for=10 --max-size=100M -o trace.hst\n",
};
