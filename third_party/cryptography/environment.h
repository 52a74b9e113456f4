/* The definitions that cryptography from other projects needs from the C library, on bare metal.
 * The headers of the C library that these projects include consist of this file there (headers.bzl). The program
 * that links them defines the memory functions. Must not know which program that is. There is no memory to allocate,
 * and no console, so functions of the projects that need them are of no use; nobody calls them. */
#ifndef THIRD_PARTY_CRYPTOGRAPHY_ENVIRONMENT_H
#define THIRD_PARTY_CRYPTOGRAPHY_ENVIRONMENT_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *bytes, int value, size_t count);
int memcmp(const void *left, const void *right, size_t count);

typedef struct FILE FILE;

/* KaRaMeL, the compiler that made the C code of HACL*, uses these names by default. */
#define KRML_HOST_PRINTF(...) ((void)0)
#define KRML_HOST_EPRINTF(...) ((void)0)
#define KRML_HOST_EXIT(code) __builtin_unreachable()
#define KRML_HOST_MALLOC(size) NULL
#define KRML_HOST_CALLOC(count, size) NULL
#define KRML_HOST_FREE(pointer) ((void)(pointer))
#define KRML_HOST_TIME() 0

#endif
