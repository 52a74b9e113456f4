/* Tests which parts a file for the host has, and the messages about errors. Ordinary files stand for those of tracefs:
 * a folder with them for each test. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "payloads/linux/ftrace/save.h"
#include "payloads/linux/ftrace/tracefs.h"
#include "trace/error/testing.h"

#define PATH_BYTES 256
#define FILE_BYTES (1 << 20)

static char root[] = "/tmp/save_test.XXXXXX";

static void make_file(const char *path, const char *text)
{
	char full[PATH_BYTES];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		(void)snprintf(full, sizeof(full), "%s/%.*s", root, (int)(slash - path), path);
		(void)mkdir(full, 0700);
	}
	(void)snprintf(full, sizeof(full), "%s/%s", root, path);

	FILE *file = fopen(full, "w");

	cr_assert(file);
	cr_assert(fputs(text, file) >= 0);
	cr_assert_eq(fclose(file), 0);
}

static void make_tracefs(void)
{
	cr_assert(mkdtemp(root));
	make_file("trace_clock", "[local] global\n");
	make_file("set_event", "sched:sched_switch\n");
	make_file("events/header_page", "header\n");
	make_file("events/sched/sched_switch/format", "format of sched_switch\n");
	make_file("events/ftrace/print/format", "format of print\n");
	make_file("per_cpu/cpu0/trace_pipe_raw", "page of 0");
	make_file("per_cpu/cpu0/stats", "overrun: 0\n");
	make_file("per_cpu/cpu12/trace_pipe_raw", "");
	make_file("per_cpu/cpu12/stats", "overrun: 12\n");
}

static void remove_tracefs(void)
{
	char command[PATH_BYTES];

	(void)snprintf(command, sizeof(command), "rm -r %s", root);
	cr_assert_eq(system(command), 0);
}

TestSuite(save, .init = make_tracefs, .fini = remove_tracefs);

/** @return whether @p text has a part with this name and these contents */
static bool has_part(const char *text, const char *name, const char *contents)
{
	char part[PATH_BYTES];

	(void)snprintf(part, sizeof(part), "%s %zu\n%s", name, strlen(contents), contents);
	return strstr(text, part) != NULL;
}

static void read_back(int file, char *text)
{
	ssize_t length = pread(file, text, FILE_BYTES - 1, 0);

	cr_assert(length > 0);
	text[length] = '\0';
}

Test(save, the_file_has_the_pages_the_statistics_and_all_texts_and_ends_with_the_part_end)
{
	static char text[FILE_BYTES];
	int out = open("/tmp", O_RDWR | O_TMPFILE, 0600);
	struct save save;

	must_work(save_open(&save, root, out));
	must_work(save_take(&save));
	read_back(out, text);
	cr_expect_str_eq(text, "per_cpu/cpu0/trace_pipe_raw 9\npage of 0");
	must_work(save_end(&save));
	cr_expect_eq(save.pages, 1);
	cr_expect_eq(save.cpus, 2);
	save_close(&save);
	read_back(out, text);
	cr_expect(has_part(text, "trace_clock", "[local] global\n"));
	cr_expect(has_part(text, "set_event", "sched:sched_switch\n"));
	cr_expect(has_part(text, "events/header_page", "header\n"));
	cr_expect(has_part(text, "events/sched/sched_switch/format", "format of sched_switch\n"));
	cr_expect(has_part(text, "events/ftrace/print/format", "format of print\n"));
	cr_expect(has_part(text, "per_cpu/cpu0/stats", "overrun: 0\n"));
	cr_expect(has_part(text, "per_cpu/cpu12/stats", "overrun: 12\n"));
	cr_expect(strstr(text, "/proc/sys/kernel/osrelease "));
	cr_expect(strstr(text, "/proc/cpuinfo "));
	cr_expect_str_eq(text + strlen(text) - strlen("\nend 0\n"), "\nend 0\n");
	(void)close(out);
}

Test(save, a_full_disk_is_an_error)
{
	int full = open("/dev/full", O_WRONLY);
	struct save save;

	must_work(save_open(&save, root, full));
	cr_expect_eq(save_take(&save), ERROR_SYSTEM);
	cr_expect_str_eq(error_message(), "cannot write: No space left on device");
	save_close(&save);
	(void)close(full);
}

Test(save, an_event_without_a_format_is_an_error)
{
	int out = open("/dev/null", O_WRONLY);
	struct save save;

	make_file("set_event", "irq:softirq_entry\n");
	must_work(save_open(&save, root, out));
	cr_expect_eq(save_end(&save), ERROR_SYSTEM);
	cr_expect(strstr(error_message(), "events/irq/softirq_entry/format: No such file"));
	save_close(&save);
	(void)close(out);
}

Test(save, a_folder_without_buffers_is_an_error)
{
	char events[PATH_BYTES];
	struct save save;

	(void)snprintf(events, sizeof(events), "%s/events", root);
	cr_expect_eq(save_open(&save, events, 1), ERROR_SYSTEM);
	cr_expect(strstr(error_message(), "there are no buffers of ftrace"));
}

Test(save, a_text_that_the_kernel_does_not_take_is_an_error)
{
	cr_expect_eq(tracefs_set(root, "/dev/full", "1"), ERROR_SYSTEM);
	cr_expect_str_eq(error_message(), "/dev/full: cannot write \"1\": No space left on device");
}

Test(save, a_text_that_is_longer_than_the_buffer_is_cut)
{
	char text[4];
	size_t length;

	must_work(tracefs_read(root, "events/header_page", text, sizeof(text), &length));
	cr_expect_eq(length, 3);
	cr_expect_str_eq(text, "hea");
}
