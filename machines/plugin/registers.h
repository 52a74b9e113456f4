/* Finds a hart's registers by name.
 * Called by the plugins when a hart is set up.
 * Must not know what they are read for. */
#ifndef MACHINES_PLUGIN_REGISTERS_H
#define MACHINES_PLUGIN_REGISTERS_H

#include "machines/plugin/qemu_plugin.h"

/** The register that gdb knows by @p name, for qemu_plugin_read_register; null if the calling hart has none. The same for all harts.
 * Only in on_hart of callbacks.h. */
struct qemu_plugin_register *plugin_find_register(const char *name);

#endif
