"""Boots Linux under a configuration that accepts only Debian's kernel: with this kernel, and with one in which a byte differs."""

import contextlib
import hashlib
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from benchmarks import boot_qemu
from cli.failure import EXIT_MODULE_FATAL, EXIT_SUCCESS, Failure
from cli.workspace import repository_file

CONFIG = "qemu_virt_protect_payload"

HOTPLUG = """cd /sys/devices/system/cpu/cpu1
for round in 1 2 3; do
	echo 0 > online && test $(cat ../online) = 0 && echo 1 > online && test $(cat ../online) = 0-1 || exit 1
done"""


class Protected(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.kernel = repository_file("debian_kernel", "Image").read_bytes()
        self.sha256 = hashlib.sha256(self.kernel).hexdigest()

    def boot(self, *arguments: str) -> tuple[int, str]:
        """Runs boot_qemu. Returns the exit code and the guest's console."""
        with contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.redirect_stderr(shown):
            code = boot_qemu.boot([f"--out={self.directory / 'out'}", f"--config={CONFIG}", *arguments])
        print(shown.getvalue())
        return code, (self.directory / "out/console.log").read_text(errors="replace")

    def changed_kernel(self) -> tuple[Path, str]:
        """Returns the path of a kernel with another last byte, and its SHA-256."""
        changed = self.kernel[:-1] + bytes([self.kernel[-1] ^ 1])
        path = self.directory / "changed_Image"
        path.write_bytes(changed)
        return path, hashlib.sha256(changed).hexdigest()

    def test_debians_kernel_boots_and_hv_reports_its_hash(self) -> None:
        code, console = self.boot("--harts=2", f"--command={HOTPLUG}")
        self.assertEqual(code, EXIT_SUCCESS)
        self.assertIn(f"protect_payload: the payload's SHA-256 is {self.sha256}", console)

    def test_hv_ends_the_run_if_a_byte_of_the_kernel_differs(self) -> None:
        path, sha256 = self.changed_kernel()
        with mock.patch.object(boot_qemu, "require_accepted"):
            code, console = self.boot(f"--kernel={path}")
        self.assertEqual(code, EXIT_MODULE_FATAL)
        self.assertIn(f"the payload's SHA-256 is {sha256}", console)
        self.assertIn(f"the configuration wants the SHA-256 {self.sha256}", console)
        self.assertNotIn("Linux version", console)

    def test_boot_qemu_refuses_a_kernel_that_hv_would_not_start_and_prints_the_table_for_it(self) -> None:
        path, sha256 = self.changed_kernel()
        with self.assertRaises(Failure) as caught:
            boot_qemu.make_guest(boot_qemu.parse([f"--config={CONFIG}", f"--kernel={path}"]))
        message = str(caught.exception)
        self.assertIn(f"config {CONFIG} accepts only a payload with the SHA-256 {self.sha256}", message)
        self.assertTrue(message.endswith(f'start = 0x80400000\nsize = {len(self.kernel):#x}\nsha256 = "{sha256}"\n'), message)


if __name__ == "__main__":
    unittest.main()
