/* Finds a hart's registers by name.
 * The plugins call it when QEMU sets up a hart.
 * Must not know why they read the registers. */
#ifndef MACHINES_PLUGIN_REGISTERS_H
#define MACHINES_PLUGIN_REGISTERS_H

#include "machines/plugin/qemu_plugin.h"

/** Finds a register, for qemu_plugin_read_register. May be called only from on_hart of callbacks.h.
 * @param name the name under which gdb shows the register
 * @return a handle that is valid for all harts; null if the calling hart has no register with this name */
struct qemu_plugin_register *plugin_find_register(const char *name);

#endif
