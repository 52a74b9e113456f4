"""Checks that the dependencies between the top-level folders are those in docs/architecture.md, and that there are no
cycles.

A dependency is an `#include`, a Python import, or a label in a BUILD or .bzl file. The test reads the whole source tree instead
of its own data, because a dependency may appear in any file.
"""

from __future__ import annotations

import ast
import re
import unittest
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

# The folders that the files of each folder may use. Everything that is not listed here is forbidden.
MAY_USE: dict[str, tuple[str, ...]] = {
    "abi": (),
    "analysis": ("cli", "trace"),
    "benchmarks": ("abi", "analysis", "cli", "configs", "machines", "modules", "payloads", "trace"),
    "cli": (),
    "configs": ("cli", "hv", "modules"),
    "docs": ("abi", "analysis", "benchmarks", "cli", "configs", "hv", "modules", "payloads", "third_party", "trace"),
    "hv": ("abi", "cli", "third_party", "trace"),
    "machines": ("abi", "cli", "third_party", "trace"),
    "modules": ("abi", "cli", "hv", "machines"),
    "payloads": ("abi", "cli", "configs", "hv", "machines", "modules", "third_party", "trace"),
    "third_party": (),
    "trace": ("abi", "cli"),
}

# A module's guest test is in the module's folder. The guest uses the runtime of the guests, and the BUILD file names the rule for
# guests and the image of the test. No other target depends on the guest test, so these dependencies do not count.
GUEST_TEST = "_qemu_test.c"
FOR_GUEST_TESTS = re.compile(r'"//(?:payloads:guest\.bzl|configs:test_\w+)"')

INCLUDE = re.compile(r'^\s*#\s*include "(\w+)/', re.MULTILINE)
LABEL = re.compile(r'"(?:@hartscope)?//(\w+)[/:"]')
VISIBILITY = re.compile(r"visibility = (?:\[[^\]]*\]|\w+)")


def tree() -> Path:
    """Returns the root of the source tree. Bazel starts this test through a symbolic link, which leads to the file in
    the source tree."""
    return Path(__file__).resolve().parent.parent


def folders() -> list[str]:
    """Returns the top-level folders that contain a BUILD file. These are the folders with files of this project."""
    return sorted(
        path.name for path in tree().iterdir()
        if path.is_dir() and not path.is_symlink() and not path.name.startswith(".") and any(path.rglob("BUILD"))
    )


def imports(text: str) -> Iterator[str]:
    """Yields the full names of the modules that Python code imports, or imports from."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def uses(path: Path) -> set[str]:
    """Returns the names of the folders that the file @p path includes from, imports from, or names in a label."""
    if path.name.endswith(GUEST_TEST):
        return set()
    if path.suffix == ".py":
        return {name.partition(".")[0] for name in imports(path.read_text(encoding="utf-8"))}
    if path.suffix in (".c", ".h", ".S", ".def", ".lds"):
        pattern = INCLUDE
    elif path.name == "BUILD" or path.suffix == ".bzl":
        pattern = LABEL
    else:
        return set()
    text = VISIBILITY.sub("", path.read_text(encoding="utf-8"))
    if path.name == "BUILD" and path.relative_to(tree()).parts[0] == "modules":
        text = FOR_GUEST_TESTS.sub("", text)
    return set(pattern.findall(text))


def arrows() -> Iterator[tuple[str, str, Path]]:
    """Yields each dependency as a folder, another folder that the first one uses, and the file that contains the
    dependency."""
    known = set(folders())
    for folder in known:
        for path in (tree() / folder).rglob("*"):
            if path.is_file():
                for used in (uses(path) & known) - {folder}:
                    yield folder, used, path.relative_to(tree())


class Folders(unittest.TestCase):
    """Compares MAY_USE with the dependencies in the tree."""

    def test_may_use_lists_exactly_the_top_level_folders(self) -> None:
        self.assertEqual(sorted(MAY_USE), folders())

    def test_every_file_uses_only_folders_that_its_folder_may_use(self) -> None:
        wrong = [f"{path} uses {used}/" for folder, used, path in arrows() if used not in MAY_USE.get(folder, ())]
        self.assertEqual(wrong, [])

    def test_every_allowed_dependency_occurs_in_some_file(self) -> None:
        used = {(folder, other) for folder, other, _ in arrows()}
        allowed = {(folder, other) for folder, others in MAY_USE.items() for other in others}
        self.assertEqual(allowed - used, set())

    def test_the_allowed_dependencies_have_no_cycle(self) -> None:
        order = list(TopologicalSorter(MAY_USE).static_order())  # raises CycleError
        self.assertEqual(len(order), len(MAY_USE))


if __name__ == "__main__":
    unittest.main()
