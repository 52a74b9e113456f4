"""Compares the tables of docs/trace-format.md with the sources. Each row must be right, and no row may be missing or
superfluous."""

from __future__ import annotations

import re
import unittest
from pathlib import Path
from types import SimpleNamespace

from docs.c_header import Header, calls, without_comments
from docs.tables import code, read, table, titles
from trace.format import causes
from trace.format.events import EVENTS, field_types

PAGE, IMAGE_PAGE = "docs/trace-format.md", "docs/architecture.md"
HEADERS = ("abi/hartscope.h", "trace/format/slot.h", "trace/format/dump.h", "trace/format/console.h", "trace/format/console_file.h")
HEADER = Header(*map(Path, HEADERS))

# The prefix of the members of each enum. If a member of an enum lacks the prefix, it is no entry of the list; its value
# is the number of entries.
ENUMS = {
    "hartscope_owner": "HARTSCOPE_OWNER_",
    "hartscope_phase": "HARTSCOPE_PHASE_",
    "hartscope_state": "HARTSCOPE_",
    "trace_outcome": "TRACE_",
    "trace_world": "TRACE_WORLD_",
    "trace_source": "TRACE_SOURCE_",
    "console_type": "CONSOLE_",
    "console_file_type": "CONSOLE_",
}

# Tables of macros. The key is the title of a table, and the value is the prefix of the macros in this table.
GROUPS = {
    "modes": "HARTSCOPE_MODE_",
    "features": "HARTSCOPE_FEATURE_",
    "control": "HARTSCOPE_CTRL_SET_",
    "errors": "SBI_",
}

# Macros whose values are lengths of texts on the page.
LENGTHS = {"CONSOLE_BEGIN_BYTES": "<hst:", "CONSOLE_LINE_BYTES": f"<hst:{'x' * 112}>\0"}


def sentences(n: SimpleNamespace) -> dict[str, str]:
    """Returns the text on the page that contains the value of each macro that is in a sentence or in a row of a table.
    The texts are made of the values @p n of the macros."""
    counts = n.HARTSCOPE_WORLDS * n.HARTSCOPE_CAUSES
    return {
        "HARTSCOPE_ABI_VERSION": f"at present {n.HARTSCOPE_ABI_VERSION}",
        "HARTSCOPE_WORLDS": f"{counts} counts of 8 bytes: exits that hv has counted, the firmware's {n.HARTSCOPE_CAUSES} causes",
        "HARTSCOPE_CAUSES": f"{n.HARTSCOPE_COUNTER_CAUSE:#x} + {n.HARTSCOPE_CAUSES} × world",
        "HARTSCOPE_CAUSE_INTERRUPT": f"interrupt {n.HARTSCOPE_CAUSE_INTERRUPT} + its code",
        "HARTSCOPE_MAGIC": f"{n.HARTSCOPE_MAGIC:#x}",
        "HARTSCOPE_COUNTER_CATEGORY": f"| {n.HARTSCOPE_COUNTER_CATEGORY:#x} | `exits_world_switch`",
        "HARTSCOPE_COUNTER_CAUSE": f"from {n.HARTSCOPE_COUNTER_CAUSE:#x} to {n.HARTSCOPE_COUNTER_CAUSE + counts - 1:#x}",
        "HARTSCOPE_COUNTER_CYCLES": f"| {n.HARTSCOPE_COUNTER_CYCLES:#x} | `cycles_hv`",
        "HARTSCOPE_COUNTER_BOOT": f"| {n.HARTSCOPE_COUNTER_BOOT:#x} | `boot_exits_hv`",
        "HARTSCOPE_IMAGE_MAGIC": f"{n.HARTSCOPE_IMAGE_MAGIC:#x}",
        "HARTSCOPE_READ_BYTES": f"at most {n.HARTSCOPE_READ_BYTES} bytes",
        "TRACE_SLOT_BYTES": f"| slot | {n.TRACE_SLOT_BYTES} bytes",
        "TRACE_TIMESTAMP_BITS": f"the low {n.TRACE_TIMESTAMP_BITS} bits of the hart's cycles",
        "TRACE_TIMESTAMP_MASK": f"| 0-{n.TRACE_TIMESTAMP_MASK.bit_length() - 1} |",
        "TRACE_RECORD_SLOTS": f"one slot, or up to {['two', 'three', 'four', 'five'][n.TRACE_RECORD_SLOTS - 2]}",
        "TRACE_CAUSE_INTERRUPT": f"bit {n.TRACE_CAUSE_INTERRUPT.bit_length() - 1} is set for interrupts",
        "TRACE_MASK_BITS": f"below bit {n.TRACE_MASK_BITS}",
        "TRACE_NO_MODULE": f"is {n.TRACE_NO_MODULE} for none",
        "DUMP_VERSION": f"{n.DUMP_VERSION}. A reader refuses other versions",
        "DUMP_CHUNK_BYTES": f"at most {n.DUMP_CHUNK_BYTES}",
        "DUMP_HARTS": f"number of harts, from 1 to {n.DUMP_HARTS}",
        "CONSOLE_FRAME_BYTES": f"are {n.CONSOLE_FRAME_BYTES} bytes",
        "CONSOLE_TEXT_BYTES": f"<hst:{n.CONSOLE_TEXT_BYTES} characters of base64>",
        "CONSOLE_SLOTS_EACH": f"how many slots are in it, 1 to {n.CONSOLE_SLOTS_EACH}",
        "CONSOLE_FILE_BYTES": f"up to {n.CONSOLE_FILE_BYTES} bytes of a file",
        "CONSOLE_VERSION": f"of the frames: {n.CONSOLE_VERSION}",
    }


def pairs(path: str, macro: str) -> dict[int, str]:
    """Returns the names in a .def file, by number."""
    text = without_comments(read(path))
    return {int(number, 0): name for number, name in re.findall(rf"^{macro}\((\w+), (\w+)\)", text, re.MULTILINE)}


def categories() -> dict[int, str]:
    """Returns the names of the categories of exits, by number. Checks that each name is equal to the name of the
    enumerator in lower case."""
    lines = re.findall(r"^CATEGORY\((\d+), (\w+), (\w+)\)", read("abi/categories.def"), re.MULTILINE)
    for _, upper, name in lines:
        assert upper.lower() == name, name
    return {int(number): name for number, _, name in lines}


def said(title: str) -> dict[int, str]:
    """Returns the names in a table of the page, by number."""
    return {int(row[0], 0): code(row[1])[0] for row in table(PAGE, title)}


def bits(first: int, count: int) -> str:
    """Returns a range of bits in the notation of the page."""
    return str(first) if count == 1 else f"{first}-{first + count - 1}"


class Layouts(unittest.TestCase):
    """Checks the structures, enums and numbers of the headers."""

    def test_the_pages_have_a_table_for_exactly_the_structures_of_the_headers(self) -> None:
        tables = [title for page in (PAGE, IMAGE_PAGE) for title in titles(page) if title.startswith("struct ")]
        self.assertEqual(sorted(tables), sorted(f"struct {name}" for name in HEADER.structs))

    def test_the_tables_of_structures_list_the_fields_of_the_headers(self) -> None:
        for name, layout in HEADER.structs.items():
            page = IMAGE_PAGE if name == "hartscope_image" else PAGE
            rows = [(code(row[2])[0], int(row[0]), int(row[1])) for row in table(page, f"struct {name}")]
            with self.subTest(struct=name):
                self.assertEqual(rows, [(field.name, field.offset, field.size) for field in layout.fields])

    def test_the_page_has_a_table_for_exactly_the_enums_of_the_headers(self) -> None:
        self.assertEqual(sorted(HEADER.enums), sorted(ENUMS))
        tables = [title.removeprefix("enum ") for title in titles(PAGE) if title.startswith("enum ")]
        self.assertEqual(sorted(tables), sorted(ENUMS))

    def test_the_tables_of_enums_list_the_values_of_the_headers(self) -> None:
        for name, prefix in ENUMS.items():
            members = HEADER.enums[name].items()
            named = {value: member.removeprefix(prefix).lower() for member, value in members if member.startswith(prefix)}
            with self.subTest(enum=name):
                self.assertEqual(said(f"enum {name}"), named)

    def test_the_tables_of_macros_list_the_values_of_the_headers(self) -> None:
        for title, prefix in GROUPS.items():
            macros = {value: name.removeprefix(prefix) for name, value in HEADER.macros.items() if name.startswith(prefix)}
            rows = {int(row[0]): code(row[1])[0] for row in table(PAGE, title)}
            with self.subTest(table=title):
                self.assertEqual({value: name.lower() for value, name in rows.items()}, {v: name.lower() for v, name in macros.items()})

    def test_the_pages_show_the_value_of_every_macro_of_the_headers(self) -> None:
        grouped = {name for name in HEADER.macros if name.startswith(tuple(GROUPS.values())) or name.endswith("_EID")}
        grouped |= {call.macro for call in calls(Path("abi/hartscope.h"))}  # docs_test.py compares these with docs/architecture.md
        shown = sentences(SimpleNamespace(**HEADER.macros))
        self.assertEqual(set(HEADER.macros) - grouped, {*shown, *LENGTHS})
        page = read(PAGE) + read(IMAGE_PAGE)
        for name, words in shown.items():
            with self.subTest(macro=name):
                self.assertTrue(words in page, f"the page does not say `{words}`")
        for name, text in LENGTHS.items():
            with self.subTest(macro=name):
                self.assertEqual(HEADER.macros[name], len(text))

    def test_the_table_lists_exactly_the_types_of_chunks_of_the_header(self) -> None:
        letters = re.findall(r"DUMP_TYPE\('(\w)', '(\w)', '(\w)', '(\w)'\)", read("trace/format/dump.h"))
        self.assertEqual([code(row[0])[0] for row in table(PAGE, "types of chunks")], ["".join(four) for four in letters])


class Lists(unittest.TestCase):
    """Checks the events, fields, causes and counters."""

    def test_the_table_lists_exactly_the_events_of_the_def_file(self) -> None:
        rows = [(row[0], code(row[1])[0], row[2]) for row in table(PAGE, "events")]
        self.assertEqual(rows, [(str(event.id), event.name, str(event.ext)) for event in EVENTS.values()])

    def test_the_table_lists_exactly_the_fields_of_the_def_file(self) -> None:
        rows = [(code(row[0])[0], code(row[1])[0], row[2], row[3], row[4]) for row in table(PAGE, "fields")]
        fields = [(event.name, field) for event in EVENTS.values() for field in event.fields]
        self.assertEqual(rows, [(of, field.name, str(field.word), bits(field.first, field.bits), field.type) for of, field in fields])

    def test_the_table_lists_exactly_the_types_of_fields_of_the_def_file(self) -> None:
        types = [code(row[0])[0] for row in table(PAGE, "types of fields")]
        self.assertEqual(sorted(types), sorted(field_types()))

    def test_the_page_names_exactly_the_events_that_are_always_on(self) -> None:
        self.assertEqual(code(table(PAGE, "control")[0][2]), [event.name for event in EVENTS.values() if event.always])

    def test_the_table_lists_exactly_the_causes_of_the_def_file(self) -> None:
        self.assertEqual(said("causes"), causes.NAMES)

    def test_the_table_lists_exactly_the_categories_of_the_def_file(self) -> None:
        self.assertEqual(said("categories"), categories())
        counters = [code(row[2])[0] for row in table(PAGE, "categories")]
        self.assertEqual(counters, [f"exits_{name}" for name in categories().values()])

    def test_the_table_lists_exactly_the_counters_of_the_def_files(self) -> None:
        by_category = {HEADER.macros["HARTSCOPE_COUNTER_CATEGORY"] + number: f"exits_{name}" for number, name in categories().items()}
        self.assertEqual(said("counters"), by_category | pairs("trace/format/counters.def", "COUNTER"))

    def test_every_table_of_the_page_has_rows(self) -> None:
        self.assertGreater(min(len(table(PAGE, title)) for title in titles(PAGE)), 0)
        self.assertGreater(sum(len(event.fields) for event in EVENTS.values()), 40)


if __name__ == "__main__":
    unittest.main()
