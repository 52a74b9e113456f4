/* Counts exits by category. The observer is in the header. This file publishes the counters for the host and for
 * READ_COUNTERS, writes them to the trace, and prints a table at the end of the run. */
#define LOG_NAME exit_counter
#include "modules/exit_counter/exit_counter.h"

/* The names of the categories for log_nth, and the numbers of the categories in the same order. */
static const char category_names[] =
#define CATEGORY(number, NAME, name) #name "\0"
#include "abi/categories.def"
	;
static const uint8_t category_numbers[] = {
#define CATEGORY(number, NAME, name) number,
#include "abi/categories.def"
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

static void print_category(const struct exit_counter *self, unsigned category, const char *name)
{
	uint64_t total = total_of(self, category);

	if (total == 0)
		return;
	log_text("  %-21s %9lu  ", name, total);
	for (unsigned i = 0; i < hart_total(); i++)
		log_text(" %9lu", module_state(self, i)->categories.count[category]);
	log_text("\r\n");
}

void exit_counter_on_shutdown(struct exit_counter *self, struct hart *hart)
{
	(void)hart;
	log_text("\r\nexits by category       all harts   by hart\r\n");
	for (unsigned i = 0; i < sizeof(category_numbers); i++)
		print_category(self, category_numbers[i], log_nth(category_names, i));
}
