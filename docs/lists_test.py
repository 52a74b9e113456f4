"""Checks tables on the pages that repeat a list in the sources. Each entry of the list must have a row in the table,
and the table must have no other rows.

The test reads the whole source tree instead of its own data, because a list may be in any file. docs/trace_tables_test.py checks
the lists of the trace.
"""

from __future__ import annotations

import ast
import json
import re
import signal
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis import exits_figure
from analysis.report import meanings
from benchmarks.gain.goals import WORKLOADS, goal_of
from benchmarks.gating import compare
from benchmarks.results import files, outputs
from benchmarks.workloads import workloads
from cli import entry, failure
from docs import c_header
from docs.tables import code, rows_of, titles
from docs.tables import table as table_of
from hv.config import schema

DOCS = sorted(f"docs/{path.name}" for path in Path(__file__).resolve().parent.glob("*.md"))
PAGES = ("README.md", "CONTRIBUTING.md", "configs/README.md", *DOCS)

def tree() -> Path:
    """Returns the root of the source tree. Bazel starts this test through a symbolic link, which leads to the file in
    the source tree."""
    return Path(__file__).resolve().parent.parent


def read(path: str) -> str:
    """Returns the text of a file in the tree."""
    return (tree() / path).read_text(encoding="utf-8")


def table(page: str, title: str) -> list[list[str]]:
    """Returns the rows of a marked table, as cells."""
    return table_of(str(tree() / page), title)


def firsts(page: str, title: str) -> list[str]:
    """Returns the texts between backquotes in the first cells of a table."""
    return [name for row in table(page, title) for name in code(row[0])]


def assigned(path: str, name: str) -> Any:
    """Returns the literal that a Python or BUILD file assigns to the variable @p name."""
    for node in ast.parse(read(path)).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            return ast.literal_eval(node.value)
    raise ValueError(f"{path} does not assign {name}")


def guests_on_boards() -> Iterator[tuple[str, set[str]]]:
    """Yields each guest_test of the tree that has the argument boards, and the names of these boards."""
    for path in sorted((tree() / "payloads").rglob("BUILD")):
        page = str(path.relative_to(tree()))
        for node in ast.walk(ast.parse(read(page))):
            words = {word.arg: word.value for word in node.keywords} if isinstance(node, ast.Call) else {}
            if "boards" in words:
                boards = words["boards"]
                names = assigned(page, boards.id) if isinstance(boards, ast.Name) else ast.literal_eval(boards)
                yield ast.literal_eval(words["name"]), set(names)


def without_comments(path: str) -> str:
    """Returns the text of a C file without its comments."""
    return c_header.without_comments(read(path))


class Architecture(unittest.TestCase):
    """Checks docs/architecture.md. docs_test.py checks its other tables."""

    def test_the_table_of_rooms_lists_every_folder_of_hv_that_has_code(self) -> None:
        # the generator of the configuration, proofs, and code that tests share
        no_rooms = {"hv/config/", "hv/proofs/", "hv/testing/"}
        folders = {f"hv/{path.relative_to(tree() / 'hv').parts[0]}/" for path in (tree() / "hv").rglob("*.[chS]")}
        rooms = {name for name in firsts("docs/architecture.md", "table of the rooms") if name.startswith("hv/")}
        self.assertEqual(rooms, folders - no_rooms - {f"hv/{path.name}/" for path in (tree() / "hv").glob("*.[chS]")})


class Report(unittest.TestCase):
    """Checks analysis/report."""

    def test_every_figure_of_the_gate_has_a_meaning(self) -> None:
        accepted = json.loads(read("benchmarks/baseline.json"))["figures"]
        names = {name for figures in accepted.values() for name in figures}
        self.assertEqual([name for name in sorted(names) if not meanings.meaning(name)], [])
        self.assertEqual(meanings.meaning("csr_read_mie_rd_least"), "csrr of mie, with the cheapest register")
        self.assertEqual(meanings.meaning("clint_amoswap_msip"), "amoswap of msip in the CLINT")
        self.assertEqual(meanings.meaning("unknown"), "")

    def test_exactly_the_figures_of_boots_workloads_and_several_harts_have_a_meaning(self) -> None:
        boots = set(re.findall(r'result\.figure\("(\w+)"', read("benchmarks/boot_qemu.py")))
        boots |= set(re.findall(r'report_seconds\("(\w+)"', read("payloads/linux/workload.c")))
        tests = (("benchmarks/multi_hart_test.py", "OF_ONE_HART"), ("benchmarks/multi_hart_test.py", "OF_SEVERAL"), ("benchmarks/workloads_test.py", "FIGURES"))
        self.assertEqual(set(meanings.MEANINGS), boots.union(*(assigned(path, name) for path, name in tests)))


class Proofs(unittest.TestCase):
    """Checks docs/proofs.md."""

    def test_the_table_lists_exactly_the_proofs_of_the_build(self) -> None:
        calls = [node for node in ast.walk(ast.parse(read("hv/proofs/BUILD"))) if isinstance(node, ast.Call)]
        names = [
            ast.literal_eval(word.value)
            for call in calls
            if ast.unparse(call.func) == "cbmc_proof"
            for word in call.keywords
            if word.arg == "name"
        ]
        self.assertEqual(sorted(firsts("docs/proofs.md", "proofs")), sorted(names))


class QueriesPage(unittest.TestCase):
    PAGE = "docs/queries.md"

    def test_the_table_lists_exactly_the_queries_with_a_name(self) -> None:
        files = [path.stem for path in (tree() / "trace/query/queries").glob("*.sql")]
        self.assertEqual(sorted(firsts(self.PAGE, "queries")), sorted(files))

    def test_the_table_lists_exactly_the_tables_of_hartscope_with_their_modules(self) -> None:
        rows = [code(row[0]) + code(row[2]) for row in table(self.PAGE, "tables of hartscope")]
        found = []
        for path in (tree() / "trace/perfetto/hartscope").glob("*.sql"):
            names = re.findall(r"^CREATE PERFETTO (?:TABLE|VIEW) ([a-z]\w*)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
            found += [[name, f"hartscope.{path.stem}"] for name in names]
        self.assertEqual(sorted(rows), sorted(found))


class Benchmarks(unittest.TestCase):
    """Checks docs/benchmarks.md and docs/ci.md."""

    PAGE = "docs/benchmarks.md"

    def test_the_table_lists_exactly_the_runners_of_the_build(self) -> None:
        programs = [re.fullmatch(r"(?://benchmarks)?:(\w+)", label) for label in assigned("benchmarks/BUILD", "ENTRY_POINTS")]
        self.assertEqual(sorted(firsts(self.PAGE, "runners")), sorted(match[1] for match in programs if match))

    def test_the_table_lists_exactly_the_workloads(self) -> None:
        self.assertEqual(firsts(self.PAGE, "workloads"), workloads.NAMES)

    def test_the_table_lists_exactly_the_figures_of_several_harts(self) -> None:
        wanted = assigned("benchmarks/multi_hart_test.py", "OF_ONE_HART") | assigned("benchmarks/multi_hart_test.py", "OF_SEVERAL")
        self.assertEqual(set(firsts(self.PAGE, "figures of several harts")), wanted)

    def test_the_table_lists_exactly_the_workloads_of_offload_gain_with_their_goals(self) -> None:
        rows = {code(row[0])[0]: row[2] for row in table(self.PAGE, "workloads of offload_gain")}
        of_one, of_several = ({each: f"{goal_of(each, harts):g}" for each in WORKLOADS} for harts in (1, 2))
        wanted = {each: of_several[each] + (f"; one hart: {one}" if one != of_several[each] else "") for each, one in of_one.items()}
        self.assertEqual(rows, wanted)

    def test_the_table_lists_exactly_the_exit_codes_of_the_programs(self) -> None:
        wanted = {value for name, value in vars(failure).items() if name.startswith("EXIT_") and name != "EXIT_SIGNAL"}
        wanted |= {failure.EXIT_SIGNAL + number for number in (*entry.STOPPING, signal.SIGINT)}
        said = [int(number) for row in table(self.PAGE, "exit codes") for number in row[0].split(",")]
        self.assertEqual(sorted(said), sorted(wanted))

    def test_the_table_lists_exactly_the_kernel_parameters_that_the_initramfs_reads(self) -> None:
        said = {word.partition("=")[0] for word in firsts(self.PAGE, "words")}
        scripts = read("payloads/linux/init") + read("payloads/linux/driver_test.sh")
        self.assertEqual(said, set(re.findall(r"\$\{?(hartscope_\w+)", scripts)))

    def test_each_figure_of_the_baseline_has_a_row_and_each_row_has_figures(self) -> None:
        figures = {name for config in json.loads(read("benchmarks/baseline.json"))["figures"].values() for name in config}
        patterns = {name: re.sub("…|NAME", r"\\w*", name) for name in firsts(self.PAGE, "operations")}
        for name, pattern in patterns.items():
            with self.subTest(row=name):
                self.assertTrue(any(re.fullmatch(pattern, figure) for figure in figures))
        suffixes = "|".join(name.removeprefix("…") for name in patterns if name.startswith("…"))
        whole = "|".join(pattern for name, pattern in patterns.items() if not name.startswith("…"))
        self.assertEqual([figure for figure in sorted(figures) if not re.fullmatch(f"({whole})({suffixes})?", figure)], [])

    def test_the_table_lists_exactly_the_verdicts_of_the_gate(self) -> None:
        said = [verdict for row in table(self.PAGE, "verdicts") for verdict in row[0].split(", ")]
        self.assertEqual(sorted(said), sorted(each.value for each in compare.Verdict))
        self.assertEqual({row[1] for row in table(self.PAGE, "verdicts")}, {each.value for each in compare.Colour})

    def test_the_table_lists_exactly_the_colours_of_the_gate(self) -> None:
        self.assertEqual([row[0] for row in table("docs/ci.md", "colours")], [each.value for each in compare.Colour])

    def test_the_table_lists_exactly_the_figures_that_the_gate_measures_of_a_firmware(self) -> None:
        found = re.findall(r'f"\{PREFIX\}(\w+)\{harts\}"', read("benchmarks/gating/user.py"))
        self.assertEqual(sorted(firsts("docs/ci.md", "figures")), sorted([*(f"firmware_{name}" for name in found), compare.SIZE]))


class Configuration(unittest.TestCase):
    """Checks docs/configuration.md."""

    PAGE = "docs/configuration.md"

    def test_the_table_lists_exactly_the_configurations_of_the_tree(self) -> None:
        self.assertEqual(sorted(firsts(self.PAGE, "configurations")), sorted(path.stem for path in (tree() / "configs").glob("*.toml")))

    def test_the_table_lists_exactly_the_files_that_the_generator_writes(self) -> None:
        function = next(node for node in ast.parse(read("hv/config/generate.py")).body if getattr(node, "name", "") == "outputs")
        names = [ast.literal_eval(key) for node in ast.walk(function) if isinstance(node, ast.Dict) for key in node.keys if key]
        self.assertEqual(sorted(firsts(self.PAGE, "generated files")), sorted(names))


class Boards(unittest.TestCase):
    """Checks docs/boards.md."""

    def test_the_table_lists_exactly_the_boards_that_images_can_be_built_for(self) -> None:
        names = sorted(firsts("docs/boards.md", "boards"))
        self.assertEqual(names, sorted(path.stem for path in (tree() / "hv/platform").glob("*.c")))
        self.assertEqual(names, sorted(schema.PLATFORMS))

    def test_the_table_lists_exactly_the_test_guests_that_run_on_other_boards_than_virt(self) -> None:
        columns = ["qemu_sifive_u", "spike"]
        rows = {code(row[0])[0]: {name for name, cell in zip(columns, row[2:]) if cell == "yes"} for row in table("docs/boards.md", "guests")}
        self.assertEqual(rows, dict(guests_on_boards()))

    def test_the_table_of_files_lists_exactly_those_that_the_rehearsal_expects_and_those_that_only_memory_has(self) -> None:
        named = [name for row in table("docs/boards.md", "files of a board") for name in re.findall(r"`([^`]+)`", row[0])]
        self.assertEqual(sorted(named), sorted(assigned("benchmarks/board_test.py", "FILES") | {"kallsyms", "exits_by_function.png"}))


class ModuleKeys(unittest.TestCase):
    """Checks the kinds of keys in docs/modules.md."""

    def test_the_table_lists_exactly_the_kinds_of_keys_that_a_module_may_declare(self) -> None:
        said = firsts("docs/modules.md", "kinds of keys")
        self.assertEqual(said, re.findall(r'^    "(\w+)": lambda', read("hv/config/modules.py"), re.MULTILINE))
        self.assertEqual(said, re.findall(r"^    (\w+) = _\w+,$", read("hv/keys.bzl"), re.MULTILINE))


class ProtectPayload(unittest.TestCase):
    """Checks docs/protect_payload.md."""

    PAGE = "docs/protect_payload.md"

    def test_the_table_lists_exactly_the_events_of_the_module_in_their_order(self) -> None:
        declared = re.search(r"^    events = \[(.*?)\]", read("modules/protect_payload/BUILD"), re.MULTILINE | re.DOTALL)
        assert declared is not None
        self.assertEqual(firsts(self.PAGE, "events of the module"), re.findall(r'"(\w+)"', declared[1]))


class Hstrace(unittest.TestCase):
    """Checks docs/hstrace.md."""

    PAGE = "docs/hstrace.md"

    def test_the_table_lists_exactly_the_commands_of_the_program(self) -> None:
        said = [name.split()[0] for name in (code(row[0])[0] for row in table(self.PAGE, "commands"))]
        self.assertEqual(sorted(said), sorted(re.findall(r"^\t\{ \"(\w+)\",", read("trace/hstrace/main.c"), re.MULTILINE)))

    def test_the_page_lists_exactly_the_exit_codes_of_the_program(self) -> None:
        members = re.findall(r"^\t(COMMAND_\w+)", without_comments("trace/hstrace/command.h"), re.MULTILINE)
        said = re.findall(r"(\d) (?:good|the data|wrong usage)", read(self.PAGE).split("Exit codes: ", 1)[1].split(". ", 1)[0])
        self.assertEqual(said, [str(number) for number in range(len(members))])

    def test_the_table_lists_exactly_the_columns_that_convert_writes(self) -> None:
        header = read("trace/convert/text.c").split("static const char header[] =", 1)[1].split(";", 1)[0]
        columns = "".join(re.findall(r'"([^"]*)"', header)).removesuffix("\\n").split(",")
        self.assertEqual(sorted(firsts(self.PAGE, "columns")), sorted(columns))

    def test_the_table_lists_exactly_the_rules_of_check(self) -> None:
        names = re.findall(r"^RULE\(\w+, (\w+),", without_comments("trace/check/rules.def"), re.MULTILINE)
        self.assertEqual(firsts(self.PAGE, "rules"), names)

    def test_the_page_names_exactly_the_fuzz_targets_of_the_build(self) -> None:
        targets = assigned("trace/fuzz/BUILD", "TARGETS")
        section = read(self.PAGE).split("\n## Fuzzing\n", 1)[1].split("\n## ", 1)[0]
        said = {*re.findall(r"`(\w+)`", section), *re.findall(r"//trace/fuzz:run -- (\w+)", section)}
        self.assertEqual(sorted(said), sorted(targets))


class Hsctl(unittest.TestCase):
    """Checks docs/hsctl.md."""

    PAGE, FOLDER = "docs/hsctl.md", "payloads/linux/hsctl"

    def test_the_table_lists_exactly_the_commands_of_the_program_and_their_options(self) -> None:
        commands = re.findall(r"^\t\{ \"(\w+)\",", read(f"{self.FOLDER}/main.c"), re.MULTILINE)
        wanted = {name: set(re.findall(r"^\t\{ \"(\w+)\", '", read(f"{self.FOLDER}/{name}.c"), re.MULTILINE)) for name in commands}
        usages = [code(row[0])[0] for row in table(self.PAGE, "commands")]
        said = {usage.split()[1]: set(re.findall(r"--(\w+)", usage)) for usage in usages}
        self.assertEqual(said, wanted)
        self.assertEqual(len(usages), len(commands))

    def test_the_page_lists_exactly_the_exit_codes_of_the_program(self) -> None:
        names = re.findall(r"^\tCOMMAND_\w+(?: = (\d+))?", without_comments(f"{self.FOLDER}/command.h"), re.MULTILINE)
        wanted = [given or str(place) for place, given in enumerate(names)]
        self.assertEqual(re.findall(r"\b\d+\b", read(self.PAGE).split("The exit code is ", 1)[1].split(" if ", 1)[0]), wanted)

    def test_the_table_lists_exactly_the_ioctls_of_the_driver(self) -> None:
        names = re.findall(r"^#define HARTSCOPE_IOCTL_(\w+) _IO", read("payloads/linux/driver/hartscope_device.h"), re.MULTILINE)
        self.assertEqual(firsts(self.PAGE, "ioctls"), names)


class QuickStart(unittest.TestCase):
    """Checks docs/quick-start.md."""

    PAGE = "docs/quick-start.md"

    def test_the_table_lists_exactly_the_phases_of_hv_and_of_the_guest(self) -> None:
        own = re.findall(r"HARTSCOPE_PHASE_(\w+)", without_comments("abi/hartscope.h").split("enum hartscope_phase {", 1)[1].split("}", 1)[0])
        guest = re.findall(r"^[^#\n]*\bphase ([\w-]+)$", read("payloads/linux/init"), re.MULTILINE)
        self.assertEqual(sorted(row[0] for row in table(self.PAGE, "phases")), sorted([*(name.lower() for name in own), *guest]))

    def test_the_table_lists_exactly_the_files_that_a_boot_leaves(self) -> None:
        said: list[str] = []
        for row in table(self.PAGE, "files"):
            for name in code(row[0]):
                said.append(said[-1].rpartition(".")[0] + name if name.startswith(".") else name)
        self.assertEqual(sorted(said), sorted([*files.LEFT, outputs.CONSOLE]))
        figures = [f"{exits_figure.NAME}.{kind}" for kind in exits_figure.FORMATS]
        self.assertEqual(said[:4], [outputs.RESULT, outputs.CONSOLE, *figures], "all others are made of the trace")


class Contributing(unittest.TestCase):
    """Checks CONTRIBUTING.md."""

    PAGE, FOLDER = "CONTRIBUTING.md", "third_party/developer"

    def test_the_table_lists_exactly_the_commands_of_the_root_package(self) -> None:
        names = read("BUILD").split("[alias(", 1)[1].split("in [", 1)[1].split("]]", 1)[0]
        said = re.findall(r"^bazel run //:(\w+)$", "\n".join(firsts(self.PAGE, "commands")), re.MULTILINE)
        self.assertEqual(sorted(said), sorted(re.findall(r'"(\w+)"', names)))

    def test_the_table_lists_exactly_the_scripts_that_no_other_script_calls(self) -> None:
        scripts = {path.name: path.read_text() for path in (tree() / self.FOLDER).glob("*.sh")}
        called = {name for name in scripts for other, text in scripts.items() if other != name and name in text}
        said = [Path(word).name for word in firsts(self.PAGE, "commands") if word.startswith(self.FOLDER)]
        self.assertEqual(sorted(said), sorted(set(scripts) - called))

    def test_each_command_is_a_script_or_a_target_of_the_build(self) -> None:
        for command in firsts(self.PAGE, "commands"):
            target = re.match(r"bazel (?:run|test) //([\w/]*):(\w+)", command)
            with self.subTest(command=command):
                if target:
                    self.assertRegex(read(f"{target[1]}/BUILD".lstrip("/")), rf'"{target[2]}"')
                else:
                    self.assertTrue((tree() / command).is_file())

    def read_by(self) -> Iterator[str]:
        """Yields the names of the project's environment variables that scripts and rules read. The names come in pairs,
        and one name of a pair may be empty."""
        for path in (tree() / "bazelw", *(tree() / "third_party").rglob("*.sh"), *tree().rglob("*.bzl")):
            if "bazel-" in str(path.relative_to(tree())):
                continue
            text = path.read_text(encoding="utf-8")
            yield from re.findall(r"\$\{((?:HARTSCOPE|RISCV)_\w+):-|environ\.get\(\"((?:HARTSCOPE|RISCV)_\w+)\"", text)

    def test_the_table_lists_exactly_the_variables_that_the_build_reads(self) -> None:
        found = {name for pair in self.read_by() for name in pair if name}
        found |= set(re.findall(r'"(HARTSCOPE_\w+|RISCV_\w+)"', "\n".join(re.findall(r"environ = \[.*\]", read("third_party/debian/debian.bzl")))))
        self.assertEqual({name.partition("=")[0] for name in firsts(self.PAGE, "variables")}, found)


class Readme(unittest.TestCase):
    """Checks README.md."""

    def test_the_section_where_to_go_on_links_to_every_page(self) -> None:
        section = read("README.md").split("## Where to go on", 1)[1]
        named = set(re.findall(r"\]\((docs/[\w-]+\.md)\)", section))
        self.assertEqual(named, set(DOCS))


class Everywhere(unittest.TestCase):
    """Checks all pages."""

    def test_every_marked_table_is_checked_by_a_test_that_names_the_page_and_the_title(self) -> None:
        """trace_tables_test.py names no structures and enums. It compares the titles of these two pages with all of them."""
        compared = {"docs/trace-format.md": ("struct ", "enum "), "docs/architecture.md": ("struct ",)}
        tests = [path.read_text(encoding="utf-8") for path in (tree() / "docs").glob("*_test.py")]
        for page in PAGES:
            for title in titles(str(tree() / page)):
                if title.startswith(compared.get(page, ())):
                    continue
                with self.subTest(page=page, table=title):
                    self.assertTrue(any(f'"{page}"' in text and f'"{title}"' in text for text in tests))

    def test_every_table_of_names_is_marked(self) -> None:
        """If the first cells of a table contain only names between backquotes, the table repeats a list in the sources.
        There are few exceptions: two tables list only the usual values, and one has names of another project."""
        exceptions = {"cause": "docs/quick-start.md", "error": "docs/hsctl.md", "its harness": "docs/proofs.md"}
        for page in PAGES:
            text = re.sub(r"^<!-- .*?^<!-- end of", "", read(page), flags=re.MULTILINE | re.DOTALL)
            for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
                head, rows = block.split("|")[1].strip(), rows_of(block)
                if page in ("docs/results.md", "docs/fidelity.md", exceptions.get(head)):
                    continue
                with self.subTest(page=page, table=head):
                    self.assertFalse(all(re.fullmatch(r"`[^`]+`(, `[^`]+`)*", row[0]) for row in rows), rows[0])


if __name__ == "__main__":
    unittest.main()
