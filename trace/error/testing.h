/* Errors in unit tests.
 * Included by *_test.c. Must not know what is tested. */
#ifndef TRACE_ERROR_TESTING_H
#define TRACE_ERROR_TESTING_H

#include <criterion/criterion.h>

#include "trace/error/error.h"

/** Ends the test as failed, with the message, if @p call returns an error. */
#define must_work(call) cr_assert_eq((call), ERROR_NONE, "%s", error_message())

#endif
