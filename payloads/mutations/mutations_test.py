"""Checks the patches in this folder without building hv. Each point of the fidelity list (docs/fidelity.md) must have a
patch. Each patch must name an existing test, and must apply to the sources of hv."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from payloads.runner.patch import Mutation, read_mutation

POINTS = range(1, 35)
GUEST_TEST = re.compile(r"\bTEST\(([ps]\d\d_\w+)\)")
HOST_TEST = re.compile(r"\bTest\(\w+, (s\d\d_\w+)")
IMAGE_TEST = re.compile(r"\bdef test_(s\d\d_\w+)")
TREES = ("abi", "hv", "modules", "trace/format")


def patches() -> list[Path]:
    """Returns all patches, sorted by name."""
    return sorted(Path("payloads/mutations").glob("*.patch"))


def names(pattern: re.Pattern[str], folder: str, suffix: str) -> set[str]:
    """Returns the names of the tests that are defined in files of @p folder whose names end with @p suffix."""
    files = [path for path in Path(folder).rglob("*" + suffix) if path.is_file()]
    return {name for path in files for name in pattern.findall(path.read_text(encoding="utf-8"))}


def tests_of(mutation: Mutation) -> set[str]:
    """Returns the names of all tests that @p mutation may name: the tests of the kind that its `observe:` line
    selects."""
    if mutation.observe == "guest":
        folders = ("payloads/tests", "payloads/offload", "payloads/protect", "payloads/swapper")
        return set().union(*(names(GUEST_TEST, folder, ".c") for folder in folders))
    if mutation.observe == "host":
        return names(HOST_TEST, "hv", "_test.c")
    return names(IMAGE_TEST, "configs/image_test", "_test.py")


def copy_sources(to: Path) -> None:
    """Copies the sources that patches may change, and makes the copies writable."""
    for tree in TREES:
        for path in Path(tree).rglob("*"):
            if path.is_file() and path.suffix in (".c", ".h", ".S", ".def", ".lds"):
                (to / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to / path)


def dry_run(patch: Path, tree: Path) -> str:
    """Returns the errors that `patch` prints when it tries to apply @p patch to @p tree. Returns an empty string if the
    patch applies."""
    command = ["patch", "--dry-run", f"--directory={tree}", "--strip=1", "--fuzz=0", "--batch"]
    result = subprocess.run(
        command, input=patch.read_bytes(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return "" if result.returncode == 0 else result.stdout.decode()


class Mutations(unittest.TestCase):
    """Checks all patches of this folder without building hv."""

    def test_each_point_has_a_patch(self) -> None:
        self.assertEqual(set(POINTS) - {read_mutation(path).point for path in patches() if path.name.startswith("s")}, set())

    def test_each_patch_names_a_test_of_its_point(self) -> None:
        for path in patches():
            mutation = read_mutation(path)
            with self.subTest(patch=mutation.name):
                self.assertIn(mutation.test, tests_of(mutation))
                self.assertEqual(mutation.test[:3], mutation.name[:3])

    def test_each_patch_applies(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            copy_sources(Path(directory))
            for path in patches():
                with self.subTest(patch=path.stem):
                    self.assertEqual(dry_run(path, Path(directory)), "")

    def test_a_patch_that_does_not_apply_is_reported(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            copy_sources(Path(directory))
            core = Path(directory) / "hv/core/request.c"
            core.write_text(core.read_text().replace("request_send", "wish_send"))
            self.assertNotEqual(dry_run(Path("payloads/mutations/s07_one_msi_of_many_is_not_sent.patch"), Path(directory)), "")

    def test_each_patch_has_a_mutation_test(self) -> None:
        build = Path("payloads/mutations/BUILD").read_text(encoding="utf-8")
        for path in patches():
            self.assertIn(f'"{path.stem}"', build)


if __name__ == "__main__":
    unittest.main()
