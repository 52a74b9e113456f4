"""Tests the command lines of the runners: options that contradict each other are an error with exit code 2 and a message."""

import contextlib
import io
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from benchmarks import boot_qemu, run_qemu
from cli.failure import EXIT_USAGE, Failure
from machines import images, options
from machines.elf import Segment, executable


def choose(*arguments: str) -> options.Choice:
    return options.choice(boot_qemu.parse(list(arguments)))


class Choosing(unittest.TestCase):
    def test_every_runner_uses_hv_with_counters_and_trace_by_default(self) -> None:
        for parsed in (boot_qemu.parse([]), run_qemu.parse(["--firmware=x"])):
            self.assertEqual(options.choice(parsed), options.Choice("hv", "qemu_virt_trace"))

    def test_bare_has_no_configuration(self) -> None:
        self.assertEqual(choose("--bare"), options.Choice("bare", None))
        self.assertEqual(choose("--mode=bare"), options.Choice("bare", None))

    def test_a_mode_selects_its_configuration(self) -> None:
        self.assertEqual(choose("--mode=hv"), options.Choice("hv", "qemu_virt"))

    def test_the_configuration_of_every_mode_exists(self) -> None:
        known = {path.stem for path in Path("configs").glob("*.toml")}
        self.assertLessEqual({config for config in images.MODES.values() if config}, known)
        self.assertIn("qemu_virt", known)

    def test_record_needs_a_configuration_with_the_module_trace(self) -> None:
        for arguments in (["--record", "--bare"], ["--record", "--config=qemu_virt_counters"]):
            with self.subTest(arguments=arguments), self.assertRaisesRegex(Failure, "--record needs an hv with the module trace"):
                boot_qemu.make_guest(boot_qemu.parse(arguments))

    def test_mode_config_and_bare_exclude_each_other(self) -> None:
        for arguments in (["--mode=hv", "--config=qemu_virt"], ["--bare", "--config=qemu_virt"], ["--bare", "--mode=hv"]):
            with self.subTest(arguments=arguments), self.assertRaises(Failure) as caught:
                choose(*arguments)
            self.assertEqual(caught.exception.code, EXIT_USAGE)


class Parsing(unittest.TestCase):
    def refused(self, arguments: list[str]) -> str:
        """Runs a runner with a wrong command line. Returns the message on stderr."""
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), self.assertRaises(SystemExit) as caught:
            boot_qemu.parse(arguments)
        self.assertEqual(caught.exception.code, EXIT_USAGE)
        return errors.getvalue()

    def test_a_wrong_value_is_refused_and_the_message_names_the_option(self) -> None:
        for arguments in (["--harts=0"], ["--harts=513"], ["--harts=two"], ["--timeout=-1"], ["--timeout=nan"], ["--mode=x"], ["--numa-nodes=0"], ["--numa-nodes=5"]):
            with self.subTest(arguments=arguments):
                self.assertIn(arguments[0].split("=")[0], self.refused(arguments))

    def test_unknown_and_abbreviated_options_are_refused(self) -> None:
        for argument in ("--hart=2", "--colour", "word"):
            with self.subTest(argument=argument):
                self.assertIn(argument.split("=")[0], self.refused([argument]))

    def test_help_shows_examples(self) -> None:
        text = io.StringIO()
        with contextlib.redirect_stdout(text), self.assertRaises(SystemExit):
            boot_qemu.parse(["--help"])
        self.assertIn("bazel run //benchmarks:boot_qemu -- --harts=4", text.getvalue())

    def test_arguments_after_two_dashes_go_to_qemu(self) -> None:
        self.assertEqual(boot_qemu.parse(["--harts=2", "--", "-cpu", "rv64,h=off"]).qemu, ["-cpu", "rv64,h=off"])

    def test_an_address_may_be_hexadecimal_and_must_be_in_ram(self) -> None:
        self.assertEqual(run_qemu.address("0x80200000"), 0x80200000)
        with self.assertRaises(Exception):
            run_qemu.address("0x1000")


class Files(unittest.TestCase):
    """Checks at which address the user's files are loaded."""

    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.dict(os.environ, {"BUILD_WORKING_DIRECTORY": str(self.directory)}))
        (self.directory / "raw").write_bytes(b"code")
        (self.directory / "elf").write_bytes(executable(0x80300000, [Segment(0x80300000, b"code", 4)]))

    def test_a_raw_file_is_loaded_at_the_default_address_or_at_a_given_one(self) -> None:
        self.assertEqual(run_qemu.program("firmware", "raw", None, 0x80200000).address, 0x80200000)
        self.assertEqual(run_qemu.program("firmware", "raw", 0x90000000, 0x80200000).address, 0x90000000)

    def test_an_elf_file_is_loaded_where_it_is_linked(self) -> None:
        for given in (None, 0x80300000):
            self.assertEqual(run_qemu.program("payload", "elf", given, 0x80400000).address, 0x80300000)
        with self.assertRaisesRegex(Failure, "--payload-addr=0x80400000: elf is an ELF file, and must be loaded at 0x80300000, where it is linked"):
            run_qemu.program("payload", "elf", 0x80400000, 0x80400000)


if __name__ == "__main__":
    unittest.main()
