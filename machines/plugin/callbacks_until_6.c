/* Registers a plugin's callbacks with QEMU 10 (versions 4 to 6 of the interface). QEMU 10 passes the plugin's id to
 * each function. Only on_end also gets an argument that the plugin can choose. So this file stores the pointer to the
 * struct plugin_callbacks in a variable. */

#include "machines/plugin/callbacks.h"

int qemu_plugin_version = QEMU_PLUGIN_INTERFACE; /* QEMU reads this; BUILD sets the macro */

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
