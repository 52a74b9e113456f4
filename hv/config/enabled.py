"""Keeps modules that a configuration does not enable out of the build of an image. Otherwise a new module would make Bazel
build every image again, and would have to compile without the values of its keys.

enabled.py sources CONFIG.json MODULE FILE.c OUT.c [FILE.c OUT.c ...]
  Writes each OUT.c. It includes FILE.c if the configuration enables MODULE, and is empty otherwise. If CONFIG.json is `all`,
  it includes FILE.c in any case.
enabled.py archive CONFIG.json AR OUT.a [MODULE FILE.a ...]
  Writes OUT.a with the members of each FILE.a whose MODULE the configuration enables. AR is the program ar.
enabled.py headers CONFIG.json FOLDER [MODULE FILE.h PATH ...]
  Copies each FILE.h whose MODULE the configuration enables to FOLDER/PATH.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ALL = "all"
EMPTY = "/* The configuration does not enable the module {module}. */\n"


def enabled(config: str) -> set[str]:
    """Returns the names of the modules that config.json lists."""
    return {module["name"] for module in json.loads(Path(config).read_text(encoding="utf-8"))["modules"]}


def groups(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yields the first @p size words, the next ones, and so on."""
    yield from zip(*(words[first::size] for first in range(size)), strict=True)


def write_sources(config: str, module: str, *files: str) -> None:
    """Carries out `enabled.py sources`."""
    is_enabled = config == ALL or module in enabled(config)
    for source, out in groups(files, 2):
        Path(out).write_text(f'#include "{source}"\n' if is_enabled else EMPTY.format(module=module), encoding="utf-8")


def write_archive(config: str, program: str, out: str, *archives: str) -> None:
    """Carries out `enabled.py archive`. The archives can have members with the same name, so their members are not extracted."""
    names = enabled(config)
    script = [f"create {out}", *(f"addlib {archive}" for module, archive in groups(archives, 2) if module in names), "save", "end"]
    subprocess.run([program, "-M"], input="\n".join(script) + "\n", text=True, check=True)


def write_headers(config: str, folder: str, *headers: str) -> None:
    """Carries out `enabled.py headers`."""
    names = enabled(config)
    for module, header, path in groups(headers, 3):
        if module in names:
            copy = Path(folder, path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(header, copy)


def main() -> None:
    """Carries out the command."""
    commands: dict[str, Callable[..., None]] = {"sources": write_sources, "archive": write_archive, "headers": write_headers}
    commands[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
