/* Counts exits by world and cause. Also counts how many cycles each hart spends in hv, in the firmware, in the payload,
 * and asleep. The observer is in the header. This file publishes the counters for the host and for STAT, writes them to
 * the trace, and prints tables at the end of the run. */
#define LOG_NAME exit_counter_per_cause
#include "modules/exit_counter_per_cause/exit_counter_per_cause.h"

/* The names of the causes that exits can have, for log_nth, and the numbers of these causes in the same order. */
static const char cause_names[] =
#define CAUSE(number, name) #name "\0"
#define CAUSE_HIDDEN(number, name)
#include "abi/causes.def"
	;
static const uint8_t cause_numbers[] = {
#define CAUSE(number, name) number,
#define CAUSE_HIDDEN(number, name)
#include "abi/causes.def"
};

void exit_counter_per_cause_init(struct exit_counter_per_cause *self, struct hart *hart)
{
	struct hartscope_directory *directory = module_directory();

	(void)hart;
	directory->counters_stride = (uint64_t)module_state(self, 1) - (uint64_t)module_state(self, 0);
	directory->counters = (uint64_t)&module_state(self, 0)->counters;
}

static void tell_causes(const struct hartscope_counters *counters, struct hart *hart)
{
	const uint64_t *exits = counters->exits[0];

	for (unsigned i = 0; i < HARTSCOPE_WORLDS * HARTSCOPE_CAUSES; i++)
		if (exits[i])
			module_trace_counter(hart, HARTSCOPE_COUNTER_CAUSE + i, exits[i]);
}

void exit_counter_per_cause_trace_counters(struct exit_counter_per_cause *self, struct hart *hart)
{
	struct hartscope_counters *counters = &self->counters;

	counters->cycles[HARTSCOPE_OWNER_HV] += hart_take_last_exit(hart);
	tell_causes(counters, hart);
	for (unsigned owner = 0; owner < HARTSCOPE_OWNERS; owner++)
		module_trace_counter(hart, HARTSCOPE_COUNTER_CYCLES + owner, counters->cycles[owner]);
}

/** The name of a cause. @param index index of the counter of this cause; interrupts begin at
 * HARTSCOPE_CAUSE_INTERRUPT */
static const char *cause_name(unsigned index)
{
	unsigned cause = index < HARTSCOPE_CAUSE_INTERRUPT ? index : EXIT_INTERRUPT + index - HARTSCOPE_CAUSE_INTERRUPT;

	for (unsigned i = 0; i < sizeof(cause_numbers); i++)
		if (cause_numbers[i] == cause)
			return log_nth(cause_names, i);
	return "other";
}

static void print_cause(const struct exit_counter_per_cause *self, enum world world, unsigned cause)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < hart_total(); i++)
		total += module_state(self, i)->counters.exits[world][cause];
	if (total == 0)
		return;
	log_text("  %-8s  %-29s %9lu  ", world == WORLD_FIRMWARE ? "firmware" : "payload", cause_name(cause), total);
	for (unsigned i = 0; i < hart_total(); i++)
		log_text(" %9lu", module_state(self, i)->counters.exits[world][cause]);
	log_text("\r\n");
}

static void print_shares(struct exit_counter_per_cause *self)
{
	log_text("cycles in 1/1000: hv / firmware / payload / asleep\r\n");
	for (unsigned i = 0; i < hart_total(); i++) {
		struct exit_counter_per_cause *state = (struct exit_counter_per_cause *)module_state(self, i);
		uint64_t *cycles = state->counters.cycles;

		cycles[HARTSCOPE_OWNER_HV] += hart_take_last_exit(hart_at(i));

		uint64_t thousandth = (cycles[0] + cycles[1] + cycles[2] + cycles[3]) / 1000 + 1;

		log_text("  hart %-3u %4lu / %4lu / %4lu / %4lu\r\n", i, cycles[0] / thousandth, cycles[1] / thousandth,
			 cycles[2] / thousandth, cycles[3] / thousandth);
	}
}

void exit_counter_per_cause_on_shutdown(struct exit_counter_per_cause *self, struct hart *hart)
{
	(void)hart;
	log_text("\r\nexits by world and cause                   all harts   by hart\r\n");
	for (unsigned world = 0; world < HARTSCOPE_WORLDS; world++)
		for (unsigned cause = 0; cause < HARTSCOPE_CAUSES; cause++)
			print_cause(self, (enum world)world, cause);
	print_shares(self);
}
