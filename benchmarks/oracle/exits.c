/* Implements lists of exits that grow as needed, and the comparison of two exits. */
#include "benchmarks/oracle/exits.h"

#include <stdlib.h>

#define FIRST_ROOM 4096

enum error exit_list_add(struct exit_list *list, const struct oracle_exit *exit)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : FIRST_ROOM;
		struct oracle_exit *larger = realloc(list->exit, room * sizeof(*larger));

		if (!larger)
			return error_no_memory();
		list->exit = larger;
		list->room = room;
	}
	list->exit[list->count++] = *exit;
	return ERROR_NONE;
}

void exit_list_release(struct exit_list *list)
{
	free(list->exit);
	*list = (struct exit_list){ 0 };
}

bool exit_is_same(const struct oracle_exit *a, const struct oracle_exit *b)
{
	return a->pc == b->pc && a->value == b->value && a->cause == b->cause && a->before == b->before &&
	       a->after == b->after;
}
