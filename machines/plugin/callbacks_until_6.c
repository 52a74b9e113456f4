/* Functions that QEMU calls, for QEMU 10 (versions 4 to 6 of the interface): they get the plugin's id, and no argument of their own
 * except at the end. So the callbacks lie in a variable of this file. */

#include "machines/plugin/callbacks.h"

int qemu_plugin_version = QEMU_PLUGIN_INTERFACE; /* from BUILD */

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*call)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, void (*call)(qemu_plugin_id_t, unsigned hart));
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*call)(qemu_plugin_id_t, void *), void *argument);

static const struct plugin_callbacks *registered;

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
	(void)id;
	registered->on_translation(block);
}

static void on_hart(qemu_plugin_id_t id, unsigned hart)
{
	(void)id, (void)hart;
	registered->on_hart();
}

static void on_end(qemu_plugin_id_t id, void *argument)
{
	(void)id, (void)argument;
	registered->on_end();
}

void plugin_register_callbacks(qemu_plugin_id_t id, const struct plugin_callbacks *callbacks)
{
	registered = callbacks;
	qemu_plugin_register_vcpu_init_cb(id, on_hart);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	if (callbacks->on_end)
		qemu_plugin_register_atexit_cb(id, on_end, NULL);
}
