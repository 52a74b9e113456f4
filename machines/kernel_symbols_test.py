"""Tests kernel_symbols.py. It must find and read a kernel's table in memory that this test makes, and must refuse
damaged tables."""

import os
import struct
import tempfile
import unittest
from pathlib import Path

from machines import kernel_symbols
from machines.qemu_memory import RAM_START

SIZE = 8 << 20
PAGE = 4096
VIRTUAL = 0xFFFFFFFF80000000  # virtual address of RAM's first byte
TABLE = 1 << 20  # offset of the kernel's variables from the start of RAM
INFO = 2 << 20
SYMBOLS = [
    (0x2000, "T_stext"),
    (0x2000, "T_text"),
    (0x2040, "tdo_trap.isra.0"),
    (0x3000, "Wweak"),
    (0x4000, "Dsome_data"),
    (0x5000, "t" + "x" * 300),
    (0x10000000, "Tlate"),
]


def encode(symbols: list[tuple[int, str]]) -> dict[str, bytes]:
    """Returns the contents of the kernel's variables. There is a token for each character, and one more token for the
    word `text`."""
    tokens = [chr(code) for code in range(255)] + ["text"]
    texts = [token.encode("latin-1") + b"\0" for token in tokens]
    places = [sum(map(len, texts[:index])) for index in range(256)]
    names = b""
    for _, name in symbols:
        numbers = bytes(ord(letter) for letter in name).replace(b"text", b"\xff")
        length = len(numbers)
        names += (bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])) + numbers
    return {
        "kallsyms_num_syms": struct.pack("<I", len(symbols)),
        "kallsyms_names": names,
        "kallsyms_token_table": b"".join(texts),
        "kallsyms_token_index": struct.pack("<256H", *places),
        "kallsyms_offsets": struct.pack(f"<{len(symbols)}I", *(address for address, _ in symbols)),
        "kallsyms_relative_base": struct.pack("<Q", VIRTUAL),
    }


class KernelSymbols(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.memory = Path(folder.name, "ram")
        self.path = Path(folder.name, "kallsyms")
        with self.memory.open("wb") as file:
            file.truncate(SIZE)
        self.items = {"SYMBOL(_stext)": f"{VIRTUAL + 0x2000:x}", "NUMBER(va_kernel_pa_offset)": f"{VIRTUAL - RAM_START:#x}"}
        at = TABLE
        for name, data in encode(SYMBOLS).items():
            self.put(at, data)
            self.items[f"SYMBOL({name})"] = f"{VIRTUAL + at:x}"
            at += len(data) + 64

    def put(self, offset: int, data: bytes) -> None:
        """Writes into RAM."""
        with self.memory.open("r+b") as file:
            file.seek(offset)
            file.write(data)

    def put_info(self, offset: int = INFO, **changed: str) -> None:
        """Writes the page of vmcoreinfo into RAM. @p changed contains items that replace the usual ones."""
        items = self.items | {key: changed[name] for key in self.items for name in changed if f"({name})" in key}
        text = "OSRELEASE=6.12.0\nPAGESIZE=4096\n" + "".join(f"{key}={value}\n" for key, value in items.items())
        self.put(offset, text.encode() + b"\0")

    def assert_unreadable(self, text: str) -> None:
        with self.assertRaisesRegex(kernel_symbols.UnreadableError, text):
            kernel_symbols.read(self.memory)

    def test_every_symbol_has_its_address_type_and_name(self) -> None:
        self.put_info()
        found = [(symbol.address - VIRTUAL, symbol.type + symbol.name) for symbol in kernel_symbols.read(self.memory)]
        self.assertEqual(found, SYMBOLS)

    def test_the_list_has_the_functions_in_the_format_of_proc_kallsyms(self) -> None:
        self.put_info()
        self.assertTrue(kernel_symbols.write(self.memory, self.path))
        wanted = [f"{VIRTUAL + address:016x} {name[0]} {name[1:]}" for address, name in SYMBOLS if name[0] != "D"]
        self.assertEqual(self.path.read_text().splitlines(), wanted)

    def test_memory_without_a_linux_has_no_symbols(self) -> None:
        self.assertEqual(kernel_symbols.read(self.memory), [])
        self.assertFalse(kernel_symbols.write(self.memory, self.path))
        self.assertFalse(self.path.exists())
        self.put(INFO + 24, b"OSRELEASE=what is not at the start of a page is the copy for crash dumps\n")
        self.assertEqual(kernel_symbols.read(self.memory), [])

    def test_reading_does_not_fill_holes_of_the_memory_file(self) -> None:
        self.put_info()
        blocks = os.stat(self.memory).st_blocks
        kernel_symbols.read(self.memory)
        self.assertEqual(os.stat(self.memory).st_blocks, blocks)

    def test_a_leftover_of_an_earlier_kernel_does_not_hide_the_present_one(self) -> None:
        self.put_info(PAGE, _stext="ffffffff90000000")
        self.put_info()
        self.assertEqual(len(kernel_symbols.read(self.memory)), len(SYMBOLS))

    def test_the_page_is_found_at_the_start_and_at_the_end_of_ram(self) -> None:
        for offset in (0, SIZE - PAGE):
            self.put_info(offset)
            self.assertEqual(len(kernel_symbols.read(self.memory)), len(SYMBOLS))
            self.put(offset, bytes(PAGE))

    def test_the_error_for_an_incomplete_vmcoreinfo_names_the_missing_item(self) -> None:
        missing = self.items.pop("SYMBOL(kallsyms_relative_base)")
        self.put_info()
        self.assert_unreadable("the kernel's vmcoreinfo has no kallsyms_relative_base")
        self.items["SYMBOL(kallsyms_relative_base)"] = missing
        del self.items["NUMBER(va_kernel_pa_offset)"]
        self.put_info()
        self.assert_unreadable("the kernel's vmcoreinfo has no va_kernel_pa_offset")

    def test_a_table_of_another_kind_is_refused(self) -> None:
        self.put_info(_stext=f"{VIRTUAL + 0x2004:x}")
        self.assert_unreadable("another kind of table")

    def test_impossible_addresses_and_numbers_are_refused(self) -> None:
        self.put_info(kallsyms_names="10")
        self.assert_unreadable("is not in RAM")
        self.put_info(kallsyms_offsets=f"{VIRTUAL + SIZE - 8:x}")
        self.assert_unreadable("kallsyms_offsets extends beyond the end of RAM")
        self.put_info(kallsyms_names=f"{VIRTUAL + SIZE - 8:x}")
        self.put(SIZE - 8, b"\x07" * 8)
        self.assert_unreadable("the names extend beyond the end of RAM")
        for count in (0, 5 << 20):
            self.put(SIZE - 16, struct.pack("<I", count))
            self.put_info(kallsyms_num_syms=f"{VIRTUAL + SIZE - 16:x}")
            self.assert_unreadable(f"its table cannot have {count} symbols")


if __name__ == "__main__":
    unittest.main()
