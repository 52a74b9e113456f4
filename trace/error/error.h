/* How the host tools report that something could not be done: a function returns enum error, and the message for people is
 * the calling thread's.
 * Used by everything in trace/ that can fail. A function that answers a question returns bool instead. Must not know how a
 * message is shown, nor which program it ends.
 *
 *     enum error config_read(const char *path, struct config *config) MUST_CHECK;
 *
 *     RETURN_IF_ERROR(file_open(&file, path));
 *     if (!config->name)
 *         return error_set(ERROR_DATA, "%s: no name", path); */
#ifndef TRACE_ERROR_ERROR_H
#define TRACE_ERROR_ERROR_H

#define MUST_CHECK __attribute__((warn_unused_result))

/** Bytes of a message, with its end; longer ones are cut. */
#define ERROR_MESSAGE_BYTES 1024

/** Why something could not be done. The kinds differ where a caller acts differently. */
enum error {
	ERROR_NONE,   /* it was done */
	ERROR_MEMORY, /* memory ran out */
	ERROR_SYSTEM, /* the operating system refused: a file cannot be opened, read or written */
	ERROR_DATA,   /* a dump, another file or the guest's memory is not what it should be */
	ERROR_OPTION  /* what the user asked for does not exist, or does not fit the data */
};

/** Returns from the calling function, which returns enum error, with that of @p call if there is one. */
#define RETURN_IF_ERROR(call)                                                                                          \
	do {                                                                                                           \
		enum error error_ = (call);                                                                            \
                                                                                                                       \
		if (error_ != ERROR_NONE)                                                                              \
			return error_;                                                                                 \
	} while (0)

/** Sets the thread's message, as printf has it. @p error: not ERROR_NONE. @return @p error */
enum error error_set(enum error error, const char *format, ...) __attribute__((format(printf, 2, 3))) MUST_CHECK;

/** The same for memory that ran out. @return ERROR_MEMORY */
enum error error_no_memory(void) MUST_CHECK;

/** If @p error is not ERROR_NONE, puts "TEXT: " before the thread's message, to say what the failed call was about; else does
 * nothing. @return @p error */
enum error error_about(enum error error, const char *format, ...) __attribute__((format(printf, 2, 3))) MUST_CHECK;

/** The message of the last error that this thread set: without a line break at its end. Valid until the next one. */
const char *error_message(void);

/** The first failure of an object whose later calls all fail with it. Starts as zeros: none. */
struct error_kept {
	enum error error;
	char message[ERROR_MESSAGE_BYTES];
};

/** Keeps @p error, which the thread has just set, unless one is kept already. ERROR_NONE changes nothing. */
void error_keep(struct error_kept *kept, enum error error);

/** What is kept, if anything is: then the thread's message is its message again. */
enum error error_again(const struct error_kept *kept) MUST_CHECK;

/** Drops what @p call returns, where an earlier error is what people must read. */
#define IGNORE_ERROR(call)                                                                                             \
	do {                                                                                                           \
		enum error ignored_ = (call);                                                                          \
                                                                                                                       \
		(void)ignored_;                                                                                        \
	} while (0)

#endif
