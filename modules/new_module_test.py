"""Tests which files new_module.py makes, and which names it refuses. The tests run it on a small tree with lists like the real ones.

modules/template builds and runs what the templates make.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import shutil
import tempfile
import tomllib
import unittest
from pathlib import Path

from cli.failure import Failure
from hv.config.modules import HOOKS
from modules import new_module

# Lists in the form that the tree has.
LISTS = {
    "modules/modules.bzl": '"""The modules."""\n\nMODULES = [\n    "//modules/exit_counter",\n    "//modules/trace",\n]\n',
    "docs/modules.md": "# Modules\n\n| module | does |\n|---|---|\n| `exit_counter` | counts |\n| `trace` | writes |\n<!-- end of modules -->\n\nEnd.\n",
    "docs/configuration.md": "| name | for |\n|---|---|\n| `qemu_virt` | boards |\n<!-- end of configurations -->\n",
}
FOLDERS = ("abi", "configs", "hv/virt", "modules/trace", "payloads/modules")


class NewModule(unittest.TestCase):
    """Runs the program on a small tree."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Path(folder.name)
        for path in FOLDERS:
            (self.tree / path).mkdir(parents=True)
        (self.tree / "docs").mkdir()
        for path, text in LISTS.items():
            (self.tree / path).write_text(text, encoding="utf-8")
        (self.tree / "hv/virt/vcpu.h").write_text("struct fault {\n\tint spare;\n};\nvoid clint_init(void);\n")
        (self.tree / "payloads/modules/BUILD").write_text('hv_module(\n    name = "prober",\n)\n')
        os.environ["BUILD_WORKSPACE_DIRECTORY"] = str(self.tree)

    def run_it(self, *arguments: str) -> str:
        """Runs the program with @p arguments, and returns what it prints."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertEqual(new_module.main(list(arguments)), 0)
        return out.getvalue()

    def text(self, path: str) -> str:
        """Returns the text of a file in the tree."""
        return (self.tree / path).read_text(encoding="utf-8")

    def contents(self) -> dict[Path, bytes]:
        """Returns all files of the tree."""
        return {path: path.read_bytes() for path in self.tree.rglob("*") if path.is_file()}

    def test_it_makes_a_folder_a_configuration_and_a_line_in_each_list(self) -> None:
        before = set(self.contents())
        said = self.run_it("mill", "--what=grinds corn.")
        made = {str(path.relative_to(self.tree)) for path in set(self.contents()) - before}
        files = [f"modules/mill/{name}" for name in ("BUILD", "mill.c", "mill.h", "mill_test.c", "mill_qemu_test.c")]
        self.assertEqual(made, {*files, "configs/test_mill.toml"})
        for path in (*made, *LISTS):
            self.assertIn(path, said.splitlines())
        self.assertEqual(said.splitlines()[-1], "bazel test //modules/mill:all //docs:all")
        self.assertIn('    "//modules/exit_counter",\n    "//modules/mill",\n    "//modules/trace",\n', self.text("modules/modules.bzl"))
        self.assertIn("| `exit_counter` | counts |\n| `mill` | grinds corn |\n| `trace`", self.text("docs/modules.md"))
        self.assertIn("| `qemu_virt` | boards |\n| `test_mill` | tests the module `mill` |\n<!-- end", self.text("docs/configuration.md"))
        self.assertEqual(tomllib.loads(self.text("configs/test_mill.toml"))["modules"], {"modules": ["mill"]})

    def test_only_new_lines_are_added_to_the_lists(self) -> None:
        self.run_it("mill")
        for path, text in LISTS.items():
            old, new = text.splitlines(), self.text(path).splitlines()
            self.assertEqual(len(new), len(old) + 1)
            self.assertEqual([line for line in new if "mill" not in line], old)

    def test_the_lists_stay_sorted_whatever_the_order_of_the_modules(self) -> None:
        for name in ("zebra", "ant", "mole"):
            self.run_it(name)
        lines = [line for line in self.text("modules/modules.bzl").splitlines() if line.startswith("    ")]
        self.assertEqual(lines, sorted(lines))

    def declared(self, name: str) -> list[str]:
        """Returns the hooks in the BUILD file of the module @p name."""
        calls = [node.value for node in ast.parse(self.text(f"modules/{name}/BUILD")).body if isinstance(node, ast.Expr)]
        declaration = next(call for call in calls if isinstance(call, ast.Call) and ast.unparse(call.func) == "hv_module")
        return next(ast.literal_eval(word.value) for word in declaration.keywords if word.arg == "hooks")

    def test_the_module_has_exactly_the_hooks_of_the_option_in_their_order(self) -> None:
        for number, hooks in enumerate((["init"], ["observe_exit"], ["on_shutdown", "trap_from_payload"], [*HOOKS])):
            name = f"mill{number}"
            self.run_it(name, "--hooks=" + ",".join(hooks))
            with self.subTest(hooks=hooks):
                self.assertEqual(self.declared(name), [hook for hook in HOOKS if hook in hooks])
                code = self.text(f"modules/{name}/{name}.h") + self.text(f"modules/{name}/{name}.c")
                tests = self.text(f"modules/{name}/{name}_test.c")
                for hook in HOOKS:
                    self.assertEqual(f" {name}_{hook}(" in code, hook in hooks)
                    self.assertEqual(f"{name}_{hook}(" in tests, hook in hooks)

    def test_c_is_formatted_like_the_tree_if_there_is_a_formatter(self) -> None:
        (self.tree / ".clang-format").write_text("BasedOnStyle: LLVM\nColumnLimit: 120\n")
        self.run_it("mill", "--hooks=decided_next_exec_mode")
        if shutil.which("clang-format"):
            self.assertLessEqual(max(map(len, self.text("modules/mill/mill.h").splitlines())), 120)

    def refusal(self, *arguments: str) -> str:
        """Returns the message with which the program refuses @p arguments. It must not have written anything."""
        before = self.contents()
        with self.assertRaises(Failure) as caught:
            new_module.main(list(arguments))
        self.assertEqual(self.contents(), before)
        self.assertEqual(sorted(path.name for path in (self.tree / "modules").iterdir()), ["modules.bzl", "trace"])
        return str(caught.exception)

    def test_a_name_that_is_not_an_identifier_is_refused(self) -> None:
        for name in ("", "1mill", "Mill", "mill-two", "mill two", "mühle", "_mill", "mill\n", "a/b", ".."):
            with self.subTest(name=name):
                self.assertIn("cannot be the name of a module: it must begin with a letter", self.refusal(name))

    def test_a_keyword_or_a_long_name_is_refused(self) -> None:
        for name in ("while", "inline", "asm", "bool", "constexpr", "linux"):
            with self.subTest(name=name):
                self.assertIn(f"'{name}' cannot be the name of a module: it is a keyword of C", self.refusal(name))
        self.assertIn("more than 40 characters", self.refusal("a" * 41))

    def test_a_name_that_exists_is_refused_and_the_message_says_where(self) -> None:
        (self.tree / "configs/test_mill.toml").write_text("")
        for name, where in {
            "trace": "modules/trace exists",
            "mill": "configs/test_mill.toml exists",
            "fault": "hv/virt/vcpu.h has `struct fault`",
            "clint": "hv/virt/vcpu.h has `clint_init`",
            "prober": "payloads/modules/BUILD has a module with this name",
            "platform": "[platform] is a table of hv's own keys",
        }.items():
            with self.subTest(name=name):
                self.assertEqual(self.refusal(name), f"'{name}' cannot be the name of a new module: {where}")

    def test_an_unknown_hook_is_refused_and_the_known_ones_are_listed(self) -> None:
        for hooks in ("on_shutdwon", "init,", "", "init, on_shutdown"):
            with self.subTest(hooks=hooks):
                message = self.refusal("mill", f"--hooks={hooks}")
                self.assertIn("--hooks: unknown hook ", message)
                self.assertIn(f"(known: {', '.join(HOOKS)})", message)

    def test_a_description_that_would_break_a_table_or_a_comment_is_refused(self) -> None:
        for what in ("", " ", "a | b", "two\nlines", "ends */ here"):
            with self.subTest(what=what):
                self.assertIn("--what must be", self.refusal("mill", f"--what={what}"))

    def test_nothing_is_written_if_a_list_has_no_place_for_the_line(self) -> None:
        page = self.tree / "docs/configuration.md"
        page.write_text(page.read_text(encoding="utf-8").replace("<!-- end of configurations -->", ""), encoding="utf-8")
        self.assertIn("docs/configuration.md: the line `<!-- end of configurations -->` is missing", self.refusal("mill"))

    def test_help_lists_the_hooks(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as out, self.assertRaises(SystemExit) as caught:
            new_module.main(["--help"])
        self.assertEqual(caught.exception.code, 0)
        for hook in HOOKS:
            self.assertIn(hook, out.getvalue())


if __name__ == "__main__":
    unittest.main()
