"""Prints the table [protect_payload] of a configuration that accepts only one payload: where the payload lies in memory, and the
SHA-256 that module protect_payload must find there before the payload's first instruction."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from cli import entry
from cli.failure import EXIT_USAGE, Failure
from cli.workspace import user_path
from hv.config import schema
from hv.config.source import Problem, entries, key_name, syntax_problem
from machines.measurement import of_file, table

TABLE = "protect_payload"

EXAMPLES = """\
examples:
  bazel run //modules/protect_payload:measure -- Image
  bazel run //modules/protect_payload:measure -- payload.elf --json
  bazel run //modules/protect_payload:measure -- Image --config=mine.toml > for_this_image.toml"""


class Parser(argparse.ArgumentParser):
    """An argparse parser that uses this project's exit code for wrong usage."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(EXIT_USAGE, f"error: {message} (--help shows the options and examples)\n")


def usual_address() -> int:
    """Returns the address of a payload that is not an ELF file, if the configuration does not name another one."""
    key = schema.find_key(schema.KEYS, "memory", "payload")
    assert key and isinstance(key.default, int)
    return key.default


def address(text: str) -> int:
    """Parses --start, a number that may be hexadecimal."""
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not schema.Address().accepts(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not {schema.Address().describe()}")
    return value


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = Parser(
        prog="bazel run //modules/protect_payload:measure --",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("file", metavar="FILE", help="the payload: an uncompressed Image of Linux or another raw file, or an ELF file")
    address_help = f"where the machine has a raw file in memory (default {usual_address():#x}); an ELF file contains its address"
    add("--start", type=address, metavar="ADDRESS", help=address_help)
    add("--config", metavar="FILE.toml", help="print this configuration with the table at its end; its [memory] payload is the address")
    add("--json", action="store_true", help="print the three values as JSON")
    parsed = parser.parse_args(arguments)
    if parsed.config and (parsed.json or parsed.start is not None):
        parser.error("--config prints TOML for the address in that file, so --json and --start have no meaning with it")
    return parsed


def read_config(path: Path) -> tuple[str, int]:
    """Returns the text of a configuration without the table, and the address of its payload. Raises Failure if the table is there
    already, or if the file is no TOML. The build finds all other errors."""
    if not path.is_file():
        raise Failure(f"--config: no file {path}")
    text = path.read_text(encoding="utf-8")
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Failure(syntax_problem(error, text).text(str(path))) from error
    if TABLE in given:
        line = next((found.line for found in entries(text) if found.path[0] == TABLE), 1)
        message = "the table is there already, so the measured payload cannot be added: remove it"
        raise Failure(Problem(line, key_name((TABLE,)), message).text(str(path)))
    memory = given.get("memory")
    start = memory.get("payload") if isinstance(memory, dict) else None
    return text, start if isinstance(start, int) else usual_address()


def main(arguments: list[str]) -> int:
    """Measures the payload and prints the result."""
    options = parse(arguments)
    config, start = read_config(user_path(options.config)) if options.config else ("", usual_address())
    measured = of_file(user_path(options.file), options.start if options.start is not None else start)
    if options.start not in (None, measured.start):
        raise Failure(f"{options.file} is an ELF file that is linked at {measured.start:#x}, so it cannot be at --start={options.start:#x}")
    if options.json:
        print(json.dumps(asdict(measured), indent=2))
    else:
        print(f"{config.rstrip()}\n\n{table(measured)}" if config.strip() else table(measured), end="")
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
