"""bazel run //:lint: checks the format of C files, checks shell scripts with shellcheck and Python types with mypy, and
checks the rules of style.py."""

import subprocess
import sys
from pathlib import Path

from third_party.developer import style, tree

MYPY = ["mypy", "--strict", "--ignore-missing-imports", "--namespace-packages", "--explicit-package-bases"]
MYPY += ["--no-warn-unused-ignores", "--cache-dir=/dev/null", "--python-executable=/usr/bin/python3"]


def run(what: str, command: list[str], files: list[Path]) -> bool:
    """Runs one tool on files. Returns true if the tool found no problem."""
    if not files:
        return True
    good = subprocess.run([*command, *map(str, files)], cwd=tree.ROOT).returncode == 0
    print(f"{what}: {len(files)} files, {'good' if good else 'problems above'}", flush=True)
    return good


def own_rules() -> bool:
    """Runs the checks of style.py on the whole tree. Returns true if they found no problem."""
    files = [file for file in tree.files() if file.suffix in style.CHECKS]
    found = [line for file in files for line in style.problems(file, (tree.ROOT / file).read_text())]
    print("\n".join([*found, f"style: {len(files)} files, {len(found)} problems"]), flush=True)
    return not found


def main() -> int:
    results = [
        run("clang-format", ["clang-format", "--dry-run", "-Werror"], tree.with_suffix(".c", ".h")),
        run("shellcheck", ["shellcheck", "--external-sources", "--check-sourced"], tree.shell_scripts()),
        run("mypy", MYPY, tree.with_suffix(".py")),
        own_rules(),
    ]
    return 0 if all(results) else 1


sys.exit(main())
