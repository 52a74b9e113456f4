/* Parses and checks the options of hstrace live. Also contains their help texts. */
#include "trace/hstrace/live_options.h"

#include <string.h>

#include "trace/dump/number.h"

#define INTERVAL_MOST 1000000 /* us */

enum { KEY_BASE = 256, KEY_CONFIG, KEY_CONSUME, KEY_ELF, KEY_INTERVAL, KEY_WAIT };

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
		if (!chosen->memory)
			argp_error(state, "--memory=FILE is missing");
		if (chosen->reboots && chosen->options.out && strcmp(chosen->options.out, "-") == 0)
			argp_error(state, "--follow=reboots writes a file for each boot and cannot write to stdout");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp live_parser = {
	.options = own_options,
	.parser = parse,
	.children = live_children,
	.doc = "Records the trace of a guest from its memory, while it runs or after it has hung. This does not "
	       "disturb the guest.\v"
	       "Example: hstrace live --memory=ram --follow -o trace.hst\n",
};
