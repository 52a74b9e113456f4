"""Decides which fast paths the image of a configuration uses. For each fast path that it does not use, finds the hook
that prevents the path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hv.config.check import Config
from hv.config.modules import FAST_KINDS, FIRMWARE_MRET, INTERRUPT, OWN_PATHS, Module, OwnPath


@dataclass(frozen=True)
class Forbidden:
    """The reason why the image does not use a fast path for a cause: hv has to call a module's hook in such an exit."""

    path: str
    cause: str
    module: str
    hook: str


def forbidding(config: Config, hooks: Iterable[str], cause: str, owner: Module | None = None) -> tuple[str, str] | None:
    """Returns the first module, and its first hook among @p hooks, that has to see exits with @p cause. Ignores the
    module @p owner. Returns None if there is no such module."""
    for enabled in config.enabled:
        for hook in hooks:
            if enabled.module is not owner and enabled.module.sees(hook, cause):
                return enabled.module.name, hook
    return None


def forbidden_paths(config: Config) -> list[Forbidden]:
    """Returns the fast paths of hv and of modules that the image does not use, with one entry for each cause."""
    wanted: list[tuple[str, str, tuple[str, ...], Module | None]] = [
        (path.name, cause, path.hooks, None) for path in (*OWN_PATHS, FIRMWARE_MRET) for cause in path.causes
    ]
    wanted += [
        (kind, FAST_KINDS[kind].cause, FAST_KINDS[kind].hooks, None if FAST_KINDS[kind].cause == INTERRUPT else enabled.module)
        for enabled in config.enabled
        for kind in enabled.module.fast
    ]
    found = [(name, cause, forbidding(config, hooks, cause, owner)) for name, cause, hooks, owner in wanted]
    return [Forbidden(name, cause, *reason) for name, cause, reason in found if reason]


def causes_in_force(config: Config, path: OwnPath) -> list[str]:
    """Returns the causes for which the image uses @p path."""
    return [cause for cause in path.causes if not forbidding(config, path.hooks, cause)]


def module_paths(config: Config) -> dict[str, Module]:
    """Returns the kinds of modules' fast paths that no hook of another module prevents, each with its module. If several
    modules have a path of the same kind, returns the module that comes first in the configuration's list."""
    found: dict[str, Module] = {}
    for enabled in config.enabled:
        for kind in enabled.module.fast:
            # hv's step, to which the path of an interrupt leads, calls no hook, also none of the path's own module
            owner = None if FAST_KINDS[kind].cause == INTERRUPT else enabled.module
            if not forbidding(config, FAST_KINDS[kind].hooks, FAST_KINDS[kind].cause, owner):
                found.setdefault(kind, enabled.module)
    return found


def causes_to_pass(config: Config) -> list[str]:
    """Returns the causes of the payload's exceptions that a module's fast path can pass to hv's own fast path, because no
    other module has to see them."""
    owners = {FAST_KINDS[kind].cause: module for kind, module in module_paths(config).items()}
    return [
        cause
        for path in OWN_PATHS
        if path.world == "payload"
        for cause in path.causes
        if cause in owners and cause != INTERRUPT and not forbidding(config, path.hooks, cause, owners[cause])
    ]


def fast_paths(config: Config) -> list[str]:
    """Returns the names of all fast paths that the image uses for at least one of their causes."""
    own = [path.name for path in (*OWN_PATHS, FIRMWARE_MRET) if causes_in_force(config, path)]
    return own + list(module_paths(config))
