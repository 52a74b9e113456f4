"""Tests that an image has no symbol and no debug information of a module that its configuration does not name."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

CONFIGS = ("qemu_virt", "qemu_virt_counters", "qemu_virt_debug")
COUNTERS = ("exit_counter", "exit_counter_per_cause", "boot_counter")


def is_in(module: str, config: str) -> bool:
    """Returns whether the image's file mentions one of the module's hooks or its source file.

    Only one place calls a hook, so the compiler may inline the hook. Debug information still names it then.
    """
    image = Path(f"configs/{config}.elf").read_bytes()
    return any(word.encode() in image for word in (f"{module}_on_shutdown", f"{module}_init", f"/{module}.c"))


def enabled(config: str) -> list[str]:
    """Returns the modules that a configuration enables."""
    return [item["name"] for item in json.loads(Path(f"configs/{config}.json").read_text())["modules"]]


class Modules(unittest.TestCase):
    """Tests of images with modules and of images without modules."""

    def test_a_module_is_in_exactly_the_images_that_name_it(self) -> None:
        for config in CONFIGS:
            for module in COUNTERS:
                with self.subTest(config=config, module=module):
                    self.assertEqual(is_in(module, config), module in enabled(config))

    def test_there_are_images_with_and_without_modules(self) -> None:
        self.assertEqual(enabled("qemu_virt"), [])
        self.assertEqual(enabled("qemu_virt_counters"), list(COUNTERS))


if __name__ == "__main__":
    unittest.main()
