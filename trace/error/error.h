/* How the host tools report errors: a function that can fail returns enum error, and leaves a message for people in a
 * buffer of the calling thread.
 * Used by everything in trace/ that can fail. A function that answers a question returns bool instead. Must not know
 * how a message is shown, nor which program shows it.
 *
 *     enum error config_read(const char *path, struct config *config) MUST_CHECK;
 *
 *     RETURN_IF_ERROR(file_open(&file, path));
 *     if (!config->name)
 *         return error_set(ERROR_DATA, "%s: no name", path); */
#ifndef TRACE_ERROR_ERROR_H
#define TRACE_ERROR_ERROR_H

#define MUST_CHECK __attribute__((warn_unused_result))

/** Size of a message in bytes, with the zero at its end. Longer messages are cut. */
#define ERROR_MESSAGE_BYTES 1024

/** Why a function failed. Errors have different kinds only if some caller acts differently on them. */
enum error {
	ERROR_NONE,   /* the function did not fail */
	ERROR_MEMORY, /* memory ran out */
	ERROR_SYSTEM, /* the operating system refused: a file cannot be opened, read or written */
	ERROR_DATA,   /* a dump, another file or the guest's memory has wrong contents */
	ERROR_OPTION  /* what the user asked for does not exist, or does not fit the data */
};

/** Evaluates @p call. If that returns an error, the calling function returns the same error. */
#define RETURN_IF_ERROR(call)                                                                                          \
	do {                                                                                                           \
		enum error error_ = (call);                                                                            \
                                                                                                                       \
		if (error_ != ERROR_NONE)                                                                              \
			return error_;                                                                                 \
	} while (0)

/** Sets the thread's message. @p format and its arguments are those of printf. @p error is not ERROR_NONE.
 * @return @p error */
enum error error_set(enum error error, const char *format, ...) __attribute__((format(printf, 2, 3))) MUST_CHECK;

/** Sets the thread's message for memory that ran out. @return ERROR_MEMORY */
enum error error_no_memory(void) MUST_CHECK;

/** If @p error is not ERROR_NONE, puts "TEXT: " in front of the thread's message, to say what the failed call worked
 * on, such as a file. Otherwise does nothing. @return @p error */
enum error error_about(enum error error, const char *format, ...) __attribute__((format(printf, 2, 3))) MUST_CHECK;

/** @return the message of the last error that this thread set, without a line break at its end. Valid until this thread
 * sets the next one. */
const char *error_message(void);

/** The first failure of an object, such as a writer. After it, all later calls on that object fail with the same error.
 * All zeros: no failure so far. */
struct error_kept {
	enum error error;
	char message[ERROR_MESSAGE_BYTES];
};

/** Keeps @p error and the thread's message, unless @p kept already has a failure. ERROR_NONE changes nothing. Call it
 * right after the call that failed. */
void error_keep(struct error_kept *kept, enum error error);

/** Returns the failure that @p kept has, and makes its message the thread's message again.
 * @return ERROR_NONE if it has none */
enum error error_again(const struct error_kept *kept) MUST_CHECK;

/** Ignores the error that @p call returns. For calls after an earlier error, which will be reported instead, and for
 * objects that keep their first failure. */
#define IGNORE_ERROR(call)                                                                                             \
	do {                                                                                                           \
		enum error ignored_ = (call);                                                                          \
                                                                                                                       \
		(void)ignored_;                                                                                        \
	} while (0)

#endif
