"""Generates dispatch.h, which calls the hooks of the enabled modules directly, and fast.h, which contains the jumps to
fast paths."""

from __future__ import annotations


from hv.config import csrs
from hv.config.check import Config
from hv.config.emit_c import GENERATED
from hv.config.modules import CAUSES, FAST_KINDS, HOOKS, INTERRUPT, OWN_PATHS, SWITCH_KINDS, Module
from hv.config.paths import causes_in_force, module_paths, switch_paths

# For each kind of parameter list in HOOKS: the parameters of the dispatch function, and the arguments that this
# function passes to the hook.
PARAMETERS = {
    "vcpu": ["struct vcpu *vcpu"],
    "modes": ["enum exec_mode previous", "enum exec_mode next"],
    "exit": ["const struct exit *exit"],
    "number": ["unsigned number"],
    "write": ["bool write"],
    "value": ["uint64_t *value"],
    "address": ["uint64_t address"],
    "access": ["enum pmp_access access"],
}
ARGUMENTS = {word: [text.split()[-1].lstrip("*") for text in texts] for word, texts in PARAMETERS.items()}

# hv calls these hooks of one module only, and selects the module by its index.
OF_ONE_MODULE = ("on_interrupt", "access_denied")

# The fast tier contains inlined copies of this hook. So it gets no hart, and has to be a leaf function.
OBSERVER = "observe_exit"


def jump(cause: str, function: str) -> list[str]:
    """Returns assembly that jumps to @p function if a1, which holds mcause, is @p cause. It clobbers t0."""
    if cause == INTERRUPT:
        return [f"\tbltz a1, {function}"]
    return [f"\tli t0, {CAUSES[cause]}", f"\tbeq a1, t0, {function}"]


def jump_by_mask(causes: list[str], function: str) -> list[str]:
    """Like jump, but jumps if a1 is any of @p causes. The shift uses only 6 bits of the cause, so @p function has to
    check the cause again."""
    if not causes:
        return []
    mask = sum(1 << CAUSES[cause] for cause in causes)
    return [f"\tli t0, {mask:#x}", "\tsrl t0, t0, a1", "\tandi t0, t0, 1", f"\tbnez t0, {function}"]


def dispatch_macro(config: Config, world: str) -> list[str]:
    """Returns the assembler macro with the jumps of one world. The jumps to the modules' fast paths come before the
    jumps to hv's own fast paths, except that for interrupts, which takes the place of hv's own and passes on what it does
    not handle."""
    lines = [f".macro fast_{world}_dispatch"]
    kinds = {FAST_KINDS[kind].cause: kind for kind in module_paths(config) if world in FAST_KINDS[kind].worlds}
    for cause, kind in kinds.items():
        if cause != INTERRUPT:
            lines += jump(cause, f"fast_module_{kind}")
    for path in OWN_PATHS:
        causes = causes_in_force(config, path) if path.world == world else []
        if INTERRUPT in path.causes and path.world == world and INTERRUPT in kinds:
            lines += jump(INTERRUPT, f"fast_module_{kinds[INTERRUPT]}")
        elif path.rest:
            lines += jump_by_mask(causes, path.function)
        elif causes:
            lines += jump(causes[0], path.function)
    return [*lines, ".endm"]


def fast_h(config: Config) -> str:
    """Returns fast.h. It has a macro for each world. If there is a fast path for the cause in a1, the macro jumps to
    that path. The macros clobber t0."""
    lines = ["#ifndef HV_CONFIG_FAST_H", "#define HV_CONFIG_FAST_H", ""]
    lines += [*dispatch_macro(config, "firmware"), "", *dispatch_macro(config, "payload")]
    lines += ["", "#endif"]
    return GENERATED.format(name=config.name) + "\n".join(lines) + "\n"


def claims(config: Config) -> int:
    """Returns the bits of the causes that the enabled modules remove from the physical medeleg."""
    mask = 0
    for enabled in config.enabled:
        for cause in enabled.module.claims:
            mask |= 1 << CAUSES[cause]
    return mask


def braces(items: list[str]) -> str:
    """Returns a C initializer. For an empty list it returns { 0 }, because C does not allow an empty initializer."""
    return "{ " + (", ".join(items) or "0") + " }"


def facts(config: Config) -> list[str]:
    """Returns the #defines about the enabled modules."""
    enabled = config.enabled
    return [
        f"#define MODULE_COUNT {len(enabled)}",
        f"#define MODULE_PMP_ENTRIES {sum(item.pmp_count for item in enabled)}",
        f"#define MODULE_CLAIMS {claims(config):#x}",
        "#define MODULE_NAMES " + braces([f'"{item.module.name}"' for item in enabled]),
        "#define MODULE_PMP_FIRST " + braces([str(item.pmp_first) for item in enabled]),
        "#define MODULE_PMP_COUNT " + braces([str(item.pmp_count) for item in enabled]),
        f"#define MODULE_RESERVED_COUNT {sum(len(item.reserved) for item in enabled)}",
        "#define MODULE_RESERVED "
        + braces([f"{{ {start:#x}, {size:#x} }}" for item in enabled for start, size in item.reserved] or ["{ 0, 0 }"]),
        "#define MODULE_RESERVED_BY " + braces([f'"{item.module.name}"' for item in enabled for _ in item.reserved]),
        "",
        *(f"#define HAVE_HOOK_{hook} {int(config.has_hook(hook))}" for hook in HOOKS),
    ]


def dispatch_function(config: Config, hook: str) -> list[str]:
    """Returns dispatch_HOOK(), which calls the hook of each module that has it, in the order of the configuration."""
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
    if hook in OF_ONE_MODULE:
        head += ", unsigned module"
        body = one_module_body(hook, users, arguments)
        arguments.append("module")
    else:
        body = [line for index, module in users for line in hook_call(index, module, hook, kind, arguments)]
    if not users:
        body += [f"\t(void){name};" for name in ["modules", *arguments]]
    if kind == "action":
        body.append("\treturn HOOK_IGNORE;")
    return [f"{inline} {result} dispatch_{hook}({head})", "{", *body, "}", ""]


def hook_call(index: int, module: Module, hook: str, kind: str, arguments: list[str]) -> list[str]:
    """Returns the call of one module's hook, limited to the causes that the module's declaration names for this hook.

    If an action hook answers HOOK_OVERWRITE, the dispatch calls no further module, and stores the module's number in
    struct vcpu for observers.
    """
    call = f"{module.name}_{hook}({', '.join([f'&modules->{module.name}', *arguments])})"
    condition = guard_condition(module.asked_about()) if hook == "csr_access" else cause_condition(module.hooks[hook])
    if kind != "action":
        return [f"\tif ({condition})", f"\t\t{call};"] if condition else [f"\t{call};"]
    return [
        f"\tif ({f'{condition} && ' if condition else ''}{call} == HOOK_OVERWRITE) {{",
        f"\t\tvcpu_note_module(vcpu, {index});",
        "\t\treturn HOOK_OVERWRITE;",
        "\t}",
    ]


def cause_condition(causes: tuple[str, ...]) -> str:
    """Returns the C condition that the current trap has one of @p causes. If @p causes is empty, the hook sees all
    causes, and the text is empty too."""
    mask = sum(1 << CAUSES[cause] for cause in causes if cause != INTERRUPT)
    words = [f"vcpu_trap_is_one_of(vcpu, {mask:#x})"] if mask else []
    words += ["(vcpu->trap.cause & CAUSE_INTERRUPT)"] if INTERRUPT in causes else []
    return f"({' || '.join(words)})" if words else ""


def guard_condition(names: tuple[str, ...]) -> str:
    """Returns the C condition that CSR `number` is one of @p names."""
    return "(" + " || ".join("(number >= {:#x} && number <= {:#x})".format(*csrs.NUMBERS[name]) for name in names) + ")"


def fast_functions(config: Config) -> list[str]:
    """Returns dispatch_fast_KIND(), which calls the fast path of the module that has one of this kind, and the list
    MODULE_FAST_PATHS of these kinds. hv/core/fast_modules.c makes the functions from the list to which trap.S jumps.
    The function of a machine software interrupt does not end the exit: it returns whether everything is done."""
    paths = module_paths(config)
    lines = [
        line
        for kind, module in paths.items()
        for line in fast_function(kind, module, *(("bool", "") if FAST_KINDS[kind].cause == INTERRUPT else ("void", "cause")))
    ]
    exceptions = [kind for kind in paths if FAST_KINDS[kind].cause != INTERRUPT]
    lines += ["#define MODULE_FAST_PATHS(PATH) " + " ".join(f"PATH({kind})" for kind in exceptions)]
    return lines + software_interrupt(config, paths.get("machine_software_interrupt")) + switch_functions(config)


def fast_function(kind: str, module: Module, result: str, cause: str) -> list[str]:
    """Returns dispatch_fast_@p kind, which calls the function of @p module. If @p cause is not empty, both have a parameter
    with this name."""
    parameter, argument = (f", uint64_t {cause}", f", {cause}") if cause else ("", "")
    return [
        f"static inline __attribute__((always_inline)) {result}",
        f"dispatch_fast_{kind}(struct module_states *modules, struct hart *hart, struct vcpu *vcpu{parameter})",
        "{",
        f"\treturn {module.fast[kind]}(&modules->{module.name}, hart, vcpu{argument});",
        "}",
        "",
    ]


def switch_functions(config: Config) -> list[str]:
    """Returns dispatch_fast_KIND() for each kind of world switch. It returns whether the switch may stay in the first tier.
    Without a module, it is never called."""
    paths = switch_paths(config)
    lines: list[str] = []
    for kind in SWITCH_KINDS:
        nothing = "((void)(modules), (void)(hart), (void)(vcpu), (void)(cause), false)"
        macro = [f"#define dispatch_fast_{kind}(modules, hart, vcpu, cause) {nothing}", ""]
        lines += fast_function(kind, paths[kind], "bool", "cause") if kind in paths else macro
    return lines


def software_interrupt(config: Config, module: Module | None) -> list[str]:
    """Returns the index of the module that has a fast path for machine software interrupts. Without such a module,
    returns an empty dispatch function that is never called."""
    names = [enabled.module.name for enabled in config.enabled]
    if module:
        return [f"#define MODULE_OF_SOFTWARE_INTERRUPT {names.index(module.name)}", ""]
    return [
        "#define MODULE_OF_SOFTWARE_INTERRUPT 0",
        "#define dispatch_fast_machine_software_interrupt(modules, hart, vcpu) ((void)(modules), (void)(hart), (void)(vcpu), false)",
        "",
    ]


def one_module_body(hook: str, users: list[tuple[int, Module]], arguments: list[str]) -> list[str]:
    """Returns the body of the dispatch function of a hook that is called in only one module. The caller selects this
    module by its index."""
    return [
        line
        for index, module in users
        for line in (
            f"\tif (module == {index})",
            f"\t\t{module.name}_{hook}({', '.join([f'&modules->{module.name}', *arguments])});",
        )
    ]


def undeclared_hooks(config: Config) -> list[str]:
    """Returns a declaration for each hook that the BUILD file of an enabled module does not list. If the module's header
    declares the hook nevertheless, the compiler reports a conflict, and shows the comment. Without this, hv would never
    call the hook, and nothing would say so."""
    lines = [
        f"extern const struct missing_in_hooks {item.module.name}_{hook}; /* add {hook} to the hooks of {item.module.label}, or remove it */"
        for item in config.enabled
        for hook in HOOKS
        if hook not in item.module.hooks
    ]
    return ["/* None of these hooks may exist. */", *lines, ""] if lines else []


def dispatch_h(config: Config) -> str:
    """Returns dispatch.h, through which hv/core calls modules without knowing their names."""
    functions = [line for hook in HOOKS for line in dispatch_function(config, hook)]
    lines = [
        "#ifndef HV_CONFIG_DISPATCH_H",
        "#define HV_CONFIG_DISPATCH_H",
        "",
        '#include "hv/module/api.h"',
        *(f'#include "{item.module.header}"' for item in config.enabled),
        "",
        *undeclared_hooks(config),
        *facts(config),
        "",
        "struct module_states {",
        *(f"\tstruct {item.module.name} {item.module.name};" for item in config.enabled),
        "};",
        "",
        *functions,
        *fast_functions(config),
        "#endif",
    ]
    return GENERATED.format(name=config.name) + "\n".join(lines) + "\n"
