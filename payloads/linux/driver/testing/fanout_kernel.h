/* Replaces the parts of the kernel that fanout.c needs, for its unit test on the host. The test has only one thread, so
 * a mutex that is already locked is an error.
 * Included instead of the file with the same name in ../include. Must not know what is tested. */
#ifndef HARTSCOPE_DRIVER_FANOUT_KERNEL_H
#define HARTSCOPE_DRIVER_FANOUT_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define READ_ONCE(value) (value)
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define pr_err(...) ((void)fprintf(stderr, __VA_ARGS__))

#define GFP_KERNEL 0
#define PAGE_BYTES 4096
#define kzalloc(bytes, flags) calloc(1, bytes)
#define kcalloc(count, bytes, flags) calloc(count, bytes)
#define kmalloc(bytes, flags) malloc(bytes)
#define kvcalloc(count, bytes, flags) calloc(count, bytes)
#define kvfree(memory) free(memory)
#define kfree(memory) free(memory)
#define get_zeroed_page(flags) ((unsigned long)calloc(1, PAGE_BYTES))
#define free_page(page) free((void *)(page))
#define struct_size(pointer, member, count) (sizeof(*(pointer)) + sizeof((pointer)->member[0]) * (count))

struct mutex {
	bool locked;
};

#define DEFINE_MUTEX(name) struct mutex name

static inline void mutex_lock(struct mutex *mutex)
{
	if (mutex->locked)
		abort();
	mutex->locked = true;
}

static inline void mutex_unlock(struct mutex *mutex)
{
	if (!mutex->locked)
		abort();
	mutex->locked = false;
}

struct list_head {
	struct list_head *next, *previous;
};

#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list->previous = list;
}

static inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}

static inline void list_add(struct list_head *entry, struct list_head *list)
{
	entry->next = list->next;
	entry->previous = list;
	list->next->previous = entry;
	list->next = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->next->previous = entry->previous;
	entry->previous->next = entry->next;
}

#define list_entry(entry, type, member) ((type *)(void *)((char *)(entry)-offsetof(type, member)))
#define list_for_each_entry(each, list, member)                                                                        \
	for (each = list_entry((list)->next, __typeof__(*each), member); &each->member != (list);                      \
	     each = list_entry(each->member.next, __typeof__(*each), member))

#endif
