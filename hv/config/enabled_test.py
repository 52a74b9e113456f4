"""Tests which sources and which members of archives enabled.py keeps."""

from __future__ import annotations

import subprocess
import tempfile
import unittest
from pathlib import Path

from hv.config import enabled


class Enabled(unittest.TestCase):
    """Runs the program in a folder with a configuration that enables a and c, but not b."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = self.path("config.json", '{"name": "b", "modules": [{"name": "a", "hooks": {"b": []}}, {"name": "c"}]}')

    def path(self, name: str, text: str | None = None) -> str:
        """Returns the path of a file in the folder, which gets the contents @p text."""
        if text is not None:
            (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def test_a_source_of_an_enabled_module_is_included(self) -> None:
        enabled.write_sources(self.config, "a", "modules/a/x.c", self.path("x"), "modules/a/y.c", self.path("y"))
        self.assertEqual((self.folder / "x").read_text(), '#include "modules/a/x.c"\n')
        self.assertEqual((self.folder / "y").read_text(), '#include "modules/a/y.c"\n')

    def test_a_source_of_another_module_is_left_out(self) -> None:
        enabled.write_sources(self.config, "b", "modules/b/x.c", self.path("x"))
        self.assertNotIn("#include", (self.folder / "x").read_text())

    def test_without_a_configuration_every_source_is_included(self) -> None:
        enabled.write_sources(enabled.ALL, "b", "modules/b/x.c", self.path("x"))
        self.assertEqual((self.folder / "x").read_text(), '#include "modules/b/x.c"\n')

    def archive(self, module: str) -> str:
        """Makes an archive with the member x.o, which contains the name of the module."""
        member, made = self.path("x.o", module), self.path(f"lib{module}-1.a")
        subprocess.run(["ar", "rcsD", made, member], check=True)
        return made

    def merged(self, *modules: str) -> bytes:
        """Returns the archive that the program makes from the archives of the modules."""
        words = [word for module in modules for word in (module, self.archive(module))]
        enabled.write_archive(self.config, "ar", self.path("out.a"), *words)
        return (self.folder / "out.a").read_bytes()

    def test_the_archive_has_the_members_of_the_enabled_modules_even_if_their_names_are_equal(self) -> None:
        self.merged("a", "b", "c")
        members = subprocess.run(["ar", "p", self.path("out.a")], check=True, capture_output=True, text=True).stdout
        self.assertEqual(sorted(members), ["a", "c"])

    def test_a_module_that_is_not_enabled_does_not_change_the_archive(self) -> None:
        self.assertEqual(self.merged("a", "b", "c"), self.merged("a", "c"))
        self.assertEqual(self.merged("b"), self.merged())

    def test_only_headers_of_enabled_modules_are_copied(self) -> None:
        words = [word for name in "abc" for word in (name, self.path(f"{name}.h", name), f"modules/{name}/{name}.h")]
        enabled.write_headers(self.config, self.path("out"), *words)
        made = {str(path.relative_to(self.folder / "out")): path.read_text() for path in (self.folder / "out").rglob("*.h")}
        self.assertEqual(made, {"modules/a/a.h": "a", "modules/c/c.h": "c"})


if __name__ == "__main__":
    unittest.main()
