"""A test case for programs that show 64-bit values. Its trace contains values that are hard to show."""

import json
import subprocess
import tempfile
import unittest
from collections import Counter, defaultdict
from itertools import cycle
from pathlib import Path

from trace.format.events import EVENTS, unpack
from trace.testing.patched_dump import patched

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
NAMES = ("exit", "pmp", "wfi_enter", "ecall", "ecall_args", "ecall_value", "module", "mark", "counter")
EXIT, PMP, WFI_ENTER, ECALL, ECALL_ARGS, ECALL_VALUE, MODULE, MARK, COUNTER = (EVENTS[name].id for name in NAMES)
NO_ADDRESS = (2, 8, 9, 10)  # causes of exits whose value is an instruction or an SBI function
VALUES = [1, 0x80001000, 2**63 - 1, 2**63, 0xFF20000000002D00, 2**64 - 1]

# The words of records that contain a 64-bit value, by event, with the name of the annotation that shows the value.
WORDS = {
    EXIT: {1: "mepc", 2: "mtval"},
    PMP: {1: "address"},
    WFI_ENTER: {0: "mepc"},
    ECALL: {1: "a0", 2: "a1", 3: "error"},
    ECALL_ARGS: {0: "a2", 1: "a3", 2: "a4", 3: "a5"},
    ECALL_VALUE: {0: "value"},
    MODULE: {1: "value"},
    MARK: {1: "value"},
    COUNTER: {1: "counter"},
}


class ValuesCase(unittest.TestCase):
    """Makes self.trace from a synthetic dump with VALUES in WORDS. self.given counts the values by annotation."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dump, self.trace = Path(folder.name, "trace.hst"), Path(folder.name, "trace.pftrace")
        subprocess.run([SYNTHETIC, "--harts=1", "--slots=20000", self.dump], check=True, stdout=subprocess.DEVNULL)
        self.next = {event: {word: cycle(VALUES) for word in words} for event, words in WORDS.items()}
        self.given: dict[str, Counter[int]] = defaultdict(Counter)  # by name of the annotation
        self.dump.write_bytes(patched(self.dump.read_bytes(), self.change))
        words: list[str | Path] = [HSTRACE, "convert", "--json", "-o", self.trace, self.dump]
        said = subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout
        self.trace.with_suffix(".json").write_bytes(said)
        self.exits = json.loads(said)["exits"]

    def change(self, event: int, words: list[int]) -> list[int]:
        """Puts the next values into the words of a record, and counts the values by annotation. Returns the words."""
        for word, name in WORDS.get(event, {}).items():
            other = event == EXIT and word == 2 and unpack("exit", words)["cause"] in NO_ADDRESS
            if word < len(words) and not other:
                words[word] = next(self.next[event][word])
                self.given[name][words[word]] += 1
        return words
