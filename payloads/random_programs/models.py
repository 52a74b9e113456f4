"""Models of RISC-V that run the guest: QEMU with hv, QEMU without hv, or any command that takes an ELF file."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from cli.failure import Failure
from machines.elf import Elf
from machines.firmware import from_elf
from machines.images import Image
from machines.machine import Guest
from payloads.random_programs.programs import Choice
from payloads.runner import outcome

# A guest that has printed nothing for so long has stopped.
SILENCE = 20.0

_FIRST_LINE = outcome.FIRST_LINE.decode()


def _started(lines: list[str], name: str, console: str) -> list[str]:
    """Returns the lines that the guest printed, from its first line on. Raises Failure with the end of the console if it did
    not start."""
    if _FIRST_LINE not in lines:
        raise Failure(f"{name}: the programs did not start: {console.strip()[-500:] or 'nothing was printed'}")
    return lines[lines.index(_FIRST_LINE) :]


class Model(Protocol):
    """Runs the guest."""

    @property
    def name(self) -> str:
        """The model's name, for messages."""

    def run(self, guest: bytes, choice: Choice) -> list[str]:
        """Runs the guest with @p choice. Returns the lines that it printed."""


@dataclass(frozen=True)
class Qemu:
    """QEMU's virt board with a CPU model, and with hv if there is an image."""

    cpu: str
    image: Image | None = None
    silence: float = SILENCE

    @property
    def name(self) -> str:
        return f"hv on {self.cpu}" if self.image else f"bare {self.cpu}"

    def run(self, guest: bytes, choice: Choice) -> list[str]:
        firmware = from_elf(Elf(choice.in_guest(guest), "programs.elf"))
        ended = outcome.run(Guest(self.image, firmware), outcome.settings_of(cpu=self.cpu), self.silence)
        return _started(ended.guest_lines(), self.name, ended.console)


@dataclass(frozen=True)
class Command:
    """Another model. `{elf}` in its command line stands for the guest. The guest prints through HTIF."""

    line: str
    silence: float = SILENCE

    def __post_init__(self) -> None:
        if "{elf}" not in self.line:
            raise Failure(f"--model: {self.line!r} has no {{elf}}, which stands for the guest's file")

    @property
    def name(self) -> str:
        return Path(shlex.split(self.line)[0]).name

    def run(self, guest: bytes, choice: Choice) -> list[str]:
        with tempfile.TemporaryDirectory(prefix="hartscope-") as folder:
            file = Path(folder) / "programs.elf"
            file.write_bytes(replace(choice, htif=True).in_guest(guest))
            words = [word.replace("{elf}", str(file)) for word in shlex.split(self.line)]
            try:
                done = subprocess.run(words, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL,
                                      timeout=self.silence + choice.count)  # fmt: skip
            except FileNotFoundError as error:
                raise Failure(f"--model: there is no program {words[0]}") from error
            except subprocess.TimeoutExpired as expired:
                return _started(bytes(expired.stdout or b"").decode(errors="replace").splitlines(), self.name, "")
        lines = [line.rstrip("\r") for line in done.stdout.splitlines()]
        return _started(lines, self.name, done.stdout + done.stderr)
