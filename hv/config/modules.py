"""Reads and checks the declarations of modules. Each declaration is an hv_module() in a BUILD file, and the build
passes it to the generator."""

from __future__ import annotations

import ast
import json
import operator
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hv.config import csrs, schema
from trace.format import causes

# All hooks, in the order in which hv calls them in one exit. For each hook: its return type, and its parameters after
# the first two. The first two parameters are the module's state and the hart (observe_exit gets no hart). A hook with
# the return type "action" returns whether it has taken over the exit.
HOOKS: dict[str, tuple[str, str]] = {
    "init": ("void", ""),
    "trap_from_firmware": ("action", "vcpu"),
    "trap_from_payload": ("action", "vcpu"),
    "ecall_from_firmware": ("action", "vcpu"),
    "ecall_from_payload": ("action", "vcpu"),
    "csr_access": ("action", "vcpu number write value"),
    "access_denied": ("void", "vcpu address access"),
    "decided_next_exec_mode": ("void", "vcpu modes"),
    "payload_start": ("void", "vcpu"),
    "switch_from_payload_to_firmware": ("void", "vcpu"),
    "switch_from_firmware_to_payload": ("void", "vcpu"),
    "observe_exit": ("void", "exit"),
    "trace_counters": ("void", ""),
    "on_interrupt": ("void", "vcpu"),
    "on_shutdown": ("void", ""),
}

# The exceptions that guests can cause, with their codes in mcause.
CAUSES = {name: code for code, name in causes.SHOWN.items() if code < causes.INTERRUPT}

# For modules, all interrupts are one cause, because hv asks the devices which interrupt has arrived.
INTERRUPT = "interrupt"

# The causes to which a module may limit a hook.
HOOK_CAUSES = (*CAUSES, INTERRUPT)

# The hooks that hv calls in exits. For each hook: all causes of the exits in which hv can call it. init, on_interrupt
# and on_shutdown are not here, because hv does not call them for exits.
ECALLS = ("environment_call_from_u_mode", "environment_call_from_s_mode", "environment_call_from_vs_mode")
EXIT_HOOKS: dict[str, tuple[str, ...]] = {
    "trap_from_firmware": HOOK_CAUSES,
    "trap_from_payload": HOOK_CAUSES,
    "ecall_from_firmware": ("environment_call_from_u_mode",),
    "ecall_from_payload": ECALLS,
    "decided_next_exec_mode": HOOK_CAUSES,
}

@dataclass(frozen=True)
class FastKind:
    """A kind of fast paths that a module may have: the cause of the exits, the worlds in which they occur, and the hooks
    that hv would call in such an exit if there were no fast path."""

    cause: str
    worlds: tuple[str, ...]
    hooks: tuple[str, ...]


SWITCH_HOOKS = ("switch_from_payload_to_firmware", "switch_from_firmware_to_payload")
PAYLOAD_HOOKS = ("trap_from_payload", "decided_next_exec_mode")
FAST_KINDS: dict[str, FastKind] = {
    "payload_illegal_instruction": FastKind("illegal_instruction", ("payload",), PAYLOAD_HOOKS),
    "payload_ecall": FastKind("environment_call_from_s_mode", ("payload",), (*PAYLOAD_HOOKS, "ecall_from_payload")),
    "payload_load_misaligned": FastKind("load_address_misaligned", ("payload",), PAYLOAD_HOOKS),
    "payload_store_misaligned": FastKind("store_amo_address_misaligned", ("payload",), PAYLOAD_HOOKS),
    # An interrupt with which another hart's module_notify names this module. If there is more to do, hv goes on to
    # step_interrupt.
    "machine_software_interrupt": FastKind(INTERRUPT, ("firmware", "payload"), ("trap_from_firmware", *PAYLOAD_HOOKS)),
}

# The kinds of fast paths in which a module acts at a world switch. Such a path is a part of hv's own path for the switch.
# For each kind: the hooks of its module that it replaces in these exits. A hook of another module turns off the whole path.
SWITCH_KINDS: dict[str, tuple[str, ...]] = {
    "payload_trap": (*PAYLOAD_HOOKS, "ecall_from_payload", "switch_from_payload_to_firmware"),
    "firmware_mret": ("switch_from_firmware_to_payload",),
}

# The hook that a fast path needs beside it, for the exits that the slow tier handles.
NEEDED_HOOKS = {
    "machine_software_interrupt": "on_interrupt",
    "payload_trap": "switch_from_payload_to_firmware",
    "firmware_mret": "switch_from_firmware_to_payload",
}

# Parts of hv that cost other exits instructions, so that only images have them whose modules name them in `uses`:
# supervisor_timer_set, hart_state, the PLIC as a device that hv serves, and hiding the payload's FP and vector registers from
# the firmware. silent_panic costs nothing: it keeps the values of guests off the console.
USES = ("supervisor_timer", "hart_state", "plic", "hide_extension_state", "silent_panic")


# The bits that a module may hide from the firmware (`hides`), with their names in hv/arch/isa.h. The other bits of these
# CSRs belong to the firmware itself. The bits of mip_reads are bits of mip that read as 0, but that the firmware can still set and
# clear, because it sends interrupts to the payload.
EXTENSION_STATES = ("FS", "VS", "XS")
HIDABLE: dict[str, dict[str, str]] = {
    "mstatus": {
        bit: f"MSTATUS_{bit}"
        for bit in ("SIE", "SPIE", "SPP", *EXTENSION_STATES, "SUM", "MXR", "TVM", "TW", "TSR", "SPELP", "SDT")
    },
    "mip": {"SSIP": "IP_SSI", "STIP": "IP_STI", "SEIP": "IP_SEI"},
    "mip_reads": {"SSIP": "IP_SSI", "STIP": "IP_STI", "SEIP": "IP_SEI"},
    "mie": {"SSIE": "IP_SSI", "STIE": "IP_STI", "SEIE": "IP_SEI"},
}


# If a module hides one of these bits of mstatus and has the hook csr_access, the hook sees writes that try to set it.
REPORTED = ("TVM", "TW", "TSR")


@dataclass(frozen=True)
class OwnPath:
    """A fast path that belongs to hv, not to a module. It handles exits of one world with certain causes, and it has a
    function.

    trap.S compares the cause of a trap with the causes of these paths one by one. A path with `rest` comes last, and
    for such a path trap.S looks up the cause in a mask instead.
    """

    name: str
    world: str
    causes: tuple[str, ...]
    function: str
    switches: bool = False
    rest: bool = False
    switch_kind: str = ""  # the kind of SWITCH_KINDS that can be a part of this path

    @property
    def hooks(self) -> tuple[str, ...]:
        """Returns the hooks that hv would call in such an exit if there were no fast path."""
        own = (f"trap_from_{self.world}", f"ecall_from_{self.world}", "decided_next_exec_mode")
        to_firmware, to_payload = SWITCH_HOOKS
        return (*own, to_firmware if self.world == "payload" else to_payload) if self.switches else own

    def ignores(self, module: Module, hook: str) -> bool:
        """Returns whether @p hook of @p module does not turn this path off, because a fast path of the module replaces
        it."""
        return self.switch_kind in module.fast and hook in SWITCH_KINDS[self.switch_kind]


# All other exceptions. The firmware's trap handler gets them, whether the firmware or the payload caused them. The list
# does not contain instruction access faults, because the firmware's trap handler itself may have faulted, and hv must
# report that.
FIRMWARE_OTHERS = tuple(
    cause
    for cause in CAUSES
    if cause not in ("illegal_instruction", "instruction_access_fault", "load_access_fault", "store_amo_access_fault")
)
PAYLOAD_OTHERS = tuple(cause for cause in FIRMWARE_OTHERS if cause != "environment_call_from_s_mode")
OWN_PATHS = (
    OwnPath("firmware_illegal", "firmware", ("illegal_instruction",), "fast_firmware_illegal"),
    OwnPath("firmware_store", "firmware", ("store_amo_access_fault",), "fast_firmware_store"),
    OwnPath("firmware_load", "firmware", ("load_access_fault",), "fast_firmware_load"),
    OwnPath("firmware_interrupt", "firmware", (INTERRUPT,), "trap_step_interrupt"),
    OwnPath("firmware_trap", "firmware", FIRMWARE_OTHERS, "fast_firmware_trap", rest=True),
    OwnPath("payload_ecall", "payload", ("environment_call_from_s_mode",), "fast_payload_trap", True, False, "payload_trap"),
    OwnPath("payload_illegal", "payload", ("illegal_instruction",), "fast_payload_trap", True, False, "payload_trap"),
    # step_interrupt itself calls the hook of the switch to the firmware, so this hook does not turn the path off
    OwnPath("payload_interrupt", "payload", (INTERRUPT,), "trap_step_interrupt"),
    OwnPath("payload_trap", "payload", PAYLOAD_OTHERS, "fast_payload_trap", True, True, "payload_trap"),
)

# fast_firmware_illegal also handles mret. But an mret may switch worlds, so further hooks can prevent its fast path.
# CONFIG_FAST_MRET is 1 if no hook prevents it.
FIRMWARE_MRET = OwnPath(
    "firmware_mret", "firmware", ("illegal_instruction",), "fast_firmware_mret", switches=True, switch_kind="firmware_mret"
)

# The number of events that a module can have. In the trace, the number of an event has 8 bits.
EVENTS = 256
EVENT_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")

# The names of keys. In C, the name of a key is a part of a macro.
KEY_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

# The kinds of keys that a module may declare (hv/keys.bzl): each makes a kind from the declaration.
KEY_KINDS: dict[str, Callable[[Mapping[str, Any]], schema.Kind]] = {
    "number": lambda item: schema.Number(item["least"], item["most"]),
    "address": lambda item: schema.Address(),
    "flag": lambda item: schema.Flag(),
    "word": lambda item: schema.Choice(tuple(item["words"])),
    "numbers": lambda item: schema.Numbers(item["least"], item["most"], item["length"]),
    "bytes": lambda item: schema.Bytes(item["length"]),
}

OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


class ModuleError(Exception):
    """A BUILD file declares a module wrongly. The message names the target."""


@dataclass(frozen=True)
class Module:
    """One hv_module(). `hooks` contains the causes to which each hook is limited. If the tuple of a hook is empty, the
    hook sees all causes."""

    name: str
    label: str
    header: str
    hooks: Mapping[str, tuple[str, ...]]
    pmp_entries: str
    claims: tuple[str, ...]
    fast: Mapping[str, str]
    events: tuple[str, ...] = ()
    keys: tuple[schema.Key, ...] = ()
    uses: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    hides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reserve: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named: list[tuple[str, Iterable[str], Collection[str]]] = [
            ("hook", self.hooks, HOOKS),
            ("cause to claim", self.claims, CAUSES),
            ("kind of fast path", self.fast, (*FAST_KINDS, *SWITCH_KINDS)),
            ("part of hv in uses", self.uses, USES),
            ("CSR in guards", self.guards, csrs.NUMBERS),
            ("CSR in hides", self.hides, HIDABLE),
        ]
        for what, given, known in named:
            for word in given:
                if word not in known:
                    raise ModuleError(f"{self.label}: unknown {what} {word!r} (known: {', '.join(known)})")
        for hook, limits in self.hooks.items():
            possible = EXIT_HOOKS.get(hook, ())
            for word in limits:
                if word not in possible:
                    known = ", ".join(possible) or "none, since it sees no exit"
                    raise ModuleError(f"{self.label}: {hook} cannot see cause {word!r} (known: {known})")
        for kind, hook in NEEDED_HOOKS.items():
            if kind in self.fast and hook not in self.hooks:
                raise ModuleError(f"{self.label}: a fast path {kind} needs the hook {hook}, too")
        for word in self.events:
            if not EVENT_NAME.fullmatch(word):
                raise ModuleError(f"{self.label}: {word!r} cannot be the name of an event")
        if len(self.events) > EVENTS:
            raise ModuleError(f"{self.label}: {len(self.events)} events are too many (at most {EVENTS})")
        self.check_guards()
        self.check_keys()

    def check_guards(self) -> None:
        """Raises ModuleError if the module declares CSRs that it cannot guard, or bits that it cannot hide."""
        if ("csr_access" in self.hooks) != bool(self.guards):
            raise ModuleError(f"{self.label}: the hook csr_access needs CSRs in guards, and guards need this hook")
        if "access_denied" in self.hooks and self.pmp_entries == "0":
            raise ModuleError(f"{self.label}: the hook access_denied needs pmp_entries")
        for csr, bits in self.hides.items():
            for bit in bits:
                if bit not in HIDABLE[csr]:
                    known = ", ".join(HIDABLE[csr])
                    raise ModuleError(f"{self.label}: bit {bit!r} of {csr} cannot be hidden from the firmware (only: {known})")
        states = set(EXTENSION_STATES) & set(self.hides.get("mstatus", ()))
        if states and states != set(EXTENSION_STATES):
            words = ", ".join(EXTENSION_STATES)
            raise ModuleError(f"{self.label}: {words} of mstatus can only be hidden together, because SD depends on all of them")

    def check_keys(self) -> None:
        """Raises ModuleError if the module has declared a key wrongly."""
        names = [key.name for key in self.keys]
        if names and self.name in schema.tables(schema.KEYS):
            raise ModuleError(f"{self.label}: [{self.name}] is a table of hv itself, so the module cannot have keys")
        for key in self.keys:
            if not KEY_NAME.fullmatch(key.name):
                raise ModuleError(f"{self.label}: {key.name!r} cannot be the name of a key")
            if names.count(key.name) > 1:
                raise ModuleError(f"{self.label}: two keys are called {key.name}")
            if key.default is not None and not key.kind.accepts(key.default):
                raise ModuleError(f"{self.label}: the default of {key.name}, {key.default!r}, is not {key.kind.describe()}")
            if key.needed and key.default is not None:
                raise ModuleError(f"{self.label}: {key.name} has a default, so a configuration may leave it out")
            self.check_needed_unless(key)

    def check_needed_unless(self, key: schema.Key) -> None:
        """Raises ModuleError if the flag that makes @p key optional is not a flag of this module."""
        flags = [other.name for other in self.keys if isinstance(other.kind, schema.Flag)]
        if key.needed_unless and (key.needed_unless not in flags or not key.needed):
            raise ModuleError(f"{self.label}: {key.name} has needed_unless, so it needs the text `needed`, and a flag with that name")

    def reported(self) -> tuple[str, ...]:
        """Returns the bits of mstatus for which the hook csr_access sees writes that try to set them."""
        hidden = self.hides.get("mstatus", ()) if "csr_access" in self.hooks else ()
        return tuple(bit for bit in REPORTED if bit in hidden)

    def asked_about(self) -> tuple[str, ...]:
        """Returns the CSRs for which hv calls the module's csr_access."""
        return (*self.guards, "mstatus") if self.reported() and "mstatus" not in self.guards else self.guards

    def sees(self, hook: str, cause: str) -> bool:
        """Returns whether the module has @p hook, and hv calls it in an exit with @p cause."""
        if hook not in self.hooks:
            return False
        return cause in (self.hooks[hook] or EXIT_HOOKS.get(hook, HOOK_CAUSES))


def present_causes(words: Iterable[str], label: str) -> tuple[str, ...]:
    """Replaces earlier names of causes by the present names. Prints a message for each replaced name, so that the
    author of the module @p label can change its BUILD file."""
    for word in words:
        if word in causes.PRESENT:
            print(f"{label}: cause {word} is called {causes.PRESENT[word]} now", file=sys.stderr)
    return tuple(causes.PRESENT.get(word, word) for word in words)


def declared_key(table: str, text: str) -> schema.Key:
    """Returns the key of [@p table] that the build declares with @p text, which is JSON."""
    item = json.loads(text)
    needed, unless = item.get("needed", ""), item.get("needed_unless", "")
    text = f"needed, unless `{unless}` is true" if unless else "needed" if needed else "none"
    default = item["default"]
    kind = KEY_KINDS[item["kind"]](item)
    return schema.Key(table, item["name"], kind, default, item["meaning"], "" if default is not None else text, needed, unless)


def load_modules(path: Path) -> list[Module]:
    """Reads the declarations that the build wrote to @p path. Returns the modules sorted by name."""
    modules = [
        Module(
            name=item["name"],
            label=item["label"],
            header=item["header"],
            hooks={hook: present_causes(words, item["label"]) for hook, words in item["hooks"].items()},
            pmp_entries=str(item["pmp_entries"]),
            claims=present_causes(item["claims"], item["label"]),
            fast=item["fast"],
            events=tuple(item["events"]),
            keys=tuple(declared_key(item["name"], text) for text in item["keys"]),
            uses=tuple(item["uses"]),
            guards=tuple(item["guards"]),
            hides={csr: tuple(bits) for csr, bits in item["hides"].items()},
            reserve=item["reserve"],
        )
        for item in json.loads(path.read_text())
    ]
    names = [module.name for module in modules]
    for module in modules:
        if names.count(module.name) > 1:
            raise ModuleError(f"{module.label}: another module has the same name")
    return sorted(modules, key=lambda module: module.name)


def pmp_entries(module: Module, value_of: Callable[[str, str], object]) -> int:
    """Returns how many PMP entries @p module needs."""
    return number_of(module, "pmp_entries", module.pmp_entries, "of entries", value_of)


def reserved(module: Module, value_of: Callable[[str, str], object]) -> list[tuple[int, int]]:
    """Returns start and size of each region of memory that @p module reserves."""
    return [
        (number_of(module, "reserve", start, "of bytes", value_of), number_of(module, "reserve", size, "of bytes", value_of))
        for start, size in module.reserve.items()
    ]


def number_of(module: Module, what: str, text: str, unit: str, value_of: Callable[[str, str], object]) -> int:
    """Returns the value of @p text, with which a module declares @p what. It is a number, or an expression with keys of the
    configuration (`table.key`)."""

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
        raise ModuleError(f"{module.label}: {what} = {text!r} does not give a number {unit}")

    try:
        number = evaluate(ast.parse(text, mode="eval").body)
    except SyntaxError as error:
        raise ModuleError(f"{module.label}: {what} = {text!r} is not an expression") from error
    if number < 0:
        raise ModuleError(f"{module.label}: {what} = {text!r} is {number}")
    return number
