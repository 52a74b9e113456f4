"""Damages the bytes on a serial line as a bad cable does: bits flip, bytes get lost, and bytes arrive twice. Tests and the
emulated board use it. With the same seed, the same bytes are damaged, however they are cut into pieces."""

from __future__ import annotations

import random
from collections.abc import Callable


def _flip(byte: int, chance: random.Random) -> bytes:
    return bytes([byte ^ 1 << chance.randrange(8)])


def _lose(_byte: int, _chance: random.Random) -> bytes:
    return b""


def _double(byte: int, _chance: random.Random) -> bytes:
    return bytes([byte, byte])


_DAMAGES: tuple[Callable[[int, random.Random], bytes], ...] = (_flip, _lose, _double)


class Noise:
    """A line that damages one byte in 1 / @p rate on average. With @p adds_cr, it also puts a carriage return before each
    line feed, as a terminal server does."""

    def __init__(self, rate: float, seed: int = 0, adds_cr: bool = False) -> None:
        self._rate = rate
        self._chance = random.Random(seed)
        self._adds_cr = adds_cr
        self._left = self._distance()
        self.damaged = 0

    def _distance(self) -> int:
        """Returns the number of bytes up to the next damage."""
        return int(self._chance.expovariate(self._rate)) if self._rate else -1

    def pass_on(self, data: bytes) -> bytes:
        """Returns what the line makes of the next bytes."""
        made = bytearray()
        for byte in data:
            if self._left:
                self._left -= 1
                made += b"\r\n" if self._adds_cr and byte == 0x0A else bytes([byte])
                continue
            made += self._chance.choice(_DAMAGES)(byte, self._chance)
            self._left = self._distance()
            self.damaged += 1
        return bytes(made)
