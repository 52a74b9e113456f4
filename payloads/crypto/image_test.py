"""Tests what hv/crypto adds to images: only what modules use, and no more stack than there is."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

from configs.image_test.stack import Image
from hv.config.listing import loaded_bytes, read

SHA256_ADDS = 2700

# Names of functions and tables of each algorithm. A small function may be missing, because the compiler inlines it.
SHA256 = re.compile(r"\b(br_sha\w+|sha256_\w+)\b")
OTHERS = re.compile(r"\b(Hacl_\w+|sha3_512_\w+|h(mac|kdf)_sha3\w+|ed25519_\w+|absorb_inner\w+)\b")

HART_STACK = re.compile(r"^#define HART_STACK_BYTES \((?P<bytes>\d+) << CONFIG_PMP_FEW\)", re.MULTILINE)


def listing(module: str) -> str:
    """Returns the listing of the image with a module of this folder."""
    return read(f"payloads/crypto/{module}_image.lst")


def size(module: str) -> int:
    """Returns the bytes of text and data in the image with a module of this folder."""
    return sum(loaded_bytes(listing(module)).values())


class Crypto(unittest.TestCase):
    """Tests of the images of this folder."""

    def test_an_image_contains_only_the_algorithms_that_its_modules_use(self) -> None:
        for module, sha256, others in (("vectors", True, True), ("hasher", True, False), ("idler", False, False)):
            with self.subTest(module):
                self.assertEqual(bool(SHA256.search(listing(module))), sha256)
                self.assertEqual(bool(OTHERS.search(listing(module))), others)

    def test_sha256_adds_at_most_2700_bytes(self) -> None:
        adds = size("hasher") - size("idler")
        print(f"sha256 adds {adds} bytes")
        self.assertGreater(adds, 1000)
        self.assertLessEqual(adds, SHA256_ADDS)

    def test_a_module_that_calls_all_functions_leaves_a_quarter_of_the_stack_free(self) -> None:
        match = HART_STACK.search(Path("hv/core/hart.h").read_text(encoding="utf-8"))
        assert match
        depth, chain = Image(listing("vectors")).deepest("exit_handle")
        print(f"{depth} bytes: {' '.join(chain)}")
        self.assertIn("hkdf_sha3_512", chain)
        self.assertLessEqual(depth, int(match["bytes"]) * 3 // 4)


if __name__ == "__main__":
    unittest.main()
