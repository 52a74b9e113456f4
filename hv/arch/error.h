/* How hv and its modules report errors. A function that can fail returns enum error, and stores its other results
 * through parameters. There are two exceptions: guarded_call and the accesses to CSRs by slot return struct guarded,
 * and tree_next returns TREE_BROKEN.
 * A function that answers a yes-or-no question returns bool, and a search returns NULL if it finds nothing. A fault of
 * the guest is not an error of hv. hv describes it by a value (enum emulation, struct fault) that becomes a trap of the
 * guest or an SBI error code. Must not know who reports an error, or how. */
#ifndef HV_ARCH_ERROR_H
#define HV_ARCH_ERROR_H

#include "abi/must_check.h"

/** The reason for an error. The enumeration is packed into a byte, because returning a byte takes no more instructions
 * than returning a bool, and fewer than returning an int. */
enum __attribute__((packed)) error {
	ERROR_NONE,        /* there is no error */
	ERROR_TRAPPED,     /* the access trapped, or it would trap in the virtual machine */
	ERROR_DENIED,      /* the guest may not access this memory */
	ERROR_INVALID,     /* a parameter is outside its range, or does not fit the other parameters */
	ERROR_UNSUPPORTED, /* hv does not emulate it */
	ERROR_NOT_FOUND,   /* the function did not find what it looked for */
	ERROR_FULL,        /* there is no room for another element */
#define TREE_ERROR(name, text) ERROR_TREE_##name,
#include "hv/arch/tree_error.def"
#undef TREE_ERROR
	ERROR_TREE_FIRST = ERROR_FULL + 1
};

#endif
