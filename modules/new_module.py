"""Makes a new module: its folder with code and tests, a configuration for the tests, and its lines in the lists of the
tree. `bazel test //modules/NAME:all //docs:all` passes afterwards.

Templates in modules/template have the texts. This program decides their values, and refuses names that could not work.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from cli import entry
from cli.failure import Failure
from cli.workspace import source_directory, workspace_file
from hv.config import schema
from hv.config.emit_dispatch import OBSERVER, PARAMETERS
from hv.config.modules import HOOKS

DEFAULT_HOOKS = "init,ecall_from_payload,on_shutdown"
WHAT = "counts how often hv calls its hooks"
NAME = re.compile(r"[a-z][a-z0-9_]*")
NAME_LENGTH = 40

# The keywords of C up to C23, and those of GNU C, which are written like a name.
KEYWORDS = frozenset(
    "alignas alignof asm auto bool break case char const constexpr continue default do double else enum extern false float for "
    "goto if inline int long nullptr register restrict return short signed sizeof static static_assert struct switch "
    "thread_local true typedef typeof typeof_unqual union unix unsigned linux void volatile while".split()
)

MODULES = "modules/modules.bzl"
MODULES_PAGE, MODULES_TABLE = "docs/modules.md", "<!-- end of modules -->"
CONFIGS_PAGE, CONFIGS_TABLE = "docs/configuration.md", "<!-- end of configurations -->"

MEANING = {
    "init": "Prints that the hart starts. Called once on each hart.",
    "on_shutdown": "Prints the calls of all harts. Called once, on the hart that ends the run.",
    OBSERVER: "Counts the exit. It must be a leaf function (docs/modules.md).",
}


@dataclass(frozen=True)
class Hook:
    """A hook of the new module, as the templates need it."""

    module: str
    name: str

    @property
    def returns_action(self) -> bool:
        """Whether the hook returns an enum hook_action."""
        return HOOKS[self.name][0] == "action"

    @property
    def takes_trap(self) -> bool:
        """Whether hv calls the hook for a trap of a guest."""
        return self.returns_action or self.name == "decided_next_exec_mode"

    @property
    def meaning(self) -> str:
        """The comment on the hook's prototype."""
        return MEANING.get(self.name, "Counts the call." + (" Leaves the exit to hv." if self.returns_action else ""))

    def _extra(self) -> list[str]:
        """Returns the parameters after the module's state."""
        extra = [text for word in HOOKS[self.name][1].split() for text in PARAMETERS[word]]
        return extra if self.name == OBSERVER else ["struct hart *hart", *extra]

    @property
    def signature(self) -> str:
        """The hook's prototype without the semicolon."""
        result = "enum hook_action" if self.returns_action else "OBSERVER void" if self.name == OBSERVER else "void"
        return f"{result} {self.module}_{self.name}({', '.join([f'struct {self.module} *self', *self._extra()])})"

    @property
    def unused(self) -> str:
        """The statement for the parameters that the body of the template does not use."""
        names = [text.rpartition(" ")[2].lstrip("*") for text in self._extra()]
        return ", ".join(f"(void){name}" for name in names if (self.name, name) != ("init", "hart"))

    @property
    def call(self) -> str:
        """The call of the hook in the unit test."""
        values = {"hart": "testing_hart()", "vcpu": "testing_vcpu()", "previous": "EXEC_FIRMWARE", "next": "EXEC_FIRMWARE", "exit": "&exit",
                  "number": "CSR_mscratch", "write": "false", "value": "&value", "address": "TESTING_PAYLOAD", "access": "PMP_ACCESS_READ"}
        names = [text.rpartition(" ")[2].lstrip("*") for text in self._extra()]
        return f"{self.module}_{self.name}({', '.join([f'testing_state({self.module})', *(values[name] for name in names)])})"


def expected_log(module: str, hooks: Sequence[Hook]) -> list[str]:
    """Returns the regular expressions for what the module prints when the guest test runs."""
    lines = {"init": f"info {module}: hart 0 starts", "on_shutdown": f"info {module}: hart 0: [0-9]+ calls"}
    return [lines[hook.name] for hook in hooks if hook.name in lines]


def rendered(module: str, what: str, hooks: Sequence[Hook], folder: str, image: str) -> dict[str, str]:
    """Returns the files of the module by the ends of their names."""
    templates = workspace_file("modules/template")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates), undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    values = {
        "name": module,
        "what": what,
        "hooks": hooks,
        "folder": folder,
        "guard": folder.upper().replace("/", "_"),
        "image": image,
        "log": expected_log(module, hooks),
    }
    ends = {".h": "module.h", ".c": "module.c", "_test.c": "module_test.c", "_qemu_test.c": "module_qemu_test.c", "BUILD": "BUILD", ".toml": "config.toml"}
    return {end: environment.get_template(f"{template}.jinja").render(values) for end, template in ends.items()}


def with_line(text: str, line: str, end: str, what: str) -> str:
    """Returns @p text with @p line in the sorted lines directly before the line @p end."""
    before, found, after = text.partition(end)
    if not found:
        raise Failure(f"{what}: the line `{end}` is missing")
    lines = before.splitlines(keepends=True)
    at = len(lines)
    while at > 0 and lines[at - 1] > line and lines[at - 1][:3] == line[:3]:
        at -= 1
    return "".join([*lines[:at], line, *lines[at:], found, after])


def changed_lists(tree: Path, module: str, what: str) -> dict[str, str]:
    """Returns the texts of the lists in @p tree that name each module or each configuration, with the new lines."""
    rows = {
        MODULES: (f'    "//modules/{module}",\n', "]"),
        MODULES_PAGE: (f"| `{module}` | {what} |\n", MODULES_TABLE),
        CONFIGS_PAGE: (f"| `test_{module}` | tests the module `{module}` |\n", CONFIGS_TABLE),
    }
    return {path: with_line((tree / path).read_text(encoding="utf-8"), row, end, path) for path, (row, end) in rows.items()}


def conflicts(tree: Path, module: str, hooks: Sequence[Hook]) -> Iterator[str]:
    """Yields what in @p tree already has the name."""
    for path in (f"modules/{module}", f"configs/test_{module}.toml"):
        if (tree / path).exists():
            yield f"{path} exists"
    if module in schema.tables(schema.KEYS):
        yield f"[{module}] is a table of hv's own keys"
    declaration = re.compile(rf'hv_module\(\s*name = "{module}"')
    word = re.compile(rf"\bstruct {module}\b|\b{module}_({'|'.join(hook.name for hook in hooks)})\b")
    for folder in ("abi", "configs", "docs", "hv", "modules", "payloads", "trace"):
        for file in sorted((tree / folder).rglob("*")):
            if file.name == "BUILD" and declaration.search(file.read_text(encoding="utf-8")):
                yield f"{file.relative_to(tree)} has a module with this name"
            if folder in ("abi", "hv", "trace") and file.suffix in (".c", ".h") and (found := word.search(file.read_text(encoding="utf-8"))):
                yield f"{file.relative_to(tree)} has `{found[0]}`"


def check_name(tree: Path, module: str, hooks: Sequence[Hook]) -> None:
    """Raises Failure if a module cannot have this name."""
    if not NAME.fullmatch(module):
        raise Failure(f"{module!r} cannot be the name of a module: it must begin with a letter a-z, and have only a-z, 0-9 and _")
    if module in KEYWORDS:
        raise Failure(f"{module!r} cannot be the name of a module: it is a keyword of C")
    if len(module) > NAME_LENGTH:
        raise Failure(f"{module!r} cannot be the name of a module: it has more than {NAME_LENGTH} characters")
    if found := next(conflicts(tree, module, hooks), None):
        raise Failure(f"{module!r} cannot be the name of a new module: {found}")


def named_hooks(module: str, text: str) -> list[Hook]:
    """Returns the hooks that the option --hooks names, in the order in which hv calls them."""
    words = text.split(",")
    for word in words:
        if word not in HOOKS:
            raise Failure(f"--hooks: unknown hook {word!r} (known: {', '.join(HOOKS)})")
    return [Hook(module, name) for name in HOOKS if name in words]


def check_what(what: str) -> str:
    """Returns the text of the option --what, if it fits into a table and a comment."""
    if not what.strip() or re.search(r"[|\r\n]|\*/", what):
        raise Failure("--what must be one line of text without | and */")
    return what.strip().rstrip(".")


def format_c(tree: Path, files: Sequence[Path]) -> None:
    """Formats C files as `bazel run //:format` does. Does nothing if clang-format is missing."""
    style = tree / ".clang-format"
    if style.exists() and (program := shutil.which("clang-format")):
        subprocess.run([program, "-i", f"--style=file:{style}", *files], check=True)


def write_module(tree: Path, module: str, what: str, hooks: Sequence[Hook]) -> list[str]:
    """Writes everything. Returns the paths, relative to @p tree."""
    folder = f"modules/{module}"
    lists = changed_lists(tree, module, what)
    texts = {
        f"configs/test_{module}.toml" if end == ".toml" else f"{folder}/{end if end == 'BUILD' else module + end}": text
        for end, text in rendered(module, what, hooks, folder, f"//configs:test_{module}").items()
    }
    (tree / folder).mkdir()
    for path, text in (texts | lists).items():
        (tree / path).write_text(text, encoding="utf-8")
    format_c(tree, [tree / path for path in texts if path.endswith((".c", ".h"))])
    return [*texts, *lists]


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(
        prog="bazel run //modules:new_module --",
        description="Makes a new module with tests. docs/modules.md explains modules.",
        epilog=f"Known hooks: {', '.join(HOOKS)}.",
    )
    parser.add_argument("name", metavar="NAME", help="the name: a-z, 0-9 and _, beginning with a letter")
    parser.add_argument("--hooks", default=DEFAULT_HOOKS, metavar="A,B", help="the hooks that hv calls (default: %(default)s)")
    parser.add_argument("--what", default=WHAT, metavar="TEXT", help="what the module does, for the table of modules (default: %(default)s)")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Makes the module that the command line describes, and prints what to do next."""
    options = parse(arguments)
    tree = source_directory()
    hooks = named_hooks(options.name, options.hooks)
    what = check_what(options.what)
    check_name(tree, options.name, hooks)
    for path in write_module(tree, options.name, what, hooks):
        print(path)
    print(f"\nbazel test //modules/{options.name}:all //docs:all")
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
