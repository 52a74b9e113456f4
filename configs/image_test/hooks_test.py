"""Tests that a hook costs no instruction in an exit if no enabled module has the hook."""

from __future__ import annotations

import unittest

from hv.config.listing import Instruction, instructions, read

ALONE = "configs/image_test/alone.lst"
BYSTANDER = "configs/image_test/with_bystander.lst"
WATCHER = "configs/image_test/with_watcher.lst"
WAY_OF_AN_EXIT = ("trap_entry_payload", "trap_entry_firmware", "save_callee_saved", "trap_return", "exit_handle")


def is_allocation(instruction: Instruction) -> bool:
    """Returns whether @p instruction is padding, or only moves a value between registers and the stack.

    gcc 14 chooses different instructions for these purposes in each image.
    """
    return instruction.mnemonic in ("mv", "nop") or "(sp)" in instruction.operands


def work(path: str) -> dict[str, list[str]]:
    """Returns the mnemonics of each function of an image, without the instructions that depend on register allocation."""
    functions = instructions(read(path)).items()
    return {name: [step.mnemonic for step in body if not is_allocation(step)] for name, body in functions}


class Hooks(unittest.TestCase):
    """Compares the code that runs in every exit, in an image without modules and in images with one module."""

    def test_a_module_without_hooks_in_exits_does_not_change_the_path_of_an_exit(self) -> None:
        alone, bystander = work(ALONE), work(BYSTANDER)
        self.assertTrue(any("bystander" in line for line in read(BYSTANDER).splitlines()), "the module is not there")
        for name in WAY_OF_AN_EXIT:
            with self.subTest(name):
                self.assertGreater(len(alone[name]), 10)
                self.assertEqual(alone[name], bystander[name])

    def test_a_module_with_a_hook_in_exits_changes_the_path_of_an_exit(self) -> None:
        alone, watcher = work(ALONE), work(WATCHER)
        self.assertNotEqual(alone["exit_handle"], watcher["exit_handle"])


if __name__ == "__main__":
    unittest.main()
