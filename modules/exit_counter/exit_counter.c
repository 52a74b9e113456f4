/* Counts exits by category. The observer is in the header. This file publishes the counters for the host and for
 * READ_COUNTERS, writes them to the trace, and prints a table at the end of the run. */
#define LOG_NAME exit_counter
#include "modules/exit_counter/exit_counter.h"

static const char *const category_names[HARTSCOPE_CATEGORIES] = {
	[HARTSCOPE_CATEGORY_WORLD_SWITCH] = "world switch",
	[HARTSCOPE_CATEGORY_READ_TIME] = "read time",
	[HARTSCOPE_CATEGORY_SET_TIMER] = "set timer",
	[HARTSCOPE_CATEGORY_MISALIGNED] = "misaligned",
	[HARTSCOPE_CATEGORY_IPI] = "IPI",
	[HARTSCOPE_CATEGORY_REMOTE_FENCE] = "remote fence",
	[HARTSCOPE_CATEGORY_FIRMWARE_TRAP] = "firmware trap",
	[HARTSCOPE_CATEGORY_PAGE_FAULT] = "page fault",
	[HARTSCOPE_CATEGORY_ECALL] = "other ecall",
	[HARTSCOPE_CATEGORY_INTERRUPT] = "interrupt",
	[HARTSCOPE_CATEGORY_ILLEGAL] = "illegal instruction",
	[HARTSCOPE_CATEGORY_ACCESS] = "access fault",
	[HARTSCOPE_CATEGORY_OTHER] = "other",
};

void exit_counter_init(struct exit_counter *self, struct hart *hart)
{
	struct hartscope_directory *directory = module_directory();

	(void)hart;
	directory->categories_stride = (uint64_t)module_state(self, 1) - (uint64_t)module_state(self, 0);
	directory->categories = (uint64_t)module_state(self, 0);
}

void exit_counter_trace_counters(struct exit_counter *self, struct hart *hart)
{
	for (unsigned category = 0; category < HARTSCOPE_CATEGORIES; category++)
		if (self->categories.count[category])
			module_trace_counter(hart, HARTSCOPE_COUNTER_CATEGORY + category,
					     self->categories.count[category]);
}

static uint64_t total_of(const struct exit_counter *self, unsigned category)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < hart_total(); i++)
		total += module_state(self, i)->categories.count[category];
	return total;
}

void exit_counter_on_shutdown(struct exit_counter *self, struct hart *hart)
{
	(void)hart;
	log_text("\r\nexits by category     all harts   by hart\r\n");
	for (unsigned category = 0; category < HARTSCOPE_CATEGORIES; category++) {
		uint64_t total = total_of(self, category);

		if (total == 0)
			continue;
		log_text("  %-19s %9lu  ", category_names[category], total);
		for (unsigned i = 0; i < hart_total(); i++)
			log_text(" %9lu", module_state(self, i)->categories.count[category]);
		log_text("\r\n");
	}
}
