"""Decides which fast paths the image of a configuration uses. For each fast path that it does not use, finds the hook
that prevents the path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hv.config.check import Config
from hv.config.modules import FAST_KINDS, FIRMWARE_MRET, INTERRUPT, OWN_PATHS, SWITCH_HOOKS, SWITCH_KINDS, Module, OwnPath

# Returns whether a hook of a module does not turn off a fast path.
Ignores = Callable[[Module, str], bool]


@dataclass(frozen=True)
class Forbidden:
    """The reason why the image does not use a fast path for a cause: hv has to call a module's hook in such an exit."""

    path: str
    cause: str
    module: str
    hook: str


def forbidding(config: Config, hooks: Iterable[str], cause: str, ignores: Ignores) -> tuple[str, str] | None:
    """Returns the first module, and its first hook among @p hooks, that has to see exits with @p cause. Skips the hooks
    that @p ignores returns true for. Returns None if there is no such module."""
    for enabled in config.enabled:
        for hook in hooks:
            if enabled.module.sees(hook, cause) and not ignores(enabled.module, hook):
                return enabled.module.name, hook
    return None


def own_hooks(config: Config, kind: str, owner: Module) -> Ignores:
    """Returns the hooks that do not turn off the fast path @p kind of @p owner. These are the hooks of the module itself. They
    are also the hooks of later modules that hv would not call, because the module's own hook ends the round if it handles the
    exit. hv's step, to which the path of an interrupt leads, calls only the hook of the switch to the firmware, so all others
    turn the path off, also those of the path's own module."""
    order = [enabled.module for enabled in config.enabled]
    ends = "ecall_from_payload" if kind == "payload_ecall" else "trap_from_payload"

    def ignores(module: Module, hook: str) -> bool:
        if FAST_KINDS[kind].cause == INTERRUPT:
            return False
        return module is owner or (hook == ends and order.index(module) > order.index(owner))

    return ignores


def forbidden_paths(config: Config) -> list[Forbidden]:
    """Returns the fast paths of hv and of modules that the image does not use, with one entry for each cause."""
    wanted: list[tuple[str, str, tuple[str, ...], Ignores]] = [
        (path.name, cause, path.hooks, path.ignores) for path in (*OWN_PATHS, FIRMWARE_MRET) for cause in path.causes
    ]
    wanted += [
        (kind, FAST_KINDS[kind].cause, FAST_KINDS[kind].hooks, own_hooks(config, kind, enabled.module))
        for enabled in config.enabled
        for kind in enabled.module.fast
        if kind in FAST_KINDS
    ]
    found = [(name, cause, forbidding(config, hooks, cause, ignores)) for name, cause, hooks, ignores in wanted]
    return [Forbidden(name, cause, *reason) for name, cause, reason in found if reason]


def causes_in_force(config: Config, path: OwnPath) -> list[str]:
    """Returns the causes for which the image uses @p path."""
    return [cause for cause in path.causes if not forbidding(config, path.hooks, cause, path.ignores)]


def module_paths(config: Config) -> dict[str, Module]:
    """Returns the kinds of modules' fast paths for traps that no hook of another module prevents, each with its
    module."""
    return {
        kind: enabled.module
        for enabled in config.enabled
        for kind in enabled.module.fast
        if kind in FAST_KINDS
        and not forbidding(config, FAST_KINDS[kind].hooks, FAST_KINDS[kind].cause, own_hooks(config, kind, enabled.module))
    }


def switch_paths(config: Config) -> dict[str, Module]:
    """Returns the kinds of modules' fast paths for world switches that the image uses, each with its module. The image uses
    such a path if it uses hv's own path for at least one cause."""
    used = {path.switch_kind for path in (*OWN_PATHS, FIRMWARE_MRET) if causes_in_force(config, path)}
    used |= {"payload_trap"} if causes_to_pass(config) else set()
    return {
        kind: enabled.module
        for enabled in config.enabled
        for kind in enabled.module.fast
        if kind in SWITCH_KINDS and kind in used
    }


def passing(path: OwnPath, owner: Module) -> Ignores:
    """Returns the hooks that do not turn off @p path for exits that a fast path of @p owner passes on. The fast path is there for the
    owner's hooks of these exits, but not for its hook of the world switch, which comes later."""
    return lambda module, hook: (module is owner and hook not in SWITCH_HOOKS) or path.ignores(module, hook)


def causes_to_pass(config: Config) -> list[str]:
    """Returns the causes of the payload's exceptions that a module's fast path can pass to hv's own fast path, because no
    other module has to see them."""
    owners = {FAST_KINDS[kind].cause: module for kind, module in module_paths(config).items()}
    return [
        cause
        for path in OWN_PATHS
        if path.world == "payload"
        for cause in path.causes
        if cause in owners and cause != INTERRUPT and not forbidding(config, path.hooks, cause, passing(path, owners[cause]))
    ]


def fast_paths(config: Config) -> list[str]:
    """Returns the names of all fast paths that the image uses for at least one of their causes."""
    own = [path.name for path in (*OWN_PATHS, FIRMWARE_MRET) if causes_in_force(config, path)]
    return own + list(module_paths(config)) + list(switch_paths(config))
