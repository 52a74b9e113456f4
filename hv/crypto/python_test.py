"""Compares hashes, HMAC and HKDF of hv/crypto with Python's hashlib and hmac, for random inputs of many lengths."""

from __future__ import annotations

import hashlib
import hmac
import os
import random
import subprocess
import unittest

LONGEST_RESULT = 5000


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """Returns what HKDF of RFC 5869 derives with SHA3-512."""
    key = hmac.digest(salt or bytes(64), secret, "sha3_512")
    result = block = b""
    while len(result) < length:
        block = hmac.digest(key, block + info + bytes([len(result) // 64 + 1]), "sha3_512")
        result += block
    return result[:length]


class Request:
    """One computation, with random inputs."""

    def __init__(self, name: str, number: int, source: random.Random) -> None:
        self.name = name
        self.message = source.randbytes(number if number < 300 else source.randrange(8000))
        self.piece = source.choice([1, 63, 64, 65, 71, 72, 73, 144, 8192])
        self.key = source.randbytes(source.choice([0, 32, 71, 72, 73, source.randrange(300)]))
        self.salt = source.randbytes(source.choice([0, 64, source.randrange(200)]))
        self.info = source.randbytes(source.randrange(100))
        lengths = {"sha256": 32, "sha3_512": 64, "hmac": 64, "hkdf": source.randrange(LONGEST_RESULT)}
        self.length = lengths[name]

    def line(self) -> str:
        """Returns the request as a line for the program."""
        key, salt, info = (f"x{part.hex()}" for part in (self.key, self.salt, self.info))
        return f"{self.name} x{self.message.hex()} {self.piece} {key} {salt} {info} {self.length}\n"

    def expected(self) -> str:
        """Returns Python's result."""
        if self.name == "hkdf":
            return hkdf(self.key, self.salt, self.info, self.length).hex()
        if self.name == "hmac":
            return hmac.digest(self.key, self.message, "sha3_512").hex()
        return hashlib.new(self.name, self.message).hexdigest()


class Python(unittest.TestCase):
    """Each test computes 400 results of one function."""

    def compare(self, name: str) -> None:
        source = random.Random(name)
        requests = [Request(name, number, source) for number in range(400)]
        text = "".join(request.line() for request in requests)
        done = subprocess.run([os.environ["COMPUTE"]], input=text, capture_output=True, text=True, check=True)
        results = done.stdout.splitlines()
        self.assertEqual(len(results), len(requests))
        for request, result in zip(requests, results):
            self.assertEqual(result, request.expected(), request.line()[:200])

    def test_sha256_equals_hashlib(self) -> None:
        self.compare("sha256")

    def test_sha3_512_equals_hashlib(self) -> None:
        self.compare("sha3_512")

    def test_hmac_equals_pythons_hmac(self) -> None:
        self.compare("hmac")

    def test_hkdf_equals_hkdf_over_pythons_hmac(self) -> None:
        self.compare("hkdf")


if __name__ == "__main__":
    unittest.main()
