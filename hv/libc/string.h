/* The functions of <string.h> that hv provides (hv/libc/string.c). Their contracts are those of the C standard.
 * Included by hv/core, because a freestanding compiler has no C library. Any hart may call them. Must not depend on
 * anything else of hv. */
#ifndef HV_LIBC_STRING_H
#define HV_LIBC_STRING_H

#include <stddef.h>

/** Copies @p length bytes. The areas must not overlap. Returns @p to. */
void *memcpy(void *restrict to, const void *restrict from, size_t length);

/** Copies @p length bytes. The areas may overlap. Returns @p to. */
void *memmove(void *to, const void *from, size_t length);

/** Sets @p length bytes to @p byte. Returns @p to. */
void *memset(void *to, int byte, size_t length);

/** Compares @p length bytes as unsigned numbers. Returns a negative number, 0, or a positive number. */
int memcmp(const void *a, const void *b, size_t length);

/** Compares two terminated strings as unsigned characters. Returns a negative number, 0, or a positive number. */
int strcmp(const char *a, const char *b);

#endif
