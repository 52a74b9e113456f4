/* Decides which ISA extensions hv hides from guests, and removes them from the two forms in which a device tree lists
 * extensions.
 * Called by fdt.c. The functions must not know the tree. The names come from the RISC-V ISA manual, volumes I and II;
 * the
 * list is explained in semantics 27. */
#ifndef HV_CORE_ISA_H
#define HV_CORE_ISA_H

#include <stdbool.h>
#include <stddef.h>

/** Whether hv hides an extension. hv hides H and its sub-extensions, the S-mode extensions that it would have to
 * virtualise, and M-mode extensions (sm*). It shows an M-mode extension that adds no state. Pure.
 * @param name   in lower case, without version or terminator
 * @param length characters of the name */
bool isa_is_hidden(const char *name, size_t length);

/** Removes hidden extensions from a `riscv,isa` string in place. The string never gets longer, with one exception:
 * the bundle zk contains a hidden part, so it is replaced by zkn_zkt if that fits, and removed otherwise.
 * @param room bytes available at @p isa, terminator included
 * @return the new length, without terminator */
size_t isa_hide_in_string(char *isa, size_t room);

/** Removes hidden extensions from a `riscv,isa-extensions` list in place.
 * @param list   strings, each with its terminator
 * @param length bytes of the list
 * @return the new length in bytes */
size_t isa_hide_in_list(char *list, size_t length);

#endif
