"""dispatch.h, the direct calls of the enabled modules' hooks, and fast.h, the jumps of the fast tier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hv.config.check import Config
from hv.config.emit_c import GENERATED
from hv.config.modules import (
    CAUSES,
    FAST_KINDS,
    FIRMWARE_MRET,
    HOOKS,
    INTERRUPT,
    OWN_PATHS,
    Module,
    OwnPath,
)

# What a hook's dispatch function takes and hands on, by the words in HOOKS.
PARAMETERS = {
    "vcpu": ["struct vcpu *vcpu"],
    "modes": ["enum exec_mode previous", "enum exec_mode next"],
    "exit": ["const struct exit *exit"],
}
ARGUMENTS = {"vcpu": ["vcpu"], "modes": ["previous", "next"], "exit": ["exit"]}

# The hook that the build places into the fast tier too: it is not given a hart, and has to be a leaf.
OBSERVER = "observe_exit"


@dataclass(frozen=True)
class Forbidden:
    """Why a fast path is not in force for a cause: the module's hook that such an exit has to call."""

    path: str
    cause: str
    module: str
    hook: str


def forbidding(config: Config, hooks: Iterable[str], cause: str, owner: Module | None = None) -> tuple[str, str] | None:
    """The first module but @p owner, and its hook among @p hooks, that sees exits by @p cause."""
    for enabled in config.enabled:
        for hook in hooks:
            if enabled.module is not owner and enabled.module.sees(hook, cause):
                return enabled.module.name, hook
    return None


def forbidden_paths(config: Config) -> list[Forbidden]:
    """The fast paths that are not in force, by cause: hv's own, and the modules'."""
    wanted: list[tuple[str, str, tuple[str, ...], Module | None]] = [
        (path.name, cause, path.hooks, None) for path in (*OWN_PATHS, FIRMWARE_MRET) for cause in path.causes
    ]
    wanted += [
        (kind, FAST_KINDS[kind][0], FAST_KINDS[kind][1], enabled.module)
        for enabled in config.enabled
        for kind in enabled.module.fast
    ]
    found = [(name, cause, forbidding(config, hooks, cause, owner)) for name, cause, hooks, owner in wanted]
    return [Forbidden(name, cause, *reason) for name, cause, reason in found if reason]


def causes_in_force(config: Config, path: OwnPath) -> list[str]:
    """The causes of @p path for which it is in force."""
    return [cause for cause in path.causes if not forbidding(config, path.hooks, cause)]


def module_paths(config: Config) -> dict[str, str]:
    """The modules' fast paths that no other module's hook forbids, by kind; of two for one kind the first module's."""
    found: dict[str, str] = {}
    for enabled in config.enabled:
        for kind, function in enabled.module.fast.items():
            cause, hooks = FAST_KINDS[kind]
            if not forbidding(config, hooks, cause, enabled.module):
                found.setdefault(kind, function)
    return found


def fast_paths(config: Config) -> list[str]:
    """The names of all fast paths in force, at least for one of their causes."""
    own = [path.name for path in (*OWN_PATHS, FIRMWARE_MRET) if causes_in_force(config, path)]
    return own + list(module_paths(config))


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


def slow_names(config: Config) -> list[str]:
    """Fast functions that others call but that are not in force: other names for trap_slow."""
    illegal = next(path for path in OWN_PATHS if path.causes == FIRMWARE_MRET.causes and path.world == FIRMWARE_MRET.world)
    if not causes_in_force(config, illegal) or causes_in_force(config, FIRMWARE_MRET):
        return []
    return [f".globl {FIRMWARE_MRET.function}", f".set {FIRMWARE_MRET.function}, trap_slow"]


def fast_h(config: Config) -> str:
    """Two assembler macros: for each fast path in force, jump there if a1 is its cause. They clobber t0."""
    lines = ["#ifndef HV_CONFIG_FAST_H", "#define HV_CONFIG_FAST_H", ""]
    lines += [*dispatch_macro(config, "firmware"), "", *dispatch_macro(config, "payload")]
    lines += ["", *slow_names(config)] if slow_names(config) else []
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
