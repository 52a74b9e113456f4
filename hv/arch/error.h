/* How hv and its modules report that something could not be done: a function returns enum error, and stores its result
 * through a parameter.
 * Used by every function of hv that can fail. A function that answers a question returns bool, and a search returns
 * NULL if there is nothing. A fault of the guest is not an error of hv: it is a value (enum emulation, struct fault)
 * that becomes the guest's trap, or an SBI error code. Must not know who reports an error, or how. */
#ifndef HV_ARCH_ERROR_H
#define HV_ARCH_ERROR_H

/** Marks a function whose result the caller must look at. */
#define MUST_CHECK __attribute__((warn_unused_result))

/** Why something could not be done. Packed, because a function that returns a byte needs no more instructions than one
 * that returns bool, and fewer than one that returns an int. */
enum __attribute__((packed)) error {
	ERROR_NONE,        /* it was done */
	ERROR_TRAPPED,     /* the access trapped, or it would trap in the virtual machine */
	ERROR_DENIED,      /* it is memory that the guest may not access */
	ERROR_INVALID,     /* a parameter is outside its range, or does not fit the others */
	ERROR_UNSUPPORTED, /* hv does not emulate it */
	ERROR_NOT_FOUND,   /* there is no such thing */
	ERROR_FULL,        /* there is no room for another one */
#define TREE_ERROR(name, text) ERROR_TREE_##name,
#include "hv/arch/tree_error.def"
#undef TREE_ERROR
	ERROR_TREE_FIRST = ERROR_FULL + 1
};

/** If @p call returns an error, returns that error from the function that uses this macro. That function must return
 * enum error. */
#define RETURN_IF_ERROR(call)                                                                                          \
	do {                                                                                                           \
		enum error error_ = (call);                                                                            \
                                                                                                                       \
		if (error_ != ERROR_NONE)                                                                              \
			return error_;                                                                                 \
	} while (0)

/** Ignores the error that @p call may return. A comment at the call must say why the caller need not react to it. */
#define IGNORE_ERROR(call)                                                                                             \
	do {                                                                                                           \
		enum error ignored_ = (call);                                                                          \
                                                                                                                       \
		(void)ignored_;                                                                                        \
	} while (0)

#endif
