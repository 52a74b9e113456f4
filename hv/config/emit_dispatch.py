"""dispatch.h, the direct calls of the enabled modules' hooks, and fast.h, the jumps of the fast tier."""

from __future__ import annotations


from hv.config.check import Config
from hv.config.emit_c import GENERATED
from hv.config.modules import CAUSES, FAST_KINDS, HOOKS, INTERRUPT, OWN_PATHS, Module
from hv.config.paths import causes_in_force, module_paths

# What a hook's dispatch function takes and hands on, by the words in HOOKS.
PARAMETERS = {
    "vcpu": ["struct vcpu *vcpu"],
    "modes": ["enum exec_mode previous", "enum exec_mode next"],
    "exit": ["const struct exit *exit"],
}
ARGUMENTS = {"vcpu": ["vcpu"], "modes": ["previous", "next"], "exit": ["exit"]}

# The hook that the build places into the fast tier too: it is not given a hart, and has to be a leaf.
OBSERVER = "observe_exit"


def jump(cause: str, function: str) -> list[str]:
    """Assembly: to @p function if a1, which is mcause, is @p cause. It clobbers t0."""
    if cause == INTERRUPT:
        return [f"\tbltz a1, {function}"]
    return [f"\tli t0, {CAUSES[cause]}", f"\tbeq a1, t0, {function}"]


def jump_by_mask(causes: list[str], function: str) -> list[str]:
    """The same for any of @p causes. A code of 64 or more looks like another: the function looks again."""
    if not causes:
        return []
    mask = sum(1 << CAUSES[cause] for cause in causes)
    return [f"\tli t0, {mask:#x}", "\tsrl t0, t0, a1", "\tandi t0, t0, 1", f"\tbnez t0, {function}"]


def dispatch_macro(config: Config, world: str) -> list[str]:
    """The jumps of one world: the modules' paths before hv's own."""
    lines = [f".macro fast_{world}_dispatch"]
    if world == "payload":
        for kind, function in module_paths(config).items():
            lines += jump(FAST_KINDS[kind][0], function)
    for path in OWN_PATHS:
        causes = causes_in_force(config, path) if path.world == world else []
        if path.rest:
            lines += jump_by_mask(causes, path.function)
        elif causes:
            lines += jump(causes[0], path.function)
    return [*lines, ".endm"]


def fast_h(config: Config) -> str:
    """Two assembler macros: for each fast path in force, jump there if a1 is its cause. They clobber t0."""
    lines = ["#ifndef HV_CONFIG_FAST_H", "#define HV_CONFIG_FAST_H", ""]
    lines += [*dispatch_macro(config, "firmware"), "", *dispatch_macro(config, "payload")]
    lines += ["", "#endif"]
    return GENERATED.format(name=config.name) + "\n".join(lines) + "\n"


def claims(config: Config) -> int:
    """The causes that the enabled modules take out of the physical medeleg, as its bits."""
    mask = 0
    for enabled in config.enabled:
        for cause in enabled.module.claims:
            mask |= 1 << CAUSES[cause]
    return mask


def braces(items: list[str]) -> str:
    """An initializer that is legal for an empty list too."""
    return "{ " + (", ".join(items) or "0") + " }"


def facts(config: Config) -> list[str]:
    """The numbers about the enabled modules."""
    enabled = config.enabled
    return [
        f"#define MODULE_COUNT {len(enabled)}",
        f"#define MODULE_PMP_ENTRIES {sum(item.pmp_count for item in enabled)}",
        f"#define MODULE_CLAIMS {claims(config):#x}",
        "#define MODULE_NAMES " + braces([f'"{item.module.name}"' for item in enabled]),
        "#define MODULE_PMP_FIRST " + braces([str(item.pmp_first) for item in enabled]),
        "#define MODULE_PMP_COUNT " + braces([str(item.pmp_count) for item in enabled]),
        "",
        *(f"#define HAVE_HOOK_{hook} {int(config.has_hook(hook))}" for hook in HOOKS),
    ]


def dispatch_function(config: Config, hook: str) -> list[str]:
    """dispatch_HOOK(): calls the hook of each module that has it, in the config's order."""
    kind, extra = HOOKS[hook]
    parameters = [text for word in extra.split() for text in PARAMETERS[word]]
    arguments = [text for word in extra.split() for text in ARGUMENTS[word]]
    if hook != OBSERVER:
        parameters = ["struct hart *hart", *parameters]
        arguments = ["hart", *arguments]
    result = "enum hook_action" if kind == "action" else "void"
    inline = "static inline __attribute__((always_inline))" if hook == OBSERVER else "static inline"
    head = ", ".join(["struct module_states *modules", *parameters])
    users = [(i, item.module) for i, item in enumerate(config.enabled) if hook in item.module.hooks]
    if hook == "on_interrupt":
        head += ", unsigned module"
        body = interrupt_body(users)
        arguments.append("module")
    else:
        body = [line for index, module in users for line in hook_call(index, module, hook, kind, arguments)]
    if not users:
        body += [f"\t(void){name};" for name in ["modules", *arguments]]
    if kind == "action":
        body.append("\treturn HOOK_IGNORE;")
    return [f"{inline} {result} dispatch_{hook}({head})", "{", *body, "}", ""]


def hook_call(index: int, module: Module, hook: str, kind: str, arguments: list[str]) -> list[str]:
    """The call of one module's hook for the causes that it names.

    An action hook that overwrites ends the round, and observers have its module's number.
    """
    call = f"{module.name}_{hook}({', '.join([f'&modules->{module.name}', *arguments])})"
    condition = cause_condition(module.hooks[hook])
    if kind != "action":
        return [f"\tif ({condition})", f"\t\t{call};"] if condition else [f"\t{call};"]
    return [
        f"\tif ({f'{condition} && ' if condition else ''}{call} == HOOK_OVERWRITE) {{",
        f"\t\tvcpu_note_module(vcpu, {index});",
        "\t\treturn HOOK_OVERWRITE;",
        "\t}",
    ]


def cause_condition(causes: tuple[str, ...]) -> str:
    """The C condition that the trap being handled has one of @p causes; empty for none, which stands for all."""
    mask = sum(1 << CAUSES[cause] for cause in causes if cause != INTERRUPT)
    words = [f"vcpu_trap_is_one_of(vcpu, {mask:#x})"] if mask else []
    words += ["(vcpu->trap.cause & CAUSE_INTERRUPT)"] if INTERRUPT in causes else []
    return f"({' || '.join(words)})" if words else ""


def interrupt_body(users: list[tuple[int, Module]]) -> list[str]:
    """Calls on_interrupt of the module whose index is given, of no other."""
    return [
        line
        for index, module in users
        for line in (
            f"\tif (module == {index})",
            f"\t\t{module.name}_on_interrupt(&modules->{module.name}, hart, vcpu);",
        )
    ]


def dispatch_h(config: Config) -> str:
    """The header by which core calls modules without knowing their names."""
    functions = [line for hook in HOOKS for line in dispatch_function(config, hook)]
    lines = [
        "#ifndef HV_CONFIG_DISPATCH_H",
        "#define HV_CONFIG_DISPATCH_H",
        "",
        '#include "hv/module/api.h"',
        *(f'#include "{item.module.header}"' for item in config.enabled),
        "",
        *facts(config),
        "",
        "struct module_states {",
        *(f"\tstruct {item.module.name} {item.module.name};" for item in config.enabled),
        "};",
        "",
        *functions,
        "#endif",
    ]
    return GENERATED.format(name=config.name) + "\n".join(lines) + "\n"
