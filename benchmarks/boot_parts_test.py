"""Boots the user's firmware, kernel and initial RAM disk. In this test, firmware and kernel are copies of Debian's, and
the initial RAM disk contains an init of two lines."""

import contextlib
import gzip
import io
import json
import tempfile
import unittest
from pathlib import Path

from benchmarks import boot_qemu
from cli.failure import Failure
from cli.workspace import repository_file
from payloads.linux import pack

INIT = b"""#!/bin/busybox sh
echo "hello from $(/bin/busybox uname -s)"
/bin/busybox poweroff -f
"""


class OwnFiles(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def file(self, name: str, content: bytes) -> Path:
        path = self.directory / name
        path.write_bytes(content)
        return path

    def boot(self, *arguments: str) -> tuple[int, str]:
        """Runs boot_qemu. Returns the exit code and the text on stderr."""
        said = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            code = boot_qemu.boot([f"--out={self.directory / 'out'}", "--config=qemu_virt_counters", *arguments])
        return code, said.getvalue()

    def own_initrd(self) -> Path:
        busybox = repository_file("debian_busybox", "busybox").read_bytes()
        return self.file("rootfs.cpio", pack.archive(["bin", "dev"], {"bin/busybox": busybox, "init": INIT}))

    def test_firmware_kernel_and_initrd_of_the_user_boot_and_the_result_names_them(self) -> None:
        firmware = self.file("my_fw.bin", repository_file("opensbi", "fw_dynamic.bin").read_bytes())
        kernel = self.file("my_Image", repository_file("debian_kernel", "Image").read_bytes())
        code, said = self.boot(f"--firmware={firmware}", f"--kernel={kernel}", f"--initrd={self.own_initrd()}", "--append=note=here")
        self.assertEqual(code, 0, said)
        console = (self.directory / "out/console.log").read_text(errors="replace")
        self.assertIn("hello from Linux", console)
        self.assertRegex(console, "Kernel command line: .* note=here")
        described = json.loads((self.directory / "out/result.json").read_text())
        self.assertEqual([phase["name"] for phase in described["phases"]], ["hv", "firmware", "kernel"])
        versions = described["versions"]
        self.assertRegex(versions["firmware"], r"^my_fw\.bin, sha256 [0-9a-f]{16}$")
        self.assertEqual(sorted(versions), ["compiler", "firmware", "initrd", "kernel", "qemu"])

    def test_a_command_fails_if_the_users_init_does_not_run_it(self) -> None:
        code, said = self.boot(f"--initrd={self.own_initrd()}", "--command=true", "--harts=1")
        self.assertEqual(code, 1)
        self.assertIn("FAILED: --command needs the init of payloads/linux, which is not in --initrd", said)

    def test_a_compressed_kernel_is_refused_and_the_message_says_how_to_unpack_it(self) -> None:
        kernel = self.file("vmlinuz", gzip.compress(b"MZ"))
        with self.assertRaisesRegex(Failure, "--kernel: .*vmlinuz is compressed: unpack it with gunzip"):
            self.boot(f"--kernel={kernel}")


if __name__ == "__main__":
    unittest.main()
