"""Turns a TOML file into a checked Config, or reports all problems in it."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from hv.config import schema
from hv.config.modules import Module, pmp_entries, reserved
from hv.config.source import Entry, Problem, Token, duplicates, entries, key_name, syntax_problem, unquoted


TRACE_MODULE = "trace"
OBSERVING_HOOKS = ("observe_exit",)


@dataclass(frozen=True)
class Enabled:
    """A module of the configuration, and the physical PMP entries that it gets. pmp_first is the number of the module's
    first entry. Number 0 is the first entry that any module gets. `reserved` has start and size of each region that the
    module reserves."""

    module: Module
    pmp_first: int
    pmp_count: int
    reserved: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Config:
    """A configuration without problems. It has a value for every key, and computes other properties of the image from
    these values."""

    name: str
    values: dict[tuple[str, str], schema.Value]
    known: list[Module]
    enabled: list[Enabled]
    log_levels: dict[str, int]

    def number(self, table: str, key: str) -> int:
        """Returns the value of a key that is a number."""
        value = self.values[table, key]
        assert isinstance(value, int)
        return value

    def word(self, table: str, key: str) -> str:
        """Returns the value of a key that is a word."""
        value = self.values[table, key]
        assert isinstance(value, str)
        return value

    @property
    def keys(self) -> list[schema.Key]:
        """The keys that have a meaning in this configuration: those of hv, and those of the enabled modules."""
        return [
            key
            for key in all_keys([enabled.module for enabled in self.enabled])
            if key.table != TRACE_MODULE or self.has_trace
        ]

    @property
    def pmp_limit(self) -> int:
        """The maximum number of physical PMP entries that hv uses."""
        limit = self.values["vcpu", "pmp_limit"]
        return limit if isinstance(limit, int) else schema.MOST_PMP_ENTRIES

    @property
    def pmp_present(self) -> int:
        """The number of physical PMP entries that hv can use on the platform."""
        return min(self.pmp_limit, schema.PLATFORMS[self.word("platform", "name")].pmp_entries)

    @property
    def hv_size(self) -> int | None:
        """The maximum size of hv in bytes, or None if hv may be as large as it needs to be."""
        size = self.values["memory", "hv_size"]
        return size if isinstance(size, int) else None

    @property
    def has_trace(self) -> bool:
        """Whether module `trace` is enabled. Parts of hv's core depend on it."""
        return any(enabled.module.name == TRACE_MODULE for enabled in self.enabled)

    @property
    def ring_bytes(self) -> int:
        """The size in bytes that the rings of all harts have together, if the image has the trace."""
        return self.number("platform", "max_harts") * self.number("trace", "slots") * schema.SLOT_BYTES

    @property
    def observed(self) -> bool:
        """Whether the image contains the trace or an observer, which sees each exit when the exit ends. Only then does
        hv record when each exit begins."""
        return self.has_trace or any(self.has_hook(hook) for hook in OBSERVING_HOOKS)

    def has_hook(self, hook: str) -> bool:
        """Whether an enabled module has @p hook."""
        return any(hook in enabled.module.hooks for enabled in self.enabled)


def all_keys(modules: Iterable[Module]) -> list[schema.Key]:
    """Returns the keys of hv, and then those of @p modules."""
    return [*schema.KEYS, *(key for module in modules for key in module.keys)]


class ConfigError(Exception):
    """The configuration has problems. @p problems lists them, each with its line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = sorted(problems, key=lambda problem: problem.line)


def load_config(name: str, text: str, known: list[Module]) -> Config:
    """Reads the configuration in @p text, which may name the modules in @p known. Raises ConfigError if there are
    problems."""
    places = entries(text)
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(duplicates(places) or [syntax_problem(error, text)]) from error
    keys = all_keys(known)
    values = {(key.table, key.name): key.default for key in keys}
    values |= {
        (table, key): value
        for table, content in given.items()
        if isinstance(content, dict)
        for key, value in content.items()
    }
    problems = [*check_keys(given, places, keys, known)] or [*check_names(places, known)]
    problems = problems or [*check_memory(values, places), *check_needed(values, places, known)]
    if problems:
        raise ConfigError(problems)
    config = Config(name, values, known, allot_pmp(values, known), log_levels(values, known))
    problems = [*check_pmp(config, places), *check_trace(config, places), *check_tables(config, places)]
    problems += [*check_fast(config, places), *check_reserved(config, places), *check_boot_hart(config, places)]
    if problems:
        raise ConfigError(problems)
    return config


def place(places: list[Entry], table: str, key: str = "") -> int:
    """Returns the line of @p key in [@p table]. If the table lacks the key, returns the line of the table. If the file
    lacks the table too, returns 1."""
    wanted = (table, key) if key else (table,)
    for path in (wanted, (table,)):
        for entry in places:
            if entry.path[: len(path)] == path:
                return entry.line
    return 1


def hint(word: str, known: Iterable[str]) -> str:
    """Returns a hint for an unknown @p word. The hint names the known word that the author probably meant. If no known
    word is similar, the hint lists all known words."""
    words = list(known)
    close = difflib.get_close_matches(word, words, 1)
    return f"did you mean {close[0]}?" if close else "known: " + (", ".join(words) or "none")


def check_keys(
    given: dict[str, object], places: list[Entry], keys: list[schema.Key], known: list[Module]
) -> Iterable[Problem]:
    """Yields a problem for each unknown table or key, and for each value that its key does not accept."""
    tables = schema.tables(keys)
    for table, content in given.items():
        if table not in tables:
            is_module = any(module.name == table for module in known)
            message = f"module {table} has no keys" if is_module else f"unknown table ({hint(table, tables)})"
            yield Problem(place(places, table), key_name((table,)), message)
        elif not isinstance(content, dict) or any(entry.path == (table,) and not entry.header for entry in places):
            yield Problem(place(places, table), key_name((table,)), f"is a table: write [{table}] on a line of its own")
        else:
            for name, value in content.items():
                yield from check_value(keys, (table, name), value, place(places, table, name))


def check_value(keys: list[schema.Key], path: tuple[str, str], value: object, line: int) -> Iterable[Problem]:
    """Yields a problem for each error in the value of the key at @p path, which is its table and its name."""
    table, name = path
    key = schema.find_key(keys, table, name)
    if key is None:
        yield Problem(line, key_name((table, name)), f"unknown key ({hint(name, schema.keys_of(keys, table))})")
    elif not key.kind.accepts(value):
        yield Problem(line, key_name((table, name)), f"{shown_as(value, key.kind)} is not {key.kind.describe()}")


def shown_as(value: object, kind: schema.Kind) -> object:
    """Returns a value as TOML, with addresses and sizes of memory in hexadecimal."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    hexadecimal = isinstance(kind, schema.Address) or isinstance(kind, schema.PowerOfTwo) and kind.hexadecimal
    return hex(value) if hexadecimal and isinstance(value, int) else value


def check_names(places: list[Entry], known: list[Module]) -> Iterable[Problem]:
    """Yields a problem for each unknown or repeated name in the lists of modules and of log levels."""
    modules = [module.name for module in known]
    logged: dict[str, Token] = {}
    enabled: dict[str, Token] = {}
    for entry in places:
        key = schema.find_key(schema.KEYS, entry.path[0], ".".join(entry.path[1:]))
        if key is None or not isinstance(key.kind, schema.Names):
            continue
        names = modules + (list(schema.HV_FOLDERS) if key.kind.folders else [])
        seen = logged if key.kind.folders else enabled
        for token in entry.elements:
            word = unquoted(token)
            if word not in names:
                what = "module or folder" if key.kind.folders else "module"
                yield Problem(token.line, key_name(entry.path), f'unknown {what} "{word}" ({hint(word, names)})')
            elif word in seen:
                message = f'duplicate "{word}", first on line {seen[word].line}'
                yield Problem(token.line, key_name(entry.path), message)
            seen.setdefault(word, token)


def check_memory(values: dict[tuple[str, str], schema.Value], places: list[Entry]) -> Iterable[Problem]:
    """Yields a problem if the payload has the firmware's address. It does not check hv's own address, because that is
    known only when hv is loaded."""
    if values["memory", "payload"] == values["memory", "firmware"]:
        message = f"{values['memory', 'payload']:#x} is the address of the firmware"
        yield Problem(place(places, "memory", "payload"), key_name(("memory", "payload")), message)


def check_needed(
    values: dict[tuple[str, str], schema.Value], places: list[Entry], known: list[Module]
) -> Iterable[Problem]:
    """Yields a problem for each key without a value that an enabled module needs. It has the line of the module's table, or of
    the module's name if there is no table."""
    names = values["modules", "modules"]
    assert isinstance(names, list)
    for key in (key for module in known if module.name in names for key in module.keys):
        unless = key.needed_unless
        if not key.needed or values[key.table, key.name] is not None or unless and values[key.table, unless]:
            continue
        has_table = any(entry.path[0] == key.table for entry in places)
        line = place(places, key.table) if has_table else module_line(key.table, places)
        also = f" unless {unless} = true" if unless else ""
        yield Problem(line, key_name((key.table, key.name)), f"is needed{also}: {key.needed}")


def allot_pmp(values: dict[tuple[str, str], schema.Value], known: list[Module]) -> list[Enabled]:
    """Returns the enabled modules in the configuration's order. Each module gets the PMP entries that follow the
    entries of the previous module."""
    names = values["modules", "modules"]
    assert isinstance(names, list)
    by_name = {module.name: module for module in known}
    enabled: list[Enabled] = []
    first = 0
    for name in map(str, names):
        module = by_name[name]
        count = pmp_entries(module, lambda table, key: values.get((table, key)))
        enabled.append(Enabled(module, first, count, tuple(reserved(module, lambda table, key: values.get((table, key))))))
        first += count
    return enabled


def check_boot_hart(config: Config, places: list[Entry]) -> Iterable[Problem]:
    """Yields a problem if the hart that sets up hv is one that hv leaves out."""
    name, hart = config.word("platform", "name"), config.number("platform", "boot_hart")
    first = schema.PLATFORMS[name].first_hart
    if hart < first:
        message = f"hart {hart} of {name} has no S-mode, so it cannot be the boot hart: give boot_hart = {first}"
        yield Problem(place(places, "platform", "boot_hart"), key_name(("platform", "boot_hart")), message)


def check_trace(config: Config, places: list[Entry]) -> Iterable[Problem]:
    """Yields a problem if the rings are so large that hv's code cannot address them."""
    if config.has_trace and config.ring_bytes > schema.MOST_RING_BYTES:
        harts, slots = config.number("platform", "max_harts"), config.number("trace", "slots")
        message = (
            f"{harts} harts with {slots} slots of {schema.SLOT_BYTES} bytes make {config.ring_bytes} bytes of rings, and hv can"
            f" reach {schema.MOST_RING_BYTES}: lower [trace] slots or [platform] max_harts"
        )
        yield Problem(place(places, "trace", "slots"), key_name(("trace", "slots")), message)


def check_tables(config: Config, places: list[Entry]) -> Iterable[Problem]:
    """Yields a problem for each table of a module that the configuration does not enable, even if the table is empty. The
    keys of [trace] are hv's own, and the printed reference with all defaults is a configuration. So without module trace,
    [trace] may have defaults, and each other value there is a problem of its own."""
    absent = {module.name for module in config.known} - {TRACE_MODULE, *(item.module.name for item in config.enabled)}
    for table in dict.fromkeys(entry.path[0] for entry in places if entry.path[0] in absent):
        yield Problem(place(places, table), key_name((table,)), needed_module(table))
    if config.has_trace:
        return
    defaults = {(key.table, key.name) for key in schema.KEYS if config.values[key.table, key.name] == key.default}
    for entry in places:
        if entry.path[0] == TRACE_MODULE and not entry.header and entry.path not in defaults:
            yield Problem(entry.line, key_name(entry.path), needed_module(TRACE_MODULE))


def needed_module(name: str) -> str:
    """Returns the message for a table of module @p name that the configuration does not enable."""
    return f'needs module "{name}" in [modules] modules'


def module_line(name: str, places: list[Entry]) -> int:
    """Returns the line on which the list of modules has @p name."""
    lines = [entry for entry in places if entry.path == ("modules", "modules")]
    elements = [token for entry in lines for token in entry.elements if unquoted(token) == name]
    return elements[0].line if elements else place(places, "modules", "modules")


def check_fast(config: Config, places: list[Entry]) -> Iterable[Problem]:
    """Yields a problem for each module that has a fast path of the same kind as an earlier module. An exit can take only one
    of them."""
    owners: dict[str, str] = {}
    for module in (enabled.module for enabled in config.enabled):
        for kind in module.fast:
            if kind in owners:
                message = f"{owners[kind]} and {module.name} both have a fast path of kind {kind}, and an image can have only one"
                yield Problem(module_line(module.name, places), key_name(("modules", "modules")), message)
            owners.setdefault(kind, module.name)


def check_reserved(config: Config, places: list[Entry]) -> Iterable[Problem]:
    """Yields a problem for each region that a module reserves if it cannot be RAM, or if another region overlaps it. hv's own
    address and the end of RAM are known only at boot, where hv checks them."""
    ram_start = schema.PLATFORMS[config.word("platform", "name")].ram_start
    earlier: list[tuple[str, int, int]] = []
    for enabled in config.enabled:
        name = enabled.module.name
        for start, size in enabled.reserved:
            text = f"{name} reserves {start:#x} to {start + size:#x}"
            message = ""
            if not schema.Address().accepts(start) or not schema.Address().accepts(size) or size == 0:
                message = f"{text}, but both must be multiples of 4096 below 2^56, and the region must not be empty"
            elif start < ram_start:
                message = f"{text}, but RAM begins at {ram_start:#x}"
            for other, begin, end in earlier:
                if start < end and begin < start + size:
                    message = message or f"{text}, and {other} reserves {begin:#x} to {end:#x}"
            if message:
                yield Problem(module_line(name, places), key_name(("modules", "modules")), message)
            earlier.append((name, start, start + size))


def check_pmp(config: Config, places: list[Entry]) -> Iterable[Problem]:
    """Yields a problem if the modules need more PMP entries than hv has for them. The problem has the line of the first
    module for which there are not enough entries."""
    limit = config.pmp_present
    hv = schema.hv_pmp_entries(limit)
    room = limit - hv - schema.LEAST_VIRTUAL_PMP_ENTRIES
    over = [item for item in config.enabled if item.pmp_count and item.pmp_first + item.pmp_count > room]
    if not over:
        return
    total = sum(item.pmp_count for item in config.enabled)
    sizes = ", ".join(f"{item.module.name} {item.pmp_count}" for item in config.enabled if item.pmp_count)
    message = (
        f"too many PMP entries at {over[0].module.name}: the modules need {total} ({sizes}),"
        f" hv {hv}, the firmware at least {schema.LEAST_VIRTUAL_PMP_ENTRIES}, of {limit}"
    )
    yield Problem(module_line(over[0].module.name, places), key_name(("modules", "modules")), message)


def log_levels(values: dict[tuple[str, str], schema.Value], known: list[Module]) -> dict[str, int]:
    """Returns the log level of each folder and known module, as the number that the C code compares: from 1 for error
    to 5 for trace."""
    number = {level: i + 1 for i, level in enumerate(schema.LOG_LEVELS)}
    levels = {name: number[str(values["log", "level"])] for name in schema.HV_FOLDERS}
    levels |= {module.name: number[str(values["log", "level"])] for module in known}
    for level in schema.LOG_LEVELS:
        names = values["log", level]
        assert isinstance(names, list)
        levels |= {str(name): number[level] for name in names}
    return levels
