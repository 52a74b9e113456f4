/* hsctl mark: a mark of guest software in the trace. */
#include <argp.h>

#include "payloads/linux/hsctl/command.h"
#include "payloads/linux/hsctl/device.h"
#include "trace/dump/number.h"

struct options {
	uint64_t number[2];
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *chosen = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num >= 2)
			argp_error(state, "ID and VALUE are enough");
		if (!number_read(argument, &chosen->number[state->arg_num]))
			argp_error(state, "%s: not a number of 64 bits", argument);
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "ID and VALUE are wanted");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.parser = parse,
	.args_doc = "ID VALUE",
	.doc = "Puts a mark into the trace of the hart that this runs on. Both are numbers, decimal or 0x hexadecimal.\v"
	       "Example: hsctl mark 1 0xbeef",
};

int command_mark(int argc, char **argv)
{
	struct options options = { 0 };
	struct device device;

	if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
		return COMMAND_USAGE;
	if (!device_open(&device, false))
		return COMMAND_FAILED;
	bool good = device_mark(&device, options.number[0], options.number[1]);
	device_close(&device);
	return good ? COMMAND_GOOD : COMMAND_FAILED;
}
