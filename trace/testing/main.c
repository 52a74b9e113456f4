/* The program that makes synthetic dumps: synthetic [OPTION...] FILE. Prints facts about the dump as JSON. Tests
 * compare them with the output of a tool that reads the dump. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/dump/number.h"
#include "trace/testing/synthetic.h"

enum {
	KEY_SLOTS = 256,
	KEY_HARTS,
	KEY_SEED,
	KEY_START,
	KEY_START_NS,
	KEY_SKEW,
	KEY_PAST_IPIS,
	KEY_LOSS,
	KEY_HUNG,
	KEY_OVERWRITTEN,
	KEY_DISCARD,
	KEY_FULL,
	KEY_NO_CONFIG,
	KEY_ARGS
};

static const struct argp_option options[] = {
	{ "slots", KEY_SLOTS, "N", 0, "Write about N slots (100000)", 0 },
	{ "harts", KEY_HARTS, "N", 0, "The machine has N harts, 1 to 64 (2)", 0 },
	{ "seed", KEY_SEED, "N", 0, "Seed of the random numbers: a different N gives a different run (1)", 0 },
	{ "start-cycles", KEY_START, "N", 0, "mcycle of hart 0 is N when mtime is 0 (5000000)", 0 },
	{ "start-ns", KEY_START_NS, "N", 0, "The run begins N ns after mtime was 0 (1000000)", 0 },
	{ "skew-ns", KEY_SKEW, "N", 0,
	  "SYNC records of each hart are wrong: N ns earlier than those of the hart before (0)", 0 },
	{ "past-ipis", KEY_PAST_IPIS, "N", 0,
	  "Before the run, each hart has received N more interrupts from harts than the hart before (0)", 0 },
	{ "loss", KEY_LOSS, "N", 0, "N of 1000 chunks lose slots at their beginning (0)", 0 },
	{ "hung", KEY_HUNG, "HART", 0, "HART hangs in the middle of the run", 0 },
	{ "overwritten", KEY_OVERWRITTEN, NULL, 0, "The first slots of each hart are lost", 0 },
	{ "discard", KEY_DISCARD, NULL, 0, "Losses are LOST records instead of gaps between chunks", 0 },
	{ "full", KEY_FULL, NULL, 0, "With --discard: the last slots are lost, too, without a LOST record", 0 },
	{ "no-config", KEY_NO_CONFIG, NULL, 0, "Leave hv's configuration out", 0 },
	{ "exit-args", KEY_ARGS, "N", 0, "EXIT records have: 0 only the header; 1 also pc; 2 also pc and value (2)",
	  0 },
	{ 0 },
};

struct chosen {
	struct synthetic_options synthetic;
	const char *path;
};

/** Takes an option without an argument. */
static error_t parse_flag(int key, struct synthetic_options *synthetic)
{
	switch (key) {
	case KEY_OVERWRITTEN:
		synthetic->overwritten = true;
		return 0;
	case KEY_DISCARD:
		synthetic->discard = true;
		return 0;
	case KEY_FULL:
		synthetic->full = true;
		return 0;
	case KEY_NO_CONFIG:
		synthetic->no_config = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/** Takes an option whose argument is a number. */
static error_t parse_number(int key, const char *argument, struct synthetic_options *synthetic,
			    struct argp_state *state)
{
	uint64_t number = 0;

	if (!number_read(argument, &number))
		argp_error(state, "%s is not a number", argument);
	switch (key) {
	case KEY_SLOTS:
		synthetic->slots = number;
		return 0;
	case KEY_HARTS:
		synthetic->harts = (uint32_t)number;
		if (!number || number > SYNTHETIC_HARTS)
			argp_error(state, "--harts must be 1 to %d", SYNTHETIC_HARTS);
		return 0;
	case KEY_SEED:
		synthetic->seed = number;
		return 0;
	case KEY_START:
		synthetic->start_cycles = number;
		return 0;
	case KEY_START_NS:
		synthetic->start_ns = number;
		return 0;
	case KEY_SKEW:
		synthetic->skew_ns = number;
		return 0;
	case KEY_PAST_IPIS:
		synthetic->past_ipis = number;
		return 0;
	case KEY_LOSS:
		synthetic->loss = (unsigned)number;
		return 0;
	case KEY_HUNG:
		synthetic->hung = (int)number;
		return 0;
	case KEY_ARGS:
		synthetic->exit_args = number < 2 ? (unsigned)number : 2;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct chosen *chosen = state->input;

	if (key == ARGP_KEY_ARG) {
		chosen->path = argument;
		return 0;
	}
	if (key == ARGP_KEY_END && (!chosen->path || chosen->synthetic.hung >= (int)chosen->synthetic.harts))
		argp_error(state, "FILE is missing, or --hung names a hart that does not exist");
	return argument ? parse_number(key, argument, &chosen->synthetic, state) : parse_flag(key, &chosen->synthetic);
}

static const struct argp parser = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Writes a dump of a run that never happened, and prints what it contains as JSON."
};

static const char *const causes[256] = {
#define CAUSE(number, name) [number] = #name,
#include "abi/causes.def"
};

static void print_facts(const struct synthetic_facts *facts, uint32_t harts)
{
	const char *before = "";
	printf("{\"slots\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"sends\": %" PRIu64 ", \"receives\": %" PRIu64
	       ", \"ecalls\": %" PRIu64 ", \"sleeps\": %" PRIu64 ",\n \"exits_by_cause\": [",
	       facts->slots, facts->lost, facts->sends, facts->receives, facts->ecalls, facts->sleeps);
	for (uint32_t hart = 0; hart < harts; hart++)
		for (unsigned cause = 0; cause < 256; cause++)
			if (facts->exits[hart][cause]) {
				printf("%s\n  {\"hart\": %u, \"cause\": \"%s\", \"count\": %" PRIu64 "}", before, hart,
				       causes[cause], facts->exits[hart][cause]);
				before = ",";
			}
	printf("]}\n");
}

int main(int argc, char **argv)
{
	struct chosen chosen = { .synthetic = SYNTHETIC_DEFAULTS };
	static struct synthetic_facts facts;

	if (argp_parse(&parser, argc, argv, 0, NULL, &chosen) != 0)
		return 2;
	if (synthetic_write(chosen.path, &chosen.synthetic, &facts) != ERROR_NONE) {
		(void)fprintf(stderr, "%s\n", error_message());
		return 1;
	}
	print_facts(&facts, chosen.synthetic.harts);
	return 0;
}
