"""Parses the arguments for QEMU that the user gives after a second --.

QEMU accepts both -option and --option. The value of an option consists of key=value pairs or is a JSON object.
"""

from __future__ import annotations

import json

from cli.failure import Failure



def is_option(word: str, *names: str) -> bool:
    """Returns whether a word is one of the options @p names, with one dash or with two dashes."""
    return word.startswith("-") and word.removeprefix("-").removeprefix("-") in names


def places(arguments: list[str], *names: str) -> list[int]:
    """Returns the indexes of the values of the options @p names."""
    return [index + 1 for index, word in enumerate(arguments[:-1]) if is_option(word, *names)]


def values(arguments: list[str], *names: str) -> list[str]:
    """Returns the values of the options @p names, in order."""
    return [arguments[index] for index in places(arguments, *names)]


def without(arguments: list[str], *names: str) -> list[str]:
    """Returns the arguments without the options @p names and without the values of these options."""
    dropped = {index for place in places(arguments, *names) for index in (place - 1, place)}
    return [word for index, word in enumerate(arguments) if index not in dropped]


def _pairs(text: str) -> list[str]:
    """Splits key=value pairs at commas. `,,` stands for a comma in a value."""
    return [part.replace("\0", ",") for part in text.replace(",,", "\0").split(",")]


def properties(text: str, first: str) -> dict[str, str]:
    """Returns the key=value pairs of an option's value. If the first word contains no `=`, it is the value of the key
    @p first."""
    if text.startswith("{"):
        try:
            return {key: _word(value) for key, value in json.loads(text).items()}
        except ValueError as error:
            raise Failure(f"{text}: this is not valid JSON: {error}") from error
    found = {}
    for index, pair in enumerate(_pairs(text)):
        key, equals, value = pair.partition("=")
        found[key if equals or index else first] = value if equals else ("on" if index else key)
    return found


def _word(value: object) -> str:
    """Converts a value of a JSON object to the notation in key=value pairs."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def joined(first: str, rest: dict[str, str]) -> str:
    """Returns an option's value: the first word, which has no key, and then key=value pairs."""
    return ",".join([first, *(f"{key}={value.replace(',', ',,')}" for key, value in rest.items())])


def lacks_semihosting(arguments: list[str]) -> bool:
    """Returns whether the user's arguments enable semihosting, but do not enable it for programs in U-mode."""
    configured = [properties(text, "enable") for text in values(arguments, "semihosting-config")]
    wanted = any(is_option(word, "semihosting") for word in arguments)
    wanted |= any(each.get("enable", "on") == "on" for each in configured)
    return wanted and not any(each.get("userspace") == "on" for each in configured)
