"""A hook that no module has costs no instruction on the way of an exit."""

from __future__ import annotations

import unittest

from hv.config.listing import Instruction, instructions, read

ALONE = "configs/image_test/alone.lst"
BYSTANDER = "configs/image_test/with_bystander.lst"
WATCHER = "configs/image_test/with_watcher.lst"
WAY_OF_AN_EXIT = ("trap_entry_payload", "trap_entry_firmware", "save_callee_saved", "trap_return", "exit_handle")


def is_allocation(instruction: Instruction) -> bool:
    """Whether it only moves a value between registers and the stack, or pads. gcc 14 makes other choices there in each image."""
    return instruction.mnemonic in ("mv", "nop") or "(sp)" in instruction.operands


def work(path: str) -> dict[str, list[str]]:
    """The mnemonics of each function of an image, except what registers the compiler has chosen for it."""
    functions = instructions(read(path)).items()
    return {name: [step.mnemonic for step in body if not is_allocation(step)] for name, body in functions}


class Hooks(unittest.TestCase):
    """The code that every exit runs, in hv alone and with a module."""

    def test_a_module_without_hooks_on_the_way_leaves_it_as_it_is(self) -> None:
        alone, bystander = work(ALONE), work(BYSTANDER)
        self.assertTrue(any("bystander" in line for line in read(BYSTANDER).splitlines()), "the module is not there")
        for name in WAY_OF_AN_EXIT:
            with self.subTest(name):
                self.assertGreater(len(alone[name]), 10)
                self.assertEqual(alone[name], bystander[name])

    def test_a_hook_that_a_module_has_does_change_it(self) -> None:
        alone, watcher = work(ALONE), work(WATCHER)
        self.assertNotEqual(alone["exit_handle"], watcher["exit_handle"])


if __name__ == "__main__":
    unittest.main()
