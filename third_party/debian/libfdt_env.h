/* The definitions that libfdt needs from its environment. These are the byte order, and the memory and string functions
 * of C.
 * libfdt includes it instead of its own file with the same name. Bare metal has no headers for these functions, so they are
 * declared here; the program that links libfdt defines them. Must not know which program that is. */
#ifndef LIBFDT_ENV_H
#define LIBFDT_ENV_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __STDC_HOSTED__
#include <stdlib.h>
#include <string.h>
#else
void *memchr(const void *bytes, int wanted, size_t count);
int memcmp(const void *left, const void *right, size_t count);
void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *bytes, int value, size_t count);
char *strchr(const char *text, int wanted);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
char *strrchr(const char *text, int wanted);
unsigned long strtoul(const char *text, char **end, int base);
#endif

typedef uint16_t fdt16_t;
typedef uint32_t fdt32_t;
typedef uint64_t fdt64_t;

#define fdt16_to_cpu(value) __builtin_bswap16(value)
#define cpu_to_fdt16(value) __builtin_bswap16(value)
#define fdt32_to_cpu(value) __builtin_bswap32(value)
#define cpu_to_fdt32(value) __builtin_bswap32(value)
#define fdt64_to_cpu(value) __builtin_bswap64(value)
#define cpu_to_fdt64(value) __builtin_bswap64(value)

#endif
