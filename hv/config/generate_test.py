"""Runs the generator from its command line, and tests that it writes its files, or prints an error in a format with
which editors can jump to the line."""

from __future__ import annotations

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

GENERATE = Path("hv/config/generate")
FILES = ["config.h", "config.json", "config.lds", "dispatch.h", "fast.h", "module_index.h", "note.S"]
COUNTER: dict[str, object] = {
    "name": "counter",
    "label": "//modules/counter:counter",
    "header": "modules/counter/counter.h",
    "hooks": {"init": []},
    "pmp_entries": "0",
    "claims": [],
    "fast": {},
    "uses": [],
    "guards": [],
    "hides": {},
    "reserve": {},
    "events": ["begun"],
    "keys": ['{"kind": "number", "name": "step", "meaning": "how much", "default": 3, "least": 1, "most": 9}'],
}


class Generate(unittest.TestCase):
    """Each test runs the generator."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_with(self, toml: bytes, modules: list[dict[str, object]], *more: str) -> subprocess.CompletedProcess[str]:
        config, list_of_modules = self.folder / "mine.toml", self.folder / "modules.json"
        config.write_bytes(toml)
        list_of_modules.write_text(json.dumps(modules))
        arguments: list[str | Path] = ["--config", config, "--name", "mine"]
        arguments += ["--modules", list_of_modules, "--out", self.folder / "out"]
        return subprocess.run([GENERATE, *arguments, *more], capture_output=True, text=True, check=False)

    def test_a_correct_configuration_makes_all_files(self) -> None:
        result = self.run_with(b'[modules]\nmodules = ["counter"]\n', [COUNTER])
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(sorted(path.name for path in (self.folder / "out").iterdir()), FILES)
        (made,) = json.loads((self.folder / "out/config.json").read_text())["modules"]
        self.assertEqual((made["name"], made["events"]), ("counter", ["begun"]))

    def test_the_same_input_makes_the_same_bytes(self) -> None:
        def made() -> list[bytes]:
            self.run_with(b"", [COUNTER])
            return [(self.folder / "out" / name).read_bytes() for name in FILES]

        self.assertEqual(made(), made())

    def test_an_error_names_the_file_as_the_user_knows_it(self) -> None:
        result = self.run_with(b"\n[vcpu]\npmp_limt = 8\n", [COUNTER], "--shown-as", "configs/mine.toml")
        self.assertEqual(result.returncode, 1)
        self.assertTrue(result.stderr.startswith("configs/mine.toml:3: [vcpu] pmp_limt: unknown key"), result.stderr)
        self.assertFalse((self.folder / "out").exists())

    def test_a_file_that_is_not_text_is_an_error_and_not_a_crash(self) -> None:
        result = self.run_with(b"\xff\xfe", [COUNTER])
        self.assertEqual((result.returncode, result.stderr), (1, f"{self.folder}/mine.toml:1: is not UTF-8\n"))

    def test_a_name_that_cannot_name_an_image_is_an_error(self) -> None:
        result = self.run_with(b"", [COUNTER], "--name", 'a"b')
        self.assertEqual(result.returncode, 1)
        self.assertIn("mine.toml:1: ", result.stderr)

    def test_two_modules_of_one_name_are_an_error(self) -> None:
        result = self.run_with(b"", [COUNTER, COUNTER])
        self.assertEqual(result.returncode, 1)
        self.assertIn("//modules/counter:counter: another module has the same name", result.stderr)


if __name__ == "__main__":
    unittest.main()
