/* Prints the names of the rows of stat and diff. A column is as wide as the longest name that is printed in it. A fixed
 * width would usually be too wide, because it would have to fit the longest name of a cause, which few traces
 * contain. */
#include "trace/hstrace/rows.h"

#include <stdio.h>
#include <string.h>

#include "trace/hstrace/command.h"

static const char detail_title[] = "detail";

/* The title of the first column also says that the numbers in the other columns are cycles. If a column contains
 * numbers of another unit, the title of this column says so. */
static const char *const titles[] = {
	[STATISTICS_CAUSE] = "cycles by cause",
	[STATISTICS_HART] = "cycles by hart",
	[STATISTICS_MODULE] = "cycles by module",
	[STATISTICS_FUNCTION] = "cycles by function",
};

static int longer(int width, const char *text)
{
	int length = (int)strlen(text);

	return length > width ? length : width;
}

void rows_fit(struct row_widths *widths, const char *name, const char *detail)
{
	widths->name = longer(widths->name, name);
	widths->detail = longer(widths->detail, detail);
}

void rows_fit_titles(struct row_widths *widths, enum statistics_key key)
{
	rows_fit(widths, titles[key], key == STATISTICS_CAUSE ? detail_title : "");
}

void rows_print(const struct row_widths *widths, const char *name, const char *detail)
{
	printf("%-*s ", widths->name, name);
	if (widths->detail)
		printf("%-*s ", widths->detail, detail);
}

void rows_print_titles(const struct row_widths *widths, enum statistics_key key)
{
	rows_print(widths, titles[key], detail_title);
}

static void print_member(const char *member, const char *text)
{
	printf("\"%s\": ", member);
	command_json_string(stdout, text, strlen(text));
}

void rows_print_json(enum statistics_key key, const char *name, const char *detail)
{
	if (key != STATISTICS_CAUSE) {
		print_member("name", name);
		return;
	}
	print_member("cause", name);
	printf(", ");
	if (*detail)
		print_member("detail", detail);
	else
		printf("\"detail\": null");
}
