"""dispatch.h, the direct calls of the enabled modules' hooks, and fast.h, the jumps of the fast tier."""

from __future__ import annotations

from dataclasses import dataclass

from hv.config.check import Config
from hv.config.emit_c import GENERATED
from hv.config.modules import (
    CAUSES,
    FAST_KINDS,
    FIRMWARE_FAST,
    FIRMWARE_FAST_HOOKS,
    FIRMWARE_FAST_MRET,
    HOOKS,
    PAYLOAD_FAST,
    PAYLOAD_FAST_HOOKS,
    SWITCH_HOOKS,
    Module,
)

# What a hook's dispatch function takes and hands on, by the words in HOOKS.
PARAMETERS = {"vcpu": ["struct vcpu *vcpu"], "modes": ["enum exec_mode previous", "enum exec_mode next"]}
ARGUMENTS = {"vcpu": ["vcpu"], "modes": ["previous", "next"]}


@dataclass(frozen=True)
class FastPath:
    """A fast path in force: what it serves, the cause that is compared and the function that is jumped to."""

    kind: str
    cause: int
    function: str


def firmware_fast_paths(config: Config) -> list[FastPath]:
    """hv's own fast paths for the firmware: all, or none if a module wants to see the firmware's exits."""
    if any(config.has_hook(hook) for hook in FIRMWARE_FAST_HOOKS):
        return []
    return [FastPath(function.removeprefix("fast_"), cause, function) for cause, function in FIRMWARE_FAST]


def payload_fast_paths(config: Config) -> list[FastPath]:
    """The modules' fast paths that no other module's hook forbids; of two for one kind the first module's."""
    found: dict[str, FastPath] = {}
    for enabled in config.enabled:
        for kind, function in enabled.module.fast.items():
            cause, hooks = FAST_KINDS[kind]
            others = [other.module for other in config.enabled if other is not enabled]
            if not any(hook in other.hooks for other in others for hook in hooks):
                found.setdefault(kind, FastPath(kind, cause, function))
    return list(found.values()) + own_payload_fast_paths(config)


def own_payload_fast_paths(config: Config) -> list[FastPath]:
    """hv's own fast paths for the payload's traps: all, or none if a module wants to see them or the world switch."""
    if any(config.has_hook(hook) for hook in PAYLOAD_FAST_HOOKS):
        return []
    return [FastPath(f"payload_trap_{cause}", cause, function) for cause, function in PAYLOAD_FAST]


def slow_names(config: Config) -> list[str]:
    """Fast functions that others call but that are not in force: other names for trap_slow."""
    if not firmware_fast_paths(config) or not any(config.has_hook(hook) for hook in SWITCH_HOOKS):
        return []
    return [f".globl {FIRMWARE_FAST_MRET}", f".set {FIRMWARE_FAST_MRET}, trap_slow"]


def fast_h(config: Config) -> str:
    """Two assembler macros: for each fast path in force, jump there if a1 is its cause. They clobber t0."""
    lines = ["#ifndef HV_CONFIG_FAST_H", "#define HV_CONFIG_FAST_H"]
    for world, paths in (("firmware", firmware_fast_paths(config)), ("payload", payload_fast_paths(config))):
        lines += ["", f".macro fast_{world}_dispatch"]
        for path in paths:
            lines += [f"\tli t0, {path.cause}", f"\tbeq a1, t0, {path.function}"]
        lines.append(".endm")
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
    arguments = ["hart", *(text for word in extra.split() for text in ARGUMENTS[word])]
    result = "enum hook_action" if kind == "action" else "void"
    head = ", ".join(["struct module_states *modules", "struct hart *hart", *parameters])
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
    return [f"static inline {result} dispatch_{hook}({head})", "{", *body, "}", ""]


def hook_call(index: int, module: Module, hook: str, kind: str, arguments: list[str]) -> list[str]:
    """The call of one module's hook; an action hook that overwrites ends the round, and the trace has its module's name."""
    call = f"{module.name}_{hook}({', '.join([f'&modules->{module.name}', *arguments])})"
    if kind != "action":
        return [f"\t{call};"]
    return [
        f"\tif ({call} == HOOK_OVERWRITE) {{",
        f"\t\tvcpu_note_module(vcpu, {index});",
        "\t\treturn HOOK_OVERWRITE;",
        "\t}",
    ]


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
