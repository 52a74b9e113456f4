/* Tests what hsctl record --ftrace does if it cannot begin. A folder stands for tracefs; mkdir() makes no files in it, so
 * an instance lacks its files. The guest's test (payloads/linux/driver_test.sh) uses the kernel's ftrace. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "payloads/linux/hsctl/ftrace.h"

#define PATH_BYTES 256

static char root[] = "/tmp/ftrace_test.XXXXXX";
static char dump[PATH_BYTES], instances[PATH_BYTES], instance[PATH_BYTES];

static void make_root(void)
{
	cr_assert(mkdtemp(root));
	(void)snprintf(dump, sizeof(dump), "%s/a.hst", root);
	(void)snprintf(instances, sizeof(instances), "%s/instances", root);
	(void)snprintf(instance, sizeof(instance), "%s/instances/hsctl", root);
}

static void remove_root(void)
{
	(void)rmdir(instances);
	cr_expect_eq(rmdir(root), 0, "no file is left");
}

TestSuite(ftrace, .init = make_root, .fini = remove_root);

Test(ftrace, a_kernel_without_ftrace_is_an_error_about_its_files)
{
	struct ftrace ftrace;

	cr_expect_eq(ftrace_open(&ftrace, root, NULL, dump), ERROR_SYSTEM);
	cr_expect(strstr(error_message(), "set_event: No such file or directory"), "%s", error_message());
}

Test(ftrace, if_the_instance_cannot_be_set_up_then_it_is_removed_again)
{
	struct ftrace ftrace;

	cr_assert_eq(mkdir(instances, 0700), 0);
	cr_expect_eq(ftrace_open(&ftrace, root, NULL, dump), ERROR_SYSTEM);
	cr_expect(strstr(error_message(), "instances/hsctl/tracing_on: No such file"), "%s", error_message());
	cr_expect_neq(access(instance, F_OK), 0);
}

Test(ftrace, a_dump_that_is_a_device_is_refused)
{
	struct ftrace ftrace;

	cr_expect_eq(ftrace_open(&ftrace, root, NULL, "/dev/null"), ERROR_OPTION);
	cr_expect_str_eq(error_message(), "--ftrace writes a second file beside the dump, and /dev/null is not a file");
}
