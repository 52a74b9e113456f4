/* hsctl top shows a table with the exits per second, the shares of cycles, and the most frequent causes. It prints a
 * new table at regular intervals. The rates are the differences between two readings of hv's counters. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "payloads/linux/hsctl/command.h"
#include "payloads/linux/hsctl/device.h"
#include "payloads/linux/hsctl/events.h"
#include "trace/dump/number.h"

#define MOST_CAUSES 12
#define MOST_SECONDS 3600 /* longest time between two tables */
#define CLEAR_SCREEN "\033[H\033[2J"

struct options {
	uint64_t seconds; /* time between two tables */
	uint64_t count;   /* number of tables; 0 to continue until the user stops it */
};

static const struct argp_option options[] = {
	{ "interval", 'i', "SECONDS", 0, "Time between two tables (default 1)", 0 },
	{ "count", 'n', "N", 0, "End after N tables (default: until stopped)", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *chosen = state->input;

	switch (key) {
	case 'i':
		if (!number_read(argument, &chosen->seconds) || chosen->seconds < 1 || chosen->seconds > MOST_SECONDS)
			argp_error(state, "--interval=%s: give 1 to %d seconds", argument, MOST_SECONDS);
		return 0;
	case 'n':
		if (!number_read(argument, &chosen->count))
			argp_error(state, "--count=%s: not a number", argument);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "top takes no arguments");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = options,
	.parser = parse,
	.doc = "Shows each hart's exits per second, where its cycles go, and the most frequent causes.\v"
	       "Example: hsctl top --interval=2",
};

/** The values of all harts' counters at one time. */
struct picture {
	double seconds;
	struct hartscope_stat hart[DEVICE_HARTS];
};

static enum error take(const struct device *device, struct picture *picture)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	picture->seconds = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	for (unsigned int hart = 0; hart < device->harts; hart++)
		RETURN_IF_ERROR(device_stat(device, hart, &picture->hart[hart]));
	return ERROR_NONE;
}

static void print_hart(unsigned int hart, const struct hartscope_stat *was, const struct hartscope_stat *is,
		       double seconds)
{
	uint64_t hv = is->cycles_hv - was->cycles_hv;
	uint64_t firmware = is->cycles_firmware - was->cycles_firmware;
	uint64_t payload = is->cycles_payload - was->cycles_payload;
	uint64_t asleep = is->cycles_asleep - was->cycles_asleep;
	double all = (double)(hv + firmware + payload + asleep) / 100.0;

	if (all <= 0)
		all = 1;
	printf("%4u %12.0f %7.2f%% %8.2f%% %7.2f%% %6.2f%% %12.0f %12.0f\n", hart,
	       (double)(is->exits - was->exits) / seconds, (double)hv / all, (double)firmware / all,
	       (double)payload / all, (double)asleep / all, (double)(is->emitted - was->emitted) / seconds,
	       (double)(is->lost - was->lost) / seconds);
}

/** Adds up the exits of all harts between the readings @p was and @p is, by world and cause. */
static void add_up(unsigned int harts, const struct picture *was, const struct picture *is,
		   uint64_t sum[HARTSCOPE_WORLDS * HARTSCOPE_CAUSES])
{
	for (unsigned int i = 0; i < HARTSCOPE_WORLDS * HARTSCOPE_CAUSES; i++) {
		sum[i] = 0;
		for (unsigned int hart = 0; hart < harts; hart++)
			sum[i] += is->hart[hart].exits_by_cause[i / HARTSCOPE_CAUSES][i % HARTSCOPE_CAUSES] -
				  was->hart[hart].exits_by_cause[i / HARTSCOPE_CAUSES][i % HARTSCOPE_CAUSES];
	}
}

static void print_causes(uint64_t sum[HARTSCOPE_WORLDS * HARTSCOPE_CAUSES], double seconds)
{
	char name[EVENTS_NAME_BYTES];

	printf("\n%-9s %-36s %12s\n", "world", "cause", "exits/s");
	for (unsigned int line = 0; line < MOST_CAUSES; line++) {
		unsigned int most = 0;

		for (unsigned int i = 1; i < HARTSCOPE_WORLDS * HARTSCOPE_CAUSES; i++)
			if (sum[i] > sum[most])
				most = i;
		if (sum[most] == 0)
			return;
		events_cause_name(most % HARTSCOPE_CAUSES, name);
		printf("%-9s %-36s %12.0f\n", events_worlds[most / HARTSCOPE_CAUSES], name,
		       (double)sum[most] / seconds);
		sum[most] = 0;
	}
}

static enum error print_picture(const struct device *device, const struct picture *was, const struct picture *is)
{
	uint64_t sum[HARTSCOPE_WORLDS * HARTSCOPE_CAUSES];
	double seconds = is->seconds - was->seconds;

	if (isatty(STDOUT_FILENO))
		printf(CLEAR_SCREEN);
	printf("%4s %12s %8s %9s %8s %7s %12s %12s\n", "hart", "exits/s", "hv", "firmware", "payload", "asleep",
	       "slots/s", "lost/s");
	for (unsigned int hart = 0; hart < device->harts; hart++)
		print_hart(hart, &was->hart[hart], &is->hart[hart], seconds);
	add_up(device->harts, was, is, sum);
	print_causes(sum, seconds);
	printf("\n");
	return command_flush();
}

static enum error show_all(const struct device *device, const struct options *chosen)
{
	static struct picture pictures[2];

	RETURN_IF_ERROR(take(device, &pictures[0]));
	for (uint64_t i = 1; chosen->count == 0 || i <= chosen->count; i++) {
		(void)sleep((unsigned int)chosen->seconds);
		RETURN_IF_ERROR(take(device, &pictures[i % 2]));
		RETURN_IF_ERROR(print_picture(device, &pictures[(i + 1) % 2], &pictures[i % 2]));
	}
	return ERROR_NONE;
}

static enum error show(const struct options *chosen)
{
	struct device device;

	RETURN_IF_ERROR(device_open(&device, false));
	if (!(device.info.features & HARTSCOPE_FEATURE_COUNTERS))
		complain("this monitor does not count exits: it was built without module exit_counter_per_cause");

	enum error error = show_all(&device, chosen);

	device_close(&device);
	return error;
}

int command_top(int argc, char **argv)
{
	struct options chosen = { .seconds = 1 };

	command_parse(&parser, 0, argc, argv, &chosen);
	return command_end(show(&chosen));
}
