/* Tests that a new file replaces the earlier file when the new file is complete, and not before. */
#define _GNU_SOURCE
#include "trace/dump/new_file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/error/testing.h"

static char folder[] = "/tmp/hartscope-new-XXXXXX";
static char there[64], link_there[64];

static void make_folder(void)
{
	cr_assert(mkdtemp(folder));
	(void)snprintf(there, sizeof(there), "%s/there", folder);
	(void)snprintf(link_there, sizeof(link_there), "%s/link", folder);
}

static void remove_folder(void)
{
	(void)unlink(there);
	(void)unlink(link_there);
	cr_expect_eq(rmdir(folder), 0, "something is left in the folder");
}

TestSuite(new_file, .init = make_folder, .fini = remove_folder);

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file);
	(void)fputs(text, file);
	(void)fclose(file);
}

static void expect_text(const char *text)
{
	char found[16] = "";
	FILE *file = fopen(there, "r");

	cr_assert(file);
	(void)fgets(found, sizeof(found), file);
	(void)fclose(file);
	cr_expect_str_eq(found, text);
}

/** Opens @p path and writes "new" to it. */
static struct new_file begin(const char *path)
{
	struct new_file file;

	must_work(new_file_open(&file, path));
	cr_assert_eq(write(file.descriptor, "new", 3), 3);
	return file;
}

static void expect_refused(const char *path, int reason)
{
	char expected[128];
	struct new_file file;

	(void)snprintf(expected, sizeof(expected), "cannot be created: %s", strerror(reason));
	cr_expect_eq(new_file_open(&file, path), ERROR_SYSTEM);
	cr_expect_str_eq(error_message(), expected);
}

Test(new_file, new_file_keep_replaces_the_earlier_file)
{
	struct new_file file;

	write_text(there, "old");
	file = begin(there);
	expect_text("old");
	must_work(new_file_keep(&file));
	expect_text("new");
	cr_expect_eq(write(file.descriptor, "er", 2), 2);
	expect_text("newer");
	must_work(new_file_close(&file));
}

Test(new_file, only_the_earlier_file_is_left_if_the_new_one_is_not_kept)
{
	struct new_file file;

	write_text(there, "old");
	file = begin(there);
	must_work(new_file_close(&file));
	expect_text("old");
}

Test(new_file, no_file_is_left_if_there_was_none_and_the_new_one_is_not_kept)
{
	struct new_file file = begin(there);

	must_work(new_file_close(&file));
	cr_expect_eq(access(there, F_OK), -1);
}

Test(new_file, no_file_is_left_if_the_process_is_killed)
{
	pid_t child = fork();

	if (child == 0) {
		struct new_file file = begin(there);

		(void)kill(getpid(), SIGKILL);
		_exit(file.descriptor);
	}
	cr_assert_eq(waitpid(child, NULL, 0), child);
	cr_expect_eq(access(there, F_OK), -1);
}

Test(new_file, the_new_file_gets_the_permissions_of_the_earlier_one)
{
	struct stat status;
	struct new_file file;

	write_text(there, "old");
	cr_assert_eq(chmod(there, 0640), 0);
	file = begin(there);
	must_work(new_file_keep(&file));
	must_work(new_file_close(&file));
	cr_expect_eq(stat(there, &status), 0);
	cr_expect_eq(status.st_mode & 07777, 0640);
}

Test(new_file, a_symbolic_link_stays_and_its_target_is_replaced)
{
	struct stat status;
	struct new_file file;

	write_text(there, "old");
	cr_assert_eq(symlink("there", link_there), 0);
	file = begin(link_there);
	expect_text("old");
	must_work(new_file_keep(&file));
	must_work(new_file_close(&file));
	expect_text("new");
	cr_expect_eq(lstat(link_there, &status), 0);
	cr_expect(S_ISLNK(status.st_mode));
}

Test(new_file, links_that_form_a_loop_are_refused)
{
	cr_assert_eq(symlink("link", link_there), 0);
	expect_refused(link_there, ELOOP);
}

Test(new_file, an_open_file_is_written_directly_whichever_of_its_names_is_given)
{
	char names[3][64];
	int opened = open(there, O_CREAT | O_RDWR, 0600);

	cr_assert(opened >= 0);
	(void)snprintf(names[0], sizeof(names[0]), "/dev/fd/%d", opened);
	(void)snprintf(names[1], sizeof(names[1]), "/proc/self/fd/%d", opened);
	(void)snprintf(names[2], sizeof(names[2]), "%s", link_there);
	cr_assert_eq(symlink(names[0], link_there), 0);
	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(ftruncate(opened, 0), 0);
		struct new_file file = begin(names[i]);

		expect_text("new");
		must_work(new_file_close(&file));
		expect_text("new");
	}
	(void)close(opened);
}

Test(new_file, pipes_and_devices_are_written_directly)
{
	struct new_file file = begin("/dev/null");

	must_work(new_file_keep(&file));
	must_work(new_file_close(&file));
	cr_assert_eq(mkfifo(there, 0600), 0);

	int reader = open(there, O_RDONLY | O_NONBLOCK);
	char text[4] = "";

	file = begin(there);
	cr_expect_eq(read(reader, text, 3), 3);
	cr_expect_str_eq(text, "new");
	must_work(new_file_close(&file));
	(void)close(reader);
}

Test(new_file, the_message_says_why_a_file_cannot_be_created)
{
	expect_refused("/nonexistent/file", ENOENT);
	expect_refused(folder, EISDIR);
	expect_refused("/proc/nothing", ENOENT);
}
