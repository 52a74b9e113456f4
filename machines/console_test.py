"""Tests of console.py with the output of real boots."""

import unittest

from machines.console import MAX_LINE, TAIL_LINES, Console

BOOT = (
    b"\r\nOpenSBI v1.5.1\r\nPlatform Name             : riscv-virtio,qemu\r\n"
    b"Boot HART MEDELEG         : 0x0000000000f0b509\r\n"
    b"[    0.000000] Linux version 6.12.107+deb13-riscv64\r\n"
    b"[    0.999430] Run /init as init process\r\n"
    b"hartscope: phase init\r\nhartscope: harts 2\r\nhartscope: phase workload\r\n"
    b"hartscope: figure workload_nanosleep seconds 1.214253\r\n"
    b"hartscope: sha256 3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351\r\n"
    b"hartscope: phase shutdown\r\n[   21.027506] reboot: Power down\r\n"
)


class Watching(unittest.TestCase):
    def test_a_whole_boot_gives_phases_harts_figures_and_hash(self) -> None:
        console = Console()
        self.assertEqual(console.feed(BOOT), ["init", "workload", "shutdown"])
        self.assertEqual(console.harts, 2)
        self.assertEqual(console.sha256, "3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351")
        self.assertEqual([(f.name, f.unit, f.value) for f in console.figures], [("workload_nanosleep", "seconds", 1.214253)])
        self.assertTrue(console.firmware_ready)

    def test_the_result_is_the_same_if_bytes_arrive_one_by_one(self) -> None:
        whole, piecewise = Console(), Console()
        whole.feed(BOOT)
        phases = [name for byte in BOOT for name in piecewise.feed(bytes([byte]))]
        self.assertEqual(phases, ["init", "workload", "shutdown"])
        self.assertEqual(list(piecewise.tail), list(whole.tail))

    def test_a_phase_is_reported_once_however_often_it_is_printed(self) -> None:
        console = Console()
        self.assertEqual(console.feed(b"hartscope: phase init\nhartscope: phase init\n"), ["init"])
        self.assertEqual(console.feed(b"hartscope: phase init\n"), [])

    def test_a_phase_begins_only_when_its_line_is_complete(self) -> None:
        console = Console()
        self.assertEqual(console.feed(b"hartscope: phase work"), [])
        self.assertEqual(console.feed(b"load\r\n"), ["workload"])

    def test_a_kernel_message_before_the_phase_does_not_hide_it(self) -> None:
        self.assertEqual(Console().feed(b"[    1.0] randomhartscope: phase init\r\n"), ["init"])

    def test_escape_sequences_and_invalid_utf8_are_ignored(self) -> None:
        console = Console()
        self.assertEqual(console.feed(b"\x1b[1;31m\xff\xfehartscope: phase init\x1b[0m\r\n"), ["init"])
        self.assertNotIn("\x1b", console.tail[-1])

    def test_the_tail_has_a_limited_number_of_lines_of_limited_length(self) -> None:
        console = Console()
        console.feed(b"x" * (MAX_LINE + 1))
        for number in range(2 * TAIL_LINES):
            console.feed(f"line {number}\n".encode())
        self.assertEqual(len(console.tail), TAIL_LINES)
        self.assertEqual(console.tail[-1], f"line {2 * TAIL_LINES - 1}")

    def test_a_last_line_without_a_line_end_counts_when_the_machine_has_stopped(self) -> None:
        console = Console(signatures=("Oops",))
        console.feed(b"Oops [#1]")
        self.assertEqual(console.signs, [])
        console.finish()
        self.assertEqual(console.signs, ["Oops"])


if __name__ == "__main__":
    unittest.main()
