"""What the build says about modules: the facts that hv_module() declares, as they reach the generator."""

from __future__ import annotations

import ast
import json
import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

# Hooks with their parameters after the module's own state and, except for observe_exit, its hart, in the order of one exit. "action" hooks answer
# whether they took the exit over.
HOOKS: dict[str, tuple[str, str]] = {
    "init": ("void", ""),
    "trap_from_firmware": ("action", "vcpu"),
    "trap_from_payload": ("action", "vcpu"),
    "ecall_from_firmware": ("action", "vcpu"),
    "ecall_from_payload": ("action", "vcpu"),
    "decided_next_exec_mode": ("void", "vcpu modes"),
    "payload_start": ("void", "vcpu"),
    "switch_from_payload_to_firmware": ("void", "vcpu"),
    "switch_from_firmware_to_payload": ("void", "vcpu"),
    "observe_exit": ("void", "exit"),
    "trace_counters": ("void", ""),
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
    "ecall_from_vs": 10,
    "instruction_page_fault": 12,
    "load_page_fault": 13,
    "store_page_fault": 15,
}

# All interrupts, as one cause: which one it is, hv finds out by asking its devices.
INTERRUPT = "interrupt"

# What a hook may name as the causes of the exits that it wants to see.
HOOK_CAUSES = (*CAUSES, INTERRUPT)

# The hooks that see an exit, and of which causes by their nature. Those of on_interrupt, init and the end see none.
ECALLS = ("ecall_from_u", "ecall_from_s", "ecall_from_vs")
EXIT_HOOKS: dict[str, tuple[str, ...]] = {
    "trap_from_firmware": HOOK_CAUSES,
    "trap_from_payload": HOOK_CAUSES,
    "ecall_from_firmware": ("ecall_from_u",),
    "ecall_from_payload": ECALLS,
    "decided_next_exec_mode": HOOK_CAUSES,
}

# The fast paths that a module may register: the cause, and the hooks of others that such an exit would call.
FAST_KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "payload_illegal_instruction": ("illegal_instruction", ("trap_from_payload", "decided_next_exec_mode")),
    "payload_ecall": ("ecall_from_s", ("trap_from_payload", "ecall_from_payload", "decided_next_exec_mode")),
    "payload_load_misaligned": ("load_address_misaligned", ("trap_from_payload", "decided_next_exec_mode")),
    "payload_store_misaligned": ("store_address_misaligned", ("trap_from_payload", "decided_next_exec_mode")),
}


@dataclass(frozen=True)
class OwnPath:
    """A fast path of hv's own: the causes that it serves, in trap.S's macro for its world, and the function.

    Causes that have a path to themselves are compared one by one, in the order of the list; `rest` is looked up in a mask.
    """

    name: str
    world: str
    causes: tuple[str, ...]
    function: str
    switches: bool = False
    rest: bool = False

    @property
    def hooks(self) -> tuple[str, ...]:
        """The hooks that such an exit would call."""
        own = (f"trap_from_{self.world}", f"ecall_from_{self.world}", "decided_next_exec_mode")
        return own + SWITCH_HOOKS if self.switches else own


SWITCH_HOOKS = ("switch_from_payload_to_firmware", "switch_from_firmware_to_payload")

# What the firmware's other exceptions are: traps of its own. Those of the payload that hv does not look at go to the firmware.
# A fetch that faults may be that of the firmware's own trap handler, which hv reports.
FIRMWARE_OTHERS = tuple(
    cause
    for cause in CAUSES
    if cause not in ("illegal_instruction", "instruction_access_fault", "load_access_fault", "store_access_fault")
)
PAYLOAD_OTHERS = tuple(
    cause
    for cause in CAUSES
    if cause
    not in (
        "illegal_instruction",
        "ecall_from_s",
        "instruction_access_fault",
        "load_access_fault",
        "store_access_fault",
    )
)
OWN_PATHS = (
    OwnPath("firmware_illegal", "firmware", ("illegal_instruction",), "fast_firmware_illegal"),
    OwnPath("firmware_store", "firmware", ("store_access_fault",), "fast_firmware_store"),
    OwnPath("firmware_load", "firmware", ("load_access_fault",), "fast_firmware_load"),
    OwnPath("firmware_interrupt", "firmware", (INTERRUPT,), "trap_step_interrupt"),
    OwnPath("firmware_trap", "firmware", FIRMWARE_OTHERS, "fast_firmware_trap", rest=True),
    OwnPath("payload_ecall", "payload", ("ecall_from_s",), "fast_payload_trap", switches=True),
    OwnPath("payload_illegal", "payload", ("illegal_instruction",), "fast_payload_trap", switches=True),
    OwnPath("payload_interrupt", "payload", (INTERRUPT,), "trap_step_interrupt", switches=True),
    OwnPath("payload_trap", "payload", PAYLOAD_OTHERS, "fast_payload_trap", switches=True, rest=True),
)

# mret is a part of fast_firmware_illegal that needs more, since it enters the other world: CONFIG_FAST_MRET.
FIRMWARE_MRET = OwnPath("firmware_mret", "firmware", ("illegal_instruction",), "fast_firmware_mret", switches=True)

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
    """One hv_module(). A hook has the causes that it names, or none if it names none and sees all."""

    name: str
    label: str
    header: str
    hooks: Mapping[str, tuple[str, ...]]
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
        for hook, causes in self.hooks.items():
            possible = EXIT_HOOKS.get(hook, ())
            for word in causes:
                if word not in possible:
                    known = ", ".join(possible) or "none, since it sees no exit"
                    raise ModuleError(f"{self.label}: {hook} cannot see cause {word!r} (known: {known})")
        for word in self.events:
            if not EVENT_NAME.fullmatch(word):
                raise ModuleError(f"{self.label}: {word!r} cannot be the name of an event")
        if len(self.events) > EVENTS:
            raise ModuleError(f"{self.label}: {len(self.events)} events are too many (at most {EVENTS})")


    def sees(self, hook: str, cause: str) -> bool:
        """Whether its @p hook, if it has that, would be called at an exit by @p cause."""
        if hook not in self.hooks:
            return False
        return cause in (self.hooks[hook] or EXIT_HOOKS.get(hook, HOOK_CAUSES))


def load_modules(path: Path) -> list[Module]:
    """The declarations that the build wrote to @p path, sorted by name."""
    modules = [
        Module(
            name=item["name"],
            label=item["label"],
            header=item["header"],
            hooks={hook: tuple(causes) for hook, causes in item["hooks"].items()},
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
