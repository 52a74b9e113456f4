"""Reads the events/*/format files of tracefs, which describe the fields of each event. The kernel guarantees this text
format to user space."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from trace.ftrace.stream import FtraceError

Value = int | str
Getter = Callable[[bytes], Value]

_FIELD = re.compile(r"^\tfield:(.*?)(\w+)((?:\[[^\]]*\])?);\toffset:(\d{1,9});\tsize:(\d{1,9});\tsigned:(\d);$", re.MULTILINE)
_LETTERS = {1: "b", 2: "h", 4: "i", 8: "q"}


@dataclass(frozen=True)
class Field:
    """A field of an event: its name, and a function that gets its value from the event's bytes."""

    name: str
    get: Getter


@dataclass(frozen=True)
class Format:
    """An event: its system, name and number, the fields that all events have, and its own fields."""

    system: str
    name: str
    id: int
    common: dict[str, Field]
    fields: list[Field]


def _text(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode(errors="replace")


def _number(at: int, size: int, signed: bool) -> Getter:
    letter = _LETTERS[size]
    unpack = struct.Struct("<" + (letter if signed else letter.upper())).unpack_from
    return lambda data: unpack(data, at)[0]  # type: ignore[no-any-return]


def _dynamic(at: int, is_text: bool, is_relative: bool) -> Getter:
    """Returns a function for a field whose bytes are at the end of the event. The field itself has their place (16 bits)
    and their length (16 bits). An array of numbers becomes one number: CPU masks are such arrays."""

    def get(data: bytes) -> Value:
        (word,) = struct.unpack_from("<I", data, at)
        begin = (word & 0xFFFF) + (at + 4 if is_relative else 0)
        value = data[begin : begin + (word >> 16)]
        return _text(value) if is_text else int.from_bytes(value, "little")

    return get


def _getter(declared: str, array: str, at: int, size: int, signed: bool) -> Getter:
    is_text = bool(re.search(r"\bchar\b", declared)) and ("[" in array or "[" in declared)
    if "__data_loc" in declared or "__rel_loc" in declared:
        return _dynamic(at, is_text, "__rel_loc" in declared)
    if size == 0:  # the field reaches to the end of the event
        return lambda data: _text(data[at:])
    if is_text:
        return lambda data: _text(data[at : at + size])
    if size in _LETTERS and not array:
        return _number(at, size, signed)
    return lambda data: data[at : at + size].hex()


def parse(path: str, text: str) -> Format:
    """Returns the event that a format file describes. Raises FtraceError."""
    name = re.search(r"^name: (\S+)$", text, re.MULTILINE)
    number = re.search(r"^ID: (\d{1,9})$", text, re.MULTILINE)
    if not name or not number:
        raise FtraceError(f"{path} has no name or no ID")
    common: dict[str, Field] = {}
    fields: list[Field] = []
    for declared, word, array, at, size, signed in _FIELD.findall(text):
        field = Field(word, _getter(declared, array, int(at), int(size), signed == "1"))
        if word == "common_pid" and (array or "[" in declared or int(size) != 4):
            raise FtraceError(f"{path}: the field common_pid is no number of 4 bytes")
        if word.startswith("common_"):
            common[word] = field
        else:
            fields.append(field)
    if "common_pid" not in common:
        raise FtraceError(f"{path} has no field common_pid")
    return Format(path.split("/")[-3], name[1], int(number[1]), common, fields)


def parse_all(files: Iterable[tuple[str, str]]) -> dict[int, Format]:
    """Returns the events by their numbers. Each file is a path and its contents; other files are ignored."""
    found = [parse(path, text) for path, text in files if path.startswith("events/") and path.endswith("/format")]
    return {each.id: each for each in found}
