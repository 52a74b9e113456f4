/* Finds a register in QEMU's list of the hart's registers. The size of the list's elements differs between versions of QEMU,
 * so the code asks the array for it. */

#include "machines/plugin/registers.h"

#include <string.h>

struct qemu_plugin_register *plugin_find_register(const char *name)
{
	GArray *list = qemu_plugin_get_registers();
	struct qemu_plugin_register *found = NULL;

	for (size_t i = 0; i < list->len && !found; i++) {
		const qemu_plugin_reg_descriptor *element =
			(const void *)(list->data + i * g_array_get_element_size(list));

		if (strcmp(element->name, name) == 0)
			found = element->handle;
	}
	g_array_free(list, 1);
	return found;
}
