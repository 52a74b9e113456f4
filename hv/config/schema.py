"""The schema of a configuration: every table, key, range and default.

The generator checks configurations against this schema, and the reference in docs/ is generated from it, so the two
cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from trace.format import events

Value: TypeAlias = int | bool | str | list[str | int] | None

LOG_LEVELS = ("error", "warn", "info", "debug", "trace")
# Values of the keys of [trace]. In hv, each value is represented by its index in its list.
TRACE_MODES = ("overwrite", "discard")
TRACE_EXIT_ARGS = ("none", "pc", "pc+value")
TRACE_ACCESS = ("none", "firmware", "payload", "both")
TRACE_DUMPS = ("never", "panic", "shutdown")
LOG_COLORS = ("auto", "always", "never")
HV_FOLDERS = ("hv.arch", "hv.virt", "hv.device", "hv.platform", "hv.core", "hv.module", "hv.log")

# Size of a slot of a ring in bytes (trace/format/slot.h).
SLOT_BYTES = 16
# hv's code addresses its data relative to pc, and such addresses reach 2 GiB. The rings may use half of this range. All
# other data of hv needs far less than the other half.
MOST_RING_BYTES = 1 << 30

# The number of hv's own physical PMP entries. They are for hv's memory, the CLINT, the reset device, the null entry,
# and the default entry for all memory.
HV_PMP_ENTRIES = 5
# With fewer entries than this, hv computes the entries for the firmware's PMP (hv/virt/pmp_few.c), and needs no null entry.
USUAL_PMP_ENTRIES = 16
# Modules that use PMP entries must leave at least this many entries to the firmware. If no module uses PMP entries, hv
# checks this only at boot.
LEAST_VIRTUAL_PMP_ENTRIES = 1
MOST_PMP_ENTRIES = 64


@dataclass(frozen=True)
class Platform:
    """The properties of a board that the build needs. All other properties are constant data in hv/platform."""

    pmp_entries: int
    ram_start: int
    first_hart: int = 0  # harts with smaller ids have no S-mode, so hv leaves them out
    harts_differ: bool = False  # not all harts need be alike: hv compares each with the boot hart
    resets_by_sbi: bool = False  # no reset device in memory: hv sees the end of a run only as an SBI call


PLATFORMS = {
    "qemu_virt": Platform(pmp_entries=16, ram_start=0x8000_0000),
    "spike": Platform(pmp_entries=16, ram_start=0x8000_0000, resets_by_sbi=True),
    # SiFive's manuals of the U74 and the P550 give 8 PMP regions.
    "visionfive2": Platform(pmp_entries=8, ram_start=0x4000_0000, first_hart=1, harts_differ=True, resets_by_sbi=True),
    "premier_p550": Platform(pmp_entries=8, ram_start=0x8000_0000, harts_differ=True, resets_by_sbi=True),
    "qemu_sifive_u": Platform(pmp_entries=16, ram_start=0x8000_0000, first_hart=1, harts_differ=True, resets_by_sbi=True),
}


def has_few_pmp_entries(entries: int) -> bool:
    """Returns whether @p entries physical PMP entries are fewer than usual, so that hv has to reduce the firmware's."""
    return entries < USUAL_PMP_ENTRIES


def hv_pmp_entries(entries: int) -> int:
    """Returns how many of @p entries physical PMP entries hv keeps for itself."""
    return HV_PMP_ENTRIES - has_few_pmp_entries(entries)


@dataclass(frozen=True)
class Number:
    """The kind of a key with an integer value from `least` to `most`, both included."""

    least: int
    most: int

    def describe(self) -> str:
        """Returns the range as error messages state it."""
        return f"a number from {self.least} to {self.most}"

    def accepts(self, value: object) -> bool:
        """Returns whether @p value is such a number."""
        return isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most


@dataclass(frozen=True)
class Address:
    """The kind of a key with a physical address or size: a multiple of 4096 below 2^56."""

    def describe(self) -> str:
        """Returns the description of this rule for error messages."""
        return "a multiple of 4096 below 2^56"

    def accepts(self, value: object) -> bool:
        """Returns whether @p value is such an address."""
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 56 and value % 4096 == 0


@dataclass(frozen=True)
class PowerOfTwo:
    """The kind of a key with a power of two from `least` to `most`, both included."""

    least: int
    most: int
    hexadecimal: bool = False

    def describe(self) -> str:
        """Returns the range as error messages state it."""
        if self.hexadecimal:
            return f"a power of two from {self.least:#x} to {self.most:#x}"
        return f"a power of two from {self.least} to {self.most}"

    def accepts(self, value: object) -> bool:
        """Returns whether @p value is such a number."""
        return Number(self.least, self.most).accepts(value) and isinstance(value, int) and value & (value - 1) == 0


@dataclass(frozen=True)
class Words:
    """The kind of a key with a list of fixed words. Each word may occur at most once."""

    words: tuple[str, ...]

    def describe(self) -> str:
        """Returns the words, for an error message."""
        return "a list of " + ", ".join(self.words) + ", each at most once"

    def accepts(self, value: object) -> bool:
        """Returns whether @p value is such a list."""
        return isinstance(value, list) and all(word in self.words for word in value) and len(set(value)) == len(value)


@dataclass(frozen=True)
class Choice:
    """The kind of a key with one of a few fixed words."""

    words: tuple[str, ...]

    def describe(self) -> str:
        """Returns the words, for an error message."""
        return "one of " + ", ".join(self.words)

    def accepts(self, value: object) -> bool:
        """Returns whether @p value is one of the words."""
        return isinstance(value, str) and value in self.words


@dataclass(frozen=True)
class Flag:
    """The kind of a key that is true or false."""

    def describe(self) -> str:
        """Returns the two values as error messages state them."""
        return "true or false"

    def accepts(self, value: object) -> bool:
        """Returns whether @p value is a boolean."""
        return isinstance(value, bool)


@dataclass(frozen=True)
class Names:
    """The kind of a key with a list of names. They are names of modules, or names of modules and of hv's folders."""

    folders: bool

    def describe(self) -> str:
        """Returns which names are allowed, as error messages state this."""
        return "a list of names of modules" + (" and hv folders (hv.core, ...)" if self.folders else "")

    def accepts(self, value: object) -> bool:
        """Returns whether @p value is a list of strings. check.py compares the names with the known modules."""
        return isinstance(value, list) and all(isinstance(item, str) for item in value)


@dataclass(frozen=True)
class Numbers:
    """The kind of a key with a list of up to `length` different numbers from `least` to `most`, both included."""

    least: int
    most: int
    length: int

    def describe(self) -> str:
        """Returns the description of such a list for error messages."""
        return f"a list of at most {self.length} different numbers from {self.least:#x} to {self.most:#x}"

    def accepts(self, value: object) -> bool:
        """Returns whether @p value is such a list."""
        number = Number(self.least, self.most)
        return (
            isinstance(value, list)
            and len(value) <= self.length
            and all(number.accepts(item) for item in value)
            and len(set(value)) == len(value)
        )


@dataclass(frozen=True)
class Bytes:
    """The kind of a key with `length` bytes, which are written as a string of hexadecimal digits."""

    length: int

    def describe(self) -> str:
        """Returns the description of such a string for error messages."""
        return f"{self.length} bytes as a string of {2 * self.length} hexadecimal digits"

    def accepts(self, value: object) -> bool:
        """Returns whether @p value is such a string."""
        return isinstance(value, str) and re.fullmatch(f"[0-9a-fA-F]{{{2 * self.length}}}", value) is not None


Kind: TypeAlias = Number | PowerOfTwo | Address | Choice | Words | Flag | Names | Numbers | Bytes


@dataclass(frozen=True)
class Key:
    """One key of one table, with its default, and with the meaning that the reference shows. A key without a default may be
    left out; then it has no value.

    needed: how the user gets a value, for a module's key that must not be left out. needed_unless: the module's flag that makes
    even such a key optional.
    """

    table: str
    name: str
    kind: Kind
    default: Value
    meaning: str
    default_text: str = ""
    needed: str = ""
    needed_unless: str = ""

    @property
    def may_lack_value(self) -> bool:
        """Whether the key can be without a value in a configuration that has the key."""
        return self.default is None and (not self.needed or bool(self.needed_unless))


# The keys of hv itself. Modules declare further keys (hv/config/modules.py).
KEYS = (
    Key("platform", "name", Choice(tuple(PLATFORMS)), "qemu_virt", "the board"),
    Key("platform", "max_harts", Number(1, 512), 64, "how many harts hv has room for"),
    Key("platform", "boot_hart", Number(0, 65535), 0, "id of the hart that sets up hv"),
    Key(
        "memory",
        "hv_size",
        PowerOfTwo(4096, 1 << 31, hexadecimal=True),
        None,
        "memory that hv keeps for itself, including the rings",
        "as needed, at least 0x200000",
    ),
    Key("memory", "firmware", Address(), 0x8020_0000, "where a firmware that is not an ELF file is loaded and entered"),
    Key("memory", "payload", Address(), 0x8040_0000, "where a payload that is not an ELF file is loaded"),
    Key("modules", "modules", Names(folders=False), [], "the modules, in the order in which they are called"),
    Key("log", "level", Choice(LOG_LEVELS), "info", "the level of everything that the lists below do not name"),
    *(
        Key("log", level, Names(folders=True), [], f"modules and hv folders that log at level {level}")
        for level in LOG_LEVELS
    ),
    Key("log", "color", Choice(LOG_COLORS), "auto", "whether console output has colours"),
    Key(
        "vcpu",
        "pmp_limit",
        Number(0, MOST_PMP_ENTRIES),
        None,
        f"how many physical PMP entries hv uses: {HV_PMP_ENTRIES} for itself, then those of modules; the firmware gets the rest. With fewer than {USUAL_PMP_ENTRIES}, hv needs {HV_PMP_ENTRIES - 1}, and the firmware sees 16 all the same",
        "all that the hart has",
    ),
    Key("trace", "slots", PowerOfTwo(64, 1 << 24), 65536, "slots of each hart's ring, 16 bytes each"),
    Key("trace", "mode", Choice(TRACE_MODES), "overwrite", "what a full ring does: overwrite the oldest slots, or discard new ones"),
    Key("trace", "mask", Words(events.SWITCHED), list(events.USUAL), "the events that are recorded from the start", f"all but {', '.join(events.RARE)}"),
    Key("trace", "exit_args", Choice(TRACE_EXIT_ARGS), "pc+value", "which values of an exit are recorded besides its cause"),
    Key("trace", "guest_access", Choice(TRACE_ACCESS), "both", "who may read the trace by ecall"),
    Key("trace", "dump", Choice(TRACE_DUMPS), "panic", "when the rings are written to the console"),
    Key("debug", "test_abi", Flag(), False, "offer the ecalls that end a run or test hv's internals"),
    Key("debug", "checks", Flag(), False, "print warnings for authors of modules"),
)


def tables(keys: Iterable[Key]) -> tuple[str, ...]:
    """Returns the names of the tables of @p keys, in their order."""
    return tuple(dict.fromkeys(key.table for key in keys))


def find_key(keys: Iterable[Key], table: str, name: str) -> Key | None:
    """Returns the key @p name of [@p table], or None if there is no such key."""
    return next((key for key in keys if (key.table, key.name) == (table, name)), None)


def keys_of(keys: Iterable[Key], table: str) -> list[str]:
    """Returns the names of all keys of [@p table], in the order of the reference."""
    return [key.name for key in keys if key.table == table]
