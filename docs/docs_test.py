"""Checks that the tables, names and links of the pages agree with the sources."""

from __future__ import annotations

import os
import re
import unittest
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from docs.c_header import calls, without_comments
from docs.example import blocks
from docs.folders_test import MAY_USE
from docs.rooms_test import MAY_INCLUDE
from docs.tables import code, read, table
from hv.config.check import ConfigError, load_config
from hv.config.modules import FAST_KINDS, HIDABLE, HOOKS, SWITCH_KINDS, Module, ModuleError

LINK = re.compile(r"\]\((?P<target>[^)#:]*)(?:#(?P<anchor>[^)]*))?\)")
PAGES = ("README.md", "CONTRIBUTING.md", *(str(path) for path in sorted(Path("docs").glob("*.md"))))


def function_text(source: str, name: str) -> str:
    """Returns the body of the function @p name, whatever its parameters, in the C file @p source."""
    return re.split(rf" {name}\([^;{{]*\)\n{{", read(source), maxsplit=1)[1].split("\n}\n", 1)[0]


def function(source: str, name: str) -> str:
    """Returns the body of the function @p name in the C file @p source."""
    return read(source).split(f" {name}(struct vcpu *vcpu)\n{{", 1)[1].split("\n}\n", 1)[0]


def words_of(header: str) -> set[str]:
    """Returns the names of the functions, and of the macros with parameters, that a C header offers to callers."""
    text = without_comments(read(header))
    functions = re.findall(r"^(?:[\w*]+ )+\*?(\w+)\([^;{]*\)[^;{]*[;{]?$", text, re.MULTILINE)
    return set(functions) | set(re.findall(r"^#define (\w+)\(", text, re.MULTILINE))


class Architecture(unittest.TestCase):
    """Checks docs/architecture.md."""

    PAGE = "docs/architecture.md"
    def test_the_table_of_rooms_matches_rooms_test(self) -> None:
        rows = table(self.PAGE, "table of the rooms")
        said = {code(row[0])[0]: tuple(code(row[2])) for row in rows}
        self.assertEqual(
            {room: sorted(allowed) for room, allowed in said.items()},
            {room: sorted(allowed) for room, allowed in MAY_INCLUDE.items()},
        )

    def test_the_table_of_folders_matches_folders_test(self) -> None:
        rows = table(self.PAGE, "table of the folders")
        said = {code(row[0])[0].strip("/"): tuple(name.strip("/") for name in code(row[2])) for row in rows}
        self.assertEqual(said, MAY_USE)

    def test_the_table_of_the_world_switch_lists_the_csrs_that_a_switch_writes(self) -> None:
        said = {code(row[0])[0] for row in table(self.PAGE, "table of the world switch")}
        for name in ("world_enter_firmware", "world_enter_payload"):
            body = function("hv/virt/transition.h", name)
            written = set(re.findall(r"csr_(?:write|swap)\(CSR_(\w+)", body))
            with self.subTest(function=name):
                self.assertEqual(written | {"pmpcfg"}, said)  # pmp_install also writes pmpcfg registers, if their value changes

    def test_the_table_of_the_pmp_layout_matches_the_header(self) -> None:
        rows = table(self.PAGE, "table of the PMP layout")
        first = [row[1].split(":")[0] for row in rows]
        self.assertEqual([row[0].split()[0] for row in rows[:4]], ["0", "1", "2", "3"])
        names = re.findall(r"PMP_ENTRY_(\w+)", read("hv/virt/pmp.h").split("enum pmp_entry {", 1)[1].split("}", 1)[0])
        self.assertEqual(names, ["HV", "CLINT", "RESET", "MODULES"])
        self.assertEqual(first[:4], ["hv's own memory", "CLINT", "reset device", "the modules'"])
        self.assertIn(f"#define PMP_OWN_ENTRIES ({len(first) - 2} - CONFIG_PMP_FEW) ", read("hv/virt/pmp.h"))

    def test_the_table_lists_exactly_the_ecalls_of_the_header(self) -> None:
        said: dict[int, dict[str, int]] = {}
        functions: dict[str, int] = {}
        for row in table(self.PAGE, "table of the ecalls"):
            functions = said.setdefault(int(row[0], 0), {}) if row[0] else functions
            functions |= {name: int(number) for number, name in re.findall(r"(\d+) `(\w+)`", row[1])}
        wanted: dict[int, dict[str, int]] = {}
        for call in calls(Path("abi/hartscope.h")):
            wanted.setdefault(call.extension, {})[call.name] = call.number
        self.assertEqual(said, wanted)

    def test_the_table_and_the_header_name_the_same_registers_for_each_ecall(self) -> None:
        registers = {call.name: call.registers for call in calls(Path("abi/hartscope.h"))}
        for row in table(self.PAGE, "table of the ecalls"):
            results = set(re.findall(r"\b(a\d) =", row[2]))
            arguments = set(re.findall(r"\ba\d\b(?! =)", row[2]))
            for _, name in re.findall(r"(\d+) `(\w+)`", row[1]):
                with self.subTest(function=name):
                    self.assertEqual((arguments, results), registers[name])

    def test_every_file_in_the_table_of_an_exit_exists(self) -> None:
        for row in table(self.PAGE, "files of the way"):
            for name in code(row[0]):
                with self.subTest(file=name):
                    self.assertTrue(Path(name).exists())


class Modules(unittest.TestCase):
    """Checks docs/modules.md."""

    PAGE = "docs/modules.md"

    # Modules call these functions only through macros, so the tables list the macros instead of the functions.
    BEHIND_MACROS = {"module_state_at", "module_broadcast_to", "module_broadcast_wait_for", "module_notify_hart", "module_pmp_set", "module_fatal_end",
                     "module_trace_event", "fast_registers_copy", "MODULE_PMP_PERMISSIONS", "MODULE_PMP_PERMISSIONS_OF"}

    def test_the_table_lists_exactly_the_modules_of_the_build(self) -> None:
        said = [code(row[0])[0] for row in table(self.PAGE, "modules")]
        self.assertEqual(sorted(said), sorted(re.findall(r'"//modules/(\w+)"', read("modules/modules.bzl"))))

    def test_the_table_of_examples_lists_exactly_the_examples(self) -> None:
        said = [code(row[0])[0] for row in table(self.PAGE, "examples")]
        self.assertEqual(sorted(said), sorted(re.findall(r'"//modules/examples/(\w+)"', read("modules/examples/examples.bzl"))))

    def test_the_table_lists_exactly_the_hooks_of_the_generator(self) -> None:
        said = [name for row in table(self.PAGE, "hooks") for name in code(row[0])]
        self.assertEqual(sorted(said), sorted(HOOKS))

    def test_the_table_lists_the_parameters_that_the_generator_passes_to_each_hook(self) -> None:
        for row in table(self.PAGE, "hooks"):
            for hook in code(row[0]):
                with self.subTest(hook=hook):
                    self.assertEqual(code(row[2]), HOOKS[hook][1].replace("modes", "previous next").split())

    def calls(self) -> list[str]:
        """Returns the names of the calls in the first cells of the tables of calls."""
        titles = ("calls", "calls for harts", "calls for PMP", "calls for fast paths", "other calls")
        return [name.partition("(")[0] for title in titles for row in table(self.PAGE, title) for name in code(row[0])]

    def test_every_call_of_the_api_has_a_row(self) -> None:
        wanted = words_of("hv/module/api.h") | {"LOG_ERROR", "LOG_WARN", "LOG_INFO", "LOG_DEBUG", "LOG_TRACE"}
        self.assertEqual(wanted - set(self.calls()), self.BEHIND_MACROS)

    def test_each_row_says_in_which_world_and_tier_the_call_may_be_used(self) -> None:
        for title in ("calls", "calls for harts", "calls for PMP", "other calls"):
            for row in table(self.PAGE, title):
                with self.subTest(call=row[0]):
                    self.assertRegex(row[2], r"^(both|payload|firmware), (first|second|both)$")

    def test_each_row_names_a_different_call_that_the_api_declares_or_exports(self) -> None:
        exported = re.findall(r'#include "(hv/(?:arch/(?:entropy|extension|feature)|(?:device|log|virt)/\w+)\.h)"', read("hv/module/api.h"))
        known = set().union(*(words_of(header) for header in ("hv/module/api.h", *exported)))
        self.assertEqual(set(self.calls()) - known, set())
        self.assertEqual(len(self.calls()), len(set(self.calls())))

    def test_the_table_of_cryptography_lists_exactly_the_functions_of_its_header(self) -> None:
        said = [name for row in table(self.PAGE, "cryptography") for name in code(row[0])]
        header = without_comments(read("hv/crypto/crypto.h"))
        self.assertEqual(sorted(said), sorted(re.findall(r"^(?:void|enum error) (\w+)\(", header, re.MULTILINE)))

    def test_the_calls_of_the_api_are_found_in_its_header(self) -> None:
        self.assertGreaterEqual(words_of("hv/module/api.h"), {"sbi_return", "guest_copy_in", "hart_id", "vcpu_trap"})

    def test_the_page_lists_the_permissions_and_the_kinds_of_fast_paths_that_the_code_has(self) -> None:
        page = " ".join(read(self.PAGE).split())
        permissions = re.findall(r"PMP_\w+", read("hv/module/api.h").split("enum pmp_permission {", 1)[1].split("}", 1)[0])
        for before, names, after in (
            ("`permission` is one of ", permissions, "."),
            ("The kinds for traps are ", FAST_KINDS, "."),
            ("has fast paths of the kinds ", SWITCH_KINDS, ":"),
        ):
            with self.subTest(sentence=before):
                self.assertEqual(sorted(code(page.split(before, 1)[1].split(after, 1)[0])), sorted(names))

    def test_the_table_lists_exactly_the_bits_that_a_module_may_hide(self) -> None:
        said = {code(row[0])[0]: code(row[1]) for row in table(self.PAGE, "bits that can be hidden")}
        self.assertEqual(said, {csr: list(bits) for csr, bits in HIDABLE.items()})

    def test_the_declarations_in_the_worked_example_are_those_that_are_built(self) -> None:
        page = blocks(read(self.PAGE))
        self.assertIn(page["BUILD"].split("\n\n", 1)[1].strip(), read("docs/BUILD"))
        for declaration in page["tests.BUILD"].replace("//configs:", "//docs:").split("\n\n"):
            self.assertIn(declaration.strip(), read("docs/BUILD"))

    def test_every_fragment_of_c_is_compiled(self) -> None:
        page, build = read(self.PAGE), read("docs/BUILD")
        compiled = {name: text for name, text in blocks(page).items() if f'"{name}",\n' in build}
        for text in re.findall(r"^```c\n(.*?)```$", page, re.MULTILINE | re.DOTALL):
            with self.subTest(fragment=text.split("\n", 1)[0]):
                self.assertIn(text, compiled.values())

    def test_the_table_lists_exactly_the_helpers_of_unit_tests(self) -> None:
        said = [name.partition("(")[0] for row in table(self.PAGE, "helpers of tests") for name in code(row[0])]
        self.assertEqual(sorted(said), sorted(words_of("hv/testing/module.h")))


class Pitfalls(unittest.TestCase):
    """Compares the messages in the table of pitfalls on docs/modules.md with the messages that hv and the build print."""

    def notices(self) -> list[str]:
        """Returns all texts between backquotes in the last column of the table."""
        return [text for row in table(Modules.PAGE, "pitfalls") for text in code(row[2])]

    def test_the_warnings_of_hv_are_in_its_source(self) -> None:
        formats = re.findall(r'log_warn\("([^"]*)"', function_text("hv/core/exit.c", "check_pc"))
        self.assertEqual(len(formats), 2)
        for text in formats:
            pattern = re.escape(f"warn hv_core: {text}").replace("0x%lx", "0x[0-9a-f]+").replace("%lu", "[0-9]+")
            with self.subTest(warning=text):
                self.assertEqual(len([notice for notice in self.notices() if re.fullmatch(pattern, notice)]), 1)

    def modules(self) -> list[Module]:
        """Returns the modules for which the table shows errors."""
        entries = {"ecall_counter": "0", "protect": "4", "vault": "9"}
        return [
            Module(name=name, label=f"//modules/{name}:{name}", header="", hooks={}, pmp_entries=number, claims=(), fast={})
            for name, number in entries.items()
        ]

    def test_the_errors_in_configurations_are_those_that_the_build_prints(self) -> None:
        for names in ('"protect", "vault"', '"ecal_counter"'):
            with self.subTest(modules=names), self.assertRaises(ConfigError) as caught:
                load_config("mine", f"[modules]\nmodules = [{names}]\n", self.modules())
            self.assertIn(caught.exception.problems[0].text("mine.toml"), self.notices())

    def test_the_error_for_an_unknown_hook_is_the_one_that_the_build_prints(self) -> None:
        with self.assertRaises(ModuleError) as caught:
            replace(self.modules()[0], hooks={"on_shutdwon": ()})
        self.assertIn(re.sub(r"known: init, .*\)", "known: init, ...)", str(caught.exception)), self.notices())

    def test_the_test_that_misses_a_row_exists(self) -> None:
        self.assertIn("test_the_table_lists_exactly_the_modules_of_the_build", self.notices())
        self.assertTrue(hasattr(Modules, "test_the_table_lists_exactly_the_modules_of_the_build"))


class Pages(unittest.TestCase):
    """Checks all pages."""

    def links(self) -> Iterator[tuple[str, Path, str]]:
        """Yields each link to a page or a figure. A link consists of the page that contains the link, the target, and
        the anchor. The anchor is empty if the link has none."""
        for page in PAGES:
            for match in LINK.finditer(read(page)):
                target = Path(os.path.normpath(Path(page).parent / match["target"])) if match["target"] else Path(page)
                if target.suffix in (".md", ".svg") and "third_party" not in target.parts:
                    yield page, target, match["anchor"] or ""

    def test_the_target_of_every_link_to_a_page_or_a_figure_exists(self) -> None:
        for page, target, _ in self.links():
            with self.subTest(page=page, link=target):
                self.assertTrue(target.exists())

    def test_the_anchor_of_every_link_is_a_heading_of_its_page(self) -> None:
        for page, target, anchor in self.links():
            if anchor and target.suffix == ".md":
                headings = re.findall(r"^#+ (.*)$", read(str(target)), re.MULTILINE)
                anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
                with self.subTest(page=page, link=f"{target}#{anchor}"):
                    self.assertIn(anchor, anchors)


if __name__ == "__main__":
    unittest.main()
