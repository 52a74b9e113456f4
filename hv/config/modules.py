"""What the build says about modules: the facts that hv_module() declares, as they reach the generator."""

from __future__ import annotations

import ast
import json
import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

# Hooks with their parameters after the module's own state, in the order of one exit. "action" hooks answer
# whether they took the exit over.
HOOKS: dict[str, tuple[str, str]] = {
    "init": ("void", ""),
    "trap_from_firmware": ("action", "vcpu"),
    "trap_from_payload": ("action", "vcpu"),
    "ecall_from_firmware": ("action", "vcpu"),
    "ecall_from_payload": ("action", "vcpu"),
    "decided_next_exec_mode": ("void", "vcpu modes"),
    "switch_from_payload_to_firmware": ("void", "vcpu"),
    "switch_from_firmware_to_payload": ("void", "vcpu"),
    "on_interrupt": ("void", "vcpu"),
    "on_shutdown": ("void", ""),
}

# The synchronous causes of the ISA, by their number in mcause (Privileged ISA, table of mcause values).
CAUSES = {
    "instruction_address_misaligned": 0,
    "instruction_access_fault": 1,
    "illegal_instruction": 2,
    "breakpoint": 3,
    "load_address_misaligned": 4,
    "load_access_fault": 5,
    "store_address_misaligned": 6,
    "store_access_fault": 7,
    "ecall_from_u": 8,
    "ecall_from_s": 9,
    "instruction_page_fault": 12,
    "load_page_fault": 13,
    "store_page_fault": 15,
}

# The fast paths that a module may register: the cause, and the hooks of others that such an exit would call.
FAST_KINDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "payload_illegal_instruction": (2, ("trap_from_payload", "decided_next_exec_mode")),
    "payload_ecall": (9, ("trap_from_payload", "ecall_from_payload", "decided_next_exec_mode")),
    "payload_load_misaligned": (4, ("trap_from_payload", "decided_next_exec_mode")),
    "payload_store_misaligned": (6, ("trap_from_payload", "decided_next_exec_mode")),
}

# hv's own fast paths for the firmware, in the order in which they are tried: the cause and the function.
FIRMWARE_FAST = (
    (2, "fast_firmware_illegal"),
    (7, "fast_firmware_store"),
)
FIRMWARE_FAST_HOOKS = ("trap_from_firmware", "decided_next_exec_mode")

# Those that end in the other world. mret is a part of fast_firmware_illegal that needs this too.
SWITCH_HOOKS = ("switch_from_payload_to_firmware", "switch_from_firmware_to_payload")
FIRMWARE_FAST_MRET = "fast_firmware_mret"
PAYLOAD_FAST = (
    (9, "fast_payload_trap"),
    (2, "fast_payload_trap"),
)
PAYLOAD_FAST_HOOKS = ("trap_from_payload", "ecall_from_payload", "decided_next_exec_mode", *SWITCH_HOOKS)

# Numbers of a module's events in the trace have 8 bits.
EVENTS = 256
EVENT_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")

OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


class ModuleError(Exception):
    """A declaration in a BUILD file that makes no sense; the message names the target."""


@dataclass(frozen=True)
class Module:
    """One hv_module()."""

    name: str
    label: str
    header: str
    hooks: tuple[str, ...]
    pmp_entries: str
    claims: tuple[str, ...]
    fast: Mapping[str, str]
    events: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named: list[tuple[str, Iterable[str], Collection[str]]] = [
            ("hook", self.hooks, HOOKS),
            ("cause to claim", self.claims, CAUSES),
            ("kind of fast path", self.fast, FAST_KINDS),
        ]
        for what, given, known in named:
            for word in given:
                if word not in known:
                    raise ModuleError(f"{self.label}: unknown {what} {word!r} (known: {', '.join(known)})")
        for word in self.events:
            if not EVENT_NAME.fullmatch(word):
                raise ModuleError(f"{self.label}: {word!r} cannot be the name of an event")
        if len(self.events) > EVENTS:
            raise ModuleError(f"{self.label}: {len(self.events)} events are too many (at most {EVENTS})")


def load_modules(path: Path) -> list[Module]:
    """The declarations that the build wrote to @p path, sorted by name."""
    modules = [
        Module(
            name=item["name"],
            label=item["label"],
            header=item["header"],
            hooks=tuple(item["hooks"]),
            pmp_entries=str(item["pmp_entries"]),
            claims=tuple(item["claims"]),
            fast=item["fast"],
            events=tuple(item["events"]),
        )
        for item in json.loads(path.read_text())
    ]
    names = [module.name for module in modules]
    for module in modules:
        if names.count(module.name) > 1:
            raise ModuleError(f"{module.label}: another module has the same name")
    return sorted(modules, key=lambda module: module.name)


def pmp_entries(module: Module, value_of: Callable[[str, str], object]) -> int:
    """How many entries @p module wants: its number, or its expression with the config's keys (`table.key`)."""

    def evaluate(node: ast.expr) -> int:
        match node:
            case ast.Constant(value=int(number)):
                return number
            case ast.BinOp(left, operation, right) if type(operation) in OPERATORS:
                return OPERATORS[type(operation)](evaluate(left), evaluate(right))
            case ast.Attribute(value=ast.Name(id=table), attr=key):
                value = value_of(table, key)
                if isinstance(value, int):
                    return value
        raise ModuleError(f"{module.label}: pmp_entries = {module.pmp_entries!r} is no number of entries")

    try:
        entries = evaluate(ast.parse(module.pmp_entries, mode="eval").body)
    except SyntaxError as error:
        raise ModuleError(f"{module.label}: pmp_entries = {module.pmp_entries!r} is no expression") from error
    if entries < 0:
        raise ModuleError(f"{module.label}: pmp_entries = {module.pmp_entries!r} is {entries}")
    return entries
