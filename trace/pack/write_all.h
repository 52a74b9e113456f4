/* Writes bytes to a file.
 * Called by the two implementations of pack.h only. Must not know what the bytes are. */
#ifndef TRACE_PACK_WRITE_ALL_H
#define TRACE_PACK_WRITE_ALL_H

#include <stddef.h>

#include "trace/error/error.h"

/** Writes all bytes to the file. @return ERROR_SYSTEM if it cannot be written */
enum error write_all(int descriptor, const void *bytes, size_t length) MUST_CHECK;

#endif
