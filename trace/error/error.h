/* How the host tools report errors. A function that can fail returns enum error, and stores a message for the user in a
 * buffer of the calling thread.
 * Used by everything in trace/ that can fail. A function that answers a yes-or-no question returns bool instead. Must
 * not know how a message is shown, nor which program shows it.
 *
 *     enum error config_read(const char *path, struct config *config) MUST_CHECK;
 *
 *     RETURN_IF_ERROR(file_open(&file, path));
 *     if (!config->name)
 *         return error_set(ERROR_DATA, "%s: no name", path); */
#ifndef TRACE_ERROR_ERROR_H
#define TRACE_ERROR_ERROR_H

#include "abi/must_check.h"

/** Size of a message in bytes, including the zero at its end. Longer messages are cut. */
#define ERROR_MESSAGE_BYTES 1024

/** Why a function failed. Two errors have different values only if some caller handles them differently. */
enum error {
	ERROR_NONE,   /* the function did not fail */
	ERROR_MEMORY, /* memory ran out */
	ERROR_SYSTEM, /* the operating system refused: a file cannot be opened, read or written */
	ERROR_DATA,   /* a dump, another file or the guest's memory has wrong contents */
	ERROR_OPTION  /* an option of the user names something that does not exist, or does not fit the data */
};

/** Sets the thread's message. @p format and its arguments are those of printf. @p error must not be ERROR_NONE. @return
 * @p error */
enum error error_set(enum error error, const char *format, ...) __attribute__((format(printf, 2, 3))) MUST_CHECK;

/** Sets the thread's message to the text that reports that memory ran out. @return ERROR_MEMORY */
enum error error_no_memory(void) MUST_CHECK;

/** If @p error is not ERROR_NONE, puts "TEXT: " in front of the thread's message. TEXT names the object of the failed
 * call, such as a file. Does nothing if @p error is ERROR_NONE. @return @p error */
enum error error_about(enum error error, const char *format, ...) __attribute__((format(printf, 2, 3))) MUST_CHECK;

/** @return the message that this thread set last, without a line break at its end. The pointer is valid until this
 * thread sets the next message. */
const char *error_message(void);

/** The first failure of an object, such as a writer. After that failure, all later calls on the object fail with the
 * same error. If this struct is all zeros, nothing has failed so far. */
struct error_kept {
	enum error error;
	char message[ERROR_MESSAGE_BYTES];
};

/** Stores @p error and the thread's message in @p kept, unless @p kept already contains a failure. Does nothing if @p
 * error is ERROR_NONE. Call this function right after the call that failed, before the message changes. */
void error_keep(struct error_kept *kept, enum error error);

/** Returns the failure that is stored in @p kept, and makes its message the thread's message again.
 * @return ERROR_NONE if @p kept contains no failure */
enum error error_again(const struct error_kept *kept) MUST_CHECK;

#endif
