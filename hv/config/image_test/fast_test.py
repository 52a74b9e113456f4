"""The fast paths of the images are there and are leaves, and a function that is none does not pass for one."""

from __future__ import annotations

import unittest

from hv.config.fast_check import faults, is_wrong, leaves
from hv.config.image_test.listing import instructions, read

OWN = {
    "fast_firmware_illegal",
    "fast_firmware_load",
    "fast_firmware_store",
    "fast_firmware_trap",
    "fast_payload_trap",
}


class Fast(unittest.TestCase):
    """hv alone, with counters, and with a module that looks at every exit."""

    def test_the_fast_paths_are_in_every_image_and_are_leaves(self) -> None:
        for config in ("qemu_virt", "qemu_virt_counters", "qemu_virt_trace"):
            with self.subTest(config):
                code = instructions(read(f"configs/{config}.lst"))
                self.assertGreaterEqual(code.keys(), OWN)
                self.assertEqual(faults(code), [])

    def test_observers_are_part_of_them(self) -> None:
        code = instructions(read("configs/qemu_virt_counters.lst"))
        self.assertGreater(len(code["fast_observe_firmware"]), 10)
        self.assertNotIn("fast_observe_firmware", instructions(read("configs/qemu_virt.lst")))

    def test_an_ordinary_function_would_not_pass(self) -> None:
        code = instructions(read("configs/qemu_virt.lst"))
        body = code["exit_handle"]
        self.assertTrue(any(is_wrong(i) for i in body))
        self.assertTrue(leaves("exit_handle", body) or body[-1].mnemonic != "j")
        self.assertTrue(faults({"fast_exit_handle": body}))

    def test_an_observer_with_a_stack_frame_is_a_build_error(self) -> None:
        found = faults(instructions(read("hv/config/image_test/with_framed_observer.lst")))
        self.assertTrue(any("fast_observe_" in line and "stack frame" in line for line in found), found)


if __name__ == "__main__":
    unittest.main()
