/* hsctl stat shows facts about the monitor, and the exits, cycles and slots of each hart, as text or as JSON. It first
 * reads all values, and then prints them, so that an error never leaves half a table on the terminal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "payloads/linux/hsctl/command.h"
#include "payloads/linux/hsctl/device.h"
#include "payloads/linux/hsctl/events.h"

/** All values that are shown. */
struct figures {
	struct hartscope_info info;
	bool has_trace, is_denied;        /* is_denied: this guest must not read the trace, its mode and its mask */
	struct hartscope_control control; /* valid if has_trace and not is_denied */
	unsigned int harts;
	struct hartscope_stat hart[DEVICE_HARTS];
};

struct options {
	bool json;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Write JSON", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *chosen = state->input;

	(void)argument;
	switch (key) {
	case 'j':
		chosen->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "stat takes no arguments");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = options,
	.parser = parse,
	.doc = "Shows the monitor, and each hart's exits, cycles and trace slots since the monitor started.\v"
	       "Example: hsctl stat --json",
};

static enum error collect(struct figures *figures)
{
	struct device device;
	enum error error = ERROR_NONE;

	RETURN_IF_ERROR(device_open(&device, false));
	figures->info = device.info;
	figures->harts = device.harts;
	figures->has_trace = device.info.features & HARTSCOPE_FEATURE_TRACE;
	figures->is_denied = figures->has_trace && device_control(&device, &figures->control) != ERROR_NONE;
	for (unsigned int hart = 0; error == ERROR_NONE && hart < figures->harts; hart++)
		error = device_stat(&device, hart, &figures->hart[hart]);
	device_close(&device);
	return error;
}

static void print_build_id(const struct hartscope_info *info)
{
	for (unsigned int i = 0; i < 20; i++)
		printf("%02x", info->build_id[i]);
}

static const char *consumer_name(uint64_t consumer)
{
	static const char *const names[] = { "none", "firmware", "payload" };

	return consumer < sizeof(names) / sizeof(names[0]) ? names[consumer] : "unknown";
}

static const char *mode_name(const struct figures *figures)
{
	return figures->control.mode == HARTSCOPE_MODE_DISCARD ? "discard" : "overwrite";
}

static void print_trace(const struct figures *figures)
{
	if (!figures->has_trace)
		printf("trace     none: built without module trace\n");
	else if (figures->is_denied)
		printf("trace     %" PRIu64 " slots each hart, which this guest may not read\n",
		       figures->info.slots_per_hart);
	else
		printf("trace     %" PRIu64 " slots each hart, %s mode, mask 0x%" PRIx64 ", consumer %s\n",
		       figures->info.slots_per_hart, mode_name(figures), figures->control.mask,
		       consumer_name(figures->info.consumer));
}

static double percent(const struct hartscope_stat *stat, uint64_t part)
{
	uint64_t all = stat->cycles_hv + stat->cycles_firmware + stat->cycles_payload + stat->cycles_asleep;

	return all ? 100.0 * (double)part / (double)all : 0.0;
}

static void print_causes(const struct figures *figures)
{
	char name[EVENTS_NAME_BYTES];

	printf("\n%-9s %-36s %12s\n", "world", "cause", "exits");
	for (unsigned int world = 0; world < HARTSCOPE_WORLDS; world++)
		for (unsigned int cause = 0; cause < HARTSCOPE_CAUSES; cause++) {
			uint64_t count = 0;

			for (unsigned int hart = 0; hart < figures->harts; hart++)
				count += figures->hart[hart].exits_by_cause[world][cause];
			events_cause_name(cause, name);
			if (count)
				printf("%-9s %-36s %12" PRIu64 "\n", events_worlds[world], name, count);
		}
}

static void print_text(const struct figures *figures)
{
	printf("monitor   ABI %" PRIu64 ", %" PRIu64 " harts, time base %" PRIu64 " Hz, build id ",
	       figures->info.abi_version, figures->info.harts, figures->info.timebase);
	print_build_id(&figures->info);
	printf("\n");
	print_trace(figures);
	if (!(figures->info.features & HARTSCOPE_FEATURE_COUNTERS))
		printf("counters  none: built without module exit_counter_per_cause\n");
	printf("\n%4s %4s %12s %7s %9s %8s %7s %12s %12s %12s\n", "hart", "id", "exits", "hv", "firmware", "payload",
	       "asleep", "emitted", "read", "lost");
	for (unsigned int hart = 0; hart < figures->harts; hart++) {
		const struct hartscope_stat *stat = &figures->hart[hart];

		printf("%4u %4" PRIu64 " %12" PRIu64 " %6.2f%% %8.2f%% %7.2f%% %6.2f%%", hart,
		       figures->info.hart_ids[hart], stat->exits, percent(stat, stat->cycles_hv),
		       percent(stat, stat->cycles_firmware), percent(stat, stat->cycles_payload),
		       percent(stat, stat->cycles_asleep));
		printf(" %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n", stat->emitted, stat->read, stat->lost);
	}
	if (figures->info.features & HARTSCOPE_FEATURE_COUNTERS)
		print_causes(figures);
}

static void print_json_world(const struct hartscope_stat *stat, unsigned int world)
{
	const char *separator = "";
	char name[EVENTS_NAME_BYTES];

	printf("\"%s\": {", events_worlds[world]);
	for (unsigned int cause = 0; cause < HARTSCOPE_CAUSES; cause++)
		if (stat->exits_by_cause[world][cause]) {
			events_cause_name(cause, name);
			printf("%s\"%s\": %" PRIu64, separator, name, stat->exits_by_cause[world][cause]);
			separator = ", ";
		}
	printf("}");
}

static void print_json_hart(const struct figures *figures, unsigned int hart)
{
	const struct hartscope_stat *stat = &figures->hart[hart];

	printf("%s\n    {\"index\": %u, \"id\": %" PRIu64 ", \"emitted\": %" PRIu64 ", \"read\": %" PRIu64
	       ", \"lost\": %" PRIu64 ",\n     \"exits\": %" PRIu64,
	       hart ? "," : "", hart, figures->info.hart_ids[hart], stat->emitted, stat->read, stat->lost, stat->exits);
	printf(", \"cycles\": {\"hv\": %" PRIu64 ", \"firmware\": %" PRIu64 ", \"payload\": %" PRIu64
	       ", \"asleep\": %" PRIu64 "},\n     \"exits_by_cause\": {",
	       stat->cycles_hv, stat->cycles_firmware, stat->cycles_payload, stat->cycles_asleep);
	for (unsigned int world = 0; world < HARTSCOPE_WORLDS; world++) {
		printf("%s", world ? ", " : "");
		print_json_world(stat, world);
	}
	printf("}}");
}

static void print_json_trace(const struct figures *figures)
{
	if (!figures->has_trace) {
		printf("null");
		return;
	}
	printf("{\"slots_per_hart\": %" PRIu64 ", \"consumer\": \"%s\", \"denied\": %s", figures->info.slots_per_hart,
	       consumer_name(figures->info.consumer), figures->is_denied ? "true" : "false");
	if (!figures->is_denied)
		printf(", \"mode\": \"%s\", \"mask\": %" PRIu64, mode_name(figures), figures->control.mask);
	printf("}");
}

static void print_json(const struct figures *figures)
{
	printf("{\n  \"abi_version\": %" PRIu64 ",\n  \"build_id\": \"", figures->info.abi_version);
	print_build_id(&figures->info);
	printf("\",\n  \"timebase\": %" PRIu64 ",\n  \"trace\": ", figures->info.timebase);
	print_json_trace(figures);
	printf(",\n  \"counters\": %s,\n  \"harts\": [",
	       figures->info.features & HARTSCOPE_FEATURE_COUNTERS ? "true" : "false");
	for (unsigned int hart = 0; hart < figures->harts; hart++)
		print_json_hart(figures, hart);
	printf("\n  ]\n}\n");
}

static enum error show(const struct options *chosen)
{
	static struct figures figures;

	RETURN_IF_ERROR(collect(&figures));
	if (chosen->json)
		print_json(&figures);
	else
		print_text(&figures);
	return command_flush();
}

int command_stat(int argc, char **argv)
{
	struct options chosen = { 0 };

	command_parse(&parser, 0, argc, argv, &chosen);
	return command_end(show(&chosen));
}
