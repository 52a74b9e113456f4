"""Checks that a trace shows the same function names as the program nm. The test covers every function of hv, and every
function of a firmware that was moved to another address."""

import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path

from payloads.runner.tool import hstrace, run
from payloads.scenes import nm
from trace.perfetto.trace_processor import TraceProcessor
from trace.testing.patched_dump import patched

SYNTHETIC = Path("trace/testing/synthetic")
HV, FIRMWARE = Path("payloads/scenes/small_rings.elf"), Path("payloads/scenes/busy.elf")
FIRMWARE_AT, MOVED_TO = 0x80200000, 0x90000000
EXIT = 1
EXITS = """select string_value text from slice join args using (arg_set_id)
    where category = 'exit' and key = 'debug.mepc' order by slice.ts, slice.id"""
# At none of these addresses is any code. Some of the addresses are small, because link-time optimisation leaves symbols
# with small addresses in the debug information, and hstrace must not use those symbols.
NOWHERE = [*range(0x100, 0x40000, 0x1357), 0x7FFFFFFE, FIRMWARE_AT, 0xFFFFFFFF80000000]


def with_program_counters(dump: bytes, counters: Iterator[int]) -> bytes:
    """Returns a copy of @p dump in which the exits have the program counters from @p counters. If @p counters yields
    fewer values than there are exits, the last exits keep their old program counters."""

    def change(event: int, words: list[int]) -> list[int]:
        if event == EXIT and len(words) > 1:
            words[1] = next(counters, words[1])
        return words

    return patched(dump, change)


def addresses_in(functions: list[nm.Function]) -> Iterator[int]:
    """Yields three addresses for each function: its first, one in the middle, and its last. If the size of a function
    is not known, yields only its first address."""
    for function in functions:
        yield function.begin
        if function.size:
            yield from (function.begin + function.size // 2, function.begin + function.size - 1)


class Names(unittest.TestCase):
    def texts(self, addresses: list[int], symbols: str) -> list[str]:
        """Makes a trace with one exit at each of @p addresses, and returns the text that the trace shows as the program
        counter of each exit. hstrace takes the names from @p symbols."""
        with tempfile.TemporaryDirectory() as folder:
            dump, trace = Path(folder) / "trace.hst", Path(folder) / "trace.pftrace"
            run([SYNTHETIC, "--harts=1", f"--slots={8 * len(addresses)}", dump])
            dump.write_bytes(with_program_counters(dump.read_bytes(), iter(addresses)))
            hstrace("convert", f"--symbols={symbols}", "-o", trace, dump)
            with TraceProcessor(trace) as processor:
                texts = [str(row["text"]) for row in processor.query(EXITS)]
        self.assertGreaterEqual(len(texts), len(addresses))
        return texts[: len(addresses)]

    def test_names_of_functions_in_hv_and_in_a_moved_firmware_agree_with_nm(self) -> None:
        known = sorted([*nm.functions(HV), *nm.functions(FIRMWARE, MOVED_TO - FIRMWARE_AT)])
        addresses = list(addresses_in(known))
        self.assertGreater(len(addresses), 500)
        texts = self.texts(addresses, f"{HV},{FIRMWARE}@{MOVED_TO:#x}")
        self.assertEqual([int(text.split(" ")[0], 16) for text in texts], addresses)
        self.assertEqual([line for line in (nm.wrong(text, known) for text in texts) if line], [])
        print(f"{len(addresses)} addresses in {len(known)} functions")

    def test_an_address_outside_all_functions_has_no_name(self) -> None:
        self.assertEqual(self.texts(NOWHERE, f"{HV},{FIRMWARE}@{MOVED_TO:#x}"), [f"{address:#x}" for address in NOWHERE])


if __name__ == "__main__":
    unittest.main()
