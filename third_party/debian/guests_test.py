"""Tests that each repository of the guests contains the right files, and contains the version of the package."""

import json
import re
import tarfile
import unittest
from pathlib import Path

EXTERNAL = Path("..")
EM_RISCV = 243


class Guests(unittest.TestCase):
    def test_the_kernel_is_a_riscv_image(self) -> None:
        head = (EXTERNAL / "debian_kernel/Image").read_bytes()[:64]
        self.assertEqual(head[48:54], b"RISCV\0")

    def test_busybox_is_a_riscv_program(self) -> None:
        head = (EXTERNAL / "debian_busybox/busybox").read_bytes()[:20]
        self.assertEqual((head[:4], head[18]), (b"\x7fELF", EM_RISCV))

    def test_every_repository_names_package_version_and_hash(self) -> None:
        for name in ["debian_kernel", "debian_busybox", "opensbi", "libfdt", "linux_headers", "bearssl"]:
            versions = json.loads((EXTERNAL / name / "versions.json").read_text())
            self.assertEqual(sorted(versions), ["package", "sha256", "version"])
            self.assertEqual(len(versions["sha256"]), 64)

    def test_the_headers_have_the_version_of_the_kernel(self) -> None:
        kernel, headers = (
            json.loads((EXTERNAL / name / "versions.json").read_text()) for name in ("debian_kernel", "linux_headers")
        )
        self.assertEqual(headers["package"], kernel["package"].replace("image", "headers"))
        self.assertEqual(headers["version"], kernel["version"])
        with tarfile.open(EXTERNAL / "linux_headers/linux_headers.tar") as archive:
            release = archive.extractfile("build/include/config/kernel.release")
            assert release is not None
            self.assertEqual(f"linux-image-{release.read().decode().strip()}", kernel["package"])

    def test_opensbi_is_1_5_or_later(self) -> None:
        version = json.loads((EXTERNAL / "opensbi/versions.json").read_text())["version"]
        major, minor = re.split("[.-]", version)[:2]
        self.assertGreaterEqual((int(major), int(minor)), (1, 5))


if __name__ == "__main__":
    unittest.main()
