/* Which ISA extensions hv hides from guests, and how they are taken out of the device tree's two forms.
 * Called by fdt.c. Pure: must not know the tree. Source of names: RISC-V ISA manual volumes I and II; semantics 27. */
#ifndef HV_CORE_ISA_H
#define HV_CORE_ISA_H

#include <stdbool.h>
#include <stddef.h>

/** Whether the extension @p name (@p length characters, lower case, without version) is hidden: H and its sub-extensions,
 * M-mode ones (sm*, but for those without state), and those of S-mode that hv would have to virtualise. Pure. */
bool isa_is_hidden(const char *name, size_t length);

/** Takes hidden extensions out of a `riscv,isa` string, in place: it only gets shorter, but for the bundle zk, which
 * becomes zkn_zkt if @p room bytes (terminator included) allow it, and else goes. @return its new length */
size_t isa_hide_in_string(char *isa, size_t room);

/** Takes hidden extensions out of a `riscv,isa-extensions` list of @p length bytes (strings, each with its terminator) in
 * place. @return its new length in bytes */
size_t isa_hide_in_list(char *list, size_t length);

#endif
