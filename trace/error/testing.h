/* A macro with which unit tests check calls that return an error.
 * Included by *_test.c. Must not know what is tested. */
#ifndef TRACE_ERROR_TESTING_H
#define TRACE_ERROR_TESTING_H

#include <criterion/criterion.h>

#include "trace/error/error.h"

/** If @p call returns an error, the test fails at once and prints the error's message. */
#define must_work(call) cr_assert_eq((call), ERROR_NONE, "%s", error_message())

#endif
