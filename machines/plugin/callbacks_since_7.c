/* Registers a plugin's callbacks with QEMU 11 (version 7 of the interface). QEMU 11 passes an argument to each
 * function, and the plugin chooses this argument. QEMU no longer passes the plugin's id. In this file, the argument is
 * a pointer to the struct plugin_callbacks. */

#include "machines/plugin/callbacks.h"

int qemu_plugin_version = QEMU_PLUGIN_INTERFACE; /* QEMU reads this; BUILD sets the macro */

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*call)(struct qemu_plugin_tb *, void *),
					   void *argument);
void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, void (*call)(unsigned hart, void *), void *argument);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*call)(void *), void *argument);

static void on_translation(struct qemu_plugin_tb *block, void *callbacks)
{
	((const struct plugin_callbacks *)callbacks)->on_translation(block);
}

static void on_hart(unsigned hart, void *callbacks)
{
	(void)hart;
	((const struct plugin_callbacks *)callbacks)->on_hart();
}

static void on_end(void *callbacks)
{
	((const struct plugin_callbacks *)callbacks)->on_end();
}

void plugin_register_callbacks(qemu_plugin_id_t id, const struct plugin_callbacks *callbacks)
{
	void *argument = (void *)(uintptr_t)callbacks; /* QEMU's parameter is not const */

	qemu_plugin_register_vcpu_init_cb(id, on_hart, argument);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation, argument);
	if (callbacks->on_end)
		qemu_plugin_register_atexit_cb(id, on_end, argument);
}
