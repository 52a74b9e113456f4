/* The part of <string.h> that hv has (hv/libc/string.c), with the C standard's contracts.
 * Included by hv/core and libfdt: a freestanding compiler brings none. */
#ifndef HV_LIBC_STRING_H
#define HV_LIBC_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
void *memchr(const void *text, int byte, size_t length);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
int strcmp(const char *a, const char *b);
char *strchr(const char *text, int character);
char *strrchr(const char *text, int character);

#endif
