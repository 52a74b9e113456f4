/* hsctl mark writes a mark into the trace. With its help, the user can find a certain moment of the guest's software in
 * the trace. */

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
			argp_error(state, "give only ID and VALUE");
		if (!number_read(argument, &chosen->number[state->arg_num]))
			argp_error(state, "%s: not a 64-bit number", argument);
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "give ID and VALUE");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.parser = parse,
	.args_doc = "ID VALUE",
	.doc = "Writes a mark into the trace of the hart on which hsctl runs. Numbers are decimal or 0x hexadecimal.\v"
	       "Example: hsctl mark 1 0xbeef",
};

static enum error mark(const uint64_t number[2])
{
	struct device device;

	RETURN_IF_ERROR(device_open(&device, false));

	enum error error = device_mark(&device, number[0], number[1]);

	device_close(&device);
	return error;
}

int command_mark(int argc, char **argv)
{
	struct options options = { 0 };

	command_parse(&parser, 0, argc, argv, &options);
	return command_end(mark(options.number));
}
