"""Selects what is built only for RISC-V, or only for the host.

On the host, all files of a room or a module are in one library, because they call each other, and the linker searches each
library only once."""

def if_riscv(value):
    """Returns @p value when the target is built for RISC-V, and otherwise an empty list."""
    return select({"//hv/arch:is_riscv": value, "//conditions:default": []})

def unless_riscv(value):
    """Returns @p value when the target is built for the host, and otherwise an empty list."""
    return select({"//hv/arch:is_riscv": [], "//conditions:default": value})
