"""The events of a trace, as events.def lists them: their ids, and what the words of their records mean.

The configuration's generator reads the list here, and refuses one that is wrong before an image is built. Tests make records of
fields by pack() and record(). C has the same in event_fields.h, made of the same list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("events.def")
TYPES = Path(__file__).with_name("field_types.def")

EXT = "ext"  # the slots behind a header: an event by its id, but not one that happens
RECORD_SLOTS = 4
MASK_BITS = 56  # of the mask of events, whose upper bits have another use (TRACE_MASK_BITS of slot.h)
WORD_BITS = 64
TIMESTAMP_MASK = (1 << 48) - 1

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DIRECTIVE = re.compile(r"^#.*$", re.MULTILINE)
TYPE = re.compile(r"FIELD_TYPE\((\w+), *(\w+)\)")
LINE = re.compile(r"(EVENT|EVENT_ALWAYS|EVENT_FIELD)\(([^()]*)\)")


class ListError(ValueError):
    """What is wrong with the list."""


@dataclass(frozen=True)
class Field:
    """Bits [first, first + bits) of a word; word 0 is the header's, 1 that of the first EXT slot, and so on."""

    name: str
    word: int
    first: int
    bits: int
    type: str

    @property
    def mask(self) -> int:
        """Its bits of the word."""
        return ((1 << self.bits) - 1) << self.first


@dataclass(frozen=True)
class Event:
    """An event of the list; @p ext: the most EXT slots of its records, @p always: the mask of events does not turn it off."""

    id: int
    name: str
    ext: int
    always: bool
    fields: tuple[Field, ...]


def _number(text: str, line: str) -> int:
    """A number of the list."""
    if not text.isdigit():
        raise ListError(f"{line}: {text} is no number")
    return int(text)


def field_types() -> set[str]:
    """The types of fields, as field_types.def has them."""
    return {name for _, name in TYPE.findall(COMMENT.sub("", TYPES.read_text(encoding="utf-8")))}


def _check_field(event: Event, field: Field) -> None:
    """Raises ListError if a field has no known type, lies outside of the words of its event, or on another field."""
    name = f"{event.name}.{field.name}"
    if field.type not in field_types():
        raise ListError(f"{name}: {field.type} is no type of fields (known: {', '.join(sorted(field_types()))})")
    if field.word > event.ext:
        raise ListError(f"{name}: it is in word {field.word}, but the event has {event.ext} EXT slots")
    if field.bits < 1 or field.first + field.bits > WORD_BITS:
        raise ListError(f"{name}: bits [{field.first}, {field.first + field.bits}) do not fit into a word")
    for other in event.fields:
        if other is not field and other.word == field.word and other.mask & field.mask:
            raise ListError(f"{name}: it has bits that {event.name}.{other.name} has")


def _check(events: Sequence[Event]) -> None:
    """Raises ListError if the list is not one that all who read it can use."""
    for place, event in enumerate(events):
        if event.id != place:
            raise ListError(f"{event.name}: its id is {event.id}, and its place in the list is {place}")
        if event.id >= MASK_BITS:
            raise ListError(f"{event.name}: the mask of events has bits for ids below {MASK_BITS}")
        if event.ext >= RECORD_SLOTS:
            raise ListError(f"{event.name}: a record has at most {RECORD_SLOTS - 1} EXT slots")
        if [other.name for other in events].count(event.name) > 1:
            raise ListError(f"{event.name}: it is listed twice")
        for field in event.fields:
            _check_field(event, field)


def parse(text: str) -> list[Event]:
    """The events in @p text, a list as events.def is one. Raises ListError."""
    text = DIRECTIVE.sub("", COMMENT.sub("", text))
    heads: dict[str, tuple[int, str, int]] = {}
    fields: dict[str, list[Field]] = {}
    always: set[str] = set()
    for kind, arguments in LINE.findall(text):
        words = [argument.strip() for argument in arguments.split(",")]
        line = f"{kind}({arguments})"
        if len(words) != {"EVENT": 4, "EVENT_ALWAYS": 1, "EVENT_FIELD": 6}[kind]:
            raise ListError(f"{line}: it has {len(words)} arguments")
        if kind == "EVENT":
            heads[words[1]] = _number(words[0], line), words[2], _number(words[3], line)
        elif words[0] not in heads:
            raise ListError(f"{line}: {words[0]} is no event that is listed before it")
        elif kind == "EVENT_ALWAYS":
            always.add(words[0])
        else:
            word, first, bits = (_number(text, line) for text in words[2:5])
            fields.setdefault(words[0], []).append(Field(words[1], word, first, bits, words[5].lower()))
    events = [
        Event(number, name, ext, key in always, tuple(fields.get(key, ()))) for key, (number, name, ext) in heads.items()
    ]
    _check(events)
    if rest := LINE.sub("", text).split():
        raise ListError(f"{rest[0]}: it is no line of a list of events")
    return events


def _load() -> dict[str, Event]:
    """The events of events.def by name. Ends the program with a message if the list is wrong: nothing can be built of it."""
    try:
        return {event.name: event for event in parse(LIST.read_text(encoding="utf-8"))}
    except ListError as error:
        raise SystemExit(f"trace/format/{LIST.name}: {error}") from error


EVENTS = _load()

# The events that a mask turns on and off, in the order of their ids.
SWITCHED = tuple(event.name for event in EVENTS.values() if not event.always and event.name != EXT)


def mask(names: Sequence[str]) -> int:
    """The bits of events in the mask of events."""
    return sum(1 << EVENTS[name].id for name in names)


def schema_text(events: Sequence[Event]) -> str:
    """The list as a dump carries it: lines "event ID NAME EXT" and "field EVENT NAME WORD FIRST BITS TYPE"."""
    lines: list[str] = []
    for event in events:
        lines.append(f"event {event.id} {event.name} {event.ext}")
        lines += [f"field {event.name} {f.name} {f.word} {f.first} {f.bits} {f.type}" for f in event.fields]
    return "\n".join(lines) + "\n"


def pack(name: str, **values: int) -> list[int]:
    """The words of a record of event @p name that has all EXT slots; a field that is not given is 0."""
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
    """The fields of a record of event @p name, but for those of words that it lacks."""
    return {f.name: (words[f.word] & f.mask) >> f.first for f in EVENTS[name].fields if f.word < len(words)}


def record_slots(cycles: int, event: int, words: Sequence[int]) -> list[tuple[int, int]]:
    """The slots of a record of @p event, an id, as pairs of a tag and a payload."""
    heads = [event | (len(words) - 1) << 8, *(index << 8 for index in range(len(words) - 1))]
    return [((cycles & TIMESTAMP_MASK) | head << 48, word) for head, word in zip(heads, words)]


def record(cycles: int, name: str, **values: int) -> list[tuple[int, int]]:
    """The slots of a record of event @p name, with all EXT slots that it can have and these fields."""
    return record_slots(cycles, EVENTS[name].id, pack(name, **values))
