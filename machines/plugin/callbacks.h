/* Registers the functions that QEMU calls. QEMU 11 (version 7 of the interface) calls them with other parameters than older ones do.
 * Called by each plugin's qemu_plugin_install. Implemented by callbacks_until_6.c and callbacks_since_7.c, of which the build takes
 * the one for this machine's QEMU. Must not know what the functions do. */
#ifndef MACHINES_PLUGIN_CALLBACKS_H
#define MACHINES_PLUGIN_CALLBACKS_H

#include "machines/plugin/qemu_plugin.h"

struct plugin_callbacks {
	void (*on_translation)(struct qemu_plugin_tb *block); /* whenever QEMU translates a block */
	void (*on_hart)(void);                                /* in a hart's thread, before its first instruction */
	void (*on_end)(void);                                 /* when QEMU ends; null: nothing is to be done then */
};

/** Makes QEMU call @p callbacks, which must stay valid. Once, from qemu_plugin_install, with the plugin's @p id. */
void plugin_register_callbacks(qemu_plugin_id_t id, const struct plugin_callbacks *callbacks);

#endif
