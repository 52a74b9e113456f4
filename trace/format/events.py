"""Reads the list of events, events.def: their ids, and the fields in the words of their records.

hv/config reads the list through this module, and stops with a message if the list is wrong, before an image is built. Tests
make records with pack() and record(). event_fields.h does the same in C.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("events.def")
TYPES = Path(__file__).with_name("field_types.def")

EXT = "ext"  # the name of id 0, which marks the slots after a record's header; it is not an event
RECORD_SLOTS = 4
MASK_BITS = 56  # ids are smaller than this: upper bits of the mask of events have another use (TRACE_MASK_BITS in slot.h)
WORD_BITS = 64
TIMESTAMP_MASK = (1 << 48) - 1

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DIRECTIVE = re.compile(r"^#.*$", re.MULTILINE)
TYPE = re.compile(r"FIELD_TYPE\((\w+), *(\w+)\)")
LINE = re.compile(r"(EVENT|EVENT_ALWAYS|EVENT_RARE|EVENT_FIELD)\(([^()]*)\)")


class ListError(ValueError):
    """The list of events is wrong. The message contains the place and the reason."""


@dataclass(frozen=True)
class Field:
    """A field: bits [first, first + bits) of a word. Word 0 is the header's payload, word 1 is the first EXT slot's payload, and so on."""

    name: str
    word: int
    first: int
    bits: int
    type: str

    @property
    def mask(self) -> int:
        """A mask of the field's bits in its word."""
        return ((1 << self.bits) - 1) << self.first


@dataclass(frozen=True)
class Event:
    """An event of the list. `ext` is the maximum number of EXT slots in its records.

    `always`: the mask cannot turn the event on or off. `rare`: the mask lacks the event unless the configuration names it.
    """

    id: int
    name: str
    ext: int
    always: bool
    fields: tuple[Field, ...]
    rare: bool = False


def _number(text: str, line: str) -> int:
    """Converts a number in @p line of the list. Raises ListError if @p text is not a number."""
    if not text.isdigit():
        raise ListError(f"{line}: {text} is not a number")
    return int(text)


def field_types() -> set[str]:
    """Returns the names of the types of fields, from field_types.def."""
    return {name for _, name in TYPE.findall(COMMENT.sub("", TYPES.read_text(encoding="utf-8")))}


def _check_field(event: Event, field: Field) -> None:
    """Raises ListError if a field has an unknown type, lies outside of the words of its event, or overlaps another field."""
    name = f"{event.name}.{field.name}"
    if field.type not in field_types():
        raise ListError(f"{name}: unknown type {field.type} (known types: {', '.join(sorted(field_types()))})")
    if field.word > event.ext:
        raise ListError(f"{name}: the field is in word {field.word}, but the last word of the event is {event.ext}")
    if field.bits < 1 or field.first + field.bits > WORD_BITS:
        raise ListError(f"{name}: bits [{field.first}, {field.first + field.bits}) do not fit into a word")
    for other in event.fields:
        if other is not field and other.word == field.word and other.mask & field.mask:
            raise ListError(f"{name}: the field overlaps {event.name}.{other.name}")


def _check(events: Sequence[Event]) -> None:
    """Raises ListError if the list breaks a rule that its C and Python readers rely on."""
    for place, event in enumerate(events):
        if event.id != place:
            raise ListError(f"{event.name}: the event has id {event.id}, but it is number {place} in the list")
        if event.id >= MASK_BITS:
            raise ListError(f"{event.name}: the mask of events has no bit for ids from {MASK_BITS} on")
        if event.ext >= RECORD_SLOTS:
            raise ListError(f"{event.name}: a record can have at most {RECORD_SLOTS - 1} EXT slots")
        for field in event.fields:
            _check_field(event, field)


def parse(text: str) -> list[Event]:
    """Returns the events of @p text, which has the form of events.def. Raises ListError if the text is wrong."""
    text = DIRECTIVE.sub("", COMMENT.sub("", text))
    heads: dict[str, tuple[int, str, int]] = {}
    fields: dict[str, list[Field]] = {}
    marked: dict[str, set[str]] = {"EVENT_ALWAYS": set(), "EVENT_RARE": set()}
    for kind, arguments in LINE.findall(text):
        words = [argument.strip() for argument in arguments.split(",")]
        line = f"{kind}({arguments})"
        if len(words) != {"EVENT": 4, "EVENT_FIELD": 6}.get(kind, 1):
            raise ListError(f"{line}: {kind} cannot have {len(words)} arguments")
        if kind == "EVENT":
            if words[1] != words[2].upper():
                raise ListError(f"{line}: the second argument must be the name in capitals, {words[2].upper()}")
            if words[1] in heads:
                raise ListError(f"{words[2]}: the event is listed twice")
            heads[words[1]] = _number(words[0], line), words[2], _number(words[3], line)
        elif words[0] not in heads:
            raise ListError(f"{line}: no event {words[0]} is listed above this line")
        elif kind in marked:
            marked[kind].add(words[0])
        else:
            word, first, bits = (_number(text, line) for text in words[2:5])
            fields.setdefault(words[0], []).append(Field(words[1], word, first, bits, words[5].lower()))
    events = [
        Event(number, name, ext, key in marked["EVENT_ALWAYS"], tuple(fields.get(key, ())), key in marked["EVENT_RARE"])
        for key, (number, name, ext) in heads.items()
    ]
    _check(events)
    if rest := LINE.sub("", text).split():
        raise ListError(f"{rest[0]}: a line must be EVENT, EVENT_FIELD, EVENT_ALWAYS or EVENT_RARE")
    return events


def _load() -> dict[str, Event]:
    """Returns the events of events.def by name. Ends the program with a message if the list is wrong."""
    try:
        return {event.name: event for event in parse(LIST.read_text(encoding="utf-8"))}
    except ListError as error:
        raise SystemExit(f"trace/format/{LIST.name}: {error}") from error


EVENTS = _load()

# The events that the mask can turn on and off, in the order of their ids.
SWITCHED = tuple(event.name for event in EVENTS.values() if not event.always and event.name != EXT)

# The events that are on if the configuration has no mask, and the others.
USUAL = tuple(name for name in SWITCHED if not EVENTS[name].rare)
RARE = tuple(name for name in SWITCHED if EVENTS[name].rare)


def mask(names: Sequence[str]) -> int:
    """Returns the mask of events in which exactly these events are on."""
    return sum(1 << EVENTS[name].id for name in names)


def schema_text(events: Sequence[Event]) -> str:
    """Returns the list in the form that a dump contains: "event ID NAME EXT" and "field EVENT NAME WORD FIRST BITS TYPE" lines."""
    lines: list[str] = []
    for event in events:
        lines.append(f"event {event.id} {event.name} {event.ext}")
        lines += [f"field {event.name} {f.name} {f.word} {f.first} {f.bits} {f.type}" for f in event.fields]
    return "\n".join(lines) + "\n"


def pack(name: str, **values: int) -> list[int]:
    """Returns the words of a record of event @p name with all its EXT slots. Fields that are not given are 0."""
    event = EVENTS[name]
    words = [0] * (1 + event.ext)
    for field in event.fields:
        value = values.pop(field.name, 0)
        if value >> field.bits:
            raise ValueError(f"{name}.{field.name}: {value} does not fit into {field.bits} bits")
        words[field.word] |= value << field.first
    if values:
        raise ValueError(f"{name} has no field {', '.join(values)}")
    return words


def unpack(name: str, words: Sequence[int]) -> dict[str, int]:
    """Returns the fields of a record of event @p name. If the record lacks a word, the fields of that word are left out."""
    return {f.name: (words[f.word] & f.mask) >> f.first for f in EVENTS[name].fields if f.word < len(words)}


def record_slots(cycles: int, event: int, words: Sequence[int]) -> list[tuple[int, int]]:
    """Returns the slots of a record as pairs (tag, payload). @p event is the id of an event, and @p cycles the time."""
    heads = [event | (len(words) - 1) << 8, *(index << 8 for index in range(len(words) - 1))]
    return [((cycles & TIMESTAMP_MASK) | head << 48, word) for head, word in zip(heads, words)]


def record(cycles: int, name: str, **values: int) -> list[tuple[int, int]]:
    """Returns the slots of a record of event @p name with all its EXT slots. Fields that are not given are 0."""
    return record_slots(cycles, EVENTS[name].id, pack(name, **values))
