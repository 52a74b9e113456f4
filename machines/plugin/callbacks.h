/* Registers the functions of a plugin that QEMU calls. QEMU 11 (version 7 of the interface) calls these functions with
 * other parameters than older versions of QEMU. So there are two implementations, callbacks_until_6.c and
 * callbacks_since_7.c, and the build selects the one for the installed QEMU. Called by qemu_plugin_install of each
 * plugin. Must not know what the functions do. */
#ifndef MACHINES_PLUGIN_CALLBACKS_H
#define MACHINES_PLUGIN_CALLBACKS_H

#include "machines/plugin/qemu_plugin.h"

struct plugin_callbacks {
	void (*on_translation)(struct qemu_plugin_tb *block); /* whenever QEMU translates a block */
	void (*on_hart)(void);                                /* in a hart's thread, before its first instruction */
	void (*on_end)(void);                                 /* when QEMU ends; may be null */
};

/** Makes QEMU call the functions of @p callbacks, which must remain valid until QEMU ends. Called once, from
 * qemu_plugin_install.
 * @param id the id of the plugin, as QEMU passed it to qemu_plugin_install */
void plugin_register_callbacks(qemu_plugin_id_t id, const struct plugin_callbacks *callbacks);

#endif
