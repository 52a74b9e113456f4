"""Tests that what hsctl send prints becomes the same file again (machines/sent_file.py), and that damage is noticed."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from cli.workspace import workspace_file
from machines import sent_file
from machines.line_noise import Noise

SENDER = workspace_file("payloads/linux/hsctl/send_sample")
CONTENTS = bytes(number * number & 255 for number in range(64 * 40 + 13))


def send(*options: str, contents: bytes = CONTENTS) -> bytes:
    """Returns what hsctl send prints."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.hst")
        file.write_bytes(contents)
        return subprocess.run([SENDER, *options, str(file)], check=True, stdout=subprocess.PIPE).stdout


class Sent(unittest.TestCase):
    def test_a_sent_file_arrives_whatever_is_printed_around_its_lines(self) -> None:
        for size in (1, 63, 64, 65, len(CONTENTS)):
            printed = b"$ hsctl send a.hst\r\n" + send(contents=CONTENTS[:size]).replace(b"\n", b"\r\n[   1.0] text\r\n")
            (found,) = sent_file.find(printed)
            self.assertEqual((found.is_complete, found.contents, found.name, found.missing), (True, CONTENTS[:size], "a.hst", []))

    def test_a_damaged_line_is_missing_and_the_file_is_not_complete(self) -> None:
        lines = send().splitlines(keepends=True)
        lines[7] = lines[7][:30] + b"!" + lines[7][31:]
        lines[20] = lines[20][:40] + bytes([lines[20][40] ^ 1]) + lines[20][41:]
        (found,) = sent_file.find(b"".join(lines))
        self.assertEqual((found.is_complete, found.missing), (False, [7, 20]))
        self.assertEqual(found.contents[: 7 * 64], CONTENTS[: 7 * 64])
        self.assertEqual(found.contents[7 * 64 : 8 * 64], bytes(64))
        self.assertEqual(found.contents[21 * 64 :], CONTENTS[21 * 64 :])

    def test_without_its_last_line_a_file_is_not_complete_because_its_size_is_not_known(self) -> None:
        (found,) = sent_file.find(b"".join(send().splitlines(keepends=True)[:-1]))
        self.assertEqual((found.is_complete, found.missing, found.size), (False, [], None))

    def test_lines_that_are_sent_again_complete_the_file(self) -> None:
        lines = send().splitlines(keepends=True)
        damaged = b"".join(line for number, line in enumerate(lines) if number not in (3, 9, 10, 11))
        (found,) = sent_file.find(damaged)
        wanted = sent_file.ranges(found.missing)
        self.assertEqual(wanted, "3,9-11")
        again = send(f"--lines={wanted}")
        self.assertEqual(len(again.splitlines()), 5)
        (whole,) = sent_file.find(damaged + again)
        self.assertEqual((whole.is_complete, whole.contents), (True, CONTENTS))

    def test_a_file_that_is_sent_three_times_survives_noise(self) -> None:
        once, thrice = (sent_file.find(Noise(0.001, seed=4).pass_on(send(f"--times={times}")))[0] for times in (1, 3))
        self.assertFalse(once.is_complete)
        self.assertEqual((thrice.is_complete, thrice.contents), (True, CONTENTS))

    def test_noise_never_makes_a_wrong_file_that_is_called_complete(self) -> None:
        printed = send()
        for seed in range(100):
            for found in sent_file.find(Noise(0.0003, seed=seed).pass_on(printed)):
                self.assertTrue(not found.is_complete or found.contents == CONTENTS)

    def test_two_files_on_one_console_are_told_apart(self) -> None:
        other = CONTENTS[::-1]
        found = sent_file.find(send() + send(contents=other))
        self.assertEqual([file.contents for file in found], [CONTENTS, other])

    def test_lines_that_the_file_does_not_have_are_refused(self) -> None:
        with tempfile.NamedTemporaryFile() as file:
            file.write(CONTENTS)
            file.flush()
            for wrong in ("41", "5-3", "x", "", "1,,2"):
                done = subprocess.run([SENDER, f"--lines={wrong}", file.name], capture_output=True, text=True)
                self.assertEqual(done.returncode, 1, wrong)
                self.assertRegex(done.stderr, re.escape("hsctl: --lines: the lines of this file are 0-40"))


if __name__ == "__main__":
    unittest.main()
