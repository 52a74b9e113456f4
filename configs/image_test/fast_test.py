"""Tests that the images contain their fast paths, that the fast paths are leaf functions, and that the check rejects a
fast path that is not a leaf function."""

from __future__ import annotations

import unittest
from pathlib import Path

from hv.config.fast_check import faults, is_jump, is_wrong, leaves, target_of
from hv.config.listing import Instruction, instructions, read

OWN = {
    "fast_firmware_illegal",
    "fast_firmware_load",
    "fast_firmware_store",
    "fast_firmware_trap",
    "fast_payload_trap",
}


class Fast(unittest.TestCase):
    """Tests of the images of all configurations, and of images with modules of this folder."""

    def test_every_image_has_the_fast_paths_and_they_are_leaf_functions(self) -> None:
        configs = [toml.with_suffix(".lst") for toml in Path("configs").glob("*.toml")]
        self.assertGreater(len(configs), 3)
        for listing in configs:
            with self.subTest(listing.stem):
                code = instructions(read(str(listing)))
                self.assertGreaterEqual(code.keys(), OWN)
                self.assertEqual(faults(code), [])

    def test_observers_are_part_of_the_fast_paths(self) -> None:
        code = instructions(read("configs/qemu_virt_counters.lst"))
        self.assertGreater(len(code["fast_observe_firmware"]), 10)
        self.assertNotIn("fast_observe_firmware", instructions(read("configs/qemu_virt.lst")))

    def test_a_module_that_sees_only_world_switches_leaves_the_others_fast(self) -> None:
        code = instructions(read("configs/image_test/with_switcher.lst"))
        self.assertEqual(faults(code), [])
        self.assertGreaterEqual(code.keys(), OWN - {"fast_payload_trap"})
        targets = {target_of(jump) for jump in code["fast_privileged"] if is_jump(jump)}
        self.assertFalse({"fast_firmware_mret", "fast_mret_to_firmware"} & targets, targets)

    def test_the_check_finds_fast_functions_of_modules_whatever_their_names(self) -> None:
        code = {
            "trap_entry_payload": [Instruction("beq", "a1,t0,80000100 <offload_fast_ecall>")],
            "offload_fast_ecall": [Instruction("add", "sp,sp,-16"), Instruction("j", "80000200 <trap_slow>")],
        }
        self.assertTrue(any("offload_fast_ecall" in line for line in faults(code)), faults(code))
        code["offload_fast_ecall"] = [Instruction("j", "80000200 <trap_slow>")]
        self.assertEqual(faults(code), [])

    def test_the_check_rejects_an_ordinary_function_as_a_fast_path(self) -> None:
        code = instructions(read("configs/qemu_virt.lst"))
        body = code["exit_handle"]
        self.assertTrue(any(is_wrong(i) for i in body))
        self.assertTrue(leaves("exit_handle", body) or body[-1].mnemonic != "j")
        self.assertTrue(faults({"fast_exit_handle": body}))

    def test_with_the_trace_a_fast_path_ends_with_its_record(self) -> None:
        code = instructions(read("configs/qemu_virt_trace.lst"))
        self.assertEqual(faults(code), [])
        code["fast_sfence"] = [Instruction("j", "80000200 <trap_return_fast>")]
        self.assertTrue(any("fast_sfence returns without" in line for line in faults(code)), faults(code))

    def test_an_observer_with_a_stack_frame_is_a_build_error(self) -> None:
        found = faults(instructions(read("configs/image_test/with_framed_observer.lst")))
        self.assertTrue(any("fast_observe_" in line and "stack frame" in line for line in found), found)


if __name__ == "__main__":
    unittest.main()
