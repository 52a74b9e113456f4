"""Prints the reference of all keys on the terminal, and writes it as a table to docs/configuration.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cli import entry
from hv.config.check import all_keys
from hv.config.modules import load_modules
from hv.config.schema import Address, Key

# The declarations of the modules of the tree, which the build writes.
DECLARATIONS = Path("modules/declarations.json")

BEGIN = "<!-- keys: made by `bazel run //configs/explain -- --write=$PWD/docs/configuration.md` -->\n"
END = "<!-- end of keys -->\n"


def keys() -> list[Key]:
    """Returns all keys: those of hv, and those of the tree's modules."""
    return all_keys(load_modules(DECLARATIONS))


def default_text(key: Key) -> str:
    """Returns the text that the table shows as a key's default. It is the value, or a description if the default is not
    a constant."""
    if key.default_text:
        return key.default_text
    if isinstance(key.default, bool):
        return str(key.default).lower()
    if isinstance(key.kind, Address) and isinstance(key.default, int):
        return f"{key.default:#x}"
    return str(key.default)


def toml_text(key: Key) -> str:
    """Returns a key's default in TOML, or a description if the default is not a constant."""
    if isinstance(key.default, str):
        return f'"{key.default}"'
    if isinstance(key.default, list):
        return str(key.default)
    return default_text(key)


def markdown() -> str:
    """Returns all keys as a Markdown table."""
    rows = [
        f"| `[{key.table}]` | `{key.name}` | {key.meaning} | {key.kind.describe()} | {default_text(key)} |"
        for key in keys()
    ]
    return "\n".join(["| table | key | meaning | value | default |", "|---|---|---|---|---|", *rows]) + "\n"


def plain() -> str:
    """Returns a TOML file that shows the default of each key in a comment. Above the comment is the meaning of the
    key."""
    lines: list[str] = []
    table = ""
    for key in keys():
        if key.table != table:
            lines += ["", f"[{key.table}]"]
        table = key.table
        lines += [f"# {key.meaning}: {key.kind.describe()}", f"# {key.name} = {toml_text(key)}"]
    return "\n".join(lines[1:]) + "\n"


def with_reference(document: str) -> str:
    """Returns @p document with a new table between the two marks. Raises ValueError if a mark is missing."""
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + markdown() + END + after


def main(arguments: list[str]) -> int:
    """Prints the reference, or writes its table to a document."""
    parser = argparse.ArgumentParser(description="What a configuration may say.")
    parser.add_argument("--markdown", action="store_true", help="print the Markdown table of docs/configuration.md")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the current table into FILE (an absolute path)")
    options = parser.parse_args(arguments)
    if options.write:
        options.write.write_text(with_reference(options.write.read_text()))
    else:
        print(markdown() if options.markdown else plain(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
