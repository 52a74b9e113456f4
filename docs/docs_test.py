"""What the pages say agrees with the sources: tables, names and links."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

from docs.example import blocks
from hv.config.modules import HOOKS
from docs.folders_test import MAY_USE
from docs.rooms_test import MAY_INCLUDE

CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\((?P<target>[^)#:]+)(#[^)]*)?\)")
PAGES = ("README.md", "CONTRIBUTING.md", *(str(path) for path in sorted(Path("docs").glob("*.md"))))


def read(path: str) -> str:
    """A file of the tree."""
    return Path(path).read_text(encoding="utf-8")


def table(page: str, title: str) -> list[list[str]]:
    """The rows, as cells, of the table of @p page that follows the comment @p title; without its two head lines."""
    text = read(page).split(f"<!-- {title}", 1)[1].split("<!-- end of", 1)[0]
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def function(source: str, name: str) -> str:
    """The body of the function @p name of the C file @p source."""
    return read(source).split(f" {name}(struct vcpu *vcpu)\n{{", 1)[1].split("\n}\n", 1)[0]


def words_of(header: str) -> set[str]:
    """The functions and macros with parameters that a C header declares for callers, by their names."""
    text = re.sub(r"/\*.*?\*/", "", read(header), flags=re.DOTALL)
    functions = re.findall(r"^(?:[\w*]+ )+\*?(\w+)\([^;{]*\)[^;{]*[;{]?$", text, re.MULTILINE)
    return set(functions) | set(re.findall(r"^#define (\w+)\(", text, re.MULTILINE))


class Architecture(unittest.TestCase):
    """docs/architecture.md."""

    PAGE = "docs/architecture.md"

    def test_the_rooms_are_those_that_the_build_checks(self) -> None:
        rows = table(self.PAGE, "table of the rooms")
        said = {CODE.findall(row[0])[0]: tuple(CODE.findall(row[2])) for row in rows}
        self.assertEqual(
            {room: sorted(allowed) for room, allowed in said.items()},
            {room: sorted(allowed) for room, allowed in MAY_INCLUDE.items()},
        )

    def test_the_folders_are_those_that_the_build_checks(self) -> None:
        rows = table(self.PAGE, "table of the folders")
        said = {CODE.findall(row[0])[0].strip("/"): tuple(name.strip("/") for name in CODE.findall(row[2])) for row in rows}
        self.assertEqual(said, MAY_USE)

    def test_the_world_switch_exchanges_what_the_table_says(self) -> None:
        said = {CODE.findall(row[0])[0] for row in table(self.PAGE, "table of the world switch")}
        for name in ("world_enter_firmware", "world_enter_payload"):
            body = function("hv/virt/transition.h", name)
            written = set(re.findall(r"csr_(?:write|swap)\(CSR_(\w+)", body))
            with self.subTest(function=name):
                self.assertEqual(written, said - {"pmpcfg"})

    def test_the_pmp_layout_is_the_headers(self) -> None:
        first = [row[1].split(":")[0] for row in table(self.PAGE, "table of the PMP layout")]
        names = re.findall(r"PMP_ENTRY_(\w+)", read("hv/virt/pmp.h").split("enum pmp_entry {", 1)[1].split("}", 1)[0])
        self.assertEqual(names, ["HV", "CLINT", "RESET", "MODULES"])
        self.assertEqual(first[:4], ["hv's own memory", "CLINT", "reset device", "the modules'"])
        self.assertIn(f"#define PMP_OWN_ENTRIES {len(first) - 2} ", read("hv/virt/pmp.h"))

    def test_the_ecalls_have_the_headers_numbers(self) -> None:
        header = read("abi/hartscope.h")
        prefix = "HARTSCOPE_"
        for row in table(self.PAGE, "table of the ecalls"):
            if row[0]:
                name = {"0x08485343": "HARTSCOPE_", "0x08475bcd": "HARTSCOPE_PEER_"}[row[0]]
                self.assertRegex(header, rf"#define {name}EID {row[0]}\b")
                prefix = name
            for number, name in re.findall(r"(\d+) `(\w+)`", row[1]):
                with self.subTest(function=name):
                    self.assertRegex(header, rf"#define {prefix}{name} {number}\b")


class Modules(unittest.TestCase):
    """docs/modules.md."""

    PAGE = "docs/modules.md"

    def test_every_module_has_its_line(self) -> None:
        said = [CODE.findall(row[0])[0] for row in table(self.PAGE, "modules:")]
        self.assertEqual(sorted(said), sorted(re.findall(r'"//modules/(\w+)"', read("modules/modules.bzl"))))

    def test_every_hook_has_its_line(self) -> None:
        said = [name for row in table(self.PAGE, "hooks:") for name in CODE.findall(row[0])]
        self.assertEqual(sorted(said), sorted(HOOKS))

    def test_every_call_of_the_api_is_named(self) -> None:
        page = read(self.PAGE)
        inner = {"module_state_at", "module_broadcast_to", "module_broadcast_wait_for", "module_pmp_set", "module_fatal_end",
                 "module_trace_event"}
        for name in sorted(words_of("hv/module/api.h") - inner):
            with self.subTest(call=name):
                self.assertRegex(page, rf"\b{name}\b")

    def test_the_api_is_not_taken_for_empty(self) -> None:
        self.assertGreaterEqual(words_of("hv/module/api.h"), {"sbi_return", "guest_copy_in", "LOG_INFO", "hart_id", "vcpu_trap"})

    def test_the_worked_example_declares_what_is_built(self) -> None:
        declaration = blocks(read(self.PAGE))["BUILD"].split("\n\n", 1)[1].strip()
        self.assertIn(declaration, read("docs/BUILD"))


class Pages(unittest.TestCase):
    """All pages."""

    def test_every_link_to_a_page_or_a_figure_leads_somewhere(self) -> None:
        for page in PAGES:
            for match in LINK.finditer(read(page)):
                target = Path(page).parent / match["target"]
                if target.suffix in (".md", ".svg") and "third_party" not in target.parts:
                    with self.subTest(page=page, link=match["target"]):
                        self.assertTrue(target.resolve().exists())


if __name__ == "__main__":
    unittest.main()
