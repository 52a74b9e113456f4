/* Tests of errors and their messages. */
#include "trace/error/error.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

static enum error pass_on(enum error error, bool *went_on)
{
	*went_on = false;
	RETURN_IF_ERROR(error);
	*went_on = true;
	return ERROR_NONE;
}

Test(error, return_if_error_returns_only_if_there_is_an_error)
{
	bool went_on;

	cr_expect_eq(pass_on(ERROR_DATA, &went_on), ERROR_DATA);
	cr_expect_not(went_on);
	cr_expect_eq(pass_on(ERROR_NONE, &went_on), ERROR_NONE);
	cr_expect(went_on);
}

Test(error, each_caller_can_put_its_context_in_front_of_the_message)
{
	enum error error = error_set(ERROR_SYSTEM, "cannot be read: %s", "no");

	error = error_about(error, "section %u", 3);
	cr_expect_eq(error_about(error, "%s", "a.elf"), ERROR_SYSTEM);
	cr_expect_str_eq(error_message(), "a.elf: section 3: cannot be read: no");
	cr_expect_eq(error_about(ERROR_NONE, "b.elf"), ERROR_NONE);
	cr_expect_str_eq(error_message(), "a.elf: section 3: cannot be read: no");
	cr_expect_eq(error_set(ERROR_DATA, "%s, too", error_message()), ERROR_DATA);
	cr_expect_str_eq(error_message(), "a.elf: section 3: cannot be read: no, too");
}

Test(error, a_message_that_is_too_long_is_cut)
{
	char path[2 * ERROR_MESSAGE_BYTES];

	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	cr_expect_eq(error_about(error_set(ERROR_DATA, "%s", path), "%s", path), ERROR_DATA);
	cr_expect_eq(strlen(error_message()), ERROR_MESSAGE_BYTES - 1);
}

Test(error, an_object_keeps_its_first_failure_and_the_message)
{
	static struct error_kept kept;

	error_keep(&kept, ERROR_NONE);
	cr_expect_eq(error_again(&kept), ERROR_NONE);
	error_keep(&kept, error_set(ERROR_SYSTEM, "first"));
	error_keep(&kept, error_set(ERROR_DATA, "second"));
	cr_expect_str_eq(error_message(), "second");
	cr_expect_eq(error_again(&kept), ERROR_SYSTEM);
	cr_expect_str_eq(error_message(), "first");
}

static void *fail_elsewhere(void *unused)
{
	(void)unused;
	cr_expect_str_eq(error_message(), "");
	cr_expect_eq(error_set(ERROR_DATA, "elsewhere"), ERROR_DATA);
	return NULL;
}

Test(error, each_thread_has_its_own_message)
{
	pthread_t thread;

	cr_expect_eq(error_set(ERROR_DATA, "here"), ERROR_DATA);
	cr_assert_eq(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_expect_str_eq(error_message(), "here");
}
