/* Macros for functions that return an enum error: the caller checks the error, passes it on, or ignores it explicitly.
 * Included by the error.h of hv and by the one of the host tools. Each defines its own enum error, in which ERROR_NONE
 * means success. Must not know which other errors there are. */
#ifndef ABI_MUST_CHECK_H
#define ABI_MUST_CHECK_H

/** Marks a function whose result the caller must check. */
#define MUST_CHECK __attribute__((warn_unused_result))

/** If @p call returns an error, returns that error from the function that uses this macro. That function must return
 * enum error. */
#define RETURN_IF_ERROR(call)                                                                                          \
	do {                                                                                                           \
		enum error error_ = (call);                                                                            \
                                                                                                                       \
		if (error_ != ERROR_NONE)                                                                              \
			return error_;                                                                                 \
	} while (0)

/** Ignores the error that @p call may return. The code or a comment at the call must make clear why that is right: for
 * example after an earlier error, because that one will be reported, or because an object stores its first failure and
 * returns it later. */
#define IGNORE_ERROR(call)                                                                                             \
	do {                                                                                                           \
		enum error ignored_ = (call);                                                                          \
                                                                                                                       \
		(void)ignored_;                                                                                        \
	} while (0)

#endif
